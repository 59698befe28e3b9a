import { existsSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Hold, holdDatabase, noHold } from "../database/backup.ts";
import { DatabaseError } from "../database/open.ts";
import { logName, newestBackup, readManifest } from "./migration/manifest.ts";
import { planOf } from "./migration/plan.ts";
import { type Found, isThere, preflight } from "./migration/preflight.ts";
import { preview } from "./migration/preview.ts";
import { rollBack } from "./migration/rollback.ts";
import { type Ending, migrate, type Ready } from "./migration/run.ts";
import { createScrub } from "./migration/secrets.ts";
import { createSteps } from "./migration/steps.ts";
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
  --telegram-chat=ID    the chat, to be written to the settings; the token is taken from TELEGRAM_BOT_TOKEN and never from a flag
  --announce            says a sentence in the Telegram chat; without it only "typing" shows there for a moment
  --db FILE, --host, --port   which workspace, as for parley serve
  --json                one JSON object a step

  --rollback [BACKUP]   puts back what a migration changed (default: the newest one), byte by byte
  --keep-database       but not the database
  --force               also what somebody changed since; theirs is kept in the backup's folder

The exit status is 0 when it is done, and 1 when everything is as it was.

Examples:
  TELEGRAM_BOT_TOKEN=… parley migrate-transport --to both --telegram-chat=-1001234567890 --dry-run
  parley migrate-transport --to websocket --import ../old/employees.db
  parley migrate-transport --rollback`;

/** Something stands in the way, and all of it has its words. */
class Unfit extends CommandError {}

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
  // A second signal does not wait for anything: what was begun can be taken back afterwards.
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const backups = backupsOf(wish);
  const steps = createSteps({ print, scrub, json: wish.json, signal: stopping.signal });
  let found: Found = { problems: [], team: null };
  const look = async () => {
    found = await preflight(wish, plan, backups, hold);
    const problems = [...new Set([...problem, ...found.problems])];
    if (problems.length > 0) throw new Unfit(inLines(problems));
    return "nothing stands in the way";
  };
  try {
    await (wish.dryRun ? look() : steps.step("preflight", look));
    const { config } = plan;
    if (!config) throw new Error("settings with problems have no configuration, and the others have");
    const ready = { wish, plan, config, team: found.team, backups, steps, env };
    if (!wish.dryRun) return ended(await migrate(ready, hold), ready, (line) => print(scrub(line)));
    print(scrub(await preview(ready, hold)));
    return 0;
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    // As a step it has been said already.
    if (wish.dryRun)
      print(scrub(wish.json ? JSON.stringify({ dryRun: true, ok: false, why: error.message }) : error.message));
    return 1;
  } finally {
    hold.release();
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

async function goBack(
  { backup, backupFolder, settingsFile, force, keepDatabase, json }: Return,
  print: (line: string) => void,
): Promise<number> {
  const folder = backup === null ? newestBackup(backupFolder ?? beside(settingsFile)) : resolve(backup);
  readManifest(folder);
  const steps = createSteps({ print, scrub: (text) => text, json, signal: new AbortController().signal });
  steps.keepIn(join(folder, logName));
  let done: string | null = null;
  const back = () => {
    done = rollBack(folder, { force, keepDatabase });
    return done ?? "nothing to do: everything is as it was before that migration";
  };
  try {
    await steps.step("rollback", back);
  } catch (error) {
    // As a step it has been said already.
    if (error instanceof CommandError) return 1;
    throw error;
  }
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
