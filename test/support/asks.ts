import type { Approval } from "../../src/approvals/approval.ts";
import type { Answer, Ask } from "../../src/approvals/ask.ts";
import { Refusal } from "../../src/errors.ts";
import type { Task } from "../../src/tasks/task.ts";
import type { House } from "./house.ts";
import type { TestServer } from "./server.ts";

/** A command that an agent wants to run. */
export const command: Ask = {
  kind: "approval",
  title: "run a command",
  detail: "npm test",
  directory: "/srv/app",
  options: [
    { id: "once", label: "Yes", kind: "allow_once" },
    { id: "always", label: "Yes, always", kind: "allow_always" },
    { id: "no", label: "No", kind: "reject_once" },
  ],
  takesText: false,
  stepId: null,
};

/** Something an agent does not know. */
export const question: Ask = {
  kind: "question",
  title: "Which database?",
  detail: "There are two: the old one and the new one.",
  directory: null,
  options: [
    { id: "old", label: "The old one", kind: "choice" },
    { id: "new", label: "The new one", kind: "choice" },
  ],
  takesText: true,
  stepId: null,
};

/** What waits for an answer, and the card that people see. */
export interface Asked {
  readonly approval: Approval;
  readonly answer: Promise<Answer>;
  /** The run ends. */
  stop(): void;
}

/** Asks, and commits it. */
export function asking(house: House, task: Task, ask: Partial<Ask> = {}): Asked {
  const run = new AbortController();
  const answer = house.approvals.ask(task, { ...command, ...ask }, run.signal);
  answer.catch(() => undefined);
  // Once more, for what is asked after all because an "always" holds no more.
  house.log.flush();
  house.log.flush();
  const approval = house.approvals.ofTask(task.id).at(-1);
  if (!approval) throw new Error("nothing was asked");
  return { approval, answer, stop: () => run.abort() };
}

/** Work that alice was asked for in a room of a running server: the request, the task, and the message that its card stands on. */
export async function workOf(
  server: TestServer,
  requester: string,
  room = "general",
  words = "make it work",
): Promise<Task> {
  const { members, rooms, post, tasks, roster } = server.parley.inside;
  const [person, alice] = [members.person(requester), roster.byName("alice")?.member];
  if (!person || !alice) throw new Error(`no ${person ? "alice" : requester}`);
  const said = (author: typeof person, draft: Omit<Parameters<typeof post>[1], "room" | "origin">) =>
    new Promise<number>((resolve, reject) => {
      post(author, { ...draft, room: rooms.named(person, room).slug, origin: "agent" }, (outcome) =>
        outcome.ok ? resolve(outcome.seq) : reject(outcome.refusal),
      );
    });
  const requestId = await said(person, { text: words });
  const asked = { agentId: alice.id, requestId, requesterId: person.id, description: words };
  const task = await new Promise<Task>((resolve, reject) => {
    tasks.open({ ...asked, roomId: rooms.named(person, room).id }, (opened) =>
      opened instanceof Refusal ? reject(opened) : resolve(opened),
    );
  });
  await said(alice, { text: "On it.", replyTo: requestId, taskId: task.id });
  tasks.move(task.id, { state: "accepted" }, alice);
  return task;
}

/** Asks in a running server; resolves when it is committed. */
export async function askIn(server: TestServer, task: Task, ask: Partial<Ask> = {}): Promise<Asked> {
  const { approvals, log } = server.parley.inside;
  const before = new Set(approvals.ofTask(task.id).map(({ id }) => id));
  const run = new AbortController();
  const answer = approvals.ask(task, { ...command, ...ask }, run.signal);
  answer.catch(() => undefined);
  log.flush();
  const approval = approvals.ofTask(task.id).find(({ id }) => !before.has(id));
  if (!approval) throw new Error("nothing was asked");
  return { approval, answer, stop: () => run.abort() };
}
