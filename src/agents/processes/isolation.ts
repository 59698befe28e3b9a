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
}

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
  known ??= { bubblewrap: tried(), prlimit: Bun.which("prlimit") };
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
