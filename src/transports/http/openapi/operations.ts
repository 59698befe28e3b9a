import { catalogue, type RefusalCode } from "../../../errors.ts";
import { type Known, knownBy } from "../../../guards/known.ts";
import type { Answer, Entry, Part } from "./entry.ts";
import { refusal } from "./shapes.ts";

/** A route as the app has it: one of these for each of its handlers. */
export interface AppRoute {
  readonly method: string;
  readonly path: string;
  readonly handler: object;
}

/** One documented route: what the table says of it, and what the app's own guards know. */
export interface Operation {
  /** The method and the pattern, as in the table. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly entry: Entry;
  readonly known: Known;
  /** Everything it may be answered with, by status: of one status there may be several. */
  readonly answers: ReadonlyMap<number, readonly Answer[]>;
  readonly refusals: readonly RefusalCode[];
}

/** @throws Error for an entry without a route: it would tell of what there is not */
export function operationsOf(part: Part, routes: readonly AppRoute[]): Operation[] {
  return Object.entries(part.routes).map(([name, entry]) => {
    const [method = "", path = ""] = name.split(" ");
    const handlers = routes.filter((route) => route.method === method && route.path === path);
    if (handlers.length === 0) throw new Error(`the document tells of ${name}, and the app has no such route`);
    const known: Known = Object.assign({}, ...handlers.map(({ handler }) => knownBy(handler)));
    const refusals = refusalsOf(method, entry, known);
    return { name, method, path, entry, known, refusals, answers: answersOf(entry, refusals) };
  });
}

/** In the order of the catalogue. */
function refusalsOf(method: string, entry: Entry, known: Known): RefusalCode[] {
  const codes = new Set<RefusalCode>(entry.refusals);
  // A credential that is none is refused wherever it is shown, and whoever tries many is slowed down.
  codes.add("AUTH_FAILED").add("RATE_LIMITED");
  if (known.permission) codes.add("NOT_AUTHENTICATED").add("PERMISSION_DENIED");
  if (known.query || known.body) codes.add("INVALID_MESSAGE");
  if (known.body) codes.add("INVALID_JSON");
  if (method !== "GET") {
    // Another site's page, a body beyond all bounds, a disk that is full.
    codes.add("PERMISSION_DENIED").add("MESSAGE_TOO_LARGE").add("SERVICE_UNAVAILABLE").add("INVALID_MESSAGE");
  }
  return (Object.keys(catalogue) as RefusalCode[]).filter((code) => codes.has(code));
}

function answersOf(entry: Entry, refusals: readonly RefusalCode[]): Map<number, Answer[]> {
  const all = new Map<number, Answer[]>();
  for (const [status, answer] of Object.entries(entry.answers)) all.set(Number(status), [answer]);
  for (const status of new Set(refusals.map((code) => catalogue[code].status))) {
    const codes = refusals.filter((code) => catalogue[code].status === status);
    const description = codes.map((code) => `\`${code}\`: ${catalogue[code].message}`).join("\n");
    all.set(status, [...(all.get(status) ?? []), { description, schema: refusal, refused: codes }]);
  }
  return new Map([...all].sort(([a], [b]) => a - b));
}
