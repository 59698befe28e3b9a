import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Config } from "../config.ts";
import { copyDatabase, type Hold, holdDatabase, noHold } from "../database/backup.ts";
import { DatabaseError } from "../database/open.ts";
import { diffOf } from "./migration/dotenv.ts";
import { logName, newestBackup } from "./migration/manifest.ts";
import { planOf } from "./migration/plan.ts";
import { isThere, preflight } from "./migration/preflight.ts";
import { rollBack } from "./migration/rollback.ts";
import { bringIn, type Ending, migrate, type Ready, wordsOn } from "./migration/run.ts";
import { createScrub } from "./migration/secrets.ts";
import { createSteps } from "./migration/steps.ts";
import type { Hired, OldTeam } from "./migration/team.ts";
import { type Return, type Wish, wishOf } from "./migration/wish.ts";
import { CommandError } from "./operator.ts";

export const usage = `parley migrate-transport: goes over to another transport for good, with a way back

  parley migrate-transport --to websocket|telegram|both [--dry-run]
  parley migrate-transport --rollback [BACKUP]

Looks at everything first, keeps what it is going to change, changes only those lines of the settings that must be, and proves with
a real client, on a copy of the database, that the result works. When it does not, everything is put back as it was. Run it where the
server is started; it may go on running, and takes the new settings up at its next start.

  --env FILE            the settings (default .env)
  --dry-run             shows what would be changed, and changes nothing
  --backup-dir DIR      where backups are kept (default migration-backups beside the settings); they hold secrets, as the settings do
  --import FILE         hires the employees of an old system's employees.db; the server must not run
  --websocket-host ADDRESS, --websocket-port NUMBER   a port for WebSocket chat only, to be written to the settings
  --telegram-chat ID    the chat, to be written to the settings; the token is taken from TELEGRAM_BOT_TOKEN and never from a flag
  --announce            says a sentence in the Telegram chat; without it only "typing" shows there for a moment
  --db FILE, --host, --port   which workspace, as for parley serve
  --json                one JSON object a step

  --rollback [BACKUP]   puts back what a migration changed (default: the newest one), byte by byte
  --keep-database       but not the database
  --force               also what somebody changed since; theirs is kept in the backup's folder

The exit status is 0 when it is done, and 1 when everything is as it was.

Examples:
  TELEGRAM_BOT_TOKEN=… parley migrate-transport --to both --telegram-chat -1001234567890 --dry-run
  parley migrate-transport --to websocket --import ../old/employees.db
  parley migrate-transport --rollback`;

type Env = Readonly<Record<string, string | undefined>>;

/** @param print takes a line for whoever runs it @returns the exit status @throws CommandError with one sentence, or with every problem */
export async function migrateTransport(
  args: readonly string[],
  print: (line: string) => void,
  env: Env = process.env,
): Promise<number> {
  const wish = wishOf(args);
  if (!("to" in wish)) return goBack(wish, print);
  const plan = planOf(wish, env);
  const scrub = createScrub(env, plan.before ?? "", plan.after);
  const { hold, problem } = held(plan.roughly?.databasePath);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    const steps = createSteps({ print, scrub, json: wish.json, signal: stopping.signal });
    const found = await preflight(wish, plan, backupsOf(wish), hold);
    const problems = [...new Set([...problem, ...found.problems])];
    if (problems.length > 0 || !plan.config) throw new CommandError(scrub(inLines(problems)));
    const ready = { wish, plan, config: plan.config, team: found.team, backups: backupsOf(wish), steps, env };
    if (wish.dryRun) {
      print(scrub(await shown(ready, hold)));
      return 0;
    }
    await steps.step("preflight", () => "nothing stands in the way");
    return ended(await migrate(ready, hold), ready, (line) => print(scrub(line)));
  } finally {
    hold.release();
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

function goBack(
  { backup, backupFolder, settingsFile, force, keepDatabase, json }: Return,
  print: (line: string) => void,
) {
  const folder = backup === null ? newestBackup(backupFolder ?? beside(settingsFile)) : resolve(backup);
  const done = rollBack(folder, { force, keepDatabase });
  const said = done ?? "Nothing to do: everything is as it was before that migration.";
  print(json ? JSON.stringify({ backup: folder, restored: done !== null, said }) : `${said}\n${folder}`);
  if (done !== null && !json) print("A running server goes on with the settings it has: restart it.");
  return 0;
}

/** What was done, and what to do next. @returns the exit status */
function ended(ending: Ending, { wish, plan }: Ready, print: (line: string) => void): number {
  const log = join(ending.folder, logName);
  if (wish.json) {
    print(JSON.stringify({ ...ending, log, notes: plan.notes }));
    return ending.ok ? 0 : 1;
  }
  if (ending.ok) {
    print(
      `Done. ${["Start the server, or restart it: the new settings are in force from then on.", ...plan.notes].join("\n")}`,
    );
    print(`The way back: parley migrate-transport --rollback ${ending.folder}`);
    return 0;
  }
  const now = ending.isBack
    ? "Everything is as it was before."
    : `NOT everything could be put back: see ${log}, and try parley migrate-transport --rollback ${ending.folder}`;
  print(`It did not work: ${ending.why}\n${now}\nWhat was done, step by step: ${log}`);
  return 1;
}

/** What would be done, found out without doing it. */
async function shown({ wish, plan, config, team, backups }: Ready, hold: Hold): Promise<string> {
  const diff = diffOf(plan.file, plan.before ?? "", plan.after);
  const path = config.databasePath;
  const employees = team && team.employees.length > 0 ? await rehearsed({ config, team, path }, hold) : null;
  const kept = [plan.file, path, `${path}.key`].filter((file) => existsSync(file));
  if (wish.json)
    return JSON.stringify({ dryRun: true, file: plan.file, diff, employees, left: team?.left, kept, backups });
  const lines = [
    "Nothing was changed. This would be:",
    diff === "" ? `${plan.file} says all of it already.` : diff,
    `Kept in ${backups}: ${kept.length > 0 ? kept.join(", ") : "that there is nothing yet"}.`,
  ];
  if (team)
    lines.push(`Employees: ${wordsOn(employees ?? { hired: [], kept: [], refused: [] }, team) || "there are none"}.`);
  return [...lines, ...plan.notes].join("\n");
}

/** Hires everybody into a copy that is thrown away. */
async function rehearsed(
  { config, team, path }: { config: Config; team: OldTeam; path: string },
  hold: Hold,
): Promise<Hired> {
  const folder = mkdtempSync(join(tmpdir(), "parley-migration-"));
  try {
    const copy = join(folder, "import.db");
    if (isThere(path)) copyDatabase(path, copy, hold);
    return await bringIn(config, team, copy);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A database that cannot be held is one more problem. */
function held(path: string | undefined): { hold: Hold; problem: readonly string[] } {
  if (path === undefined || !isThere(path)) return { hold: noHold, problem: [] };
  try {
    return { hold: holdDatabase(path), problem: [] };
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return { hold: noHold, problem: [error.message] };
  }
}

function backupsOf({ backupFolder, settingsFile }: Wish): string {
  return resolve(backupFolder ?? beside(settingsFile));
}

function beside(settingsFile: string): string {
  const file = existsSync(settingsFile) ? realpathSync(settingsFile) : resolve(settingsFile);
  return join(dirname(file), "migration-backups");
}

function inLines(problems: readonly string[]): string {
  return `Nothing was changed. What stands in the way:\n${problems.map((each) => `  - ${each}`).join("\n")}`;
}
