import { zValidator } from "@hono/zod-validator";
import type { Context, MiddlewareHandler } from "hono";
import { z } from "zod";
import { Refusal } from "../errors.ts";
import type { Env } from "./identity.ts";
import { type Known, knowing } from "./known.ts";

interface Result {
  success: boolean;
  error?: { issues: readonly { path: readonly PropertyKey[]; message: string }[] };
}

/** A guard after which `context.req.valid("json")` is what the schema makes of the body. */
type Accepts<Schema extends z.ZodType> = MiddlewareHandler<
  Env,
  string,
  { in: { json: z.input<Schema> }; out: { json: z.output<Schema> } }
>;

/** Lets through requests whose query, JSON body or form fits a schema. @throws Refusal INVALID_MESSAGE naming the field */
export function accepts<Target extends "json" | "query" | "form", Schema extends z.ZodType>(
  target: Target,
  schema: Schema,
) {
  // Forms are of pages, and pages are in no document.
  const known: Known = { json: { body: schema, written: "json" as const }, query: { query: schema }, form: {} }[target];
  return knowing(zValidator(target, schema, refuseInvalid), known);
}

/**
 * The same for older programs, which do not always say that they send JSON, and for routes that may come without a body.
 * @throws Refusal INVALID_MESSAGE, and a SyntaxError for what is no JSON, which the app answers with INVALID_JSON
 */
export function acceptsUnannounced<Schema extends z.ZodType>(schema: Schema): Accepts<Schema> {
  return acceptsBody(schema, "unannounced", async ({ req }) => {
    const text = await req.text();
    return text.trim() === "" ? {} : JSON.parse(text);
  });
}

/** The same as JSON or as a form: OAuth clients send either. @throws Refusal INVALID_MESSAGE, and a SyntaxError like the one above */
export function acceptsJsonOrForm<Schema extends z.ZodType>(schema: Schema): Accepts<Schema> {
  return acceptsBody(schema, "json or form", ({ req }) =>
    (req.header("content-type") ?? "").includes("json") ? req.json() : req.parseBody(),
  );
}

function acceptsBody<Schema extends z.ZodType>(
  schema: Schema,
  written: "unannounced" | "json or form",
  read: (context: Context<Env>) => Promise<unknown>,
): Accepts<Schema> {
  const guard: Accepts<Schema> = async (context, next) => {
    const parsed = schema.safeParse(await read(context));
    refuseInvalid(parsed);
    if (!parsed.success) throw new Refusal("INVALID_MESSAGE");
    context.req.addValidatedData("json", parsed.data as object);
    await next();
  };
  return knowing(guard, { body: schema, written });
}

/** What is invalid is refused like everything else, naming the field. @throws Refusal INVALID_MESSAGE */
export function refuseInvalid(result: Result): void {
  if (result.success) return;
  const [issue] = result.error?.issues ?? [];
  throw new Refusal("INVALID_MESSAGE", `"${issue?.path.join(".") || "request"}": ${issue?.message ?? "not valid"}.`);
}

/** Forms, for zValidator. What a field means its domain says, on the form; here it is what a form may hold at all, which no page of ours exceeds. */

/** A text, given once or not at all. */
export const formText = (most = 1_000) =>
  z.string("must be a text that is given once").max(most, `may have at most ${most} characters`).optional();

/** Several texts under one name, or one, or none. */
export const formTexts = (count: number, most = 100) => {
  const text = z.string("must be a text").max(most, `may have at most ${most} characters`);
  const texts = z.array(text, "must be texts").max(count, `may be given at most ${count} times`);
  return z.preprocess((given) => (Array.isArray(given) || given === undefined ? given : [given]), texts.optional());
};
