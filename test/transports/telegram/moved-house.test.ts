import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { dirname } from "node:path";
import { Client } from "../../support/client.ts";
import { inspect } from "../../support/database.ts";
import { startServer, type TestServer } from "../../support/server.ts";
import type { FakeChat } from "../../support/telegram/chats.ts";
import { openTown, type Town, townLimits } from "../../support/telegram/town.ts";

let town: Town;
let elsewhere: FakeChat;
let moved: TestServer | null;
beforeEach(async () => {
  town = await openTown({ forum: true });
  elsewhere = town.telegram.group("the new team", [town.tomas], { admin: true });
  moved = null;
});
afterEach(async () => {
  await (moved ?? town.server).stop();
  await town.telegram.stop();
});

/** Stops the house and starts it with another chat in TELEGRAM_CHAT_ID. @param meanwhile what is done to its database */
async function moves(meanwhile: (database: Database) => void = () => undefined): Promise<TestServer> {
  await town.server.parley.stop();
  const database = new Database(town.server.config.databasePath);
  meanwhile(database);
  database.close();
  moved = await startServer({
    folder: dirname(town.server.config.databasePath),
    limits: townLimits,
    env: {
      OPENCODE_TRANSPORT: "both",
      TELEGRAM_BOT_TOKEN: town.telegram.token,
      TELEGRAM_CHAT_ID: String(elsewhere.id),
      TELEGRAM_API_ROOT: town.telegram.url,
    },
  });
  return moved;
}

test("after TELEGRAM_CHAT_ID names another chat, the one before and its topics are told nothing any more", async () => {
  const thread = town.mira.createsTopic(town.team, "ops");
  town.mira.says(town.team, "disk is full", { thread });
  await town.telegram.until(() => town.telegram.world.updates.pending.length === 0, "the topic taken in");
  const before = town.telegram.texts(town.team);
  const { ws } = await moves();
  const ada = await Client.camel(ws, "ada");
  await ada.say("between the new team and us");
  ada.send({ type: "message", data: { text: "disks are new", room: "ops" } });
  const shows = (text: string) => town.telegram.texts(elsewhere).some((each) => each.includes(text));
  await town.telegram.until(() => shows("between the new team and us"), "the words in the new chat");
  await ada.say("and more");
  await town.telegram.until(() => shows("and more"), "more words in the new chat");
  expect(town.telegram.texts(town.team)).toEqual(before);
  await ada.close();
});

test("nor is a group that an earlier Parley left among the places of the house", async () => {
  const { ws } = await moves((database) =>
    database.run(
      "INSERT INTO telegram_places SELECT id + 1, ?, 0, room_id, NULL, cursor FROM telegram_places WHERE chat_id = ? AND thread_id = 0",
      [elsewhere.id, town.team.id],
    ),
  );
  const ada = await Client.camel(ws, "ada");
  for (const text of ["between us", "and more"]) {
    await ada.say(text);
    await town.telegram.until(() => town.telegram.texts(elsewhere).some((each) => each.includes(text)), text);
  }
  expect(town.telegram.texts(town.team)).toEqual([]);
  await ada.close();
});

test("a button in the chat before does nothing any more, whoever presses it", async () => {
  town.mira.says(town.team, "@alice please add a dark theme to the login page");
  const cardThere = () => town.telegram.said(town.team).find(({ keyboard }) => keyboard !== null);
  await town.telegram.until(() => cardThere() !== undefined, "a card");
  const card = cardThere();
  if (!card) throw new Error("no card");
  await moves();
  const press = town.mira.presses(town.team, card, "Cancel");
  await town.telegram.until(() => town.telegram.world.presses.get(press) !== null, "an answer");
  expect(town.mira.answerTo(press)?.text).toBe("There is no such task here.");
});

test("what somebody wrote in the chat before they change here, not there", async () => {
  const said = town.mira.says(town.team, "what was agreed");
  await town.telegram.until(() => textsOf(town.server).includes("what was agreed"), "the words here");
  const { http } = await moves();
  town.mira.edits(town.team, said, "something else");
  town.tomas.says(elsewhere, "behind it");
  await town.telegram.until(() => textsOf(town.server).includes("behind it"), "what came after the edit");
  expect(textsOf(town.server)).toEqual(["what was agreed", "behind it"]);
  expect((await fetch(`${http}/health`)).status).toBe(200);
});

const textsOf = ({ config }: TestServer) =>
  inspect(config.databasePath, (sqlite) =>
    sqlite.query<{ text: string }, []>("SELECT text FROM messages WHERE text <> '' ORDER BY id").all(),
  ).map(({ text }) => text);
