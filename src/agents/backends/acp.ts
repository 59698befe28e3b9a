import { endProgram } from "../processes/ending.ts";
import { startProgram } from "../processes/program.ts";
import { Conversation, type McpFor } from "./acp-conversation.ts";
import { troubleOf } from "./acp-trouble.ts";
import type { Backend, Desk, RunRequest } from "./backend.ts";
import { aborted, driven } from "./driven.ts";
import { filled, lackOf, type ProgramParts, programOf } from "./program-of.ts";
import type { Telling } from "./telling.ts";

export interface AcpParts extends ProgramParts {
  readonly mcpFor?: McpFor;
}

/** The backend of coding agents that speak the Agent Client Protocol: opencode, Gemini, Claude, Codex and others. One process a run. */
export function createAcpBackend(parts: AcpParts): Backend {
  /** What sessions have cost: agents count sessions, and people pay for runs. */
  const costs = new Map<string, number>();

  async function work(request: RunRequest, desk: Desk, telling: Telling, stopped: AbortSignal): Promise<void> {
    const { limits } = parts;
    const { agent, marker: run } = request;
    const settings = parts.settingsOf(agent);
    const program = programOf(parts, settings, "acp");
    const argv = filled(program.command, { model: settings.model ?? program.model });
    const running = startProgram(parts, { agent, settings, program, argv, run });
    const conversation = new Conversation({
      ...parts,
      request,
      desk,
      telling,
      stopped,
      settings,
      program,
      running,
      costs,
    });

    const talk = conversation.hold();
    const died = running.exited.then(async () => {
      // What it said last is read first; who inherited its pipe may hold that open for ever.
      await Promise.race([talk.catch(() => undefined), Bun.sleep(limits.agentTermMs)]);
      throw new Error("its process ended");
    });
    died.catch(() => undefined);
    let failure: unknown;
    await Promise.race([talk, died, aborted(stopped)]).catch((thrown: unknown) => {
      failure = thrown;
    });
    const exit = failure === undefined ? null : await Promise.race([running.exited, later(limits.agentTermMs)]);
    const cancel = stopped.aborted ? () => conversation.stop(talk) : undefined;
    await endProgram(running, limits, { cancel, note: (text) => telling.tell({ type: "note", text }) });
    conversation.over();
    if (failure !== undefined && !stopped.aborted)
      throw troubleOf(failure, { program, running, introduction: conversation.introduction, exit });
  }

  return {
    name: "acp",
    opensTask: "at once",
    resumes: true,
    check: async (agent) => lackOf(parts, agent, "acp"),
    run: (request, desk, signal) =>
      driven(parts.limits.agentBacklogCharacters, signal, (telling, stopped) => work(request, desk, telling, stopped)),
  };
}

async function later(ms: number): Promise<null> {
  await Bun.sleep(ms);
  return null;
}
