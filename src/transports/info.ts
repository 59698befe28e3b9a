import type { Refusal } from "../errors.ts";
import type { TransportMode } from "./choice.ts";
import type { TransportType } from "./transport.ts";

/** What came of a switch: done, or why everything is as it was. */
export type Switched =
  | { readonly ok: true }
  | { readonly ok: false; readonly message: string; readonly refusal: Refusal };

export interface TransportInfo {
  /** What is talked through now. */
  readonly type: TransportMode;
  /** What was chosen: something else only while the one that was chosen fails. */
  readonly chosen: TransportMode;
  /** Whether anything of it listens. */
  readonly connected: boolean;
  /** False after somebody stopped all talk. */
  readonly polling: boolean;
  /** Wall time since when it is so, ms since the epoch. */
  readonly since: number;
  /** A switch is under way. */
  readonly switching: boolean;
  readonly transports: readonly {
    readonly type: TransportType;
    /** Whether it is set up. */
    readonly available: boolean;
    readonly on: boolean;
    readonly connected: boolean;
    /** In words for an administrator. */
    readonly trouble: string | null;
  }[];
}

export interface TransportStatistics {
  readonly type: TransportMode;
  readonly connected: boolean;
  /** Since the start, all of them and those that the house did by itself. */
  readonly switches: number;
  readonly automatic: number;
  readonly uptimeMs: number;
}
