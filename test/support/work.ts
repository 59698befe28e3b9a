import type { Steps } from "../../src/tasks/steps.ts";
import type { Task } from "../../src/tasks/task.ts";

/** A run as an agent's program would report it: three steps that are over and one that runs, in colours and with a bar that is redrawn. */
export function workOn(steps: Steps, task: Task): void {
  steps.plan(task, [
    { content: "Find where the session is lost", status: "completed" },
    { content: "Keep it over a restart", status: "in_progress" },
    { content: "Run the tests", status: "pending" },
  ]);
  steps.thought(task, "The cookie is set, but the store forgets it. ");
  steps.change(task, { id: "read-1", kind: "read", title: "Read", input: "src/people/sessions.ts", state: "running" });
  steps.change(task, { id: "read-1", state: "completed" });
  steps.change(task, {
    id: "edit-1",
    kind: "edit",
    title: "Edit src/people/sessions.ts",
    diffs: [{ path: "src/people/sessions.ts", before, after }],
  });
  steps.change(task, { id: "edit-1", state: "completed" });
  steps.change(task, { id: "run-0", kind: "execute", title: "Run", input: "bun test people" });
  steps.output(
    task,
    "run-0",
    "\u001b[31merror\u001b[0m: expected 1 to be 2\r\n 3 pass\r\n \u001b[31m1 fail\u001b[39m\r\n",
  );
  steps.change(task, { id: "run-0", state: "failed" });
  steps.change(task, { id: "run-1", kind: "execute", title: "Run", input: "bun test people" });
  steps.output(
    task,
    "run-1",
    "$ bun test people\r\n\u001b[32m✓\u001b[0m who signs in stays in \u001b[2m[3 ms]\u001b[0m\r\n",
  );
}

const before = `import { hash } from "./hash.ts";

export function find(token: string) {
  const session = sessions.get(token);
  if (!session) return undefined;
  return session;
}
`;

const after = `import { hash } from "./hash.ts";

export function find(token: string) {
  const session = sessions.get(token) ?? stored(hash(token));
  if (!session || session.endedAt !== null) return undefined;
  sessions.set(token, session);
  return session;
}
`;
