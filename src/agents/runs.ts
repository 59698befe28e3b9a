import type { Replies } from "../approvals/replies.ts";
import type { Config } from "../config.ts";
import type { LogEvent, Outcome } from "../database/log.ts";
import { Refusal, refusalFrom } from "../errors.ts";
import type { Hub } from "../live/hub.ts";
import type { Logger } from "../logger.ts";
import type { ChangeMessage } from "../messages/change.ts";
import type { MessagePosted } from "../messages/events.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import type { PostMessage } from "../messages/post.ts";
import { acting } from "../people/identity.ts";
import type { Members } from "../people/members.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Task } from "../tasks/task.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Agent } from "./agent.ts";
import type { Backend, Desk, RunEvent, RunRequest } from "./backends/backend.ts";
import { calledBy } from "./calls.ts";
import { deskFor, wordsOf } from "./desk.ts";
import type { Roster } from "./roster.ts";
import type { Status } from "./status.ts";
import { askerOf, atTheirWord } from "./word.ts";

export interface Runs {
  /** The text so far of answers being written in a room: for somebody who comes in the middle. */
  writing(roomId: number): readonly { message: Message; text: string }[];
  /** Runs that are under way or wait. */
  readonly live: number;
  /** Ends what a previous process left open; call once, before anybody connects. @returns how many answers and tasks that were */
  recover(): { answers: number; tasks: number };
  /** Stops every run and waits until their last words are stored. */
  stop(): Promise<void>;
}

interface Parts {
  config: Config;
  hub: Hub;
  logger: Logger;
  members: Members;
  rooms: Rooms;
  roster: Roster;
  status: Status;
  history: History;
  tasks: Tasks;
  replies: Replies;
  post: PostMessage;
  change: ChangeMessage;
  backends: readonly Backend[];
}

/** An answer under way: its message is in the log, its text grows here until it is finished. */
interface Answer {
  readonly messageId: number;
  readonly roomId: number;
  text: string;
}

