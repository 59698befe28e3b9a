import { z } from "zod";
import { formText } from "../../guards/validation.ts";
import { countIn } from "../../people/id.ts";
import type { Wishes } from "../terms.ts";

/** What the forms that hire and set up may hold: what a field means the roster says, on the form. */
export const agentForm = z.object({
  name: formText(),
  role: formText(),
  expertise: formText(),
  backend: formText(),
  smartness: formText(),
  program: formText(),
  directory: formText(),
  model: formText(),
  sandbox: formText(),
  approvals: formText(),
  dailyTokens: formText(),
  dailyUsd: formText(),
});

/** Texts of a form or a query, by field. */
export type Fields = Readonly<Partial<Record<keyof z.infer<typeof agentForm>, string>>>;

/** The fields of a form that was posted. */
export function fieldsOf(form: Readonly<Record<string, unknown>>): Fields {
  const texts = Object.keys(agentForm.shape).flatMap((name) =>
    typeof form[name] === "string" ? [[name, form[name]] as const] : [],
  );
  return Object.fromEntries(texts);
}

/** What is wished for by a form: a field that is not in it stays as it is. */
export function wishesIn({ expertise, dailyTokens, dailyUsd, name: _, backend: __, ...rest }: Fields): Wishes {
  return {
    ...rest,
    ...(expertise !== undefined && { expertise: expertise.split(",") }),
    ...(dailyTokens !== undefined && { dailyTokens: amount(dailyTokens, countIn) }),
    ...(dailyUsd !== undefined && { dailyUsd: amount(dailyUsd, dollarsIn) }),
  };
}

/** Nothing typed is no limit; what is no number is refused where the amount is judged. */
function amount(typed: string, read: (typed: string) => number): number | null {
  return typed.trim() === "" ? null : read(typed.trim());
}

function dollarsIn(typed: string): number {
  return /^\d{1,7}(\.\d{1,4})?$/.test(typed) ? Number(typed) : Number.NaN;
}
