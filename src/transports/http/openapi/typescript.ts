import type { JsonSchema } from "./json-schema.ts";

/** TypeScript of JSON Schema, to be read as much as compiled. */

/** One declaration, with what is said of it above it. */
export function declaration(name: string, schema: JsonSchema): string {
  const { description, ...shape } = schema;
  const isObject = shape.properties !== undefined && shape.type === "object";
  const body = isObject ? `interface ${name} ${typeOf(shape)}` : `type ${name} = ${typeOf(shape)};`;
  return `${comment(description, "")}export ${body}\n`;
}

/** The type of a shape. @param indent of the line that it stands in */
export function typeOf(schema: JsonSchema, indent = ""): string {
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "unknown";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.allOf) return schema.allOf.map((each) => inner(each, indent)).join(" & ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map((each) => typeOf(each, indent)))].join(" | ");
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type }, indent)).join(" | ");
  switch (schema.type) {
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return `${inner(schema.items ?? {}, indent)}[]`;
    case "object":
      return objectOf(schema, indent);
    default:
      return "unknown";
  }
}

function objectOf({ properties = {}, required = [], additionalProperties }: JsonSchema, indent: string): string {
  const names = Object.keys(properties);
  if (names.length === 0) {
    if (typeof additionalProperties === "object") return `Record<string, ${typeOf(additionalProperties, indent)}>`;
    return additionalProperties === true ? "Record<string, unknown>" : "Record<string, never>";
  }
  const deeper = `${indent}  `;
  const lines = names.map((name) => {
    const { description, ...field } = properties[name] ?? {};
    const mark = required.includes(name) ? "" : "?";
    return `${comment(description, deeper)}${deeper}${keyOf(name)}${mark}: ${typeOf(field, deeper)};\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

/** In brackets where what follows would otherwise belong to its last part alone. */
function inner(schema: JsonSchema, indent: string): string {
  const type = typeOf(schema, indent);
  return / [|&] /.test(type) && !/^\{[\s\S]*\}$/.test(type) ? `(${type})` : type;
}

function keyOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** Words as a comment that nothing in them can end. */
export function comment(words: string | undefined, indent: string): string {
  if (!words) return "";
  const safe = words.replaceAll("*/", "*\\/");
  return `${indent}/** ${safe.split("\n").join(`\n${indent} * `)} */\n`;
}
