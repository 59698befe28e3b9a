import type { Agent } from "./agent.ts";

/** What stands between an agent and the machine, in words for everybody: `isSandboxed` is null where there is nothing to wall in. */
export interface Isolation {
  readonly isSandboxed: boolean | null;
  readonly words: string;
}

/** Why this machine has no sandbox, in words; null when it has one. */
export type SandboxHere = () => string | null;

/** Whatever takes longer than this to begin is no sandbox. */
const probeMs = 3_000;

/** Asks bubblewrap itself, once, because it may be installed and not allowed to make namespaces. */
export function probeSandbox(): SandboxHere {
  let found: string | null | undefined;
  return () => {
    found ??= lackOf(Bun.which("bwrap")) ?? "";
    return found === "" ? null : found;
  };
}

function lackOf(path: string | null): string | null {
  if (path === null) return "bubblewrap is not installed";
  const argv = [path, "--unshare-pid", "--die-with-parent", "--ro-bind", "/", "/", "--proc", "/proc", "/bin/true"];
  try {
    const { success } = Bun.spawnSync(argv, { stdin: "ignore", stdout: "ignore", stderr: "ignore", timeout: probeMs });
    return success ? null : "bubblewrap is installed and may not make a sandbox here";
  } catch {
    return "bubblewrap is installed and cannot be started";
  }
}

/** How an agent is walled in. */
export function isolationOf({ backend, settings }: Pick<Agent, "backend" | "settings">, lack: SandboxHere): Isolation {
  if (backend === "builtin") return { isSandboxed: null, words: "inside Parley: starts no program" };
  if (backend === "openai") return { isSandboxed: null, words: "a service: starts no program here" };
  if (settings.sandbox === "off") return { isSandboxed: false, words: "not sandboxed: turned off" };
  const missing = lack();
  return missing === null
    ? { isSandboxed: true, words: "sandboxed" }
    : { isSandboxed: false, words: `not sandboxed: ${missing}` };
}
