import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";

/** The variable that everything an agent starts inherits, and by which it is found again. */
export const markerVariable = "PARLEY_RUN";

/** What the marks of one database's runs begin with, so that two Parleys on a machine never end each other's programs. */
export function markerPrefix(databasePath: string): string {
  return createHash("sha256").update(resolve(databasePath)).digest("hex").slice(0, 16);
}

/** The mark of one run. */
export function markerOf(prefix: string, run: string): string {
  return `${prefix}-${run}`;
}

/** Ids of the processes whose environment carries a mark that begins so, but for our own. Empty where there is no /proc. */
export async function marked(beginning: string): Promise<readonly number[]> {
  const entries = await readdir("/proc").catch(() => []);
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  const needle = Buffer.from(`${markerVariable}=${beginning}`);
  const found = await Promise.all(
    pids.map(async (pid) => {
      // Gone meanwhile, or somebody else's: neither is ours.
      const environment = await readFile(`/proc/${pid}/environ`).catch(() => Buffer.alloc(0));
      const at = environment.indexOf(needle);
      return at === 0 || (at > 0 && environment[at - 1] === 0);
    }),
  );
  return pids.filter((pid, index) => found[index] && pid !== process.pid);
}
