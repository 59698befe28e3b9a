import type { Message as TelegramMessage } from "grammy/types";
import { Refusal } from "../../errors.ts";
import type { Attachment } from "../../files/file.ts";
import type { Files } from "../../files/files.ts";
import type { Limits } from "../../limits.ts";
import type { Member } from "../../people/member.ts";
import type { TelegramBot } from "./bot.ts";
import { TelegramError, wordsOf } from "./trouble.ts";
import { backOff, wait } from "./wait.ts";

/** What came with a message from Telegram: ids of what is kept here, and words for what could not be kept. */
export interface Kept {
  readonly ids: readonly string[];
  readonly missing: string;
}

/** Photos and documents, both ways. */
export interface FileExchange {
  /**
   * Keeps the file that came with a message; what Telegram does not hand out after a few tries is missing, and said to be.
   * @throws Refusal for what may work another time, TelegramError once it is told to end
   */
  keep(member: Member, message: TelegramMessage, signal: AbortSignal): Promise<Kept>;
  /** Bytes of one of ours; undefined when they are gone, or more than Telegram takes. */
  read(file: Attachment): Promise<Uint8Array | undefined>;
}

/** Telegram hands out files of this size at most, and takes some of that. */
const handedOut = 20 * 1024 * 1024;
const taken = 50 * 1024 * 1024;

export function createFileExchange(bot: TelegramBot, files: Files, limits: Limits): FileExchange {
  /** @throws TelegramError when it was refused, or failed each time it was tried */
  async function downloaded(id: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    let failures = 0;
    for (;;) {
      try {
        return await bot.download(id, Math.min(handedOut, limits.fileBytes), signal);
      } catch (thrown) {
        if (signal.aborted || !(thrown instanceof TelegramError)) throw thrown;
        const { trouble } = thrown;
        if (trouble.kind === "rate") {
          // Only too soon: it will come.
          await wait(trouble.retryAfterMs, signal);
          continue;
        }
        failures++;
        if (trouble.kind === "refused" || failures >= limits.telegramUpdateTries) throw thrown;
        await wait(backOff(failures, limits.telegramRetryMs, limits.telegramRetryMostMs), signal);
      }
    }
  }

  return {
    async keep(member, message, signal) {
      const given = fileIn(message);
      if (!given) return { ids: [], missing: "" };
      try {
        const bytes = await downloaded(given.id, signal);
        const kept = await files.store(member, { name: given.name, bytes: new Blob([bytes]).stream() });
        return { ids: [kept.id], missing: "" };
      } catch (thrown) {
        // Its words are worth having without it; what is wrong with the disk is tried again.
        const reason = signal.aborted ? undefined : reasonOf(thrown);
        if (reason === undefined) throw thrown;
        return { ids: [], missing: `(${given.name.slice(0, 100)} was left behind: ${reason})` };
      }
    },
    async read({ id, bytes }) {
      const file = bytes <= taken ? files.table.byId(id) : undefined;
      const blob = file && (await files.open(file));
      return blob && new Uint8Array(await blob.arrayBuffer());
    },
  };
}

function reasonOf(thrown: unknown): string | undefined {
  if (thrown instanceof TelegramError)
    return thrown.trouble.kind === "refused" ? thrown.trouble.description : wordsOf(thrown.trouble);
  if (thrown instanceof Refusal && thrown.status < 500) return thrown.message;
  return undefined;
}

/** The one file that a message of Telegram's may have; of a photo the largest. */
export function fileIn(message: TelegramMessage): { id: string; name: string } | undefined {
  const { photo, document, video, audio, voice, animation, video_note: note, message_id: id } = message;
  const largest = photo?.at(-1);
  if (largest) return { id: largest.file_id, name: `photo-${id}.jpg` };
  const named = document ?? video ?? audio ?? animation;
  if (named) return { id: named.file_id, name: named.file_name ?? `file-${id}` };
  if (voice) return { id: voice.file_id, name: `voice-${id}.ogg` };
  return note && { id: note.file_id, name: `video-${id}.mp4` };
}
