import type { Approvals } from "../approvals/approvals.ts";
import type { Answer, Ask } from "../approvals/ask.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { Refusal, refusalFrom } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { History } from "../messages/history.ts";
import type { PostMessage } from "../messages/post.ts";
import { may } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Steps } from "../tasks/steps.ts";
import { endedStates, type Task } from "../tasks/task.ts";
import type { TaskChange, Tasks } from "../tasks/tasks.ts";
import type { Answers } from "./answers.ts";
import type { Backend, Desk, RunEvent } from "./backends/backend.ts";
import { committed, stored } from "./committed.ts";
import { deskFor } from "./desk.ts";
import { besideWaits, isWhole, type LiveRun, minutes, moveOn } from "./live.ts";
import type { AgentSessions } from "./sessions.ts";
import type { Status } from "./status.ts";
import type { Stops } from "./stopping.ts";
import type { UsageBook } from "./usage.ts";
import { waitFor } from "./waiting.ts";
import { askerOf, atTheirWord } from "./word.ts";

export interface RunParts {
  config: Config;
  clock: Clock;
  logger: Logger;
  members: Members;
  status: Status;
  history: History;
  tasks: Tasks;
  post: PostMessage;
  answers: Answers;
  steps: Steps;
  approvals: Pick<Approvals, "ask">;
  usage: UsageBook;
  agentSessions: AgentSessions;
  stops: Stops;
  backends: ReadonlyMap<string, Backend>;
  /** The server stops. */
  stopping: AbortSignal;
}

/** Works on one request: what its backend says becomes messages and steps of its task, until it ends in one of the ways there are. */
export async function work(live: LiveRun, parts: RunParts): Promise<void> {
  const { request } = live;
  try {
    const backend = parts.backends.get(request.agent.backend);
    if (!backend) throw new Refusal("AGENT_OFFLINE", `The backend "${request.agent.backend}" is not available.`);
    if (isWhole(live)) await accept(live, parts);
    const signal = AbortSignal.any([live.abort.signal, parts.stopping]);
    const desk: Desk = {
      ...deskFor(parts, request, () => askerOf(request, parts.members)),
      ask: (ask) => askPeople(live, ask, parts),
      signal,
    };
    if (!signal.aborted)
      for await (const event of backend.run(request, desk, signal)) {
        await heard(live, parts);
        await obey(event, live, desk, parts).catch((error: unknown) => {
          // What its backend started is told to end before it is left.
          live.abort.abort();
          throw error;
        });
      }
    await finish(live, parts);
  } catch (thrown) {
    await fail(live, thrown, parts);
  }
}

/** @throws Refusal when the task was cancelled in this moment, or nothing more may be spent on it */
async function accept(live: LiveRun, { tasks, usage, members, clock }: RunParts): Promise<void> {
  await moveOn(live, tasks, () => ({ state: "accepted" }));
  if (tasks.byId(live.task?.id ?? 0)?.endedAt !== null) throw new Refusal("CONFLICT", "That task has ended.");
  live.heardAt = clock.monotonic();
  // It may have waited for long: whoever asked has it done no more when they may not by now.
  if (!may(askerOf(live.request, members), "execute"))
    throw new Refusal("PERMISSION_DENIED", `${live.request.asker.name} may not have this done any more.`);
  const exhausted = usage.exhausted(live.request.agent, askerOf(live.request, members), live.task);
  if (exhausted !== null) throw new Refusal("QUEUE_FULL", exhausted);
}

/** A sign of life: whatever the card said of silence is over. */
async function heard(live: LiveRun, { tasks, clock }: RunParts): Promise<void> {
  const wasSilent = live.quietMinutes > 0 || live.stalled;
  live.heardAt = clock.monotonic();
  live.quietMinutes = 0;
  live.stalled = false;
  if (!isWhole(live) || live.stop || live.waits.size > 0 || (live.begun && !wasSilent)) return;
  live.begun = true;
  await moveOn(live, tasks, () => ({ state: "working", note: live.said }));
}

