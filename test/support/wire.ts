import { Audience } from "../../src/transports/websocket/audience.ts";
import { Connection, type Door, type Wire } from "../../src/transports/websocket/connection.ts";
import { camel } from "../../src/transports/websocket/dialects/camel.ts";
import { html } from "../../src/transports/websocket/dialects/html.tsx";
import type { House } from "./house.ts";

/** A socket that only remembers: what was sent, what it is subscribed to, how it was closed. */
export class RememberedWire implements Wire {
  readonly sent: string[] = [];
  readonly topics = new Set<string>();
  closed: { code: number; reason: string } | undefined;

  send(frame: string): void {
    this.sent.push(frame);
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  subscribe(topic: string): void {
    if (this.topics.has(topic)) throw new Error(`${topic} was subscribed to already`);
    this.topics.add(topic);
  }

  unsubscribe(topic: string): void {
    this.topics.delete(topic);
  }
}

/** A connection over such a socket, of a page or a camel client unless it is changed. */
export function openConnection(house: House, audience = new Audience(), door: Door = "chat") {
  const wire = new RememberedWire();
  const connection = new Connection({
    door,
    dialect: door === "page" ? html : camel,
    address: "10.0.0.1",
    shown: null,
    wire,
    config: house.config,
    audience,
    now: house.clock.now(),
    monotonic: house.clock.monotonic(),
  });
  return { connection, wire, audience };
}
