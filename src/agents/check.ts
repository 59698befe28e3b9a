import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../config.ts";
import { refusalFrom } from "../errors.ts";
import type { Agent } from "./agent.ts";
import { projectDirectory } from "./directory.ts";
import { installed } from "./installed.ts";
import { isolationOf, type SandboxHere } from "./isolation.ts";
import type { Program, Programs } from "./programs.ts";

/** One thing that was looked at. `note`: it works as it is, and somebody should know. */
export interface Finding {
  readonly what: string;
  readonly state: "ok" | "missing" | "note";
  readonly words: string;
}

/** What an agent has of all it needs. */
export interface Checkup {
  readonly isReady: boolean;
  readonly findings: readonly Finding[];
}

/** Looks at everything an agent needs, as it is now. Says names of variables and never what they hold. */
export type Check = (agent: Agent) => Promise<Checkup>;

interface Parts {
  config: Pick<Config, "projectRoots" | "databasePath" | "agentsFolder" | "environment" | "safeMode">;
  programs: Pick<Programs, "byName" | "problems">;
  sandbox: SandboxHere;
  /** What can work here; each may know more about what it needs. */
  backends: readonly { readonly name: string; check?(agent: Agent): Promise<string | null> }[];
}

export function createCheck({ config, programs, sandbox, backends }: Parts): Check {
  async function findingsOf(agent: Agent): Promise<readonly (Finding | null)[]> {
    const { program: name } = agent.settings;
    if (name === null) return [ok("program", "The built-in agent needs nothing."), await backendOf(agent)];
    const program = programs.byName(name);
    if (program === undefined)
      return [
        missing("program", `No program is called "${name}" any more: choose another, or put it back into agents.json.`),
      ];
    const isLocal = program.backend !== "openai";
    const looked = [
      isLocal ? await binaryOf(program) : ok("service", `${program.title} at ${program.endpoint}.`),
      keyOf(program),
      isLocal ? null : modelOf(agent, program),
      isLocal ? directoryOf(agent) : null,
      isLocal ? sandboxOf(agent) : null,
    ];
    // What is missing already the backend would only say again.
    return [...looked, await backendOf(agent, !looked.some((finding) => finding?.state === "missing"))];
  }

  async function binaryOf({ command, title, hint }: Program): Promise<Finding> {
    const [name = ""] = command;
    const found = await installed(name, config.environment.PATH);
    if (!found) return missing("program", `${title}: "${name}" is not on Parley's PATH. ${hint}`);
    return ok("program", `${title}${found.version === null ? "" : ` ${found.version}`} at ${found.path}.`);
  }

  function keyOf({ name, keyVariable, passes }: Program): Finding | null {
    const isSet = (variable: string) => Boolean(config.environment[variable]?.trim());
    const keys = [...new Set([...(keyVariable === null ? [] : [keyVariable]), ...passes.filter(looksLikeKey)])];
    if (keys.length === 0) return null;
    const set = keys.filter(isSet);
    if (set.length > 0) return rootOf(name) ?? ok("key", `${listed(set)} ${set.length === 1 ? "is" : "are"} set.`);
    if (keyVariable !== null)
      return missing(
        "key",
        `${keyVariable} is not set: put it into Parley's environment or .env, and start Parley again.`,
      );
    return note("key", `None of ${listed(keys)} is set: it works only with a model that its own settings name.`);
  }

  /** Claude Code refuses to work for root, unless it is told that it is walled in. */
  function rootOf(name: string): Finding | null {
    if (name !== "claude" || process.getuid?.() !== 0 || config.environment.IS_SANDBOX === "1") return null;
    return missing(
      "key",
      "Parley runs as root, where Claude Code refuses to work: set IS_SANDBOX=1, or run Parley as another user.",
    );
  }

  function modelOf({ settings }: Agent, { model }: Program): Finding {
    const named = settings.model ?? model;
    return named === null
      ? missing("model", "No model is named: say which in its settings.")
      : ok("model", `${named}.`);
  }

  function directoryOf({ member, settings }: Agent): Finding {
    if (settings.directory === null) return ownDirectory(join(config.agentsFolder, member.handle, "work"));
    try {
      const real = projectDirectory(settings.directory, config);
      if (!mayWrite(real)) return missing("directory", `${real} is there, and Parley's user may not write to it.`);
      return ok("directory", `${real} is there and can be written to.`);
    } catch (thrown) {
      // What it is refused for is what is missing; anything else would be a bug of ours.
      const refusal = refusalFrom(thrown, () => {
        throw thrown;
      });
      return missing("directory", refusal.message);
    }
  }

  function ownDirectory(path: string): Finding {
    if (!mayWrite(nearest(path)))
      return missing("directory", `${path} cannot be made: Parley's user may not write there.`);
    return ok("directory", `A directory of its own: ${path}${existsSync(path) ? "." : ", made when it first works."}`);
  }

  function sandboxOf(agent: Agent): Finding {
    const { isSandboxed, words } = isolationOf(agent, sandbox);
    const sentence = `${words[0]?.toUpperCase()}${words.slice(1)}.`;
    if (isSandboxed) return ok("sandbox", sentence);
    return note("sandbox", `${sentence} It can read and change whatever Parley's user can.`);
  }

  async function backendOf(agent: Agent, asks = true): Promise<Finding | null> {
    const backend = backends.find(({ name }) => name === agent.backend);
    if (!backend) return missing("backend", `This Parley cannot run agents of the kind "${agent.backend}".`);
    const lack = asks ? ((await backend.check?.(agent)) ?? null) : null;
    return lack === null ? null : missing("backend", lack);
  }

  return async (agent) => {
    const looked = (await findingsOf(agent)).filter((finding) => finding !== null);
    const findings = [
      ...looked,
      ...(config.safeMode ? [missing("safe mode", "Every agent is off: OPENCODE_SAFE_MODE is set.")] : []),
      ...programs.problems().map((problem) => note("agents.json", `${problem}. The programs are those of before.`)),
    ];
    return { isReady: findings.every(({ state }) => state !== "missing"), findings };
  };
}

function ok(what: string, words: string): Finding {
  return { what, state: "ok", words };
}

function missing(what: string, words: string): Finding {
  return { what, state: "missing", words };
}

function note(what: string, words: string): Finding {
  return { what, state: "note", words };
}

function looksLikeKey(variable: string): boolean {
  return /_(KEY|TOKEN)$/.test(variable);
}

function listed(names: readonly string[]): string {
  return names.length === 1 ? String(names[0]) : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** The folder itself, or the first above it that is there. */
function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}
