import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Where the server that has a database really listens, for commands on the same machine. */
export interface Whereabouts {
  readonly url: string;
  /** Secret, and new at each start: what is signed for this run of the server is worth nothing to any other program or run. */
  readonly run: string;
}

/**
 * Writes them into a file beside the database that only its owner may read. A command must not find the server by a port: whoever else
 * listens there would be given its token.
 * @returns what to call when the server stops
 */
export function tellWhereabouts(databasePath: string, { url, run }: Whereabouts): () => void {
  if (databasePath === ":memory:") return () => {};
  const path = pathOf(databasePath);
  const fresh = `${path}.${process.pid}`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, `${JSON.stringify({ url, run })}\n`, { flag: "wx", mode: 0o600 });
  renameSync(fresh, path);
  return () => rmSync(path, { force: true });
}

/** Undefined when no server has said so. */
export function readWhereabouts(databasePath: string): Whereabouts | undefined {
  try {
    const { url, run } = JSON.parse(readFileSync(pathOf(databasePath), "utf8")) as Partial<Whereabouts>;
    return typeof url === "string" && typeof run === "string" ? { url, run } : undefined;
  } catch {
    return undefined;
  }
}

function pathOf(databasePath: string): string {
  return `${databasePath}.server`;
}