function askPeople(live: LiveRun, ask: Ask, parts: RunParts): Promise<Answer> {
  const { task } = live;
  if (!task) throw new Refusal("CONFLICT", "Only a run with a task can ask people.");
  const words = ask.kind === "approval" ? `needs approval: ${ask.title}` : `needs an answer: ${ask.title}`;
  return waitFor(live, words, () => parts.approvals.ask(task, ask, live.abort.signal), parts);
}

async function obey(event: RunEvent, live: LiveRun, desk: Desk, parts: RunParts): Promise<void> {
  const { request, task } = live;
  const { tasks, members, post, answers, steps } = parts;
  const { agent, message } = request;
  const draft = { room: message.room, replyTo: message.id, origin: "agent" as const, taskId: task?.id ?? null };
  switch (event.type) {
    case "task":
      // A run that is a task from its beginning has its own.
      if (isWhole(live)) return;
      live.task = await openTask(live, event.description, tasks);
      await committed((done) => tasks.move(live.task?.id ?? 0, { state: "accepted" }, agent.member, done));
      return;
    case "say":
      await committed((done) => post(agent.member, { ...draft, text: event.text }, done));
      return;
    case "move":
      await moved(event, live, desk, parts);
      return;
    case "help": {
      const meant =
        event.taskId === task?.id ? task : atTheirWord(event.taskId, desk, askerOf(request, members), tasks);
      if (meant) tasks.requestHelp(meant, event.issue);
      return;
    }
    case "text":
      live.answer ??= await answers.open(agent, draft);
      // What real work comes to is told whole: it goes on in another message where one is full.
      for (let rest = answers.grow(live.answer, agent, task?.id ?? null, event.delta); rest !== "" && isWhole(live); ) {
        await closeAnswer(live, "", parts);
        live.answer = await answers.open(agent, draft);
        rest = answers.grow(live.answer, agent, task?.id ?? null, rest);
      }
      return;
    case "note":
      live.said = event.text;
      // What it waits for is more important to know.
      if (live.waits.size === 0) await moveOn(live, tasks, () => ({ note: event.text }));
      return;
    case "session":
      if (task) parts.agentSessions.keep(task, message.threadId ?? message.id, event.id);
      return;
    case "usage":
      if (task) spend(event, task, live, parts);
      return;
    case "thought":
      if (task) steps.thought(task, event.delta);
      return;
    case "step":
      if (task) steps.change(task, event.step);
      return;
    case "output":
      if (task) steps.output(task, event.stepId, event.data);
      return;
    case "plan":
      if (task) steps.plan(task, event.entries);
  }
}

async function moved(
  event: Extract<RunEvent, { type: "move" }>,
  live: LiveRun,
  desk: Desk,
  { tasks, members }: RunParts,
): Promise<void> {
  const { agent } = live.request;
  const own = live.task;
  if (own && isWhole(live) && (event.taskId === undefined || event.taskId === own.id)) {
    if (event.note !== undefined) live.said = event.note;
    if (event.state !== undefined) live.rests = event.state === "stuck";
    if (event.state !== undefined && endedStates.includes(event.state)) live.ended = true;
    await moveOn(live, tasks, () => besideWaits(live, event));
    return;
  }
  const by = event.taskId === undefined ? undefined : askerOf(live.request, members);
  const task = by && event.taskId !== undefined ? atTheirWord(event.taskId, desk, by, tasks) : own;
  if (task) await committed((done) => tasks.move(task.id, event, agent.member, done, by));
}

function spend({ usage }: Extract<RunEvent, { type: "usage" }>, task: Task, live: LiveRun, parts: RunParts): void {
  parts.usage.note(task, usage);
  const exhausted = parts.usage.exhausted(live.request.agent, askerOf(live.request, parts.members), task);
  if (exhausted !== null) parts.stops.end(live, { by: parts.members.system, state: "failed", note: exhausted });
}

