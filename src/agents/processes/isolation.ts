import { readFileSync } from "node:fs";
import type { AgentSettings } from "../settings.ts";

/** What stands between an agent's programs and the machine, in words for the roster. */
export interface Isolation {
  readonly isSandboxed: boolean;
  /** One word, or two. */
  readonly label: "sandboxed" | "not sandboxed";
  /** Why it is so, in a sentence. */
  readonly why: string;
}

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

/** Whether an agent's programs run in a sandbox on this machine, and why. */
export function isolation({ sandbox }: Pick<AgentSettings, "sandbox">, machine: Machine = thisMachine()): Isolation {
  const limited = machine.prlimit === null ? "; this machine has no prlimit, so nothing limits their memory" : "";
  const open = (why: string): Isolation => ({ isSandboxed: false, label: "not sandboxed", why: `${why}${limited}.` });
  if (sandbox === "off") return open("It was set so: its programs see what Parley's own user sees");
  if ("missing" in machine.bubblewrap)
    return open(`${machine.bubblewrap.missing}: its programs see what Parley's own user sees`);
  const why =
    "Its programs see themselves only, write to their own folders and the project only, and do not see Parley's database; the network is open to them";
  return { isSandboxed: true, label: "sandboxed", why: `${why}${limited}.` };
}

let known: Machine | undefined;

/** Looked at once a process: whether bubblewrap works depends on the kernel, so it is tried and not only found. */
export function thisMachine(): Machine {
  known ??= { bubblewrap: tried(), prlimit: Bun.which("prlimit"), ceilings: ceilings() };
  return known;
}

function tried(): Machine["bubblewrap"] {
  const path = Bun.which("bwrap");
  if (path === null) return { missing: "bubblewrap is not installed here" };
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
  return exitCode === 0 ? { path } : { missing: "bubblewrap is installed but does not run on this kernel" };
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
