import type { MiddlewareHandler } from "hono";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import type { TelegramTransport } from "./transport.ts";

/** Where Telegram delivers its updates to, if it was asked to. */
export function webhookPath({ telegram }: Config): string {
  return telegram?.webhookUrl?.pathname ?? "/telegram/webhook";
}

/** Lets in what Telegram sends, which shows the secret that it was given. @throws Refusal AUTH_FAILED */
export function webhookGuard(telegram: TelegramTransport | null): MiddlewareHandler {
  return async (context, next) => {
    if (!telegram?.isFromTelegram(context.req.header("x-telegram-bot-api-secret-token") ?? ""))
      throw new Refusal("AUTH_FAILED", "This address is for Telegram alone.");
    await next();
  };
}
