import type { Update } from "grammy/types";
import type { MiddlewareHandler } from "hono";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { bytesOf } from "../../guards/body.ts";
import type { Limits } from "../../limits.ts";
import type { Logger } from "../../logger.ts";
import type { TelegramTransport } from "./transport.ts";

/** Where Telegram delivers its updates to, if it was asked to. */
export function webhookPath({ telegram }: Config): string {
  return telegram?.webhookUrl?.pathname ?? "/telegram/webhook";
}

/** Whether a request brings an update, which is larger and deeper than what others send: it is read here, once its secret is known. */
export function isDelivery(config: Config, { method, url }: Request): boolean {
  return method === "POST" && new URL(url).pathname === webhookPath(config);
}

/** Lets in what Telegram sends, which shows the secret that it was given. @throws Refusal AUTH_FAILED */
export function webhookGuard(telegram: TelegramTransport | null): MiddlewareHandler {
  return async (context, next) => {
    if (!telegram?.isFromTelegram(context.req.header("x-telegram-bot-api-secret-token") ?? ""))
      throw new Refusal("AUTH_FAILED", "This address is for Telegram alone.");
    await next();
  };
}

/**
 * The update that Telegram delivers. What is none, or is larger than any, would be none the next time as well, and Telegram would bring
 * nothing else for a day: it is written into the log, and is over.
 * @throws Refusal INVALID_MESSAGE for what did not arrive whole, which comes again
 */
export async function updateIn(request: Request, limits: Limits, logger: Logger): Promise<Update | undefined> {
  try {
    const bytes = await bytesOf(request, limits.telegramUpdateBytes, limits.bodyMs);
    const update = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Update> | null;
    if (Number.isSafeInteger(update?.update_id)) return update as Update;
    logger.error("telegram.no_update", { bytes: bytes.length });
  } catch (thrown) {
    const isOver =
      thrown instanceof SyntaxError ||
      thrown instanceof RangeError ||
      (thrown instanceof Refusal && thrown.code === "MESSAGE_TOO_LARGE");
    if (!isOver) throw thrown;
    logger.error("telegram.no_update", { words: thrown.message });
  }
  return undefined;
}
