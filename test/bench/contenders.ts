import { join } from "node:path";
import type { Group } from "./generator.ts";
import { type Running, startServer } from "./servers.ts";

/** A server that takes part in a comparison: how it is started, and how its clients talk. */
export interface Contender {
  readonly name: string;
  /** A fresh process, with a fresh database where it has one. */
  start(): Promise<Running>;
  /** `clients` clients in one room, `senders` of them speaking. */
  groups(clients: number, senders: number, port: number): readonly Group[];
}

/** A text whose marker and filling make a frame of 74 bytes: the size the figures of raw Bun in performance.md are for. */
const rawText = "%m and some more words so that the frame has 74 bytes";

/**
 * Raw Bun publish, the baseline.
 * @param frameBytes pads every frame to this size; 0 sends what came in
 */
export function raw(name: string, frameBytes: number): Contender {
  return {
    name,
    start: () => startServer([process.execPath, join(import.meta.dir, "raw.ts"), String(frameBytes)], {}),
    groups: (clients, senders) => [{ name: "raw", clients, senders, path: "/", send: rawText }],
  };
}
