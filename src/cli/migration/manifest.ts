import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CommandError } from "../operator.ts";
import { replaceByText, stateOf } from "./files.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const state = z.strictObject({ size: z.number().int(), mode: z.number().int(), sha256 });
/** A name in the backup's own folder and nowhere else. */
const name = z.string().regex(/^[\w.-]+$/);

const manifest = z.strictObject({
  version: z.literal(1),
  parley: z.string(),
  at: z.iso.datetime(),
  to: z.enum(["websocket", "telegram", "both"]),
  database: z.string(),
  /** Every file that is to be changed, as it was: null when it was not there. */
  touched: z.array(z.strictObject({ path: z.string(), before: state.nullable(), copy: name.nullable() })),
  /** Everything in this folder, and what it is a copy of. */
  copies: z.array(z.strictObject({ name, of: z.string(), size: z.number().int(), sha256 })),
  /** The files people attached: none is changed, so they are listed and not copied. */
  attachments: z.strictObject({ folder: z.string(), files: z.number().int(), bytes: z.number() }),
  /** Files and then folders that were not there and may be left behind by a run that is killed. */
  scratch: z.array(z.string()),
  folders: z.array(z.string()),
});

const progress = z.strictObject({
  state: z.enum(["begun", "done", "rolled back"]),
  /** What the files that were to be changed hold since, written down before each change; null: it was to be removed. */
  after: z.record(z.string(), sha256.nullable()),
});

export type Manifest = z.infer<typeof manifest>;
export type Progress = z.infer<typeof progress>;

/** Written last of a backup: a folder without one is none. */
const manifestName = "manifest.json";
const progressName = "progress.json";
export const logName = "log.jsonl";
/** Where the database is worked on before it takes the place of the old one. */
export const workName = "work";

/** How a backup's folder is called: by its time, so that they stand in their order. */
export function nameOf(time: Date): string {
  return time.toISOString().replace(/[:.]/g, "-");
}

export function writeManifest(folder: string, content: Manifest): void {
  replaceByText(join(folder, manifestName), `${JSON.stringify(content, null, 2)}\n`);
}

/** @throws CommandError for a folder that is no backup, and for one whose copies are not what they were */
export function readManifest(folder: string): Manifest {
  const path = join(folder, manifestName);
  if (!existsSync(path))
    throw new CommandError(
      `${folder} is no complete backup: it has no ${manifestName}. A migration that ended before there was one changed nothing.`,
    );
  const found = parsed(manifest, path);
  for (const copy of found.copies) {
    if (stateOf(join(folder, copy.name))?.sha256 !== copy.sha256)
      throw new CommandError(
        `${join(folder, copy.name)} is not what was backed up: nothing was restored from ${folder}.`,
      );
  }
  return found;
}

export function writeProgress(folder: string, content: Progress): void {
  replaceByText(join(folder, progressName), `${JSON.stringify(content, null, 2)}\n`);
}

export function readProgress(folder: string): Progress {
  const path = join(folder, progressName);
  return existsSync(path) ? parsed(progress, path) : { state: "begun", after: {} };
}

/** The newest complete backup in a folder. @throws CommandError when there is none */
export function newestBackup(folder: string): string {
  const names = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  const found = names.filter((each) => existsSync(join(folder, each, manifestName))).sort();
  const newest = found.at(-1);
  if (newest === undefined)
    throw new CommandError(`There is no backup in ${folder}: name one, or give its --backup-dir.`);
  return join(folder, newest);
}

/** @throws CommandError */
function parsed<T extends z.ZodType>(schema: T, path: string): z.infer<T> {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    throw new CommandError(`${path} cannot be read as what a migration wrote: nothing was restored from it.`);
  }
}