function openTask({ request }: LiveRun, description: string, tasks: Tasks): Promise<Task> {
  const { agent, message } = request;
  return new Promise((resolve, reject) => {
    const opened = {
      agentId: agent.member.id,
      roomId: message.roomId,
      requestId: message.id,
      requesterId: message.author.id,
      description,
    };
    tasks.open(opened, (task) => (task instanceof Refusal ? reject(task) : resolve(task)));
  });
}

/** The backend has ended: by itself, or because it was to. */
async function finish(live: LiveRun, parts: RunParts): Promise<void> {
  const { stopping, clock } = parts;
  const { stop } = live;
  if (stop) {
    await closeAnswer(live, `\n\n(${stop.note}.)`, parts);
    const took = stop.overdue ? `, ${minutes(clock.monotonic() - stop.since)} after it was to end` : "";
    await over(live, { state: stop.state, note: `${stop.note}${took}` }, parts);
  } else if (stopping.aborted) {
    await closeAnswer(live, "\n\n(Cut off: the server is stopping. Ask again.)", parts);
    const note = "crashed: the server was stopped during the run";
    await over(live, { state: "failed", note, resumable: canResume(live, parts) }, parts);
  } else {
    await closeAnswer(live, "", parts);
    await over(live, live.rests ? undefined : { state: "completed", note: live.said }, parts);
  }
}

/** Where somebody has deleted an answer while it was written, its run goes on to its end all the same. */
async function closeAnswer(live: LiveRun, addition: string, { answers, logger }: RunParts): Promise<void> {
  const { agent } = live.request;
  try {
    await answers.close(live.answer, agent, addition);
  } catch (error) {
    if (!isWhole(live)) throw error;
    logger.warn("run.answer", { agent: agent.member.handle, error });
  }
}

/** What it broke off by is logged; where even saying so cannot be stored, the next start ends what is open. */
async function fail(live: LiveRun, thrown: unknown, parts: RunParts): Promise<void> {
  const { request } = live;
  const { agent, message } = request;
  // What is thrown while it is being ended is how it ended.
  if (live.stop || (parts.stopping.aborted && isWhole(live))) return finish(live, parts).catch(() => undefined);
  const refusal = refusalFrom(thrown, (reference, error) =>
    parts.logger.error("run.failed", { reference, agent: agent.member.handle, error }),
  );
  const answered = live.answer !== undefined;
  await parts.answers.close(live.answer, agent, `\n\n(Cut off: ${refusal.message})`).catch(() => undefined);
  const failed = { state: "failed", note: refusal.message } as const;
  if (isWhole(live)) {
    const ended = parts.tasks.byId(live.task?.id ?? 0)?.endedAt !== null;
    await over(live, failed, parts).catch(() => undefined);
    // Who ended it knows; the card says it.
    if (ended) return;
  } else if (live.task) {
    const { id } = live.task;
    await committed((done) => parts.tasks.move(id, failed, agent.member, done)).catch(() => undefined);
  }
  if (answered) return;
  try {
    const draft = {
      room: message.room,
      replyTo: message.id,
      origin: "agent" as const,
      taskId: request.task?.id ?? null,
    };
    parts.post(agent.member, { ...draft, text: `I could not do that: ${refusal.message}` });
  } catch (error) {
    parts.logger.warn("run.silent", { agent: agent.member.handle, error });
  }
}

/** The end of a run that is a task: what it did is closed, and the task with it. */
async function over(live: LiveRun, change: TaskChange | undefined, parts: RunParts): Promise<void> {
  const { task } = live;
  if (!task || !isWhole(live)) return;
  live.ended = true;
  const worked = change === undefined || change.state === "completed";
  parts.steps.close(task, worked ? "completed" : "failed");
  parts.usage.close(task);
  await stored(() => moveOn(live, parts.tasks, () => change), parts.stopping, parts.config.limits.storageRetryMs);
}

/** Whether a run that breaks off now could be taken up again. */
export function canResume({ request }: LiveRun, { backends, agentSessions }: RunParts): boolean {
  const { agent, message } = request;
  const resumes = backends.get(agent.backend)?.resumes ?? false;
  return resumes && agentSessions.of(agent.member.id, message.threadId ?? message.id) !== null;
}
