import type { Mallory } from "./mallory.ts";

export type Texts = readonly string[];
export type Put = (mallory: Mallory, texts: Texts) => Promise<unknown>;

/** A place that takes somebody's words. */
export interface Sink {
  readonly name: string;
  /** How many of the texts: what is refused is shown only to whoever sent it. */
  readonly takes: "all" | "some" | "none";
  readonly put: Put;
}

export function sink(name: string, takes: Sink["takes"], put: Put): Sink {
  return { name, takes, put };
}

export function form(path: string, fields: Record<string, string>): Put {
  return (mallory, texts) => mallory.posts(path, texts, fields);
}

export function json(path: string, fields: Record<string, string>): Put {
  return (mallory, texts) => mallory.postsJson(path, texts, fields);
}

/** Those that are not cut off or left out as too long. */
export function upTo(most: number, texts: Texts): Texts {
  return texts.filter((text) => text.length <= most);
}

/** The texts in their order, some together, which are then not longer than `most`. */
export function joined(texts: Texts, most: number, between = " "): string[] {
  const lines: string[] = [];
  for (const text of texts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + text.length < most) lines[lines.length - 1] = last + between + text;
    else lines.push(text);
  }
  return lines;
}
