import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { copyDatabase, type Hold } from "../../database/backup.ts";
import { version } from "../../version.ts";
import { CommandError } from "../operator.ts";
import { bringToDisk, draftOf, keepCopy, stateOf } from "./files.ts";
import { type Manifest, nameOf, readManifest, workName, writeManifest, writeProgress } from "./manifest.ts";
import { isThere } from "./preflight.ts";
import type { Wish } from "./wish.ts";

interface Backed {
  readonly wish: Wish;
  /** The settings file. */
  readonly file: string;
  readonly changesFile: boolean;
  readonly databasePath: string;
  readonly changesDatabase: boolean;
  readonly hold: Hold;
}

/** Makes the folder of a backup, called by the time. @throws CommandError */
export function makeBackupFolder(backups: string): string {
  const folder = join(backups, nameOf(new Date()));
  try {
    mkdirSync(backups, { recursive: true, mode: 0o700 });
    mkdirSync(folder, { mode: 0o700 });
    mkdirSync(join(folder, workName), { mode: 0o700 });
    bringToDisk(backups);
  } catch (error) {
    throw new CommandError(`No backup can be made: ${error instanceof Error ? error.message : String(error)}`);
  }
  return folder;
}

/**
 * Keeps everything that is to be changed as it is, and a whole copy of the database beside it; brings it to the disk, and reads it again.
 * @returns what was kept, in words
 */
export function makeBackup(folder: string, backed: Backed): string {
  const { file, changesFile, databasePath, changesDatabase, hold } = backed;
  const copies: Manifest["copies"] = [];
  const noted = (name: string, of: string) => {
    bringToDisk(join(folder, name));
    const { size = 0, sha256 = "" } = stateOf(join(folder, name)) ?? {};
    copies.push({ name, of, size, sha256 });
    return name;
  };
  const kept = (path: string, name: string) => {
    if (!existsSync(path)) return null;
    keepCopy(path, join(folder, name));
    return noted(name, path);
  };

  const touched: Manifest["touched"] = [];
  const settings = kept(file, "settings.env");
  if (changesFile) touched.push({ path: file, before: stateOf(file), copy: settings });
  if (isThere(databasePath)) {
    copyDatabase(databasePath, join(folder, "parley.db"), hold);
    noted("parley.db", databasePath);
  }
  // Byte by byte as well, which is possible because no server has it: what is restored is the very same file.
  if (changesDatabase)
    touched.push({
      path: databasePath,
      before: stateOf(databasePath),
      copy: kept(databasePath, "parley.db.as-it-was"),
    });
  kept(`${databasePath}.key`, "parley.db.key");
  const attachments = list(`${databasePath}.files`, join(folder, "files.jsonl"));
  noted("files.jsonl", attachments.folder);

  writeManifest(folder, {
    version: 1,
    parley: version,
    at: new Date().toISOString(),
    to: backed.wish.to,
    database: databasePath,
    touched,
    copies,
    attachments,
    scratch: [...touched.map(({ path }) => draftOf(path)), ...lockOf(backed)],
    folders: changesDatabase ? missingFolders(dirname(databasePath)) : [],
  });
  writeProgress(folder, { state: "begun", after: {} });
  bringToDisk(folder);
  readManifest(folder);
  return `${copies.length} files in ${folder}, read again and the same; ${attachments.files} attached files listed`;
}

/** The lock that is made for this alone. */
function lockOf({ databasePath, changesDatabase, hold }: Backed): string[] {
  if (hold.made !== null) return [hold.made];
  const lock = `${databasePath}.lock`;
  return changesDatabase && !existsSync(lock) ? [lock] : [];
}

/** Folders that are not there, the innermost first. */
function missingFolders(path: string): string[] {
  const folder = resolve(path);
  return existsSync(folder) ? [] : [folder, ...missingFolders(dirname(folder))];
}

/** Every file that people attached, with its sum: whether one was lost or changed can be found out later. */
function list(folder: string, to: string): Manifest["attachments"] {
  const names = existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).sort() : [];
  const lines = names.flatMap((name) => {
    const path = join(folder, name);
    // What is on its way is none yet, and what was taken away meanwhile is none any more.
    if (name.startsWith("incoming") || !statSync(path, { throwIfNoEntry: false })?.isFile()) return [];
    const { size = 0, sha256 = "" } = stateOf(path) ?? {};
    return [{ name: join(basename(folder), name), size, sha256 }];
  });
  writeFileSync(to, lines.map((line) => `${JSON.stringify(line)}\n`).join(""), { mode: 0o600 });
  return { folder, files: lines.length, bytes: lines.reduce((sum, { size }) => sum + size, 0) };
}
