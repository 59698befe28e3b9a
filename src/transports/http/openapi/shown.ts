import { catalogue, closeCodeOf, closings, type RefusalCode } from "../../../errors.ts";
import { type Described, operationId, rightsOf } from "./document.ts";
import type { Entry } from "./entry.ts";
import type { FramesDocument } from "./frames-document.ts";
import { type Gathering, gatherSchemas, type JsonSchema } from "./json-schema.ts";
import type { Operation } from "./operations.ts";
import { typeOf } from "./typescript.ts";

/** The documents as the page shows them: shapes in TypeScript, because that is what people read fastest. */

export interface ShownParameter {
  readonly name: string;
  readonly where: "path" | "query";
  readonly type: string;
  readonly isNeeded: boolean;
  readonly words: string;
}

export interface ShownAnswer {
  readonly status: number;
  readonly words: string;
  /** Absent where there is no body, or it is not JSON. */
  readonly shape: string | undefined;
  readonly example: string | undefined;
}

export interface ShownRoute {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly words: string;
  readonly rights: string;
  readonly parameters: readonly ShownParameter[];
  /** The shape of the body it takes. */
  readonly body: string | undefined;
  /** A request that suits it. */
  readonly sample: {
    readonly address: string;
    readonly body: string | undefined;
    readonly sendsFile: boolean;
    readonly isOpen: boolean;
  };
  readonly answers: readonly ShownAnswer[];
  readonly refusals: readonly RefusalCode[];
}

export interface ShownGroup {
  readonly id: string;
  readonly name: string;
  readonly about: string;
  readonly routes: readonly ShownRoute[];
}

export interface ShownShape {
  readonly name: string;
  readonly words: string;
  readonly shape: string;
}

/** Frames of one dialect and one direction. */
export interface ShownFrames {
  readonly id: string;
  readonly dialect: string;
  readonly title: string;
  readonly frames: readonly (ShownShape & { readonly type: string })[];
}

export interface ShownReference {
  readonly groups: readonly ShownGroup[];
  readonly frames: readonly ShownFrames[];
  readonly shapes: readonly ShownShape[];
  readonly refusals: readonly { code: string; status: number; close: number | undefined; message: string }[];
  readonly closeCodes: readonly { code: number; meaning: string; comesBack: boolean }[];
}

export function shownReference(
  described: readonly Described[],
  schemas: Record<string, JsonSchema>,
  { dialects, $defs }: FramesDocument,
): ShownReference {
  const shapes = gatherSchemas("#/");
  const frames = Object.entries(dialects).flatMap(([dialect, { clientSends, serverSends }]) => [
    { id: `${dialect}-client`, dialect, title: "What you send", frames: framesOf(clientSends) },
    { id: `${dialect}-server`, dialect, title: "What you hear", frames: framesOf(serverSends) },
  ]);
  const asFrames = new Set(frames.flatMap((each) => each.frames.map(({ name }) => name)));
  const named = Object.entries({ ...schemas, ...$defs }).filter(([name]) => !asFrames.has(name));
  return {
    groups: described.map(({ part, operations }) => ({
      id: part.name.toLowerCase().replace(/[^a-z]+/g, "-"),
      name: part.name,
      about: part.about,
      routes: operations.map((operation) => shownRoute(operation, shapes)),
    })),
    frames,
    shapes: named.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, schema]) => shownShape(name, schema)),
    refusals: (Object.keys(catalogue) as RefusalCode[]).map((code) => ({
      code,
      status: catalogue[code].status,
      close: closeCodeOf(code),
      message: catalogue[code].message,
    })),
    closeCodes: Object.values(closings).map(({ code, words, comesBack }) => ({
      code,
      meaning: `${words.charAt(0).toUpperCase()}${words.slice(1)}.`,
      comesBack,
    })),
  };

  function framesOf(places: Readonly<Record<string, JsonSchema>>) {
    return Object.entries(places).map(([type, { $ref = "" }]) => {
      const name = $ref.split("/").at(-1) ?? "";
      return { type, ...shownShape(name, $defs[name] ?? {}) };
    });
  }
}

function shownShape(name: string, { description = "", ...schema }: JsonSchema): ShownShape {
  return { name, words: description, shape: typeOf(schema) };
}

function shownRoute({ name, method, path, entry, known, answers, refusals }: Operation, shapes: Gathering): ShownRoute {
  return {
    id: operationId(name),
    method,
    path,
    summary: entry.summary,
    words: entry.description ?? "",
    rights: rightsOf(entry, known.permission),
    parameters: parametersOf(entry, known, shapes),
    body: known.body && typeOf(shapes.of(known.body, "input")),
    sample: {
      address: addressOf(path, entry),
      body: entry.body === undefined ? undefined : JSON.stringify(entry.body),
      sendsFile: entry.takesFile === true,
      isOpen: known.permission === undefined,
    },
    answers: [...answers].flatMap(([status, each]) =>
      each
        .filter(({ refused }) => !refused)
        .map(({ description, schema, example }) => ({
          status,
          words: description,
          shape: schema && typeOf(shapes.of(schema, "output")),
          example: example === undefined ? undefined : JSON.stringify(example, null, 2),
        })),
    ),
    refusals,
  };
}

function parametersOf({ params = {} }: Entry, { query }: Operation["known"], shapes: Gathering): ShownParameter[] {
  const inPath = Object.entries(params).map(
    ([name, words]): ShownParameter => ({ name, where: "path", type: "string", isNeeded: true, words }),
  );
  if (!query) return inPath;
  const { properties = {}, required = [] } = shapes.of(query, "input");
  const inQuery = Object.entries(properties).map(
    ([name, { description = "", ...schema }]): ShownParameter => ({
      name,
      where: "query",
      type: typeOf(schema),
      isNeeded: required.includes(name),
      words: [description, boundsOf(schema)].filter(Boolean).join(" "),
    }),
  );
  return [...inPath, ...inQuery];
}

function boundsOf({ default: usual, minimum, maximum }: JsonSchema): string {
  const from = minimum === undefined ? "" : `from ${minimum}`;
  const to = maximum === undefined ? "" : `to ${maximum}`;
  const bounds = [from, to].filter(Boolean).join(" ");
  const otherwise = usual === undefined || usual === "" ? "" : `\`${String(usual)}\` without it`;
  const words = [bounds, otherwise].filter(Boolean).join("; ");
  return words && `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;
}

/** What may stand in a path: names that a new workspace has. */
const usual: Readonly<Record<string, string>> = { slug: "general", name: "alice", id: "42" };

function addressOf(path: string, { query }: Entry): string {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => usual[name] ?? name);
  return query ? `${filled}?${query}` : filled;
}
