import { Hono } from "hono";
import { z } from "zod";
import { UsagePage, type UsageRow } from "../../../views/usage.tsx";
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { csvLine } from "../../csv.ts";
import { Refusal } from "../../errors.ts";
import { type Env, hasAccount, haveRead, memberOf, requires } from "../../guards/identity.ts";
import { accepts } from "../../guards/validation.ts";
import { modeOf, page } from "../../page.tsx";
import { may } from "../../people/member.ts";
import type { Members } from "../../people/members.ts";
import type { PublicFiles } from "../../public-files.ts";
import type { Roster } from "../roster.ts";
import type { KeptUsage } from "../usage-book.ts";
import { budgetsFor, type Days, type ShownBudget, usageLines, usageReport } from "../usage-report.ts";
import { dayOf, type UsageSum } from "../usage-table.ts";
import { moneyWords, tokenWords } from "../usage-words.ts";

interface Parts {
  config: Config;
  clock: Clock;
  files: PublicFiles;
  members: Members;
  roster: Roster;
  usage: KeptUsage;
}

const dayMs = 24 * 60 * 60_000;
/** Days that are asked about when nothing was said, and the most. */
const usualDays = 30;
const mostDays = 366;
/** What the page leads to. */
const spans = [7, usualDays, 90];

const day = z
  .string()
  .trim()
  .refine((text) => text === "" || isDay(text), "must be a day, such as 2026-11-21");
const query = z.object({
  from: day.default("").describe("The first day, of UTC; without it 30 days."),
  to: day.default("").describe("The last day; without it today."),
});

/** What agents used: as a page, as JSON and for spreadsheets. Who manages tasks sees all of it, everybody what was used on their behalf. */
export function usageRoutes(parts: Parts) {
  const { config, clock, files } = parts;

  /** @throws Refusal INVALID_MESSAGE */
  function daysOf({ from, to }: z.infer<typeof query>): Days {
    const last = to === "" ? dayOf(clock.now()) : to;
    const first = from === "" ? dayOf(Date.parse(last) - (usualDays - 1) * dayMs) : from;
    const days = (Date.parse(last) - Date.parse(first)) / dayMs + 1;
    if (days < 1) throw new Refusal("INVALID_MESSAGE", "The first day must not be after the last one.");
    if (days > mostDays) throw new Refusal("INVALID_MESSAGE", `Ask for at most ${mostDays} days at once.`);
    return { from: first, to: last };
  }

  return new Hono<Env>()
    .get("/usage", requires("read", "page"), accepts("query", query), (context) => {
      const reader = memberOf(context);
      const days = daysOf(context.req.valid("query"));
      const report = usageReport(parts, reader, days);
      const content = (
        <UsagePage
          workspace={config.workspaceName}
          mode={modeOf(config)}
          assets={files.urls}
          canAudit={may(reader, "manage_system")}
          hasAccount={hasAccount(context)}
          isOfAll={report.whose === "everybody"}
          from={days.from}
          to={days.to}
          spans={spans.map((length) => spanOf(length, days, clock.now()))}
          exportHref={`/usage/export.csv?${new URLSearchParams({ ...days })}`}
          budgets={budgetsFor(parts, reader).map(budgetShown)}
          total={report.total.tasks === 0 ? null : shown("", report.total, 0)}
          days={rowsOf(report.days.map((each) => ({ ...each, name: each.day })))}
          agents={rowsOf(report.agents)}
          people={rowsOf(report.people)}
        />
      );
      return page(context, content);
    })
    .get("/usage/export.csv", requires("read"), accepts("query", query), (context) => {
      const lines = usageLines(parts, memberOf(context), daysOf(context.req.valid("query"))).map(
        ({ day, agent, person, tasks, inputTokens, outputTokens, costUsd }) =>
          csvLine([day, agent, person, tasks, inputTokens, outputTokens, costUsd]),
      );
      const text = ["day,agent,person,tasks,input_tokens,output_tokens,cost_usd", ...lines, ""].join("\n");
      haveRead(context, text.length);
      return context.body(text, 200, {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": 'attachment; filename="parley-usage.csv"',
        "cache-control": "no-store",
      });
    })
    .get("/api/v1/usage", requires("read"), accepts("query", query), (context) => {
      const reader = memberOf(context);
      const report = usageReport(parts, reader, daysOf(context.req.valid("query")));
      return context.json({
        from: report.from,
        to: report.to,
        whose: report.whose,
        total: sumJson(report.total),
        days: report.days.map((each) => ({ day: each.day, ...sumJson(each) })),
        agents: report.agents.map((each) => ({ name: each.name, ...sumJson(each) })),
        people: report.people.map((each) => ({ name: each.name, ...sumJson(each) })),
        budgets: budgetsFor(parts, reader),
      });
    });
}

function isDay(text: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  // 31 February is no day, and some would take it for one in March.
  return !Number.isNaN(at) && dayOf(at) === text;
}

function sumJson({ tasks, inputTokens, outputTokens, costUsd, unpricedTokens }: UsageSum) {
  return {
    tasks,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cost_usd: costUsd,
    unpriced_tokens: unpricedTokens,
  };
}

function spanOf(length: number, { from, to }: Days, now: number) {
  const [first, last] = [dayOf(now - (length - 1) * dayMs), dayOf(now)];
  return { words: `${length} days`, href: `/usage?from=${first}`, isHere: from === first && to === last };
}

function rowsOf(sums: readonly (UsageSum & { readonly name: string })[]): UsageRow[] {
  const most = Math.max(1, ...sums.map(tokensOf));
  return sums.map((sum) => shown(sum.name, sum, tokensOf(sum) / most));
}

function tokensOf({ inputTokens, outputTokens }: UsageSum): number {
  return inputTokens + outputTokens;
}

function shown(name: string, sum: UsageSum, share: number): UsageRow {
  const { tasks, inputTokens, outputTokens, costUsd, unpricedTokens } = sum;
  const known = costUsd === null ? "unknown" : moneyWords(costUsd);
  return {
    name,
    tasks,
    input: tokenWords(inputTokens),
    output: tokenWords(outputTokens),
    // A sum of which a part is missing must not look like the whole.
    cost: costUsd !== null && unpricedTokens > 0 ? `${known}+` : known,
    percent: Math.max(share > 0 ? 1 : 0, Math.round(share * 100)),
  };
}

function budgetShown({ of, unit, budget, spent }: ShownBudget) {
  const words = unit === "tokens" ? tokenWords : moneyWords;
  return {
    of,
    words: `${words(spent)} of ${words(budget)}${unit === "tokens" ? " tokens" : ""}`,
    percent: Math.min(100, Math.floor((spent / budget) * 100)),
    isUsedUp: spent >= budget,
  };
}
