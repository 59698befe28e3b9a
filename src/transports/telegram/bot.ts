import type { InputFile, RawApi } from "grammy";
import type { UserFromGetMe } from "grammy/types";
import type { Limits } from "../../limits.ts";
import { TelegramError, type Trouble, troubleOf } from "./trouble.ts";

type Name = keyof RawApi & string;
/** What a method is called with; nothing for those that only take a signal. */
type Arguments<M extends Name> =
  Parameters<RawApi[M]> extends [args: infer A, signal?: unknown] ? A : Record<string, never>;

/** One bot of Telegram's, as far as calling it goes. */
export interface TelegramBot {
  /**
   * Calls a method of the Bot API.
   * @param signal ends the waiting for it; the call fails as unreachable then
   * @throws TelegramError and nothing else, unless the bug is ours
   */
  call<M extends Name>(method: M, args: Arguments<M>, signal?: AbortSignal): Promise<Awaited<ReturnType<RawApi[M]>>>;
  /** Who the bot is. Proves that Telegram can be reached and that the token is right. */
  me(signal?: AbortSignal): Promise<UserFromGetMe>;
  /** Bytes to be uploaded under a name. */
  file(bytes: Uint8Array, name: string): InputFile;
  /** A file that somebody sent. @throws TelegramError as refused when it is larger than `mostBytes` */
  download(fileId: string, mostBytes: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}

interface Settings {
  readonly token: string;
  /** Where the Bot API is, such as a server of one's own; Telegram's when null. */
  readonly apiRoot: string | null;
  readonly limits: Limits;
}

const uploads = new Set<string>(["sendDocument", "sendPhoto"]);

/** Makes the bot. grammY is loaded here and not before: most houses do without Telegram. */
export async function createBot({ token, apiRoot, limits }: Settings): Promise<TelegramBot> {
  const { Api, GrammyError, HttpError, InputFile } = await import("grammy");
  const root = (apiRoot ?? "https://api.telegram.org").replace(/\/+$/, "");
  // Every call has a time-out of its own below; grammY's stands behind the longest of them.
  const api = new Api(token, {
    apiRoot: root,
    timeoutSeconds: limits.telegramWatchdogMs / 1_000 + 60,
  });
  const scrub = (words: string) => words.replaceAll(token, "<token>").replaceAll(encodeURIComponent(token), "<token>");

  /** Everything that may be thrown, as what may be seen. */
  const failed = (method: string, thrown: unknown): Error => {
    if (thrown instanceof TelegramError) return thrown;
    if (thrown instanceof GrammyError) {
      const { error_code, description, parameters } = thrown;
      return new TelegramError(method, troubleOf({ error_code, description: scrub(description), parameters }));
    }
    if (thrown instanceof HttpError) return new TelegramError(method, unreachable(thrown.error));
    return new Error(scrub(`${method}: ${thrown}`));
  };

  const call: TelegramBot["call"] = async (method, args, signal) => {
    const raw = api.raw[method] as unknown as (args: unknown, signal: AbortSignal) => Promise<never>;
    const most =
      method === "getUpdates"
        ? limits.telegramWatchdogMs
        : uploads.has(method)
          ? limits.telegramUploadMs
          : limits.telegramCallMs;
    const ends = [AbortSignal.timeout(most), ...(signal ? [signal] : [])];
    // Methods without parameters take the signal alone.
    const isBare = method === "getMe" || method === "getWebhookInfo";
    try {
      const both = AbortSignal.any(ends);
      return await (isBare ? (raw as unknown as (signal: AbortSignal) => Promise<never>)(both) : raw(args, both));
    } catch (thrown) {
      throw failed(method, thrown);
    }
  };

  return {
    call,
    me: (signal) => call("getMe", {}, signal),
    file: (bytes, name) => new InputFile(bytes, name.replace(/[\r\n";]/g, " ")),
    async download(fileId, mostBytes, signal) {
      const { file_path: path = "", file_size: size = 0 } = await call("getFile", { file_id: fileId }, signal);
      const tooLarge = new TelegramError("download", {
        kind: "refused",
        status: 400,
        description: "the file is too large",
        movedTo: null,
      });
      if (size > mostBytes) throw tooLarge;
      try {
        const answer = await fetch(`${root}/file/bot${token}/${encodeURI(path)}`, {
          signal: AbortSignal.any([AbortSignal.timeout(limits.telegramUploadMs), ...(signal ? [signal] : [])]),
        });
        if (!answer.ok)
          throw new TelegramError(
            "download",
            troubleOf({
              error_code: answer.status === 404 ? 400 : answer.status,
              description: "there is no such file",
            }),
          );
        return await readAtMost(answer, mostBytes, tooLarge);
      } catch (thrown) {
        throw thrown instanceof TelegramError ? thrown : new TelegramError("download", unreachable(thrown));
      }
    },
  };
}

const reasons: Record<string, string> = {
  AbortError: "no answer in time",
  TimeoutError: "no answer in time",
  SyntaxError: "what came back is no JSON",
};

/** Only the kind of the failure is kept: Bun puts the whole address, the token in it, into its errors. */
function unreachable(thrown: unknown): Trouble {
  const { code, name } = (thrown ?? {}) as { code?: unknown; name?: unknown };
  const reason = typeof code === "string" ? code : (reasons[String(name)] ?? "no answer");
  return { kind: "unreachable", reason };
}

/** A body, as long as it is not longer than that, whatever was said about its length. */
async function readAtMost(answer: Response, most: number, tooLarge: Error): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer.body ?? []) {
    length += part.length;
    if (length > most) throw tooLarge;
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}
