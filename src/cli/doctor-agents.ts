import type { Agent } from "../agents/agent.ts";
import { createPrograms } from "../agents/catalogue.ts";
import { createCheck } from "../agents/check.ts";
import { probeSandbox } from "../agents/isolation.ts";
import type { Programs } from "../agents/programs.ts";
import { storedSettings } from "../agents/settings.ts";
import { type Config, ConfigurationError } from "../config.ts";
import type { openForReading } from "../database/open.ts";
import type { Finding } from "./finding.ts";

type Database = ReturnType<typeof openForReading>;

/** What the operator wrote about programs, and what each agent with one lacks on this machine. */
export async function agentsOf(sqlite: Database | undefined, config: Config): Promise<Finding[]> {
  const programs = readPrograms(config);
  if (!("byName" in programs)) return programs.map((words) => ({ what: "agents.json", ok: false, words }));
  const file = { what: "agents.json", ok: true, words: `${programs.list().length} programs are known` };
  if (!sqlite) return [file];
  // What only a running server can ask, such as a model's service, it says on the agent's page.
  const backends = ["acp", "exec", "openai"].map((name) => ({ name }));
  const check = createCheck({ config, programs, sandbox: probeSandbox(), backends });
  const findings = hired(sqlite).map(async (agent) => {
    const { isReady, findings } = await check(agent);
    const told = findings.filter(({ state }) => state !== "ok").map(({ words }) => words);
    const words = told.length === 0 ? "has all that it needs" : told.join(" ");
    return { what: `agent ${agent.member.name}`, ok: isReady, words };
  });
  return [file, ...(await Promise.all(findings))];
}

/** The catalogue, or what is wrong with the operator's part of it. */
function readPrograms(config: Config): Programs | readonly string[] {
  try {
    return createPrograms(config, { error: () => undefined, info: () => undefined });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

interface Row {
  readonly id: number;
  readonly name: string;
  readonly handle: string;
  readonly role: string;
  readonly backend: string;
  readonly settings: string;
}

/** Agents with a program. A database from before agents had any has none. */
function hired(sqlite: Database): readonly Agent[] {
  const columns = sqlite.query<{ name: string }, []>("PRAGMA table_info(agents)").all();
  if (!columns.some(({ name }) => name === "settings")) return [];
  const rows = sqlite.query<Row, []>(
    `SELECT id, name, handle, agents.role, backend, settings FROM agents JOIN members ON id = member_id
     WHERE fired_at IS NULL AND settings ->> 'program' IS NOT NULL ORDER BY id`,
  );
  return rows.all().map(({ id, name, handle, role, backend, settings }) => ({
    member: { id, kind: "agent", handle, name, title: role, role: "agent", removedAt: null },
    role,
    expertise: [],
    backend,
    smartness: "normal",
    settings: storedSettings(settings),
    hiredAt: 0,
  }));
}
