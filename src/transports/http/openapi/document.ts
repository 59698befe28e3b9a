import type { Answer, Entry, Part } from "./entry.ts";
import { breathe, type Gathering, gatherSchemas, type JsonSchema } from "./json-schema.ts";
import { type AppRoute, type Operation, operationsOf } from "./operations.ts";

/** What is told of the server beside its routes. */
export interface About {
  readonly version: string;
  /** The name of the cookie that the sign-in page sets. */
  readonly cookie: string;
}

/** A part with its operations. */
export interface Described {
  readonly part: Part;
  readonly operations: readonly Operation[];
}

/** The OpenAPI document: only of what is read again here. The rest goes out as it is. */
export interface OpenApi {
  readonly paths: Record<string, Record<string, unknown>>;
  readonly components: { readonly schemas: Record<string, JsonSchema>; readonly securitySchemes: unknown };
  readonly [field: string]: unknown;
}

export function describeParts(parts: readonly Part[], routes: readonly AppRoute[]): Described[] {
  return parts.map((part) => ({ part, operations: operationsOf(part, routes) }));
}

/** OpenAPI 3.1 of everything that was described. */
export async function openApi(described: readonly Described[], { version, cookie }: About): Promise<OpenApi> {
  const shapes = gatherSchemas("#/components/schemas/");
  const paths: OpenApi["paths"] = {};
  for (const { part, operations } of described) {
    for (const operation of operations) {
      const path = operation.path.replace(/:(\w+)/g, "{$1}");
      paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationOf(operation, part, shapes) };
      await breathe();
    }
  }
  return {
    openapi: "3.1.0",
    info: { title: "Parley", version, description: introduction, license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: "/" }],
    tags: described.map(({ part }) => ({ name: part.name, description: part.about })),
    paths,
    components: {
      schemas: shapes.named(),
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "A session's token, an API key (`ply_…`), or a JWT.",
        },
        key: { type: "apiKey", in: "header", name: "X-API-Key", description: "The same in a header of its own." },
        cookie: {
          type: "apiKey",
          in: "cookie",
          name: cookie,
          description: "Of the sign-in page. Requests that change something must say an `Origin` that is ours.",
        },
      },
    },
  };
}

const introduction =
  "Every answer is JSON, refusals too: `{error, message, code, retryAfter?}`. Times are UTC, ISO 8601 with `Z`. Fields may be added, never renamed or removed. What you may not see does not exist: 404. A browser that names HTML in `Accept` gets pages. In development mode a program on the same machine needs no credential: it acts as `dev_user`. Every route may also answer 421 (a name that is not this server's) and 500 (our fault, with a reference).";

function operationOf({ name, entry, known, answers }: Operation, part: Part, shapes: Gathering): unknown {
  const body = bodyOf(entry, known, shapes);
  return {
    operationId: operationId(name),
    tags: [part.name],
    summary: entry.summary,
    description: [entry.description, rightsOf(entry, known.permission)].filter(Boolean).join("\n\n"),
    ...(known.permission && { "x-permission": known.permission }),
    security: known.permission ? [{ bearer: [] }, ...(entry.themselves ? [] : [{ key: [] }]), { cookie: [] }] : [],
    parameters: [...pathParameters(entry), ...queryParameters(known, shapes)],
    ...(body && { requestBody: body }),
    responses: Object.fromEntries([...answers].map(([status, each]) => [status, responseOf(each, shapes)])),
  };
}

/** `getV1RoomsSlugMessages`: every route has one, and no two the same. */
export function operationId(name: string): string {
  const [method = "", path = ""] = name.split(" ");
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "" && word !== "api");
  return method.toLowerCase() + words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

export function rightsOf({ themselves }: Entry, permission: string | undefined): string {
  if (!permission) return "Open to everybody.";
  return themselves ? "For people themselves, not for keys or devices' tokens." : `Needs \`${permission}\`.`;
}

function pathParameters({ params = {} }: Entry): unknown[] {
  return Object.entries(params).map(([name, description]) => ({
    name,
    in: "path",
    required: true,
    description,
    schema: { type: "string" },
  }));
}

function queryParameters({ query }: Operation["known"], shapes: Gathering): unknown[] {
  if (!query) return [];
  const { properties = {}, required = [] } = shapes.of(query, "input");
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }));
}

function bodyOf(entry: Entry, { body, written }: Operation["known"], shapes: Gathering): object | undefined {
  if (entry.takesFile) {
    const file = {
      type: "object",
      properties: { file: { type: "string", contentMediaType: "application/octet-stream" } },
    };
    return { required: true, content: { "application/octet-stream": {}, "multipart/form-data": { schema: file } } };
  }
  if (!body) return undefined;
  const shape = shapes.of(body, "input");
  const json = { schema: shape, ...(entry.body !== undefined && { example: entry.body }) };
  const isOptional = written === "unannounced" && (shape.required ?? []).length === 0;
  return {
    required: !isOptional,
    content: {
      "application/json": json,
      ...(written === "json or form" && { "application/x-www-form-urlencoded": { schema: shape } }),
    },
  };
}

function responseOf(answers: readonly Answer[], shapes: Gathering): unknown {
  const description = answers.map((answer) => answer.description).join("\n");
  const [first] = answers;
  if (first?.type) return { description, content: { [first.type]: {} } };
  const schemas = answers.flatMap(({ schema }) => (schema ? [shapes.of(schema, "output")] : []));
  const [schema] = schemas;
  if (!schema) return { description };
  const example = first?.example === undefined ? {} : { example: first.example };
  return {
    description,
    content: { "application/json": { schema: schemas.length > 1 ? { anyOf: schemas } : schema, ...example } },
  };
}
