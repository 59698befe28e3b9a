import type { Agent } from "../../agents/agent.ts";
import type { Task } from "../../tasks/task.ts";

/** Tasks and agents as programs for the system Parley replaces know them. A session there is a task here. */

export function employeeJson({ member, role, smartness, hiredAt }: Agent) {
  return { name: member.name, role, smartness, hired_at: iso(hiredAt) };
}

/** @param files what was claimed for it */
export function sessionJson({ id, description, state }: Task, files: readonly string[]) {
  return { session_id: String(id), task: description, is_running: state !== "queued", files_locked: files };
}

export function progressJson({ agent, description, progress, note, updatedAt }: Task) {
  return {
    employee: agent.name,
    task_file: null,
    last_updated: iso(updatedAt),
    file_status: {},
    overall_progress: progress,
    ready_to_release: [],
    still_working_on: [],
    task_description: description,
    current_work: note,
  };
}

export function taskJson(task: Task) {
  return {
    id: task.id,
    session_id: String(task.id),
    name: task.agent.name,
    task: task.description,
    status: task.state,
    progress: task.progress,
    note: task.note,
    room: task.room,
    requested_by: task.requester.name,
    created_at: iso(task.createdAt),
    updated_at: iso(task.updatedAt),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
