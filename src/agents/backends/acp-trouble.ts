import { Refusal } from "../../errors.ts";
import { plain } from "../processes/plain-text.ts";
import type { Running } from "../processes/program.ts";
import type { Program } from "../programs.ts";
import { authRequired, type Introduction, PeerError } from "./acp-wire.ts";

/** What went wrong with an agent's program, as people are told it. A bug of ours stays what it is. */
export function troubleOf(thrown: unknown, { program, running, introduction, exit }: Circumstances): unknown {
  if (thrown instanceof Refusal) return thrown;
  const last = running.complaint();
  const words = last === "" ? "" : ` It said last:\n\n${fenced(last)}`;
  if (thrown instanceof PeerError) {
    if (thrown.code === authRequired) return signInFirst(program, introduction);
    return new Refusal("AGENT_OFFLINE", `${program.title} could not do it: ${said(running, thrown.message)}.${words}`);
  }
  if (exit !== null)
    return new Refusal("AGENT_OFFLINE", `${program.title} ended in the middle (${exitOf(exit)}).${words}`);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Refusal("AGENT_OFFLINE", `${program.title} stopped answering: ${said(running, message)}.${words}`);
}

interface Circumstances {
  readonly program: Program;
  readonly running: Running;
  readonly introduction: Introduction | undefined;
  /** How it ended by itself; null when it did not. */
  readonly exit: number | string | null;
}

/** What it takes to sign in is between whoever runs the machine and the program: it is said and never done here. */
function signInFirst({ title }: Program, introduction: Introduction | undefined): Refusal {
  const ways = (introduction?.authMethods ?? []).slice(0, 5).map(({ id, name, description }) => {
    const words = plain(description ?? "")
      .trim()
      .slice(0, 200);
    return `${plain(name).trim().slice(0, 80) || id}${words === "" ? "" : ` (${words})`}`;
  });
  const how = ways.length === 0 ? "It does not say how." : `It offers: ${ways.join("; ")}.`;
  return new Refusal(
    "AGENT_OFFLINE",
    `${title} wants to be signed in first. ${how} Do that on the machine where Parley runs, with this agent's own home folder, or give the program its key.`,
  );
}

/** How a program ended, in words. */
export function exitOf(exit: number | string): string {
  return typeof exit === "number" ? `exit code ${exit}` : `ended by ${exit}`;
}

/** What a program said, as Markdown that it cannot break out of. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

function said(running: Running, message: string): string {
  const line = running.discreet(plain(message)).replace(/\s+/g, " ").trim();
  const short = line.slice(0, 500).toWellFormed().trimEnd();
  return short.endsWith(".") ? short.slice(0, -1) : short;
}
