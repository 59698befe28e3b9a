import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Puts a program that does nothing but say its version into a folder, for a PATH. */
export function fakeProgram(folder: string, name: string, version = "9.8.7"): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n[ "$1" = --version ] && echo ${version}\n`);
  chmodSync(path, 0o755);
  return path;
}
