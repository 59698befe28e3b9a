import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { closeCodes } from "../../errors.ts";
import type { Identity } from "../../people/identity.ts";
import type { Audience } from "./audience.ts";
import { type Carrier, Connection, type Door, type Wire } from "./connection.ts";
import { camel } from "./dialects/camel.ts";
import { html } from "./dialects/html.tsx";

/** Where what a stream says goes: into an answer that stays open, or into the next of several. */
export interface Outlet {
  /** @param seq what a client that has this frame may come back with; 0 where it does not say so */
  frame(frame: string, seq: number): void;
  /** Says that it is there, where that keeps it open. */
  beat(): void;
  /** The last it says: as a socket's close code and its reason. */
  end(code: number, reason: string): void;
}

/** What is done with a connection when its stream ends, whoever ended it. */
type Ended = (connection: Connection, code: number) => void;

interface Parts {
  config: Config;
  clock: Clock;
  audience: Audience;
  ended: Ended;
}

/** A request's side of a stream: who sent it, from where, and where the answer goes. */
export interface Asking {
  readonly door: Door;
  readonly carrier: Exclude<Carrier, "socket">;
  readonly identity: Identity;
  readonly outlet: Outlet;
}

/** Streams over HTTP: each is a connection whose wire is no socket, so that everything that holds for sockets holds for them. */
export interface Streams {
  open(asking: Asking): Connection;
  find(id: string): Connection | undefined;
  /** The client is gone, or was silent for too long: nothing is said to it any more. */
  lose(connection: Connection): void;
  /** Hands ready bytes to those who are subscribed. Costs one look when nobody is. */
  publish(topic: string, frame: string, seq: number): void;
  /** Tells every stream to come back later. */
  stop(): void;
}

export function createStreams({ config, clock, audience, ended }: Parts): Streams {
  const subscribed = new Map<string, Set<StreamWire>>();
  const open = new Map<string, { connection: Connection; wire: StreamWire }>();

  function over(connection: Connection, code: number): void {
    // In a moment, as with sockets: whoever closes one may be in the middle of something that still needs it.
    queueMicrotask(() => {
      if (open.delete(connection.id)) ended(connection, code);
    });
  }

  const timer = setInterval(() => {
    const silent = clock.now() - config.limits.lineSilenceMs;
    for (const { connection, wire } of open.values()) {
      // A program may listen all day; a page says every few seconds that it is there.
      if (connection.door === "page" && connection.lastActivity < silent) wire.lose();
      else wire.beat();
    }
  }, config.limits.streamBeatMs);

  return {
    open({ door, carrier, identity, outlet }) {
      const wire = new StreamWire(subscribed, outlet, (code) => over(connection, code));
      const connection = new Connection({
        door,
        carrier,
        dialect: door === "page" ? html : camel,
        address: identity.member.address ?? "",
        shown: identity,
        wire,
        config,
        audience,
        now: clock.now(),
        monotonic: clock.monotonic(),
      });
      open.set(connection.id, { connection, wire });
      return connection;
    },
    find: (id) => open.get(id)?.connection,
    lose: ({ id }) => open.get(id)?.wire.lose(),
    publish(topic, frame, seq) {
      if (subscribed.size === 0) return;
      for (const wire of subscribed.get(topic) ?? nobody) wire.send(frame, seq);
    },
    stop() {
      clearInterval(timer);
      for (const { wire } of [...open.values()]) wire.close(closeCodes.restart, "Restarting");
    },
  };
}

const nobody: ReadonlySet<StreamWire> = new Set();

class StreamWire implements Wire {
  private readonly subscribed: Map<string, Set<StreamWire>>;
  private readonly outlet: Outlet;
  private readonly over: (code: number) => void;
  private readonly topics = new Set<string>();
  private isOver = false;

  constructor(subscribed: Map<string, Set<StreamWire>>, outlet: Outlet, over: (code: number) => void) {
    this.subscribed = subscribed;
    this.outlet = outlet;
    this.over = over;
  }

  send(frame: string, seq = 0): void {
    if (!this.isOver) this.outlet.frame(frame, seq);
  }

  beat(): void {
    if (!this.isOver) this.outlet.beat();
  }

  close(code: number, reason: string): void {
    if (this.isOver) return;
    this.outlet.end(code, reason);
    this.finish(code);
  }

  lose(): void {
    if (!this.isOver) this.finish(closeCodes.lost);
  }

  subscribe(topic: string): void {
    if (this.isOver) return;
    this.topics.add(topic);
    const wires = this.subscribed.get(topic);
    if (wires) wires.add(this);
    else this.subscribed.set(topic, new Set([this]));
  }

  unsubscribe(topic: string): void {
    this.topics.delete(topic);
    const wires = this.subscribed.get(topic);
    wires?.delete(this);
    if (wires?.size === 0) this.subscribed.delete(topic);
  }

  private finish(code: number): void {
    this.isOver = true;
    for (const topic of [...this.topics]) this.unsubscribe(topic);
    this.over(code);
  }
}