/** Turns what people ask into runs of agents' backends, one at a time for each agent, and what the backends say into messages and tasks. */
export function createRuns(parts: Parts): Runs {
  const { config, hub, logger, members, roster, status, history, tasks, post, change } = parts;
  const backends = new Map(parts.backends.map((backend) => [backend.name, backend]));
  const queues = new Map<number, RunRequest[]>();
  const answers = new Map<number, Answer>();
  const stopping = new AbortController();
  const loops = new Set<Promise<void>>();

  hub.onCommit((events) => {
    if (config.safeMode || stopping.signal.aborted) return;
    for (const event of events) {
      if (event.kind === "message.posted") consider(event);
      if (event.kind === "agent.fired") dismiss((event.data as { id: number }).id);
    }
  });

  /** Nobody works on the tasks of an agent that left. */
  function dismiss(memberId: number): void {
    const { name } = members.byId(memberId);
    queues.get(memberId)?.splice(1);
    for (const task of tasks.active(memberId)) {
      tasks.move(task.id, { state: "cancelled", note: `${name} was fired` }, members.system);
    }
  }

  function consider(event: LogEvent): void {
    if (event.actorId === null || members.byId(event.actorId).kind !== "person") return;
    const message = history.ofPosted(event);
    const asker = acting(message.author, "", (event.data as MessagePosted).scope);
    // What answers an open question goes to whoever asked it, and into nobody's queue.
    if (parts.replies.takes(message, asker)) return;
    for (const { agent, reason } of calledBy(message, parts))
      enqueue({ agent, message, asker, reason, words: wordsOf(message, roster) });
  }

  function enqueue(request: RunRequest): void {
    const { agent, message } = request;
    const queue = queues.get(agent.member.id);
    if (!queue) {
      const started = [request];
      queues.set(agent.member.id, started);
      const loop = work(agent, started).finally(() => loops.delete(loop));
      loops.add(loop);
    } else if (queue.length < config.limits.queuedTasks) {
      queue.push(request);
    } else {
      say(agent, message, `My queue is full (${queue.length} requests). Ask me again when some are done.`);
    }
  }

  async function work(agent: Agent, queue: RunRequest[]): Promise<void> {
    status.running(agent, true);
    for (let request = queue[0]; request !== undefined; request = queue[0]) {
      await runOne(request);
      queue.shift();
    }
    queues.delete(agent.member.id);
    status.running(agent, false);
  }

  async function runOne(request: RunRequest): Promise<void> {
    const { agent, message } = request;
    const run: { task: Task | undefined; answer: Answer | undefined } = { task: undefined, answer: undefined };
    if (stopping.signal.aborted) {
      say(agent, message, "I did not get to this: the server is stopping. Ask me again.");
      return;
    }
    try {
      const backend = backends.get(agent.backend);
      if (!backend) throw new Refusal("AGENT_OFFLINE", `The backend "${agent.backend}" is not available.`);
      const desk = deskFor(parts, request, () => askerOf(request, members));
      for await (const event of backend.run(request, desk, stopping.signal)) await obey(event, request, desk, run);
      const ending = stopping.signal.aborted ? "\n\n(Cut off: the server is stopping. Ask again.)" : "";
      await close(run.answer, agent, ending);
    } catch (thrown) {
      const refusal = refusalFrom(thrown, (reference, error) =>
        logger.error("run.failed", { reference, agent: agent.member.handle, error }),
      );
      // The failure is logged; where even saying so cannot be stored, the next start ends what is open.
      await close(run.answer, agent, `\n\n(Cut off: ${refusal.message})`).catch(() => undefined);
      if (run.task)
        await committed((done) =>
          tasks.move(run.task?.id ?? 0, { state: "failed", note: refusal.message }, agent.member, done),
        ).catch(() => undefined);
      if (!run.answer) say(agent, message, `I could not do that: ${refusal.message}`);
    }
  }

  async function obey(
    event: RunEvent,
    request: RunRequest,
    desk: Desk,
    run: { task: Task | undefined; answer: Answer | undefined },
  ): Promise<void> {
    const { agent, message } = request;
    const draft = { room: message.room, replyTo: message.id, origin: "agent" as const, taskId: run.task?.id ?? null };
    switch (event.type) {
      case "task":
        run.task = await openTask(request, event.description);
        await committed((done) => tasks.move(run.task?.id ?? 0, { state: "accepted" }, agent.member, done));
        return;
      case "say":
        await committed((done) => post(agent.member, { ...draft, text: event.text }, done));
        return;
      case "move": {
        const by = event.taskId === undefined ? undefined : askerOf(request, members);
        const task = by && event.taskId !== undefined ? atTheirWord(event.taskId, desk, by, tasks) : run.task;
        if (task) await committed((done) => tasks.move(task.id, event, agent.member, done, by));
        return;
      }
      case "help": {
        const task = atTheirWord(event.taskId, desk, askerOf(request, members), tasks);
        if (task) tasks.requestHelp(task, event.issue);
        return;
      }
      case "text":
        run.answer ??= await openAnswer(agent, draft);
        grow(run.answer, agent, run.task?.id ?? null, event.delta);
    }
  }

  function openTask({ agent, message }: RunRequest, description: string): Promise<Task> {
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

  async function openAnswer(agent: Agent, draft: Omit<Parameters<PostMessage>[1], "text">): Promise<Answer> {
    const { seq } = await committed((done) => post(agent.member, { ...draft, text: "", streaming: true }, done));
    const row = history.row(seq);
    const answer: Answer = { messageId: seq, roomId: row?.roomId ?? 0, text: "" };
    answers.set(seq, answer);
    return answer;
  }

  function grow(answer: Answer, agent: Agent, taskId: number | null, delta: string): void {
    const room = config.limits.messageCharacters - 200 - answer.text.length;
    const fitting = delta.length > room ? delta.slice(0, Math.max(0, room)).toWellFormed() : delta;
    if (fitting === "") return;
    const offset = answer.text.length;
    answer.text += fitting;
    hub.tell({
      type: "delta",
      roomId: answer.roomId,
      messageId: answer.messageId,
      taskId,
      agent: agent.member,
      offset,
      delta: fitting,
    });
  }

  async function close(answer: Answer | undefined, agent: Agent, addition: string): Promise<void> {
    if (!answer) return;
    try {
      const text = `${answer.text}${addition}`.trim() || "(No answer.)";
      await stored(() => committed((done) => change.finish(agent.member, answer.messageId, text, done)));
    } finally {
      answers.delete(answer.messageId);
    }
  }

  /** A full disk must not leave an answer open for ever: tried again until there is space or the server stops. */
  async function stored(act: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await act();
        return;
      } catch (thrown) {
        const full = thrown instanceof Refusal && thrown.code === "SERVICE_UNAVAILABLE";
        if (!full || stopping.signal.aborted) throw thrown;
        await Bun.sleep(config.limits.storageRetryMs);
      }
    }
  }

  function say(agent: Agent, message: Message, text: string): void {
    try {
      post(agent.member, { room: message.room, replyTo: message.id, origin: "agent", text });
    } catch (error) {
      logger.warn("run.silent", { agent: agent.member.handle, error });
    }
  }

  return {
    writing: (roomId) =>
      [...answers.values()]
        .filter((answer) => answer.roomId === roomId)
        .flatMap((answer) => {
          const message = history.message(answer.messageId);
          return message ? [{ message, text: answer.text }] : [];
        }),
    get live() {
      return queues.size;
    },
    recover() {
      const answers = history.streaming();
      let failed = 0;
      for (const message of answers) {
        change.finish(
          message.author,
          message.id,
          "(Cut off: the server stopped while this was being written. Ask again.)",
        );
      }
      for (const task of tasks.active()) {
        // Progress is reported by people; work without any was the run's own, and that run is gone.
        const crashed = task.state === "queued" || (task.state === "working" && task.progress === 0);
        if (!crashed) continue;
        failed += 1;
        tasks.move(task.id, { state: "failed", note: "crashed: the server stopped during the run" }, members.system);
      }
      return { answers: answers.length, tasks: failed };
    },
    async stop() {
      stopping.abort();
      // A backend that does not listen must not hold the server up: what it left open is ended at the next start.
      await Promise.race([Promise.allSettled(loops), Bun.sleep(config.limits.drainMs)]);
    },
  };
}

/** Waits for a commit and turns its refusal into a throw. */
function committed(act: (done: (outcome: Outcome) => void) => void): Promise<{ seq: number }> {
  return new Promise((resolve, reject) => {
    act((outcome) => (outcome.ok ? resolve(outcome) : reject(outcome.refusal)));
  });
}
