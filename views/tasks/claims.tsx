import type { Task } from "../../src/tasks/task.ts";

/** How many files a task has claimed, on its card: an empty line while there are none, so that what comes later has a place. */
export function ClaimsLine({ task }: { task: Task }) {
  return (
    <p id={`claims-${task.id}`} class="card-claims">
      {claimsOf(task)}
    </p>
  );
}

export function claimsOf({ claims = 0 }: Task): string {
  return claims === 0 ? "" : `claims ${claims} ${claims === 1 ? "file" : "files"}`;
}
