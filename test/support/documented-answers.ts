import { z } from "zod";
import type { Answer } from "../../src/transports/http/openapi/entry.ts";
import { type AppRoute, type Operation, operationsOf } from "../../src/transports/http/openapi/operations.ts";
import { documentedParts } from "../../src/transports/http/openapi/parts.ts";
import { chatFrames } from "../../src/transports/websocket/dialects/frames.ts";

/** Whatever came of a request, as far as documents tell of it. */
export interface Come {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export type Operations = ReadonlyMap<string, Operation>;

/** The routes of an app that are documented, by name. */
export function documentedOf(routes: readonly AppRoute[]): Operations {
  const parts = documentedParts(chatFrames.camel.serverFrame);
  return new Map(parts.flatMap((part) => operationsOf(part, routes)).map((each) => [each.name, each]));
}

/** What an answer is that the documents do not say of its route; undefined when they say exactly this, or nothing of the route at all. */
export function undocumentedAnswer(operations: Operations, route: string, come: Come): string | undefined {
  const operation = operations.get(route);
  if (!operation) return undefined;
  const told = operation.answers.get(come.status);
  const what = `${route} answers ${come.status}`;
  if (!told) return `${what}, which is not documented: ${come.text.slice(0, 200)}`;
  const faults = told.map((answer) => faultOf(answer, come));
  return faults.includes(undefined) ? undefined : `${what} otherwise than documented (${faults.join(" | ")})`;
}

function faultOf({ schema, type, refused }: Answer, { headers, text }: Come): string | undefined {
  const given = headers.get("content-type") ?? "";
  if (type !== undefined) return given.startsWith(type.replace("*/*", "")) ? undefined : `it is ${given}`;
  if (!schema) return text === "" ? undefined : "it has a body";
  if (!given.startsWith("application/json")) return `it is ${given}`;
  const shape = refused ? z.intersection(schema, z.looseObject({ code: z.enum(refused) })) : schema;
  const { error } = shape.safeParse(JSON.parse(text));
  return error && `${z.prettifyError(error)} in ${text.slice(0, 300)}`;
}
