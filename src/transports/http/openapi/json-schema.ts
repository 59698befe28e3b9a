import { z } from "zod";

/** JSON Schema as far as our shapes need it (draft 2020-12, which is what OpenAPI 3.1 takes). */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  default?: unknown;
  [keyword: string]: unknown;
}

/** Whether a shape is of what is sent to us, where defaults may be left out, or of what we send. */
export type Direction = "input" | "output";

/** Makes JSON Schema of zod's, gathering what has a name, so that it stands once and is referred to. */
export interface Gathering {
  of(schema: z.ZodType, direction: Direction): JsonSchema;
  /** What has a name, in the order of the alphabet. */
  named(): Record<string, JsonSchema>;
}

/** Lets others have their turn: making all of the documents takes a while, and nobody's message waits for that. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** @param place where the document keeps what has a name, such as `#/components/schemas/` */
export function gatherSchemas(place: string): Gathering {
  const gathered = new Map<string, JsonSchema>();

  function keep(name: string, schema: JsonSchema): void {
    const earlier = gathered.get(name);
    if (earlier && JSON.stringify(earlier) !== JSON.stringify(schema)) throw new Error(`two shapes are called ${name}`);
    gathered.set(name, schema);
  }

  /** With references to our place, and nothing in it that readers have no use for. */
  function tidied(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(tidied);
    if (typeof value !== "object" || value === null) return value;
    const tidy: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (key === "$ref") tidy[key] = String(item).replace("#/$defs/", place);
      else if (key !== "properties") tidy[key] = tidied(item);
      else tidy[key] = Object.fromEntries(Object.entries(item as object).map(([name, of]) => [name, tidied(of)]));
    }
    return tidy;
  }

  return {
    of(schema, direction) {
      const { $schema: _, $defs = {}, ...own } = z.toJSONSchema(schema, { io: direction, override: simplify });
      for (const [name, named] of Object.entries($defs)) keep(name, tidied(named) as JsonSchema);
      return tidied(own) as JsonSchema;
    },
    named: () => Object.fromEntries([...gathered].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>["override"]>;

/** Fields may be added, so no client may rely on there being no others; and what a format says needs no pattern. */
const simplify: Override = ({ jsonSchema: schema }) => {
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.format !== undefined) delete schema.pattern;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  delete schema.propertyNames;
};
