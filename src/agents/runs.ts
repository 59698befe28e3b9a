import type { Replies } from "../approvals/replies.ts";
import type { Log, LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import type { Hub } from "../live/hub.ts";
import type { ChangeMessage } from "../messages/change.ts";
import type { MessagePosted } from "../messages/events.ts";
import type { Message } from "../messages/message.ts";
import { acting } from "../people/identity.ts";
import { type Member, may } from "../people/member.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { HelpRequested } from "../tasks/events.ts";
import { endedStates, type Task } from "../tasks/task.ts";
import type { Agent } from "./agent.ts";
import { createAnswers } from "./answers.ts";
import type { Backend } from "./backends/backend.ts";
import { calledBy, offerOf } from "./calls.ts";
import { wordsOf } from "./desk.ts";
import { createHeard } from "./heard.ts";
import { createHearing } from "./hearing.ts";
import { createHelping } from "./helping.ts";
import { createLanes } from "./lanes.ts";
import { besideWaits, isWhole, type LiveRun, moveOn } from "./live.ts";
import { endWhatBrokeOff, unheard } from "./recovery.ts";
import type { Roster } from "./roster.ts";
import type { RunParts } from "./run.ts";
import { createSpeech } from "./speech.ts";
import { createStops } from "./stopping.ts";
import { describe } from "./understanding.ts";
import { look } from "./watch.ts";

export interface Runs {
  /** The text so far of answers being written in a room: for somebody who comes in the middle. */
  writing(roomId: number): readonly { message: Message; text: string }[];
  /** Agents whose runs are under way or wait. */
  readonly live: number;
  /** Asks for help with a task and waits for what is answered in its thread; where no run is under way it only asks. */
  helpAsked(task: Task, issue: string): Promise<string>;
  /** Ends what a previous process left open; call once, before anybody connects. @returns how many answers and tasks that were */
  recover(): { answers: number; tasks: number };
  /** Goes on with what waited in the previous process; call once, when everything that runs need is there. */
  begin(): void;
  /** Stops every run and waits until their last words are stored. */
  stop(): Promise<void>;
}

interface Parts extends Omit<RunParts, "answers" | "stops" | "backends" | "stopping"> {
  store: Store;
  log: Log;
  hub: Hub;
  rooms: Rooms;
  roster: Roster;
  change: ChangeMessage;
  replies: Replies;
  backends: readonly Backend[];
}

/** Turns what people, and agents at their word, ask into runs of agents' backends, and runs into messages and tasks. */
export function createRuns(parts: Parts): Runs {
  const { config, clock, hub, logger, members, roster, history, tasks, post } = parts;
  const { limits } = config;
  const backends = new Map(parts.backends.map((backend) => [backend.name, backend]));
  const stopping = new AbortController();
  const answers = createAnswers({ ...parts, stopping: stopping.signal });
  const stops = createStops(tasks, clock);
  const speech = createSpeech({ logger, members, history, post });
  const run: RunParts = { ...parts, answers, stops, backends, stopping: stopping.signal };
  const lanes = createLanes({ ...run, roster, say: speech.answer });
  const helping = createHelping({ ...parts, limits, isUnderWay, say: speech.inThread });
  const hear = createHearing({ ...parts, backends, lanes, helping, speech, call });
  const heard = createHeard(parts.store, parts.log);
  /** What the process before has not heard: until that is done, the mark stays where it is. */
  let missed = unheard(parts.store, heard.before);
  /** Requests whose tasks are on their way into the log, by agent. */
  const opening = new Map<number, Set<number>>();

  tasks.runsEndBy((task, by, ending, done) => {
    const live = lanes.ofTask(task.id);
    if (!live || !isWhole(live) || task.endedAt !== null) return false;
    stops.byWord(live, by, ending, done);
    return true;
  });

  tasks.runsReportBy((task, change, done) => {
    const live = lanes.ofTask(task.id);
    if (!live || !isWhole(live) || task.endedAt !== null) return false;
    // Said again when nothing is waited for any more.
    if (change.note !== undefined) live.said = change.note;
    moveOn(live, tasks, () => besideWaits(live, change)).then(
      () => done({ ok: true, seq: tasks.byId(task.id)?.seq ?? task.seq, repeated: false }),
      (refusal) => done({ ok: false, refusal }),
    );
    return true;
  });

  const watching = setInterval(() => {
    for (const live of lanes.all()) look(live, { ...parts, say: speech.inThread });
    helping.look(clock.monotonic());
  }, limits.runWatchMs);
  watching.unref();

  hub.onCommit((events) => {
    if (stopping.signal.aborted) return;
    if (!config.safeMode) for (const event of events) consider(event);
    // What is said while all of them are off calls nobody later either.
    if (missed.length === 0) heard.note(events.at(-1)?.seq ?? 0);
  });

  function consider(event: LogEvent): void {
    switch (event.kind) {
      case "message.posted": {
        const message = history.ofPosted(event);
        if (!message.streaming) hear(message, event.data as MessagePosted);
        return;
      }
      case "message.finished": {
        const message = history.ofEvent(event);
        if (message) hear(message);
        return;
      }
      case "task.opened": {
        const task = tasks.byId(event.seq);
        if (task?.run) takeUp(task);
        return;
      }
      case "task.moved": {
        const task = tasks.byId((event.data as { id: number }).id);
        const live = task && lanes.ofTask(task.id);
        if (task && task.endedAt !== null) helping.ended(task.id);
        // Ended by something other than its run: then there is nothing left to work for.
        if (live && isWhole(live) && endedStates.includes(task.state) && !live.ended)
          stops.end(live, { by: members.system, state: task.state, note: task.note });
        return;
      }
      case "help.requested": {
        const { taskId, issue } = event.data as HelpRequested;
        const task = tasks.byId(taskId);
        if (task?.run) helping.spread(task, issue, lanes.ofTask(taskId));
        return;
      }
      case "agent.fired":
        dismiss((event.data as { id: number }).id);
    }
  }

  function call(agent: Agent, message: Message, asker: Member, reason: "mention" | "offer", hops: number): void {
    const words = wordsOf(message, roster);
    if (backends.get(agent.backend)?.opensTask !== "at once") {
      lanes.enqueue(agent, { agent, message, asker, reason, words, task: null, session: null, marker: "" }, hops);
      return;
    }
    if (reason === "offer") {
      speech.answer(agent, message, offerOf(agent, message));
      return;
    }
    // Real work is done with somebody's machine and money.
    if (!may(asker, "execute")) {
      const { name } = asker;
      speech.answer(agent, message, `${name}, I work for those who may have things done. Ask one of them to ask me.`);
      return;
    }
    const id = agent.member.id;
    const coming = opening.get(id) ?? new Set();
    const waiting = behind(id).length + coming.size;
    // One of them does not wait where nothing is under way.
    if (waiting >= limits.queuedTasks + (lanes.of(id) ? 0 : 1)) {
      speech.answer(agent, message, `My queue is full (${waiting} requests). Ask me again when some are done.`);
      return;
    }
    opening.set(id, coming.add(message.id));
    const scope = asker.scope ? { scope: asker.scope } : {};
    const opened = {
      agentId: id,
      roomId: message.roomId,
      requestId: message.id,
      requesterId: asker.id,
      description: describe(words) || `answer ${asker.name}`,
      run: { reason, hops, ...scope, ...behindOf(message, asker) },
    };
    tasks.open(opened, (task) => {
      coming.delete(message.id);
      if (task instanceof Refusal) speech.answer(agent, message, `I could not take that up: ${task.message}`);
    });
  }

  function isUnderWay(live: LiveRun): boolean {
    return lanes.of(live.request.agent.member.id) === live;
  }

  /** Whoever set the agent to work that asks: known from what it speaks of, or from what it is at. */
  function behindOf({ taskId }: Message, asker: Member): { behind?: number } {
    if (asker.kind !== "agent") return {};
    const own = taskId === null ? undefined : tasks.byId(taskId);
    const live = lanes.of(asker.id);
    const task = own?.agent.id === asker.id ? own : live?.task;
    const behind = task ? parts.usage.behind(task) : live?.request.asker;
    return behind ? { behind: behind.id } : {};
  }

  /** What waits for an agent: what is being taken up in this moment does not any more. */
  function behind(agentId: number): readonly Task[] {
    return tasks.queueOf(agentId).filter(({ id }) => id !== lanes.of(agentId)?.task?.id);
  }

  /** A task was opened: that is said at once, whatever its backend does, and its turn comes. */
  function takeUp(task: Task): void {
    opening.get(task.agent.id)?.delete(task.requestId);
    const current = lanes.of(task.agent.id);
    const before = behind(task.agent.id).findIndex(({ id }) => id === task.id);
    speech.acknowledge(task, before + (current ? 1 : 0));
    const agent = roster.byId(task.agent.id);
    if (agent) lanes.wake(agent);
  }

  /** Nobody works on the tasks of an agent that left. */
  function dismiss(memberId: number): void {
    const { name } = members.byId(memberId);
    lanes.clear(memberId);
    for (const task of tasks.active(memberId)) {
      const fired = { state: "cancelled", note: `${name} was fired` } as const;
      const live = lanes.ofTask(task.id);
      if (live && isWhole(live)) stops.end(live, { by: members.system, ...fired });
      else tasks.move(task.id, fired, members.system);
    }
  }

  function canResume(task: Task): boolean {
    const agent = roster.byId(task.agent.id);
    const request = history.row(task.requestId);
    const resumes = backends.get(agent?.backend ?? "")?.resumes ?? false;
    return resumes && parts.agentSessions.of(task.agent.id, request?.threadId ?? task.requestId) !== null;
  }

  return {
    writing: answers.writing,
    get live() {
      return lanes.count;
    },
    async helpAsked(task, issue) {
      const live = lanes.ofTask(task.id);
      if (live && isWhole(live)) return helping.asked(live, task, issue);
      tasks.requestHelp(task, issue);
      return "The room was asked. Whoever answers does so by a new request.";
    },
    recover: () => endWhatBrokeOff(parts, canResume),
    begin() {
      if (config.safeMode) return;
      for (const { event, answers } of missed) {
        // In the words in which it was said: what was written over it later calls nobody.
        const message = history.ofPosted(event);
        const asker = acting(message.author, "", (event.data as MessagePosted).scope);
        for (const { agent, reason } of calledBy(message, parts)) {
          const isWork = backends.get(agent.backend)?.opensTask === "at once" && reason === "mention";
          if (isWork && !answers.has(agent.member.id)) call(agent, message, asker, reason, 0);
        }
      }
      missed = [];
      heard.note(parts.log.seq);
      for (const agent of roster.list()) {
        for (const [index, task] of tasks.queueOf(agent.member.id).entries())
          if (history.cardMessage(task.id) === undefined) speech.acknowledge(task, index);
        lanes.wake(agent);
      }
    },
    async stop() {
      stopping.abort();
      heard.flush();
      clearInterval(watching);
      // A backend that does not listen must not hold the server up: what it left open is ended at the next start.
      await Promise.race([lanes.settled(), Bun.sleep(limits.drainMs)]);
    },
  };
}
