import type { Clock } from "../clock.ts";
import type { Limits } from "../limits.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import { type Member, may } from "../people/member.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Task } from "../tasks/task.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { LiveRun } from "./live.ts";
import { Newest } from "./newest.ts";
import type { Roster } from "./roster.ts";
import type { Status } from "./status.ts";
import { fit } from "./understanding.ts";
import { waitFor } from "./waiting.ts";

/** Colleagues who are asked at most: more would be a crowd. */
const mostHelpers = 2;

/** What a run is told that asked and ended before anybody answered. */
const over = "Nobody answered: the run was stopped.";

/** Tasks that are remembered to have been spread: far more than are open at a time. */
const mostSpread = 1_000;

/** Help for runs: people and those who know are asked in the thread, and the first answer there goes back into the run. */
export interface Helping {
  /** Asks for help with what a run is at, and waits for the answer. */
  asked(live: LiveRun, task: Task, issue: string): Promise<string>;
  /** Says in the task's thread what it needs, and names those who know, once for each task. */
  spread(task: Task, issue: string, live: LiveRun | undefined): void;
  /** The agents whose waiting runs a message answers. @param by its author, narrowed to what they came with */
  answeredBy(message: Message, by: Member): ReadonlySet<number>;
  /** Nobody waits for an answer to what a task asked: it has ended. */
  ended(taskId: number): void;
  /** Runs that nobody answered in time go on without. */
  look(now: number): void;
}

interface Parts {
  limits: Limits;
  clock: Clock;
  history: History;
  rooms: Rooms;
  roster: Roster;
  status: Status;
  tasks: Tasks;
  /** Whether its agent is still at a run. */
  isUnderWay: (live: LiveRun) => boolean;
  /** Says something in the thread of a task, as its agent. */
  say: (task: Task, text: string) => void;
}

interface Question {
  readonly live: LiveRun;
  readonly taskId: number;
  readonly agentId: number;
  readonly threadId: number;
  /** Monotonic. */
  readonly since: number;
  answer(text: string): void;
}

export function createHelping({
  limits,
  clock,
  history,
  rooms,
  roster,
  status,
  tasks,
  isUnderWay,
  say,
}: Parts): Helping {
  const open = new Set<Question>();
  /** Tasks whose agents were given colleagues already. */
  const spread = new Newest<number>(mostSpread);

  /** Those who know, as a message begins that is for them. */
  function helpers(task: Task, issue: string): string {
    const room = rooms.byId(task.roomId);
    const known = roster
      .list()
      .filter(({ member }) => member.id !== task.agent.id && rooms.mayRead(member, room))
      .map((agent) => ({ agent, fits: fit(agent, `${task.description} ${issue}`) }))
      .filter(({ agent, fits }) => fits > 0 && ["idle", "completed"].includes(status.of(agent).status))
      .sort((a, b) => b.fits - a.fits)
      .slice(0, mostHelpers);
    if (known.length === 0) return "";
    return `${known.map(({ agent }) => `@${agent.member.handle}`).join(" and ")}: `;
  }

  return {
    asked: (live, task, issue) =>
      waitFor(
        live,
        `needs help: ${issue}`,
        () =>
          new Promise<string>((resolve) => {
            const { signal } = live.abort;
            // What was being asked when it ended would wait for an answer that is meant for something else.
            if (signal.aborted || tasks.byId(task.id)?.endedAt !== null) {
              resolve(over);
              return;
            }
            const { agent, message } = live.request;
            const question: Question = {
              live,
              taskId: task.id,
              agentId: agent.member.id,
              threadId: message.threadId ?? message.id,
              since: clock.monotonic(),
              answer(text) {
                open.delete(question);
                resolve(text);
              },
            };
            open.add(question);
            signal.addEventListener("abort", () => question.answer(over));
            tasks.requestHelp(task, issue);
          }),
        { tasks, clock },
      ),
    spread(task, issue, live) {
      const first = !spread.has(task.id);
      spread.add(task.id);
      // Who shows no sign of life is helped by people; a colleague can only talk to it.
      const known = first && !live?.stalled ? helpers(task, issue) : "";
      say(task, `${known}I need help with task ${task.id} (${task.description}, ${task.progress} %): ${issue}.`);
    },
    answeredBy(message, by) {
      // What a person answers is done by a run: only at the word of those who may have things done.
      if (by.kind === "person" && !may(by, "execute")) return new Set();
      for (const question of open) if (!isUnderWay(question.live)) question.answer(over);
      if (open.size === 0 || message.text === "" || message.command || message.author.kind === "system")
        return new Set();
      const there = [...open].filter(
        ({ threadId, agentId }) => threadId === message.threadId && agentId !== message.author.id,
      );
      const parent = message.replyTo ? history.row(message.replyTo.id)?.authorId : undefined;
      const meant = there.filter(({ agentId }) => agentId === parent);
      const answered = meant.length > 0 ? meant : there;
      for (const question of answered) question.answer(`${message.author.name}: ${message.text}`);
      return new Set(answered.map(({ agentId }) => agentId));
    },
    ended(taskId) {
      for (const question of open) if (question.taskId === taskId) question.answer(over);
    },
    look(now) {
      for (const question of open)
        if (now - question.since >= limits.helpWaitMs)
          question.answer("Nobody answered in time. Go on as well as you can.");
    },
  };
}
