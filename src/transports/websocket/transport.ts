import type { Log } from "../../database/log.ts";
import { Refusal } from "../../errors.ts";
import type { Limits } from "../../limits.ts";
import type { Hub } from "../../live/hub.ts";
import type { Logger } from "../../logger.ts";
import type { MessagePosted } from "../../messages/events.ts";
import type { History } from "../../messages/history.ts";
import type { Message } from "../../messages/message.ts";
import type { Say } from "../../messages/say.ts";
import type { Transport } from "../transport.ts";
import type { Listeners } from "./server.ts";

interface Parts {
  listeners: Pick<Listeners, "admit" | "dismiss" | "prove" | "url">;
  hub: Hub;
  log: Log;
  history: History;
  say: Say;
  limits: Limits;
  logger: Logger;
}

/** Pages and JSON clients on WebSockets, as one of the transports. The ports stay open: pages and the API are HTTP. */
export function createWebSocketTransport(parts: Parts): Transport {
  const { listeners, hub, log, history, say, limits, logger } = parts;
  const handlers: ((message: Message) => void)[] = [];
  let listens = false;
  let trouble: string | null = null;
  let timer: Timer | undefined;

  hub.onCommit((events) => {
    if (handlers.length === 0) return;
    for (const event of events) {
      if (event.kind !== "message.posted" || !isOfOurs(event.data as MessagePosted)) continue;
      const message = history.ofPosted(event);
      for (const handler of handlers) walled(handler, message);
    }
  });

  /** One that throws keeps neither the others nor the sender from anything. */
  function walled(handler: (message: Message) => void, message: Message): void {
    try {
      handler(message);
    } catch (error) {
      logger.error("transport.handler", { error, message: message.id });
    }
  }

  /** @returns what keeps sockets from being opened, in words */
  async function probe(): Promise<string | null> {
    try {
      await listeners.prove();
      return null;
    } catch (error) {
      return wordsOn(error, listeners.url);
    }
  }

  async function look(): Promise<void> {
    const found = await probe();
    if (found !== null && trouble === null && listens)
      logger.warn("transport.trouble", { transport: "websocket", trouble: found });
    trouble = found;
  }

  return {
    type: "websocket",
    addMessageHandler: (handler) => void handlers.push(handler),
    async startPolling() {
      if (listens) return;
      // Before the proof, which is a socket itself.
      listeners.admit();
      const found = await probe();
      if (found !== null) {
        await listeners.dismiss();
        throw new Refusal("TRANSPORT_UNAVAILABLE", found);
      }
      listens = true;
      trouble = null;
      clearInterval(timer);
      timer = setInterval(() => void look(), limits.probeMs);
    },
    async stopPolling() {
      clearInterval(timer);
      if (!listens) return;
      listens = false;
      // What they have sent is on disk, and told, before they are closed.
      log.flush();
      await listeners.dismiss();
    },
    async sendMessage(text, senderName, replyTo) {
      if (!listens) return false;
      try {
        await say(text, senderName, replyTo);
        return true;
      } catch (refusal) {
        if (refusal instanceof Refusal && refusal.code === "RATE_LIMITED") return false;
        throw refusal;
      }
    },
    isConnected: () => listens,
    get trouble() {
      return listens ? trouble : null;
    },
  };
}

/** The page's own, by its socket or in its place, and those of JSON clients. */
function isOfOurs({ origin }: MessagePosted): boolean {
  return origin === "web" || origin === "ws";
}

function wordsOn(error: unknown, { host }: URL): string {
  const why = error instanceof Error ? error.message : String(error);
  return `No WebSocket can be opened at ${host}: ${why}. Look at the log, and at how many files this process may open.`;
}
