import type { AgentStatus } from "../../agents/agent.ts";
import type { AgentHired } from "../../agents/roster.ts";
import type { Status } from "../../agents/status.ts";
import type { Clock } from "../../clock.ts";
import type { Limits } from "../../config.ts";
import type { LogEvent } from "../../database/log.ts";
import type { Ephemeral } from "../../live/ephemeral.ts";
import type { Hub } from "../../live/hub.ts";
import type { Logger } from "../../logger.ts";
import type { History } from "../../messages/history.ts";
import type { Member } from "../../people/member.ts";
import type { Members } from "../../people/members.ts";
import type { Presence } from "../../people/presence.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import { cardOf } from "../../tasks/card.ts";
import type { HelpRequested, Tasks } from "../../tasks/tasks.ts";
import { channels, topicName } from "./connection.ts";
import { camel } from "./dialects/camel.ts";
import { classic } from "./dialects/classic.ts";
import type { Broadcast, Dialect } from "./dialects/dialect.ts";
import { html } from "./dialects/html.tsx";
import { changeOf } from "./dialects/json.ts";
import { createLists } from "./lists.ts";

/** Bytes to everybody on a topic, and how many that would be. */
export interface Air {
  publish(topic: string, frame: string): void;
  listeners(topic: string): number;
  /** Whether any socket reads so: most of the time most kinds have none. */
  hasReaders(dialect: Dialect["name"], batch: boolean): boolean;
}

interface Parts extends Reading {
  hub: Hub;
  clock: Clock;
  logger: Logger;
  members: Members;
  presence: Presence;
  limits: Limits;
  air: Air;
  /** Does something while the JSON sockets of a member do not hear a channel: nobody is told of their own typing. */
  without: (memberId: number, channel: string, act: () => void) => void;
}

interface Reader {
  readonly dialect: Dialect;
  readonly batch: boolean;
}

interface Gathered {
  readonly frames: string[];
  seq: number;
}

/** Who reads: each kind of dialect, and whether several frames may come as one. The page's frames always may. */
const readers: readonly Reader[] = [
  { dialect: html, batch: false },
  { dialect: camel, batch: false },
  { dialect: camel, batch: true },
  { dialect: classic, batch: false },
  { dialect: classic, batch: true },
];

export interface Reading {
  readonly history: History;
  readonly tasks: Tasks;
  readonly rooms: Rooms;
  readonly status: Status;
}

/** What happened, as it is told: made from an event once, for all dialects. */
export function broadcastOf(event: LogEvent, { history, tasks, rooms, status }: Reading): Broadcast | undefined {
  const { kind, seq } = event;
  if (kind === "message.posted") {
    const message = history.ofPosted(event);
    const card = cardOf(message, history, tasks);
    return { type: "posted", seq, message, card, agentStatus: statusOf(message.author, status) };
  }
  if (kind === "room.created") return { type: "room", seq, room: rooms.byId(seq) };
  if (kind.startsWith("agent.")) return { type: "roster", seq, states: status.all() };
  if (kind === "help.requested") {
    const task = tasks.ofEvent(event);
    return task && { type: "help", seq, task, issue: (event.data as HelpRequested).issue, at: event.at };
  }
  const message = history.ofEvent(event);
  if (message) {
    const type = kind === "message.edited" ? "edited" : kind === "message.deleted" ? "deleted" : "finished";
    const card = cardOf(message, history, tasks);
    return { type, seq, message, card, agentStatus: statusOf(message.author, status) };
  }
  const task = tasks.ofEvent(event);
  return task && { type: "task", seq, task, change: changeOf(task) };
}

/** An agent is here from its hiring to its firing, and JSON clients hear of that as they do of people. */
function agentPresence({ kind, data, at }: LogEvent, members: Members): readonly Broadcast[] {
  if (kind !== "agent.hired" && kind !== "agent.fired") return [];
  const member =
    kind === "agent.hired" ? members.agent((data as AgentHired).name) : members.byId((data as { id: number }).id);
  return member ? [{ type: "presence", seq: 0, member, online: kind === "agent.hired", at }] : [];
}

function statusOf(author: Member, status: Status): AgentStatus | undefined {
  if (author.kind !== "agent") return undefined;
  return status.all().find(({ agent }) => agent.member.id === author.id)?.status;
}

/** The channels a broadcast goes out on, for the page and for JSON clients. A task's card stands in its room's messages. */
function channelsFor(broadcast: Broadcast, dialect: Dialect): readonly string[] {
  switch (broadcast.type) {
    case "posted":
    case "finished":
    case "edited":
    case "deleted":
      return [channels.room(broadcast.message.roomId)];
    case "task":
      if (dialect.name === "html") return [channels.room(broadcast.task.roomId)];
      return [channels.tasks, channels.agent("tasks", broadcast.task.agent.id)];
    case "help":
      return [channels.help, channels.agent("help", broadcast.task.agent.id)];
    case "delta":
      return [channels.deltas(broadcast.roomId), channels.agent("deltas", broadcast.agent.id)];
    case "agent":
      return [channels.status, channels.agent("status", broadcast.state.agent.member.id)];
    case "presence":
    case "people":
    case "member_status":
    case "server_status":
      return [channels.presence];
    case "typing":
      return [channels.typing(broadcast.roomId)];
    case "roster":
    case "room":
      return [channels.lists];
  }
}

