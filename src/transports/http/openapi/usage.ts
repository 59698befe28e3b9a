import { z } from "zod";
import { wholeNumber } from "../../../shapes.ts";
import { ok, type Part } from "./entry.ts";

const sum = {
  tasks: wholeNumber,
  input_tokens: wholeNumber,
  output_tokens: wholeNumber,
  cost_usd: z.number().nullable().describe("US dollars; null where nobody said."),
  unpriced_tokens: wholeNumber.describe("Tokens of which nobody said what they cost."),
};
const total = z.strictObject(sum).meta({ id: "UsageSum", description: "What was used." });
const totalExample = { tasks: 3, input_tokens: 41_200, output_tokens: 3_900, cost_usd: 0.21, unpriced_tokens: 1_200 };
const dayShape = z
  .strictObject({ day: z.iso.date(), ...sum })
  .meta({ id: "UsageOfDay", description: "Of a day of UTC." });
const named = z
  .strictObject({ name: z.string(), ...sum })
  .meta({ id: "UsageOfSomebody", description: "Of an agent, or on behalf of a person." });
const budget = z
  .strictObject({
    of: z.string().describe("Whose it is: an agent, a person, or `the workspace`."),
    unit: z.enum(["tokens", "usd"]),
    budget: z.number(),
    spent: z.number(),
  })
  .meta({ id: "Budget", description: "What may be spent today, and how much of it is." });

export const usageEntries: Part = {
  name: "Usage",
  about: "What agents used, and what is left of today's budgets. Days are of UTC.",
  routes: {
    "GET /api/v1/usage": {
      summary: "What agents used",
      description:
        "By day, by agent and by the person on whose behalf: of all with the right to manage tasks, else what was used on yours. A key for certain rooms tells of tasks in those.",
      query: "from=2026-11-01&to=2026-11-30",
      answers: ok(
        "The newest day first, and who used most first.",
        z.strictObject({
          from: z.iso.date(),
          to: z.iso.date(),
          whose: z.enum(["everybody", "own"]),
          total,
          days: z.array(dayShape),
          agents: z.array(named),
          people: z.array(named),
          budgets: z.array(budget),
        }),
        {
          from: "2026-11-01",
          to: "2026-11-30",
          whose: "everybody",
          total: totalExample,
          days: [{ day: "2026-11-21", ...totalExample }],
          agents: [{ name: "alice", ...totalExample }],
          people: [{ name: "mira", ...totalExample }],
          budgets: [{ of: "the workspace", unit: "tokens", budget: 1_000_000, spent: 45_100 }],
        },
      ),
    },
    "GET /usage/export.csv": {
      summary: "What agents used, for spreadsheets",
      description: "A line for each day, agent and person. No cell begins like a formula.",
      query: "from=2026-11-01",
      answers: { 200: { description: "CSV, UTF-8, by RFC 4180.", type: "text/csv" } },
    },
  },
};
