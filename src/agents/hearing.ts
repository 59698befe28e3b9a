import type { Replies } from "../approvals/replies.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { MessagePosted } from "../messages/events.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import { acting } from "../people/identity.ts";
import type { Member, Scope } from "../people/member.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Agent } from "./agent.ts";
import type { Backend } from "./backends/backend.ts";
import { calledBy, calledByAgent } from "./calls.ts";
import type { Helping } from "./helping.ts";
import type { Lanes } from "./lanes.ts";
import { Newest } from "./newest.ts";
import { createPairs } from "./pairs.ts";
import type { Roster } from "./roster.ts";
import type { Speech } from "./speech.ts";
import type { Status } from "./status.ts";

interface Parts {
  config: Config;
  clock: Clock;
  history: History;
  rooms: Rooms;
  roster: Roster;
  status: Status;
  tasks: Tasks;
  backends: ReadonlyMap<string, Backend>;
  lanes: Lanes;
  helping: Helping;
  speech: Speech;
  replies: Replies;
  /** Has an agent work on a message. */
  call: (agent: Agent, message: Message, asker: Member, reason: "mention" | "offer", hops: number) => void;
}

/** Threads that are remembered: in one that was quiet for so many others it may be said again. */
const mostExplained = 1_000;

/** Hears what is said, to its end, and has those work whom it calls: at a person's word, and at an agent's within limits. */
export type Hear = (message: Message, posted?: MessagePosted) => void;

export function createHearing(parts: Parts): Hear {
  const { config, clock, roster, tasks, backends, lanes, helping, speech, call } = parts;
  const { limits } = config;
  const pairs = createPairs(clock, limits);
  /** Threads in which it was said why nobody is woken. */
  const explained = new Newest<number>(mostExplained);

  function hear(message: Message, posted?: MessagePosted): void {
    const { author } = message;
    if (author.kind === "system" || (author.kind === "agent" && speech.isAcknowledgement(message))) return;
    const kind = backends.get(roster.byId(author.id)?.backend ?? "")?.opensTask;
    // Fixed rules name colleagues for people to read, and answer nobody's question.
    if (author.kind === "agent" && kind === "itself") return;
    const answered = helping.answeredBy(message, acting(author, "", posted?.scope));
    if (author.kind === "agent") hearAgent(message, answered, scopeOf(message, posted));
    else hearPerson(message, answered, posted);
  }

  function hearPerson(message: Message, answered: ReadonlySet<number>, posted?: MessagePosted): void {
    const { author } = message;
    const thread = threadOf(message);
    pairs.reset(thread);
    explained.delete(thread);
    const asker = acting(author, "", posted?.scope);
    // What answers an open question goes to whoever asked it, and into nobody's queue.
    const late = () => callBy(message, asker, answered);
    if (!parts.replies.takes(message, asker, late)) callBy(message, asker, answered);
  }

  /** Calls whom a person's message is for. */
  function callBy(message: Message, asker: Member, answered: ReadonlySet<number>): void {
    const calls = calledBy(message, parts).filter(({ agent }) => !answered.has(agent.member.id));
    for (const { agent, reason } of calls) call(agent, message, asker, reason, 0);
    if (message.command) return;
    // A word in the thread of a task that waits for help is for its agent, though it names nobody.
    for (const task of message.threadId === null ? [] : tasks.ofRequest(message.threadId)) {
      const agent = task.run && task.state === "stuck" && tasks.waitsForHelp(task.id) && roster.byId(task.agent.id);
      if (!agent || answered.has(agent.member.id) || calls.some((each) => each.agent === agent)) continue;
      if (message.mentions.length === 0) call(agent, message, asker, "mention", 0);
    }
  }

  /** What an agent speaks with: what it posted with, else what whoever set it to work came with. */
  function scopeOf({ taskId }: Message, posted?: MessagePosted): Scope | undefined {
    if (posted?.scope) return posted.scope;
    return taskId === null ? undefined : tasks.byId(taskId)?.run?.scope;
  }

  function hearAgent(message: Message, answered: ReadonlySet<number>, scope: Scope | undefined): void {
    const called = calledByAgent(message, parts).filter(({ member }) => !answered.has(member.id));
    if (called.length === 0) return;
    const hops = hopsOf(message) + 1;
    if (hops > limits.hops) {
      explain(message, `${limits.hops + 1} agents have called one another here, so ${namesOf(called)} is not woken.`);
      return;
    }
    for (const agent of called) {
      if (pairs.wake(message.author.id, agent.member.id, threadOf(message)))
        call(agent, message, acting(message.author, "", scope), "mention", hops);
      else
        explain(
          message,
          `${message.author.name} and ${agent.member.name} have woken each other ${limits.pairWakes} times in a few minutes, so ${agent.member.name} is not woken now.`,
        );
    }
  }

  /** How many agents called one another before this one spoke. */
  function hopsOf({ author, taskId }: Message): number {
    const task = taskId === null ? undefined : tasks.byId(taskId);
    return task?.run?.hops ?? lanes.of(author.id)?.hops ?? 0;
  }

  /** The room is told once why it went no further; a person's word lets it go on. */
  function explain(message: Message, why: string): void {
    const thread = threadOf(message);
    if (explained.has(thread)) return;
    explained.add(thread);
    speech.house(message, `${why} A person's word here lets them go on.`);
  }

  return hear;
}

function threadOf({ id, threadId }: Message): number {
  return threadId ?? id;
}

function namesOf(agents: readonly Agent[]): string {
  return agents.map(({ member }) => member.name).join(" and ");
}
