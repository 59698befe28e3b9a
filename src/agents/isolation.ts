import type { Agent } from "./agent.ts";
import { thisMachine } from "./processes/machine.ts";

/** What stands between an agent and the machine, in words for everybody: `isSandboxed` is null where there is nothing to wall in. */
export interface Isolation {
  readonly isSandboxed: boolean | null;
  readonly words: string;
}

/** Why this machine has no sandbox, in words; null when it has one. */
export type SandboxHere = () => string | null;

/** As this machine's sandbox is; tried when it is first asked for, because it may be installed and not allowed to make namespaces. */
export function probeSandbox(): SandboxHere {
  return () => {
    const { bubblewrap } = thisMachine();
    return "missing" in bubblewrap ? bubblewrap.missing : null;
  };
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
