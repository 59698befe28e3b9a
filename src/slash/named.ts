import type { Agent } from "../agents/agent.ts";
import type { Roster } from "../agents/roster.ts";
import { Refusal } from "../errors.ts";
import { plain } from "./words.ts";

/** The agent that an argument names: `alice`, `@alice` or `alice-bot`. @throws Refusal AGENT_NOT_FOUND that says who works here */
export function agentNamed(roster: Roster, typed: string): Agent {
  const agent = roster.byName(typed.replace(/^@/, ""));
  if (agent) return agent;
  const names = roster.list().map(({ member }) => member.name);
  const others = names.length === 0 ? "Nobody does yet: `/hire` one." : `There are ${names.slice(0, 20).join(", ")}.`;
  throw new Refusal("AGENT_NOT_FOUND", `No agent called "${plain(typed, 50)}" works here. ${others}`);
}

/** @throws Refusal INVALID_MESSAGE saying how a command is written */
export function needed(argument: string | undefined, usage: string): string {
  if (argument === undefined || argument.trim() === "")
    throw new Refusal("INVALID_MESSAGE", `Something is missing: \`${usage}\`.`);
  return argument;
}
