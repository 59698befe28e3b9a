import type { Config } from "../config.ts";
import { type Member, may } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Roster } from "./roster.ts";
import type { KeptUsage } from "./usage-book.ts";
import type { Spent, UsageAsked, UsageSum, Whose } from "./usage-table.ts";

/** What somebody may know of what was used: all of it who manages tasks, else what was used on their behalf. */
export interface UsageReport {
  readonly from: string;
  readonly to: string;
  readonly whose: "everybody" | "own";
  readonly total: UsageSum;
  /** The newest first. */
  readonly days: readonly (UsageSum & { readonly day: string })[];
  /** Who used most first. */
  readonly agents: readonly (UsageSum & { readonly name: string })[];
  readonly people: readonly (UsageSum & { readonly name: string })[];
}

/** A budget of today: whose, how much it is, and how much of it is spent. */
export interface ShownBudget {
  readonly of: string;
  readonly unit: "tokens" | "usd";
  readonly budget: number;
  readonly spent: number;
}

export interface UsageLine extends UsageSum {
  readonly day: string;
  readonly agent: string;
  readonly person: string;
}

interface Parts {
  config: Config;
  members: Members;
  roster: Roster;
  usage: KeptUsage;
}

export interface Days {
  readonly from: string;
  readonly to: string;
}

/** What of the use a member may know: by the days, and what they came with. */
function askedBy(member: Member, days: Days): UsageAsked {
  return {
    ...days,
    requesterId: may(member, "manage_tasks") ? null : member.id,
    roomIds: member.scope?.rooms ?? null,
  };
}

export function usageReport({ members, usage }: Parts, member: Member, days: Days): UsageReport {
  const asked = askedBy(member, days);
  const name = (id: number) => members.byId(id).name;
  const { table } = usage;
  return {
    ...days,
    whose: asked.requesterId === null ? "everybody" : "own",
    total: table.total(asked),
    days: table.byDay(asked),
    agents: table.byAgent(asked).map(({ agentId, ...sum }) => ({ ...sum, name: name(agentId) })),
    people: table.byPerson(asked).map(({ requesterId, ...sum }) => ({ ...sum, name: name(requesterId) })),
  };
}

/** The finest there is, for spreadsheets: a line for each day, agent and person. */
export function usageLines({ members, usage }: Parts, member: Member, days: Days): readonly UsageLine[] {
  const name = (id: number) => members.byId(id).name;
  return usage.table
    .rows(askedBy(member, days))
    .map(({ agentId, requesterId, ...sum }) => ({ ...sum, agent: name(agentId), person: name(requesterId) }));
}

/** The budgets of today that concern a member: their own, and with the right to manage tasks those of the workspace and of agents. */
export function budgetsFor({ config, roster, usage }: Parts, member: Member): readonly ShownBudget[] {
  const { workspace, person } = config.budgets;
  const shown = (of: string, tokens: number | null, usd: number | null, whose: Whose): ShownBudget[] => {
    if (tokens === null && usd === null) return [];
    const spent: Spent = usage.spentToday(whose);
    return [
      ...(tokens === null ? [] : [{ of, unit: "tokens" as const, budget: tokens, spent: spent.tokens }]),
      ...(usd === null ? [] : [{ of, unit: "usd" as const, budget: usd, spent: spent.costMicros / 1_000_000 }]),
    ];
  };
  const own = member.kind === "person" ? shown(member.name, person.tokens, person.usd, { requesterId: member.id }) : [];
  // Narrowed to some rooms one does not learn what goes on in the others.
  if (!may(member, "manage_tasks") || member.scope?.rooms) return own;
  const ofAgents = roster
    .list()
    .flatMap(({ member: { id, name }, settings }) =>
      shown(name, settings.dailyTokens, settings.dailyUsd, { agentId: id }),
    );
  return [...shown("the workspace", workspace.tokens, workspace.usd, null), ...own, ...ofAgents];
}
