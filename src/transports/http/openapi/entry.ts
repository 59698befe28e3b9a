import type { z } from "zod";
import type { RefusalCode } from "../../../errors.ts";

/** What a route answers with, under one status. */
export interface Answer {
  readonly description: string;
  /** Of a JSON answer; without it there is no body, or it is not JSON. */
  readonly schema?: z.ZodType;
  readonly example?: unknown;
  /** What is not JSON. */
  readonly type?: string;
  /** It is a refusal with one of these codes. */
  readonly refused?: readonly RefusalCode[];
}

/** What is said of a route beside what its guards know: who may, its query and its body are read from the app itself. */
export interface Entry {
  /** What it does, in a few words. */
  readonly summary: string;
  /** What one would otherwise find out by trying. */
  readonly description?: string;
  /** The parts of its path. */
  readonly params?: Readonly<Record<string, string>>;
  /** A query that suits it, as it stands in an address. */
  readonly query?: string;
  /** A body that suits it. */
  readonly body?: unknown;
  /** The body is a file and not JSON. */
  readonly takesFile?: true;
  /** Only people themselves: a key or a device's token opens rooms, never the account it was made by. */
  readonly themselves?: true;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Refusals of its own, beside those of every route of its kind. */
  readonly refusals?: readonly RefusalCode[];
}

/** A part of the product, with its routes as the app has them: the method and the pattern. */
export interface Part {
  readonly name: string;
  /** A sentence or two for who reads about it first. */
  readonly about: string;
  readonly routes: Readonly<Record<string, Entry>>;
}

export function answers(description: string, schema: z.ZodType, example: unknown): Answer {
  return { description, schema, example };
}

/** The commonest: 200 with JSON. */
export function ok(description: string, schema: z.ZodType, example: unknown) {
  return { 200: answers(description, schema, example) };
}

/** Something came to be: 201. */
export function made(description: string, schema: z.ZodType, example: unknown) {
  return { 201: answers(description, schema, example) };
}
