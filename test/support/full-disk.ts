import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerProcess } from "./process.ts";

/** A way of running out of space, and of getting some back. */
export interface FullDisk extends Disposable {
  readonly env: Record<string, string>;
  fill(server: ServerProcess): void;
  free(server: ServerProcess): void;
}

/** No file of the server's may hold more than some bytes: as with a quota, writing fails with an error of its own. */
export function quota(bytes: number): FullDisk {
  const limit = (server: ServerProcess, most: string) => {
    const { exitCode } = Bun.spawnSync(["prlimit", "--pid", String(server.pid), `--fsize=${most}:unlimited`]);
    if (exitCode !== 0) throw new Error("prlimit failed");
  };
  return {
    env: {},
    fill: (server) => limit(server, String(bytes)),
    free: (server) => limit(server, "unlimited"),
    [Symbol.dispose]: () => {},
  };
}

/** A file system of 8 MiB that is full. */
export function smallDisk(): FullDisk {
  const mountPoint = mkdtempSync(join(tmpdir(), "parley-disk-"));
  const { exitCode } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=8m", "parley-test", mountPoint]);
  if (exitCode !== 0) throw new Error("mount failed");
  const filler = join(mountPoint, "filler");
  return {
    env: { OPENCODE_CHAT_DB: join(mountPoint, "parley.db") },
    fill() {
      const file = openSync(filler, "w");
      try {
        for (;;) writeSync(file, new Uint8Array(4096));
      } catch {
        closeSync(file);
      }
    },
    free: () => rmSync(filler),
    [Symbol.dispose]() {
      Bun.spawnSync(["umount", "--lazy", mountPoint]);
      rmSync(mountPoint, { recursive: true, force: true });
    },
  };
}

/** Whether this machine lets tests mount a disk of their own. */
export const mayMount = process.getuid?.() === 0 && Bun.spawnSync(["unshare", "--mount", "true"]).exitCode === 0;
