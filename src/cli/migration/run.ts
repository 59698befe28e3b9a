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
  let folder = "";
  let isBacked = false;
  const intend = (file: string, sum: string) => {
    const { after } = readProgress(folder);
    writeProgress(folder, { state: "begun", after: { ...after, [file]: sum } });
  };

  try {
    await steps.step("backup", () => {
      folder = makeBackupFolder(parts.backups);
      steps.keepIn(join(folder, logName));
      const changesFile = plan.changes.length > 0;
      return makeBackup(folder, { wish, file: plan.file, changesFile, databasePath: path, changesDatabase, hold });
    });
    isBacked = true;
    const work = (name: string) => join(folder, workName, name);
    if (team && changesDatabase) {
      let isNews = false;
      await steps.step("import", async () => {
        if (isThere(path)) copyDatabase(path, work("import.db"), hold);
        const result = await bringIn(config, team, work("import.db"));
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
      intend(plan.file, sumOfText(plan.after));
      replaceByText(plan.file, plan.after);
      return `${plan.file}: ${plan.changes.map(({ name }) => name).join(", ")}`;
    });
    await steps.step("verify", async () => {
      const now = createConfig(settingsFrom(wish.where, parts.env, readDotEnv(plan.file)));
      const [problem] = await portProblems(now, !hold.isOurs);
      if (problem !== undefined) throw new CommandError(problem);
      const { telegram } = now;
      const said =
        telegram && typesOf(wish.to).includes("telegram") ? [await speakOnTelegram(now, telegram, wish.announce)] : [];
      if (isThere(path)) copyDatabase(path, work("verify.db"), hold);
      return [await verify(now, wish.to, work("verify.db")), ...said].join("; ");
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

export function wordsOn({ hired, kept, refused }: Hired, { left }: OldTeam): string {
  const groups: [string, readonly string[]][] = [
    ["hired", hired],
    ["kept", kept],
    ["refused", refused],
    ["not imported:", left],
  ];
  return groups.flatMap(([word, names]) => (names.length > 0 ? [`${word} ${names.join(", ")}`] : [])).join("; ");
}

/** Takes a database that is not there yet, so that no server makes one meanwhile. @throws CommandError when one did */
function holdNew(path: string): Hold {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const hold = holdDatabase(path);
  if (hold.isOurs && !isThere(path)) return hold;
  hold.release();
  throw new CommandError(`a server made ${path} meanwhile: stop it, and run this again`);
}
