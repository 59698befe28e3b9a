import { existsSync, statSync } from "node:fs";
import { checkChain } from "../audit/chain.ts";
import { type Config, createConfig } from "../config.ts";
import { openForReading } from "../database/open.ts";
import { argumentsOf } from "./arguments.ts";
import { agentsOf } from "./doctor-agents.ts";
import type { Finding } from "./finding.ts";
import { settingsFrom } from "./settings.ts";

export const usage = `parley doctor: checks a workspace, and says what to do

  --db FILE   which one, as for parley serve
  --json      answers as JSON

Reads only, also while the server runs. Checks the configuration, the database, who may read its files, that no entry of the audit
was changed or taken out, and what each agent with a program lacks: the program, its key, its directory, a sandbox. The exit status is 1 when something is wrong.`;

/** @returns what was found, and whether all of it is well. @throws ConfigurationError or DatabaseError */
export async function doctor(args: readonly string[]): Promise<{ said: string; ok: boolean }> {
  const { json, where } = argumentsOf(args, []);
  const config = createConfig(settingsFrom(where, process.env));
  const findings: Finding[] = [{ what: "configuration", ok: true, words: "every setting is valid" }];
  findings.push(...filesOf(config.databasePath));
  findings.push(...(await insideOf(config)));
  const ok = findings.every((finding) => finding.ok);
  const said = json
    ? JSON.stringify({ ok, findings })
    : findings.map((finding) => `${finding.ok ? "ok  " : "BAD "} ${finding.what}: ${finding.words}`).join("\n");
  return { said, ok };
}

/** Files that hold what others must not read. */
function filesOf(path: string): Finding[] {
  if (!existsSync(path))
    return [{ what: "database", ok: true, words: `${path} is not there yet: the first start makes it` }];
  return [path, `${path}-wal`, `${path}.key`, `${path}.server`]
    .filter((file) => existsSync(file))
    .map((file) => {
      const mode = statSync(file).mode & 0o777;
      const open = (mode & 0o077) !== 0;
      const words = open ? `others may read it (${mode.toString(8)}): chmod 600 ${file}` : "only its owner may read it";
      return { what: file, ok: !open, words };
    });
}

/** What is in the database, and what its agents need. */
async function insideOf(config: Config): Promise<Finding[]> {
  if (!existsSync(config.databasePath)) return agentsOf(undefined, config);
  const sqlite = openForReading(config.databasePath);
  try {
    return [...(await databaseOf(sqlite)), ...(await agentsOf(sqlite, config))];
  } finally {
    sqlite.close();
  }
}

async function databaseOf(sqlite: ReturnType<typeof openForReading>): Promise<Finding[]> {
  const verdict = sqlite.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get()?.quick_check ?? "";
  const whole = verdict === "ok";
  const chain = await checkChain({ sqlite });
  return [
    {
      what: "database",
      ok: whole,
      words: whole ? "every page of it is sound" : `damaged (${verdict}): stop the server and restore a backup`,
    },
    {
      what: "audit",
      ok: chain.ok,
      words: chain.ok
        ? `${chain.count} entries, none changed or taken out; the newest hash is ${chain.head}`
        : `entry ${chain.brokenAt} does not follow from the one before: somebody changed the file. Compare with a backup.`,
    },
  ];
}
