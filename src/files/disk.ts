import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Refusal } from "../errors.ts";
import type { FileStorage } from "./storage.ts";

/** What an id looks like: nothing else ever becomes part of a path. */
const idPattern = /^[0-9a-f]{32}$/;

/** The file system says no, for reasons that are the operator's to mend and not a bug. */
const failures = new Set([
  "ENOSPC",
  "EDQUOT",
  "EFBIG",
  "EIO",
  "EROFS",
  "EACCES",
  "EPERM",
  "EEXIST",
  "ENOTDIR",
  "EMFILE",
  "ENFILE",
]);

/**
 * Files in a folder: `ab/<id>`, by the first two digits, so that no folder grows too long. Each is written to `incoming/`, brought
 * to the disk and renamed: under its own name stands a whole file or none.
 */
export function diskStorage(folder: string): FileStorage {
  const incoming = join(folder, "incoming");

  function pathOf(id: string): string {
    if (!idPattern.test(id)) throw new Error("not the id of a file");
    return join(folder, id.slice(0, 2), id);
  }

  async function write(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const file = await open(path, "wx", 0o600);
    try {
      for await (const piece of bytes) await writeWhole(file, piece);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  return {
    recover: () => rm(incoming, { recursive: true, force: true }),
    async put(id, bytes) {
      const [path, temporary] = [pathOf(id), join(incoming, id)];
      const home = join(path, "..");
      try {
        await mkdir(incoming, { recursive: true, mode: 0o700 });
        await mkdir(home, { recursive: true, mode: 0o700 });
        await write(temporary, bytes);
        await rename(temporary, path);
        await syncFolder(home);
      } catch (error) {
        await Promise.all([temporary, path].map((each) => rm(each, { force: true }))).catch(() => undefined);
        throw refusalOf(error);
      }
    },
    async open(id, from, to) {
      const file = Bun.file(pathOf(id));
      return (await file.exists()) ? file.slice(from, to) : undefined;
    },
    remove: (id) => rm(pathOf(id), { force: true }),
    async *list() {
      for (const each of await namesIn(folder)) {
        if (!/^[0-9a-f]{2}$/.test(each)) continue;
        for (const id of await namesIn(join(folder, each))) if (idPattern.test(id)) yield id;
      }
    },
  };
}

/** A write may take a part only: what is left is written after it. */
async function writeWhole(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.length; ) done += (await file.write(piece, done, piece.length - done)).bytesWritten;
}

/** A new name is on the disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Nothing yet is no fault: folders are made when the first file comes. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

function refusalOf(error: unknown): unknown {
  if (!failures.has(codeOf(error))) return error;
  const refusal = new Refusal(
    "SERVICE_UNAVAILABLE",
    "The server's disk is full or failing. Nothing of the file was kept; it will work again once there is space.",
  );
  refusal.cause = error;
  return refusal;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
