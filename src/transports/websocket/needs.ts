import type { Permission } from "../../people/member.ts";
import type { Command } from "./dialects/dialect.ts";

/** Commands that are about being let in, or about nothing: open to everybody who has a socket. */
type Open = "auth" | "resume" | "refresh" | "ping";

/** What each command of a socket asks for, beside what its own subject asks: one row a command, so that none is forgotten. */
export const neededFor: Readonly<Record<Exclude<Command["type"], Open>, Permission>> = {
  post: "write",
  agent_message: "write",
  edit: "write",
  delete: "write",
  task: "write",
  answer: "execute",
  typing: "write",
  subscribe: "read",
  unsubscribe: "read",
  subscribe_agent: "read",
  unsubscribe_agent: "read",
  agent_status: "read",
  active_tasks: "read",
  history: "read",
  report: "read",
};
