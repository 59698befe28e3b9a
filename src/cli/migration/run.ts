import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Config, createConfig } from "../../config.ts";
import { copyDatabase, type Hold, holdDatabase, lookAt, noHold } from "../../database/backup.ts";
import { typesOf } from "../../transports/choice.ts";
import { CommandError } from "../operator.ts";
import { readDotEnv, settingsFrom } from "../settings.ts";
import { makeBackup, makeBackupFolder } from "./backup.ts";
import { replaceByCopy, replaceByText, stateOf, sumOfText } from "./files.ts";
import { inHouse } from "./house.ts";
import { logName, readProgress, workName, writeProgress } from "./manifest.ts";
import type { Plan } from "./plan.ts";
import { portProblems } from "./ports.ts";
import { isThere } from "./preflight.ts";
import { rollBack } from "./rollback.ts";
import type { Steps } from "./steps.ts";
import { type Hired, hireAll, type OldTeam } from "./team.ts";
import { speakOnTelegram } from "./telegram.ts";
import { verify } from "./verify.ts";
import type { Wish } from "./wish.ts";

/** Everything looked at, and nothing in the way. */
export interface Ready {
  readonly wish: Wish;
  readonly plan: Plan;
  readonly config: Config;
  readonly team: OldTeam | null;
  /** The folder that holds backups. */
  readonly backups: string;
  readonly steps: Steps;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a migration ended with. */
export type Ending =
  | { readonly ok: true; readonly folder: string }
  | { readonly ok: false; readonly folder: string; readonly why: string; readonly isBack: boolean };

/**
 * Changes what is to be changed and proves that it works; whatever fails, everything is put back as it was. Nothing is changed before
 * the backup stands, and what it becomes is written down before each change, so that a run that is killed can be taken back as well.
 */
export async function migrate(parts: Ready, held: Hold): Promise<Ending> {
  const { wish, plan, config, team, steps } = parts;
  const path = config.databasePath;
  const changesDatabase = (team?.employees.length ?? 0) > 0;
  let hold = held;
  let isBacked = false;
  const folder = makeBackupFolder(parts.backups);
  steps.keepIn(join(folder, logName));
  const intend = (file: string, sum: string) => {
    const { after } = readProgress(folder);
    writeProgress(folder, { state: "begun", after: { ...after, [file]: sum } });
  };

  try {
    await steps.step("backup", () => {
      const changesFile = plan.changes.length > 0;
      return makeBackup(folder, { wish, file: plan.file, changesFile, databasePath: path, changesDatabase, hold });
    });
    isBacked = true;
    const work = (name: string) => join(folder, workName, name);
    if (team) {
      let isNews = false;
      await steps.step("import", async () => {
        if (isThere(path)) copyDatabase(path, work("import.db"), hold);
        const result = changesDatabase ? await bringIn(config, team, work("import.db")) : nobody;
        isNews = result.hired.length > 0;
        return wordsOn(result, team);
      });
      await steps.step("database", () => {
        if (!isNews) return `${path} stays as it is: nobody is new`;
        if (hold === noHold) hold = holdNew(path);
        intend(path, stateOf(work("import.db"))?.sha256 ?? "");
        replaceByCopy(path, work("import.db"));
        return `${path} is the copy with the imported employees`;
      });
    }
    await steps.step("settings", () => {
      if (plan.changes.length === 0) return `${plan.file} says all of it already`;
      const now = stateOf(plan.file)?.sha256;
      if (now !== (plan.before === null ? undefined : sumOfText(plan.before)))
        throw new CommandError(`${plan.file} was changed meanwhile: run this again`);
      intend(plan.file, sumOfText(plan.after));
      replaceByText(plan.file, plan.after);
      return `${plan.file}: ${plan.changes.map(({ name }) => name).join(", ")}`;
    });
    await steps.step("verify", async () => {
      const now = createConfig(settingsFrom(wish.where, parts.env, readDotEnv(plan.file)));
      const [problem] = await portProblems(now, !hold.isOurs);
      if (problem !== undefined) throw new CommandError(problem);
      if (isThere(path)) copyDatabase(path, work("verify.db"), hold);
      const seen = await verify(now, wish.to, work("verify.db"));
      // Last, because what was said to people cannot be taken back.
      if (!now.telegram || !typesOf(wish.to).includes("telegram")) return seen;
      return `${seen}; ${await speakOnTelegram(now, now.telegram, wish.announce)}`;
    });
    rmSync(join(folder, workName), { recursive: true, force: true });
    writeProgress(folder, { state: "done", after: readProgress(folder).after });
    return { ok: true, folder };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, folder, why, isBack: isBacked ? await backAgain(steps, folder, hold) : true };
  } finally {
    if (hold !== held) hold.release();
  }
}

/** @returns whether everything is as it was */
async function backAgain(steps: Steps, folder: string, hold: Hold): Promise<boolean> {
  try {
    const back = () => rollBack(folder, { isHeld: hold.isOurs && hold !== noHold }) ?? "nothing had been changed";
    await steps.step("rollback", back, true);
    return true;
  } catch {
    return false;
  }
}

/** Hires everybody into a copy of the database, or into a new one. */
export function bringIn(config: Config, team: OldTeam, copy: string): Promise<Hired> {
  const fired = "SELECT handle FROM members WHERE kind = 'agent' AND removed_at IS NOT NULL";
  const former = existsSync(copy)
    ? lookAt(copy, noHold, (sqlite) => sqlite.query<{ handle: string }, []>(fired).all())
    : [];
  return inHouse({ ...config, transport: "websocket", telegram: null }, copy, ({ operator }) =>
    hireAll(operator, team.employees, new Set(former.map(({ handle }) => handle))),
  );
}

/** What becomes of a team of nobody. */
export const nobody: Hired = { hired: [], kept: [], refused: [] };

export function wordsOn({ hired, kept, refused }: Hired, { left }: OldTeam): string {
  const groups: [string, readonly string[]][] = [
    ["hired", hired],
    ["kept", kept],
    ["refused", refused],
    ["not imported:", left],
  ];
  const said = groups.flatMap(([word, names]) => (names.length > 0 ? [`${word} ${names.join(", ")}`] : []));
  return said.join("; ") || "there is nobody";
}

/** Takes a database that is not there yet, so that no server makes one meanwhile. @throws CommandError when one did */
function holdNew(path: string): Hold {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const hold = holdDatabase(path);
  if (hold.isOurs && !isThere(path)) return hold;
  hold.release();
  throw new CommandError(`a server made ${path} meanwhile: stop it, and run this again`);
}
