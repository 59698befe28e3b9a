/** What Telegram answers when it will not. */
export interface Refused {
  readonly kind: "refused";
  readonly status: number;
  readonly description: string;
  readonly movedTo: number | null;
}

/** What can be wrong with a call to Telegram, by what there is to do about it. */
export type Trouble =
  /** Too fast: not before `retryAfterMs`, and nothing else to that chat either. */
  | { readonly kind: "rate"; readonly retryAfterMs: number }
  /** Understood and refused: the same again would be refused again. `status` as in HTTP; `movedTo` is the supergroup that a group became. */
  | Refused
  /** The token is not, or no longer, one of a bot. */
  | { readonly kind: "unauthorized" }
  /** Somebody else receives what this bot is told: another program that polls, or a webhook. */
  | { readonly kind: "conflict"; readonly by: "poller" | "webhook" }
  /** No answer, or that of a broken server: it may have been done all the same. */
  | { readonly kind: "unreachable"; readonly reason: string };

/** The one error a call ends with. Its words and its stack never hold the token. */
export class TelegramError extends Error {
  readonly trouble: Trouble;

  constructor(method: string, trouble: Trouble) {
    super(`${method}: ${wordsOf(trouble)}`);
    this.name = "TelegramError";
    this.trouble = trouble;
  }
}

/** The trouble in an administrator's words: what it means and what to do. */
export function wordsOf(trouble: Trouble): string {
  switch (trouble.kind) {
    case "rate":
      return `Telegram asks to wait ${Math.ceil(trouble.retryAfterMs / 1_000)} s.`;
    case "refused":
      return `Telegram refused it: ${trouble.description}`;
    case "unauthorized":
      return "Telegram does not know this bot's token. Get a new one from @BotFather and set TELEGRAM_BOT_TOKEN.";
    case "conflict":
      return trouble.by === "webhook"
        ? "A webhook is set for this bot, so Telegram hands nothing to polling. Remove it (deleteWebhook), or set TELEGRAM_WEBHOOK_URL."
        : "Another program polls Telegram with this bot's token, and each takes messages from the other. Stop it, or give Parley a bot of its own.";
    case "unreachable":
      return `Telegram cannot be reached (${trouble.reason}).`;
  }
}

/** What the Bot API answers instead of a result. */
interface Answer {
  readonly error_code: number;
  readonly description: string;
  readonly parameters?: { readonly retry_after?: number; readonly migrate_to_chat_id?: number };
}

/** Sorts an answer of Telegram's by what there is to do about it. */
export function troubleOf({ error_code: code, description, parameters = {} }: Answer): Trouble {
  if (code === 429 || parameters.retry_after !== undefined)
    return { kind: "rate", retryAfterMs: (parameters.retry_after ?? 1) * 1_000 };
  // A token that is not even shaped like one is answered with 404; so is a method that an older server does not have.
  if (code === 401 || (code === 404 && !/method not found/i.test(description))) return { kind: "unauthorized" };
  if (code === 409)
    return { kind: "conflict", by: /webhook is active|setWebhook/.test(description) ? "webhook" : "poller" };
  if (code >= 500) return { kind: "unreachable", reason: `answer ${code}` };
  return { kind: "refused", status: code, description, movedTo: parameters.migrate_to_chat_id ?? null };
}
