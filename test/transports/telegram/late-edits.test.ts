import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Message } from "grammy/types";
import { inspect } from "../../support/database.ts";
import { openTown, type Town } from "../../support/telegram/town.ts";
import { trouble } from "../../support/telegram/troubles.ts";

let town: Town;
beforeEach(async () => {
  town = await openTown();
});
afterEach(async () => {
  await town[Symbol.asyncDispose]();
});

const updates = () => town.telegram.world.updates;
const takenIn = () => town.telegram.until(() => updates().pending.length === 0, "everything taken in");
const rows = () =>
  inspect(town.server.config.databasePath, (sqlite) =>
    sqlite
      .query<{ text: string; edited: number | null }, []>("SELECT text, edited_at AS edited FROM messages ORDER BY id")
      .all(),
  );

let next = 9_000;
const written = (more: Partial<Message>) =>
  ({ message_id: next++, date: 1_000, chat: town.team.chat, from: town.mira.user, ...more }) as Message &
    Message.CommonMessage;
const come = (message: object) => updates().push({ message } as never);
const edit = (message: object, text: string, edit_date: number) =>
  updates().push({ edited_message: { ...message, text, edit_date } } as never);

describe("what somebody edits there", () => {
  test("is what they wrote last, in whatever order it comes", async () => {
    const message = written({ text: "v1" });
    come(message);
    edit(message, "v3", 1_003);
    edit(message, "v2", 1_002);
    await takenIn();
    expect(rows().map(({ text }) => text)).toEqual(["v3"]);
    edit(message, "v1", 1_004);
    edit(message, "v3 again", 1_003);
    await takenIn();
    expect(rows().map(({ text }) => text)).toEqual(["v1"]);
  });

  test("also after a restart", async () => {
    const message = written({ text: "v1" });
    come(message);
    edit(message, "v3", 1_003);
    await takenIn();
    await town.restart();
    edit(message, "v2", 1_002);
    await takenIn();
    expect(rows().map(({ text }) => text)).toEqual(["v3"]);
  });

  test("before it came itself is what comes in, and what it was before comes too late", async () => {
    const message = written({ text: "first words" });
    edit(message, "corrected words", 1_009);
    come(message);
    await takenIn();
    expect(rows().map(({ text }) => text)).toEqual(["corrected words"]);
  });

  test("days after it was written, and was never heard here, stays there", async () => {
    edit(written({ text: "before Parley" }), "before Parley, edited", 1_000 + 3 * 24 * 3_600);
    await takenIn();
    expect(rows()).toEqual([]);
  });
});

describe("what Telegram calls an edit and changes no word", () => {
  test.each(["plain", "  lead and trail  ", "line\r\nbreak", "a\u0000b\u202ec", "x\n\n\n\ny", "e\u0301te\u0301"])(
    "changes nothing here: %j",
    async (text) => {
      const message = written({ text });
      come(message);
      await takenIn();
      const before = rows();
      edit(message, text, 1_002);
      await takenIn();
      expect(rows()).toEqual(before);
      expect(before).toMatchObject([{ edited: null }]);
    },
  );

  test("leaves the note about a file that stayed behind, which stays beneath other words as well", async () => {
    town.telegram.troubles.plan("getFile", trouble.refused("file is too big"));
    const document = { file_id: "x", file_unique_id: "u", file_name: "film.mkv" };
    const message = written({ caption: "the film", document });
    come(message);
    await takenIn();
    const note = "(film.mkv was left behind: Bad Request: file is too big)";
    updates().push({ edited_message: { ...message, edit_date: 1_002 } } as never);
    await takenIn();
    expect(rows()).toEqual([{ text: `the film\n\n${note}`, edited: null }]);
    updates().push({ edited_message: { ...message, caption: "our film", edit_date: 1_003 } } as never);
    await takenIn();
    expect(rows().map(({ text }) => text)).toEqual([`our film\n\n${note}`]);
  });
});
