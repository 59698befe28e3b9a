import { Refusal } from "../../errors.ts";
import type { Agent } from "../agent.ts";
import { environmentOf, executableOf } from "../processes/environment.ts";
import { placesOf } from "../processes/folders.ts";
import { plain } from "../processes/plain-text.ts";
import { missing, type ProcessParts } from "../processes/program.ts";
import type { Program, Programs } from "../programs.ts";
import type { AgentSettings } from "../settings.ts";

/** What backends that start programs take. */
export interface ProgramParts extends ProcessParts {
  readonly programs: Programs;
  readonly settingsOf: (agent: Agent) => AgentSettings;
}

/** The program that an agent was set up with. @throws Refusal where there is none that this backend can run */
export function programOf(
  { programs }: Pick<ProgramParts, "programs">,
  settings: AgentSettings,
  backend: string,
): Program {
  const named = programs.list().filter((program) => program.backend === backend);
  const choice = `Choose one in its settings: ${named.map(({ name }) => name).join(", ") || "none is known here"}.`;
  if (settings.program === null) throw new Refusal("AGENT_OFFLINE", `No program works for this agent. ${choice}`);
  const program = programs.byName(settings.program);
  if (program?.backend !== backend)
    throw new Refusal(
      "AGENT_OFFLINE",
      `The program "${settings.program}" is not known to the backend ${backend}. ${choice}`,
    );
  return program;
}

/** What an agent lacks before its program could be started, in a sentence; null when nothing. */
export function lackOf(parts: ProgramParts, agent: Agent, backend: string): string | null {
  try {
    const settings = parts.settingsOf(agent);
    const program = programOf(parts, settings, backend);
    const { home } = placesOf(parts, agent.member.handle, settings.directory);
    const { PATH } = environmentOf(program, parts.environment, { home, marker: "" });
    return executableOf(program.command[0], PATH) === null ? missing(program) : null;
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.message;
    throw thrown;
  }
}

/** Whether what was asked goes to the program as a word of its command. */
export function takesWords({ command }: Pick<Program, "command">): boolean {
  return command.some((word) => word.includes("{words}"));
}

/**
 * A program's command with the model and what was asked put in: data, never read by a shell. Without a model the word that names it
 * goes, and the option before it.
 */
export function filled(
  command: readonly string[],
  { model, words = "" }: { model: string | null; words?: string },
): string[] {
  const argv: string[] = [];
  for (const [index, word] of command.entries()) {
    if (word.includes("{model}") && model === null) {
      if (word === "{model}" && argv.at(-1)?.startsWith("-")) argv.pop();
      continue;
    }
    // What somebody asked must not be taken for an option of the program: a space before it changes nothing else.
    const guarded = word === "{words}" && command[index - 1] !== "--" && words.startsWith("-") ? ` ${words}` : words;
    argv.push(word.replaceAll("{model}", () => model ?? "").replaceAll("{words}", () => plain(guarded)));
  }
  return argv;
}
