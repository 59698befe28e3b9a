import type { TransportType } from "./transport.ts";

/** What the room is talked through: one transport, or both at once. */
export type TransportMode = TransportType | "both";

/** The transports a mode is made of. */
export function typesOf(mode: TransportMode): readonly TransportType[] {
  return mode === "both" ? ["websocket", "telegram"] : [mode];
}

interface Given {
  /** OPENCODE_TRANSPORT or --transport. */
  readonly setting: "auto" | TransportMode;
  /** What an administrator chose last. */
  readonly remembered: TransportMode | null;
  /** Whether its token and its chat are set. */
  readonly hasTelegram: boolean;
  readonly safeMode: boolean;
}

/**
 * What a server starts with. A setting that names a transport is obeyed at every start. Without one the last switch still holds,
 * as far as what it needs is still set up; without that, Telegram where it is set up, else WebSocket.
 */
export function chooseTransport({ setting, remembered, hasTelegram, safeMode }: Given): TransportMode {
  if (setting !== "auto") return setting;
  if (remembered === "websocket" || (remembered !== null && hasTelegram)) return remembered;
  return hasTelegram && !safeMode ? "telegram" : "websocket";
}

/** As one says it. */
export function nameOf(mode: TransportMode): string {
  return { websocket: "WebSocket", telegram: "Telegram", both: "WebSocket and Telegram" }[mode];
}
