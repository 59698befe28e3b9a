import { describe, expect, test } from "bun:test";
import { inspect } from "../../support/database.ts";
import { refusedLater } from "../../support/house.ts";
import { openTown } from "../../support/telegram/town.ts";
import { type Stage, stageLimits, transportContract } from "../contract.ts";

transportContract("Telegram", async (): Promise<Stage> => {
  const env = { OPENCODE_SAFE_MODE: "true", OPENCODE_TRANSPORT: "websocket" };
  const town = await openTown({ env, limits: stageLimits });
  const { telegram } = town.server.parley.transports;
  if (!telegram) throw new Error("there is no Telegram here");
  return {
    transport: telegram,
    say: (name, text) => void town[name].says(town.team, text),
    // Telegram keeps what was said, and hands it over by itself.
    comeBack: () => undefined,
    shown: () => town.telegram.texts(town.team),
    room: () => inspect(town.server.config.databasePath, messagesWithAuthors),
    obstruct() {
      town.team.closed = "bot was kicked from the supergroup chat";
      return () => {
        town.team.closed = null;
      };
    },
    close: async () => town[Symbol.asyncDispose](),
  };
});

const messagesWithAuthors = (sqlite: Parameters<Parameters<typeof inspect>[1]>[0]) =>
  sqlite
    .query<{ author: string; text: string; replyTo: number | null }, []>(
      "SELECT name AS author, text, reply_to AS replyTo FROM messages JOIN members ON members.id = author_id ORDER BY messages.id",
    )
    .all();

describe("what keeps Telegram from beginning is said, with what to do", () => {
  test.each([
    ["a chat the bot is not in", { TELEGRAM_CHAT_ID: "-1009" }, /does not reach the chat -1009.*TELEGRAM_CHAT_ID/],
    ["a token that is none", { TELEGRAM_BOT_TOKEN: "1:wrong" }, /does not know this bot's token.*TELEGRAM_BOT_TOKEN/],
    ["nobody there", { TELEGRAM_API_ROOT: "http://127.0.0.1:9" }, /cannot be reached/],
  ] as [string, Record<string, string>, RegExp][])("%s", async (_, env, words) => {
    await using town = await openTown({ env: { OPENCODE_TRANSPORT: "websocket", ...env } });
    const { telegram } = town.server.parley.transports;
    const started = telegram?.startPolling() ?? Promise.resolve();
    const thrown = await started.catch((error: unknown) => error);
    expect(String(thrown)).toMatch(words);
    expect(String(thrown)).not.toContain(env.TELEGRAM_BOT_TOKEN ?? town.telegram.token);
    expect(await refusedLater(Promise.reject(thrown))).toBe("TRANSPORT_UNAVAILABLE");
  });
});
