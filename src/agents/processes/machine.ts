import { readFileSync } from "node:fs";

/** What this machine has to confine programs with. */
export interface Machine {
  /** The path of bubblewrap, if it really runs here; else why it does not. */
  readonly bubblewrap: { readonly path: string } | { readonly missing: string };
  /** The path of prlimit; null where there is none. */
  readonly prlimit: string | null;
  /** What Parley's own user may have at most: nobody is given more. Left out: no end. */
  readonly ceilings?: Readonly<Partial<Record<Resource, number>>>;
}

/** What is limited, by the names that prlimit has for it. */
export type Resource = "data" | "cpu" | "nproc" | "nofile";

const rows: Readonly<Record<string, Resource>> = {
  "Max data size": "data",
  "Max cpu time": "cpu",
  "Max processes": "nproc",
  "Max open files": "nofile",
};

let known: Machine | undefined;

/** Looked at once a process: whether bubblewrap works depends on the kernel, so it is tried and not only found. */
export function thisMachine(): Machine {
  known ??= { bubblewrap: tried(), prlimit: Bun.which("prlimit"), ceilings: ceilings() };
  return known;
}

function tried(): Machine["bubblewrap"] {
  const path = Bun.which("bwrap");
  if (path === null) return { missing: "bubblewrap is not installed" };
  const nothing = [
    path,
    "--unshare-pid",
    "--die-with-parent",
    "--ro-bind",
    "/",
    "/",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
  ];
  const { exitCode } = Bun.spawnSync([...nothing, "true"], { stdio: ["ignore", "ignore", "ignore"], timeout: 5_000 });
  return exitCode === 0 ? { path } : { missing: "bubblewrap is installed and may not make a sandbox here" };
}

/** The system's own limits of this process: a name, the soft one, the hard one. */
function ceilings(): NonNullable<Machine["ceilings"]> {
  try {
    const lines = readFileSync("/proc/self/limits", "utf8").split("\n");
    return Object.fromEntries(
      lines.flatMap((line): [Resource, number][] => {
        const [name = "", , hard = ""] = line.split(/\s{2,}/);
        const resource = rows[name];
        return resource && /^\d+$/.test(hard) ? [[resource, Number(hard)]] : [];
      }),
    );
  } catch {
    return {};
  }
}
