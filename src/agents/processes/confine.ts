import { existsSync, statSync } from "node:fs";
import type { Limits } from "../../limits.ts";
import { isWithin } from "../directory.ts";
import type { Places } from "./folders.ts";
import type { Machine, Resource } from "./machine.ts";

export type ProgramLimits = Pick<Limits, "agentMemoryBytes" | "agentCpuSeconds" | "agentProcesses" | "agentOpenFiles">;

/** Puts limits of this machine before a command; each process of it has them, and none can lift its own. */
export function limited(
  argv: readonly string[],
  { prlimit, ceilings = {} }: Machine,
  limits: ProgramLimits,
): readonly string[] {
  if (prlimit === null) return argv;
  const wanted: Readonly<Record<Resource, number>> = {
    data: limits.agentMemoryBytes,
    cpu: limits.agentCpuSeconds,
    nproc: limits.agentProcesses,
    nofile: limits.agentOpenFiles,
  };
  // More than Parley itself may have is refused by the system, and the program would not start at all.
  const set = Object.entries(wanted).map(([resource, value]) => {
    const ceiling = ceilings[resource as Resource] ?? value;
    return `--${resource}=${Math.min(value, ceiling)}`;
  });
  return [prlimit, ...set, "--core=0", "--", ...argv];
}

/** What a sandbox leaves to see and to write. */
export interface View {
  readonly places: Places;
  /** Folders and files that programs must not see: the database's, settings with keys. Real paths of what is there. */
  readonly hidden: readonly string[];
  /** The operator's own words of the command: of what is hidden they stay to be seen. Never what somebody asked. */
  readonly needed: readonly string[];
}

/**
 * The command inside bubblewrap: processes of its own, which all end with it, the whole file system for reading, `/tmp` empty, and only
 * the agent's folders and its directory to write to. The order matters: what comes later lies over what came before.
 */
export function sandboxed(
  argv: readonly string[],
  bubblewrap: string,
  { places, hidden, needed }: View,
): readonly string[] {
  const { home, work, directory } = places;

  const bind = (path: string) => ["--bind", path, path];
  const cover = (path: string) => (statSync(path).isDirectory() ? ["--tmpfs", path] : ["--ro-bind", "/dev/null", path]);
  // The program itself must stay to be seen, wherever whoever runs the machine put it.
  const shown = needed.filter(
    (word) => word.startsWith("/") && existsSync(word) && [...hidden, "/tmp"].some((path) => isWithin(word, path)),
  );
  return [
    bubblewrap,
    ...[
      "--unshare-pid",
      "--die-with-parent",
      "--ro-bind",
      "/",
      "/",
      "--dev",
      "/dev",
      "--proc",
      "/proc",
      "--tmpfs",
      "/tmp",
    ],
    ...(directory === work ? [] : bind(directory)),
    ...hidden.flatMap(cover),
    ...shown.flatMap((path) => ["--ro-bind", path, path]),
    ...bind(home),
    ...bind(work),
    ...["--chdir", directory, "--"],
    ...argv,
  ];
}
