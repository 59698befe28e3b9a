import { z } from "zod";

/** The same shape with its keys in snake case, at every depth. A shape that has a name keeps it and is left as it is. */
export function respelled<Schema extends z.ZodType>(schema: Schema): Schema {
  const about = schema.meta();
  if (about?.id !== undefined) return schema;
  const inner = respelledInner(schema);
  // It is what it was, but for the names of its keys, which types do not follow.
  return (about ? inner.meta(about) : inner) as unknown as Schema;
}

function respelledInner(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape as Record<string, z.ZodType>);
    return z.strictObject(Object.fromEntries(fields.map(([key, field]) => [snakeCase(key), respelled(field)])));
  }
  if (schema instanceof z.ZodArray) return z.array(respelled(schema.element as z.ZodType));
  if (schema instanceof z.ZodOptional) return respelled(schema.unwrap() as z.ZodType).optional();
  if (schema instanceof z.ZodNullable) return respelled(schema.unwrap() as z.ZodType).nullable();
  if (schema instanceof z.ZodRecord) return z.record(z.string(), respelled(schema.valueType as z.ZodType));
  if (schema instanceof z.ZodUnion) return z.union(schema.options.map((option) => respelled(option as z.ZodType)));
  return schema;
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
