import type { Agent, AgentState } from "../agent.ts";
import type { Checkup } from "../check.ts";
import type { Isolation } from "../isolation.ts";
import type { Program } from "../programs.ts";

/** Agents as JSON: as they were hired, with what they are doing, and with how they are set up for those who do that. */

export function employeeJson({ member, role, smartness, hiredAt, expertise, backend, settings }: Agent) {
  const { program } = settings;
  return { name: member.name, role, smartness, hired_at: new Date(hiredAt).toISOString(), expertise, backend, program };
}

export function stateJson(state: AgentState, { isSandboxed, words }: Isolation) {
  return {
    id: state.agent.member.id,
    ...employeeJson(state.agent),
    status: state.status,
    current_task: state.currentTask,
    progress: state.progress,
    open_tasks: state.openTasks,
    last_activity: new Date(state.lastActivity).toISOString(),
    isolation: { sandboxed: isSandboxed, words },
  };
}

export function settingsJson({ settings }: Agent) {
  const { program, directory, model, sandbox, approvals, dailyTokens, dailyUsd } = settings;
  return { program, directory, model, sandbox, approvals, daily_tokens: dailyTokens, daily_usd: dailyUsd };
}

export function programJson({ name, title, backend, model, hint }: Program) {
  return { name, title, backend, model, hint };
}

export function checkJson({ isReady, findings }: Checkup) {
  return { ready: isReady, findings };
}