/** Turns events into frames, each encoded once for each kind of reader that listens, and publishes them to topics: never a loop over sockets. */
export function createOutbound(parts: Parts) {
  const { hub, presence, limits, air } = parts;
  let deltas: Extract<Ephemeral, { type: "delta" }>[] = [];
  let deltaTimer: Timer | undefined;
  const lists = createLists({ ...parts, tell });

  function tell(broadcasts: readonly Broadcast[]): void {
    for (const reader of readers) if (air.hasReaders(reader.dialect.name, reader.batch)) tellOne(reader, broadcasts);
  }

  /** Tells one kind of reader, each channel's frames together. */
  function tellOne(reader: Reader, broadcasts: readonly Broadcast[]): void {
    let waiting: Map<string, Gathered> | undefined;
    let last = "";
    for (const broadcast of broadcasts) {
      const listening = listeningTo(broadcast, reader);
      if (listening === undefined) continue;
      // A JSON socket may hear several channels and comes back with one seq: what was before must not arrive after. A page hears one room.
      const key = listening.length === 1 ? (listening[0] ?? "") : listening.join();
      if (waiting && reader.dialect.name !== "html" && key !== last) waiting = sendAll(waiting, reader);
      last = key;
      const frames = walled(broadcast, () => reader.dialect.encode(broadcast));
      if (frames === undefined) continue;
      waiting ??= new Map();
      for (const channel of listening) {
        const entry = waiting.get(channel) ?? { frames: [], seq: 0 };
        for (const frame of frames) entry.frames.push(frame);
        if (channel !== channels.lists) entry.seq = Math.max(entry.seq, broadcast.seq);
        waiting.set(channel, entry);
      }
    }
    if (waiting) sendAll(waiting, reader);
  }

  /** The channels of a broadcast that somebody of this kind listens to. */
  function listeningTo(broadcast: Broadcast, { dialect, batch }: Reader): string[] | undefined {
    let listening: string[] | undefined;
    for (const channel of channelsFor(broadcast, dialect)) {
      if (air.listeners(topicName(channel, dialect.name, batch)) === 0) continue;
      if (listening) listening.push(channel);
      else listening = [channel];
    }
    return listening;
  }

  function sendAll(waiting: Map<string, Gathered>, reader: Reader): undefined {
    for (const [channel, { frames, seq }] of waiting) send(channel, reader, frames, seq);
  }

  /** What cannot be told must not keep the rest of its commit from being told. */
  function walled<T>({ seq }: { readonly seq: number }, act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      parts.logger.error("outbound.bug", { seq, error });
      return undefined;
    }
  }

  function send(channel: string, { dialect, batch }: Reader, frames: readonly string[], seq: number): void {
    if (frames.length === 0) return;
    const topic = topicName(channel, dialect.name, batch);
    const [only] = frames;
    if (dialect.name === "html" || (batch && frames.length > 1)) air.publish(topic, dialect.join(frames, seq));
    else if (frames.length === 1 && only !== undefined) air.publish(topic, only);
    else for (const frame of frames) air.publish(topic, frame);
  }

  function flushDeltas(): void {
    clearTimeout(deltaTimer);
    deltaTimer = undefined;
    if (deltas.length === 0) return;
    const gathered = new Map<number, Extract<Ephemeral, { type: "delta" }>>();
    for (const delta of deltas) {
      const earlier = gathered.get(delta.messageId);
      gathered.set(delta.messageId, earlier ? { ...earlier, delta: earlier.delta + delta.delta } : delta);
    }
    deltas = [];
    tell([...gathered.values()].map((delta) => ({ ...delta, seq: 0 })));
  }

  hub.onCommit((events) => {
    const broadcasts = events.flatMap((event) => walled(event, () => broadcastOf(event, parts)) ?? []);
    // A finished answer's last deltas must not arrive after it.
    if (broadcasts.some((broadcast) => broadcast.type === "finished")) flushDeltas();
    if (broadcasts.some((broadcast) => broadcast.type === "roster" || broadcast.type === "task")) lists.agentsChanged();
    tell(broadcasts);
    const arrivals = events.flatMap((event) => agentPresence(event, parts.members));
    if (arrivals.length > 0) tell(arrivals);
  });
  hub.onTell((event) => {
    if (event.type === "delta") {
      deltas.push(event);
      deltaTimer ??= setTimeout(flushDeltas, limits.deltaFlushMs);
    } else if (event.type === "agent") {
      lists.agentsChanged();
      const connected = presence.online(100).map((member) => member.name);
      tell([
        { ...event, seq: 0, connected },
        { type: "member_status", seq: 0, state: event.state },
      ]);
    } else if (event.type === "typing") {
      parts.without(event.member.id, channels.typing(event.roomId), () => tell([{ ...event, seq: 0 }]));
    } else {
      tell([{ ...event, seq: 0 }]);
      lists.presenceChanged(event);
    }
  });

  const statusTimer = setInterval(() => {
    const states = parts.status.all();
    const working = states.filter((state) => state.status === "working").length;
    tell([{ type: "server_status", seq: 0, at: parts.clock.now(), working, agents: states.length }]);
  }, limits.serverStatusMs);

  return {
    /** Sends gathered deltas now, so that a snapshot taken next holds exactly what was sent. */
    flushDeltas,
    /** Both lists beside the room, as one frame for a page that arrives. */
    listsSnapshot: lists.snapshot,
    stop() {
      clearTimeout(deltaTimer);
      lists.stop();
      clearInterval(statusTimer);
    },
  };
}

export type Outbound = ReturnType<typeof createOutbound>;
