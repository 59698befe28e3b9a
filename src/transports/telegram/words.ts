import type { Message as TelegramMessage } from "grammy/types";

/** What Telegram's messages are in words, where they are more than text. */
export function describe(message: TelegramMessage): string {
  if (message.sticker) return `(sticker${message.sticker.emoji ? ` ${message.sticker.emoji}` : ""})`;
  if (message.voice) return `(voice message, ${message.voice.duration} s)`;
  if (message.video_note) return `(video message, ${message.video_note.duration} s)`;
  if (message.location) {
    const { latitude, longitude } = message.location;
    return `(location ${latitude}, ${longitude})`;
  }
  if (message.contact) return `(contact: ${message.contact.first_name}, ${message.contact.phone_number})`;
  if (message.poll) return `(poll: ${message.poll.question})`;
  if (message.dice) return `(${message.dice.emoji} ${message.dice.value})`;
  return "";
}
