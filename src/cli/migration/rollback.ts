import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { hasUnfinishedWrites, holdDatabase, noHold } from "../../database/backup.ts";
import { CommandError } from "../operator.ts";
import { isSame, keepCopy, remove, replaceByCopy, stateOf } from "./files.ts";
import { type Manifest, nameOf, readManifest, readProgress, workName, writeProgress } from "./manifest.ts";

type Touched = Manifest["touched"][number];

interface How {
  /** Also what somebody else changed since; theirs is kept in the backup's folder. */
  readonly force?: boolean;
  /** Everything but the database. */
  readonly keepDatabase?: boolean;
  /** The database is held by whoever asks. */
  readonly isHeld?: boolean;
}

/**
 * Puts everything a migration touched back as it was, byte by byte, and removes what it made. All of it is judged before any of it is
 * done. Doing it again, or after it was interrupted, is fine.
 * @returns what was done, in words; null when everything is as it was
 * @throws CommandError naming what stands in the way
 */
export function rollBack(
  folder: string,
  { force = false, keepDatabase = false, isHeld = false }: How = {},
): string | null {
  const manifest = readManifest(folder);
  const { after } = readProgress(folder);
  // What it never came to change is none of its business.
  const meant = manifest.touched.filter(
    ({ path }) => after[path] !== undefined && !(keepDatabase && path === manifest.database),
  );
  const changed = meant.filter(({ path, before }) => !isSame(stateOf(path), before));
  const database = changed.find(({ path }) => path === manifest.database);
  const lock = manifest.scratch.find((path) => path === `${manifest.database}.lock` && existsSync(path));
  const hold = (database || lock) && !isHeld ? holdDatabase(manifest.database) : noHold;
  try {
    if (database && !hold.isOurs)
      throw new CommandError(
        `${manifest.database} is in use by a running server: stop it first, or leave the database as it is with --keep-database.`,
      );
    const foreign = changed.filter((each) => isForeign(each, after));
    if (foreign.length > 0 && !force) throw new CommandError(wordsOn(foreign, manifest));
    if (foreign.length > 0) keepAside(folder, foreign);
    for (const { path, before, copy } of changed) {
      if (path === manifest.database) for (const end of ["-wal", "-shm"]) remove(`${path}${end}`);
      if (before !== null && copy !== null) replaceByCopy(path, join(folder, copy), before.mode);
      else remove(path);
    }
    const left = removeScratch(manifest, isHeld || (hold.isOurs && hold !== noHold));
    rmSync(join(folder, workName), { recursive: true, force: true });
    const wrong = meant.filter(({ path, before }) => !isSame(stateOf(path), before));
    if (wrong.length > 0) throw new CommandError(`${pathsOf(wrong)} could not be put back as it was.`);
    writeProgress(folder, { state: "rolled back", after });
    if (changed.length === 0 && left === 0) return null;
    return `${pathsOf(changed.length > 0 ? changed : meant)} as before, by checksum`;
  } finally {
    hold.release();
    for (const each of manifest.folders) if (existsSync(each) && readdirSync(each).length === 0) rmdirSync(each);
  }
}

/** Whether somebody else changed it since: it is neither as it was, nor as the migration left it. */
function isForeign({ path }: Touched, after: Readonly<Record<string, string | null>>): boolean {
  if (hasUnfinishedWrites(path)) return true;
  const now = stateOf(path)?.sha256 ?? null;
  return after[path] !== now;
}

function wordsOn(foreign: readonly Touched[], { database }: Manifest): string {
  const isDatabase = foreign.some(({ path }) => path === database);
  const alone = isDatabase ? " --keep-database leaves the database as it is." : "";
  return `${pathsOf(foreign)} changed since the migration: nothing was restored.${alone} --force restores it all the same, and keeps what is there now beside the backup.`;
}

/** Whatever somebody wrote is not thrown away. */
function keepAside(folder: string, files: readonly Touched[]): void {
  const aside = join(folder, `replaced-${nameOf(new Date())}`);
  mkdirSync(aside, { mode: 0o700 });
  for (const { path } of files) {
    if (existsSync(path)) keepCopy(path, join(aside, basename(path)));
    if (hasUnfinishedWrites(path)) keepCopy(`${path}-wal`, join(aside, `${basename(path)}-wal`));
  }
}

/** What a run that was killed left behind. @returns how many there were */
function removeScratch({ scratch, database }: Manifest, isHeld: boolean): number {
  // The lock of a database may be a running server's.
  const ours = scratch.filter((path) => existsSync(path) && (isHeld || path !== `${database}.lock`));
  for (const path of ours) remove(path);
  return ours.length;
}

function pathsOf(files: readonly Pick<Touched, "path">[]): string {
  return files.map(({ path }) => path).join(" and ");
}
