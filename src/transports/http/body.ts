import type { Context } from "hono";
import type { z } from "zod";
import { Refusal } from "../../errors.ts";
import type { Env } from "../../guards/identity.ts";
import { refuseInvalid } from "../../guards/validation.ts";

/**
 * What a request brings, whatever its content type says: older programs do not always say it, and some routes may come without a body.
 * @throws Refusal INVALID_MESSAGE, and a SyntaxError for what is no JSON, which the app answers with INVALID_JSON
 */
export async function bodyOf<Schema extends z.ZodType>(
  context: Context<Env>,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await context.req.text();
  const parsed = schema.safeParse(text.trim() === "" ? {} : JSON.parse(text));
  refuseInvalid(parsed);
  if (!parsed.success) throw new Refusal("INVALID_MESSAGE");
  return parsed.data;
}
