import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for one test, gone when it ends: `using folder = openFolder()`. */
export function openFolder() {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "parley-folder-")));
  return {
    path,
    at: (...names: string[]) => join(path, ...names),
    /** Makes a folder in it. @returns its path */
    make(...names: string[]) {
      const made = join(path, ...names);
      mkdirSync(made, { recursive: true });
      return made;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
