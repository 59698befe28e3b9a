import { createHmac } from "node:crypto";
import type { Update } from "grammy/types";
import { Refusal } from "../../errors.ts";
import type { Message } from "../../messages/message.ts";
import type { Transport } from "../transport.ts";
import type { TelegramParts } from "./parts.ts";
import { openSession, type Session } from "./session.ts";

/** Telegram as one of the transports, and what its routes need of it. */
export interface TelegramTransport extends Transport {
  /** What the bot is called; null while it is not known. */
  readonly botName: string | null;
  /** Whether this is the secret that Telegram shows with what it delivers. Compared in constant time. */
  isFromTelegram(secret: string): boolean;
  /** Takes in one update that was delivered; resolves when it is stored. @throws Refusal SERVICE_UNAVAILABLE while it does not listen */
  deliver(update: Update): Promise<void>;
}

const takenBack = () => new Refusal("TRANSPORT_UNAVAILABLE", "Telegram was stopped before it had begun.");

export function createTelegramTransport(parts: TelegramParts): TelegramTransport {
  const { telegram, key, say, logger, hub, history } = parts;
  const handlers: ((message: Message) => void)[] = [];
  let session: Session | undefined;
  /** The start that is under way; at most one that nobody took back. */
  let opening: { readonly ending: AbortController; readonly opened: Promise<void> } | undefined;
  /** The end of all that was stopped: two sessions at once would say everything twice. */
  let closing: Promise<unknown> = Promise.resolve();
  let botName: string | null = null;
  let trouble: string | null = null;
  let secret: string | undefined;

  // From the commit, as every transport tells its handlers: not from what Telegram said, which may have been known already.
  hub.onCommit((events) => {
    if (handlers.length === 0) return;
    for (const event of events) {
      if (event.kind !== "message.posted" || (event.data as { origin: string }).origin !== "telegram") continue;
      const message = history.ofPosted(event);
      for (const handler of handlers) {
        try {
          handler(message);
        } catch (error) {
          logger.error("transport.handler", { error, message: message.id });
        }
      }
    }
  });

  const secretNow = () => {
    secret ??= createHmac("sha256", key()).update("telegram webhook").digest("base64url");
    return secret;
  };

  /** @throws Refusal TRANSPORT_UNAVAILABLE */
  async function open(ending: AbortController, closed: Promise<unknown>): Promise<void> {
    await closed;
    if (ending.signal.aborted) throw takenBack();
    trouble = null;
    const begun = await openSession({
      ...parts,
      ending,
      secret: telegram.webhookUrl ? secretNow() : null,
      tell(words) {
        if (ending.signal.aborted) return;
        if (words !== trouble) logger.warn("transport.trouble", { transport: "telegram", trouble: words });
        trouble = words;
      },
    }).catch((thrown: unknown) => {
      throw ending.signal.aborted ? takenBack() : thrown;
    });
    botName = begun.botName;
    if (!ending.signal.aborted) {
      session = begun;
      return;
    }
    await begun.close();
    throw takenBack();
  }

  return {
    type: "telegram",
    addMessageHandler: (handler) => void handlers.push(handler),
    async startPolling() {
      if (session) return;
      if (!opening) {
        const ending = new AbortController();
        const mine = { ending, opened: open(ending, closing) };
        opening = mine;
        const over = () => {
          if (opening === mine) opening = undefined;
        };
        mine.opened.then(over, over);
      }
      await opening.opened;
    },
    async stopPolling() {
      const ended = [closing, session?.close(), opening?.opened.catch(() => undefined)];
      opening?.ending.abort();
      session = undefined;
      opening = undefined;
      trouble = null;
      closing = Promise.allSettled(ended);
      await closing;
    },
    async sendMessage(text, senderName, replyTo) {
      if (!session) return false;
      try {
        await say(text, senderName, replyTo);
        return true;
      } catch (refusal) {
        if (refusal instanceof Refusal && refusal.code === "RATE_LIMITED") return false;
        throw refusal;
      }
    },
    isConnected: () => session !== undefined,
    get trouble() {
      return session ? trouble : null;
    },
    get botName() {
      return botName;
    },
    isFromTelegram(shown) {
      if (!telegram.webhookUrl) return false;
      const [given, wanted] = [shown, secretNow()].map((each) => Bun.CryptoHasher.hash("sha256", each));
      return given !== undefined && wanted !== undefined && crypto.timingSafeEqual(given, wanted);
    },
    async deliver(update) {
      if (!session) throw new Refusal("SERVICE_UNAVAILABLE", "Telegram is not talked through now.");
      await session.deliver(update);
    },
  };
}
