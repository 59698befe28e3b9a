import type { Status } from "../../agents/status.ts";
import type { Clock } from "../../clock.ts";
import type { Limits } from "../../config.ts";
import type { LogEvent } from "../../database/log.ts";
import type { Ephemeral } from "../../live/ephemeral.ts";
import type { Hub } from "../../live/hub.ts";
import type { History } from "../../messages/history.ts";
import { peopleBeside } from "../../people/beside.ts";
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

/** Bytes to everybody on a topic, and how many that would be. */
export interface Air {
  publish(topic: string, frame: string): void;
  listeners(topic: string): number;
}

interface Parts extends Reading {
  hub: Hub;
  clock: Clock;
  members: Members;
  presence: Presence;
  limits: Limits;
  air: Air;
  /** Does something while the JSON sockets of a member do not hear a channel: nobody is told of their own typing. */
  without: (memberId: number, channel: string, act: () => void) => void;
}

/** Who reads: each kind of dialect, and whether several frames may come as one. The page's frames always may. */
const readers: readonly { dialect: Dialect; batch: boolean }[] = [
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
    return { type: "posted", seq, message, card: cardOf(message, history, tasks) };
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
    return { type, seq, message, card: cardOf(message, history, tasks) };
  }
  const task = tasks.ofEvent(event);
  return task && { type: "task", seq, task, change: changeOf(task) };
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
  const changed = new Map<number, Extract<Ephemeral, { type: "presence" }>>();
  let peopleTimer: Timer | undefined;

  function tell(broadcasts: readonly Broadcast[]): void {
    for (const reader of readers) {
      const byChannel = new Map<string, { frames: string[]; seq: number }>();
      for (const broadcast of broadcasts) {
        let frames: readonly string[] | undefined;
        for (const channel of channelsFor(broadcast, reader.dialect)) {
          if (air.listeners(topicName(channel, reader.dialect.name, reader.batch)) === 0) continue;
          frames ??= reader.dialect.encode(broadcast);
          const entry = byChannel.get(channel) ?? { frames: [], seq: 0 };
          for (const frame of frames) entry.frames.push(frame);
          entry.seq = Math.max(entry.seq, broadcast.seq);
          byChannel.set(channel, entry);
        }
      }
      for (const [channel, { frames, seq }] of byChannel) send(channel, reader, frames, seq);
    }
  }

  function send(
    channel: string,
    { dialect, batch }: (typeof readers)[number],
    frames: readonly string[],
    seq: number,
  ): void {
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

  function flushPeople(): void {
    peopleTimer = undefined;
    if (changed.size === 0) return;
    const online = presence.online().length;
    const many = changed.size > limits.presenceSingles;
    const people = many
      ? peopleBeside(parts.members, presence, limits.peopleBeside)
      : [...changed.values()].map(({ member, online: here, at }) => ({
          member,
          online: here,
          lastSeen: here ? null : at,
        }));
    changed.clear();
    tell([{ type: "people", seq: 0, people, all: many, online }]);
    // A crowd that comes or goes is told at a walking pace: each telling is the whole list to every page.
    if (many) peopleTimer = setTimeout(flushPeople, limits.presenceFlushMs * 5);
  }

  hub.onCommit((events) => {
    const broadcasts = events.flatMap((event) => broadcastOf(event, parts) ?? []);
    // A finished answer's last deltas must not arrive after it.
    if (broadcasts.some((broadcast) => broadcast.type === "finished")) flushDeltas();
    tell(broadcasts);
  });
  hub.onTell((event) => {
    if (event.type === "delta") {
      deltas.push(event);
      deltaTimer ??= setTimeout(flushDeltas, limits.deltaFlushMs);
    } else if (event.type === "agent") {
      const connected = presence
        .online()
        .slice(0, 100)
        .map((member) => member.name);
      tell([
        { ...event, seq: 0, connected },
        { type: "member_status", seq: 0, state: event.state },
      ]);
    } else if (event.type === "typing") {
      parts.without(event.member.id, channels.typing(event.roomId), () => tell([{ ...event, seq: 0 }]));
    } else {
      tell([{ ...event, seq: 0 }]);
      changed.set(event.member.id, event);
      peopleTimer ??= setTimeout(flushPeople, limits.presenceFlushMs);
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
    stop() {
      clearTimeout(deltaTimer);
      clearTimeout(peopleTimer);
      clearInterval(statusTimer);
    },
  };
}

export type Outbound = ReturnType<typeof createOutbound>;
