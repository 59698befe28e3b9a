import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

/** What a file is known by: two with the same sum are the same. */
export interface FileState {
  readonly size: number;
  /** Its permissions, as chmod takes them. */
  readonly mode: number;
  readonly sha256: string;
}

/** Beside a file, what is to take its place: a name that nothing else has. */
export function draftOf(path: string): string {
  return `${path}.migrating`;
}

/** @returns null for a file that is not there. The database's lock must never be asked about: closing it would open the lock. */
export function stateOf(path: string): FileState | null {
  if (!existsSync(path)) return null;
  const { size, mode } = statSync(path);
  return { size, mode: mode & 0o7777, sha256: sumOf(path) };
}

/** Whether they hold the same; permissions are not asked about, because who changes those changed nothing else. */
export function isSame(one: FileState | null, other: FileState | null): boolean {
  return one?.sha256 === other?.sha256;
}

export function sumOfText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Puts a text in the place of a file, all of it or nothing, with the old one's permissions and owner. */
export function replaceByText(path: string, text: string, mode = 0o600): void {
  const draft = draftOf(path);
  writeFileSync(draft, text, { mode: 0o600 });
  putInPlace(draft, path, mode);
}

/** Puts a copy of another file in the place of a file, all of it or nothing. @param mode of one that is not there yet */
export function replaceByCopy(path: string, source: string, mode?: number): void {
  const draft = draftOf(path);
  copyFileSync(source, draft);
  putInPlace(draft, path, mode);
}

/** Copies bytes as they are, for nobody else to read, down to the disk. */
export function keepCopy(source: string, copy: string): void {
  copyFileSync(source, copy);
  chmodSync(copy, 0o600);
  bringToDisk(copy);
}

/** Removes a file, down to the disk; one that is not there is fine. */
export function remove(path: string): void {
  rmSync(path, { force: true });
  if (existsSync(dirname(path))) bringToDisk(dirname(path));
}

/** A file's bytes, or a folder's names, survive a power cut from here on. */
export function bringToDisk(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** One rename: whoever looks sees the old file or the new one. */
function putInPlace(draft: string, path: string, mode = 0o600): void {
  const old = existsSync(path) ? statSync(path) : null;
  const file = openSync(draft, "r+");
  try {
    fchmodSync(file, old ? old.mode & 0o7777 : mode);
    // Run by root for a server that is somebody else: the file stays theirs.
    const made = statSync(draft);
    if (old && (old.uid !== made.uid || old.gid !== made.gid)) fchownSync(file, old.uid, old.gid);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  bringToDisk(dirname(path));
}

/** Piece by piece: a database may be larger than the memory. */
function sumOf(path: string): string {
  const hash = createHash("sha256");
  const piece = Buffer.allocUnsafe(1024 * 1024);
  const file = openSync(path, "r");
  try {
    for (;;) {
      const length = readSync(file, piece);
      if (length === 0) return hash.digest("hex");
      hash.update(piece.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}
