import type { Clock } from "../../clock.ts";
import type { Limits } from "../../limits.ts";
import type { Hub } from "../../live/hub.ts";
import type { Logger } from "../../logger.ts";
import type { Member } from "../../people/member.ts";
import type { Presence } from "../../people/presence.ts";
import { roomsBeside } from "../../rooms/beside.ts";
import type { Room } from "../../rooms/room.ts";
import { asideOf, bareState, broadcastOf, type Reading } from "./broadcast.ts";
import { channels, channelsFor, topicName } from "./channels.ts";
import { camel } from "./dialects/camel.ts";
import { classic } from "./dialects/classic.ts";
import type { Broadcast, Dialect } from "./dialects/dialect.ts";
import { html, roomLists } from "./dialects/html.tsx";
import { createGathering } from "./growing.ts";
import { createLists } from "./lists.ts";
import { createTerminals } from "./terminals.ts";
import { waitingAfter } from "./waiting.ts";

/** Bytes to everybody on a topic, and how many that would be. */
export interface Air {
  /** @param seq what a stream that has this frame may come back with, as `Wire.send` has it */
  publish(topic: string, frame: string, seq: number): void;
  listeners(topic: string): number;
  /** Whether any socket reads so: most of the time most kinds have none. */
  hasReaders(dialect: Dialect["name"], batch: boolean): boolean;
}

interface Parts extends Reading {
  hub: Hub;
  clock: Clock;
  logger: Logger;
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
  /** Of each frame: of several that say one event, the last one's; a client that has only the others has not heard it all. */
  readonly seqs: number[];
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

/** Told beside the messages: a page resumes from the last seq of its room, and these are not of it. */
const besideRooms = new Set<Broadcast["type"]>(["room", "room_gone", "unseen", "roster"]);

/** Whether something must not be told before everything that led up to it. */
function endsGrowing(broadcast: Broadcast): boolean {
  return broadcast.type === "finished" || (broadcast.type === "step" && broadcast.step.endedAt !== null);
}

/** Turns events into frames, each encoded once for each kind of reader that listens, and publishes them to topics: never a loop over sockets. */
export function createOutbound(parts: Parts) {
  const { hub, presence, limits, air } = parts;
  const lists = createLists({ ...parts, tell });
  const gathering = createGathering(limits, tell);
  const terminals = createTerminals({
    steps: parts.steps,
    limits,
    isWatched: () => air.hasReaders("html", false),
    tell,
  });

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
        const entry = waiting.get(channel) ?? { frames: [], seqs: [], seq: 0 };
        const last = frames.length - 1;
        for (let index = 0; index <= last; index += 1) {
          entry.frames.push(frames[index] ?? "");
          entry.seqs.push(index === last ? broadcast.seq : 0);
        }
        if (!besideRooms.has(broadcast.type)) entry.seq = Math.max(entry.seq, broadcast.seq);
        waiting.set(channel, entry);
      }
    }
    if (waiting) sendAll(waiting, reader);
  }

  /** The channels of a broadcast that somebody of this kind listens to. */
  function listeningTo(broadcast: Broadcast, { dialect, batch }: Reader): string[] | undefined {
    let listening: string[] | undefined;
    for (const channel of channelsFor(broadcast, dialect, parts.rooms)) {
      if (air.listeners(topicName(channel, dialect.name, batch)) === 0) continue;
      if (listening) listening.push(channel);
      else listening = [channel];
    }
    return listening;
  }

  function sendAll(waiting: Map<string, Gathered>, reader: Reader): undefined {
    for (const [channel, gathered] of waiting) send(channel, reader, gathered);
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

  function send(channel: string, { dialect, batch }: Reader, { frames, seqs, seq }: Gathered): void {
    if (frames.length === 0) return;
    const topic = topicName(channel, dialect.name, batch);
    const [only] = frames;
    if (dialect.name === "html" || (batch && frames.length > 1)) air.publish(topic, dialect.join(frames, seq), seq);
    else if (frames.length === 1 && only !== undefined) air.publish(topic, only, seqs[0] ?? 0);
    else for (const [index, frame] of frames.entries()) air.publish(topic, frame, seqs[index] ?? 0);
  }

  function flushDeltas(): void {
    gathering.flush();
    terminals.flush();
  }

  hub.onCommit((events) => {
    const broadcasts = events.flatMap((event) => walled(event, () => broadcastOf(event, parts)) ?? []);
    if (broadcasts.some(({ type }) => type === "roster" || type === "task")) lists.agentsChanged();
    // A finished answer's last deltas must not arrive after it, nor a step's last output; nor before it began.
    const ending = broadcasts.findIndex(endsGrowing);
    if (ending === -1) tell(broadcasts);
    else {
      tell(broadcasts.slice(0, ending));
      flushDeltas();
      tell(broadcasts.slice(ending));
    }
    const asides = events.flatMap((event) => walled(event, () => asideOf(event, parts)) ?? []);
    if (asides.length > 0) tell(asides);
    const waiting = walled({ seq: 0 }, () => waitingAfter(events, parts)) ?? [];
    if (waiting.length > 0) tell(waiting);
  });
  hub.onTell((event) => {
    if (event.type === "delta" || event.type === "output" || event.type === "thought") {
      gathering.add(event);
      if (event.type !== "delta") terminals.changed(event);
    } else if (event.type === "agent") {
      lists.agentsChanged();
      const connected = presence.online(100).map((member) => member.name);
      tell([
        { ...event, seq: 0, connected },
        { ...event, seq: 0, connected, state: bareState(event.state), bare: true },
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
    /** The lists of rooms as one reader has them. */
    roomsSnapshot: (reader: Member, current: Room) => roomLists(roomsBeside(reader, current, parts).rooms, current.id),
    stop() {
      gathering.stop();
      terminals.stop();
      lists.stop();
      clearInterval(statusTimer);
    },
  };
}

export type Outbound = ReturnType<typeof createOutbound>;
