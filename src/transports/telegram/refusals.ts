import { type Refused, TelegramError } from "./trouble.ts";

/** What Telegram's refusals are about, as far as its words tell: there is no list of them, and new ones come. */

/** Whether it is about what is said, so that it may be said in another way: too long, formatted wrongly, or a kind that may not be sent there. */
export function isAboutContent({ status, description }: Refused): boolean {
  return status === 413 || content.test(description);
}

const content =
  /can't parse|entit|RICH_MESSAGE|too.?long|text is empty|must be non-empty|PHOTO_|IMAGE_|DOCUMENT_|MEDIA_|FILE_|BUTTON_|REPLY_MARKUP|wrong file|failed to get|unsupported|too big|not enough rights to send (?!text|messages)|CHAT_SEND_(?!PLAIN)\w+_FORBIDDEN/i;

/** Whether it is about the one message that should be changed: it is gone, or too old. */
export function isAboutMessage({ description }: Refused): boolean {
  return /message (?:to [\w ]+ )?not found|message (?:can't|is not|identifier)|MESSAGE_(?:ID|NOT|EDIT|DELETE|AUTHOR)_/i.test(
    description,
  );
}

/** Whether a private chat is closed to the bot: it was blocked, or nobody is there any more. */
export function isLost({ status, description }: Refused): boolean {
  return (
    status === 403 ||
    /chat not found|not a member|have no rights|not enough rights|thread not found|TOPIC_(?:DELETED|CLOSED)|PEER_ID_INVALID|deactivated/i.test(
      description,
    )
  );
}

/** Whether a topic is there no more. */
export function isGone({ description }: Refused): boolean {
  return /thread not found|TOPIC_DELETED/i.test(description);
}

/** Whether somebody closed a topic. */
export function isShut({ description }: Refused): boolean {
  return /TOPIC_CLOSED/i.test(description);
}

/** The refusal that was thrown, if it is one. */
export function refusalIn(thrown: unknown): Refused | undefined {
  return thrown instanceof TelegramError && thrown.trouble.kind === "refused" ? thrown.trouble : undefined;
}
