import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Bot, GrammyError, HttpError, InputFile } from "grammy";
import { HandClock, hour, minute, second } from "../../support/clock.ts";
import { FakeTelegram } from "../../support/fake-telegram.ts";
import { trouble } from "../../support/telegram/troubles.ts";

const clock = new HandClock();
let telegram: FakeTelegram;
let mira: ReturnType<FakeTelegram["person"]>;
let tomas: ReturnType<FakeTelegram["person"]>;

beforeEach(() => {
  telegram = new FakeTelegram({ clock });
  mira = telegram.person(11, "Mira", "mira_k");
  tomas = telegram.person(12, "Tomas");
  mira.says(mira.private, "/start");
});
afterEach(() => telegram.stop());

const api = (token = telegram.token) => new Bot(token, { client: { apiRoot: telegram.url, timeoutSeconds: 5 } }).api;

async function refused(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof GrammyError) return `${thrown.error_code} ${thrown.description}`;
    throw thrown;
  }
  throw new Error("it was accepted");
}

describe("what the bot says", () => {
  test("is to be seen in the chat, edited and deleted as people would see it", async () => {
    const hello = await api().sendMessage(11, "<b>Hello</b> & bye".replace("&", "&amp;"), { parse_mode: "HTML" });
    const gone = await api().sendMessage(11, "gone");
    await api().editMessageText(11, hello.message_id, "Hello again");
    await api().deleteMessage(11, gone.message_id);
    expect(hello).toMatchObject({ text: "Hello & bye", entities: [{ type: "bold", offset: 0, length: 5 }] });
    expect(telegram.texts(mira.private)).toEqual(["/start", "Hello again"]);
    expect(telegram.callsOf("sendMessage").map(({ status }) => status)).toEqual([200, 200]);
  });

  test("is refused when it is empty, too long, or no Unicode", async () => {
    expect(await refused(api().sendMessage(11, " \n"))).toBe("400 Bad Request: message text is empty");
    expect(await refused(api().sendMessage(11, "x".repeat(4_097)))).toBe("400 Bad Request: message is too long");
    expect(await refused(api().sendMessage(11, "<b>x", { parse_mode: "HTML" }))).toContain(
      "400 Bad Request: can't parse",
    );
    await api().sendMessage(11, `<b>${"x".repeat(4_096)}</b>`, { parse_mode: "HTML" });
    const photo = new InputFile(new Uint8Array([0xff, 0xd8, 0xff, 0]), "x.jpg");
    expect(await refused(api().sendPhoto(11, photo, { caption: "x".repeat(1_025) }))).toContain("caption is too long");
    expect(telegram.said(mira.private)).toHaveLength(1);
  });

  test("is refused where nobody is to hear it", async () => {
    tomas.says(tomas.private, "/start");
    const group = telegram.group("Team", [mira]);
    tomas.blocks();
    mira.kicksBot(group);
    expect(await refused(api().sendMessage(99, "x"))).toBe("400 Bad Request: chat not found");
    expect(await refused(api().sendMessage(12, "x"))).toBe("403 Forbidden: bot was blocked by the user");
    expect(await refused(api().sendMessage(group.id, "x"))).toBe(
      "403 Forbidden: bot was kicked from the supergroup chat",
    );
  });

  test("follows a group that got another number only when the number is followed", async () => {
    const small = telegram.smallGroup("Team", [mira]);
    await api().sendMessage(small.id, "before");
    const large = telegram.upgrade(small, mira);
    const call = api().sendMessage(small.id, "after");
    expect(await call.catch((error: GrammyError) => error.parameters)).toEqual({ migrate_to_chat_id: large.id });
  });

  test("may only answer what is there", async () => {
    const reply_parameters = { message_id: 77 };
    expect(await refused(api().sendMessage(11, "x", { reply_parameters }))).toContain(
      "message to be replied not found",
    );
    await api().sendMessage(11, "x", { reply_parameters: { ...reply_parameters, allow_sending_without_reply: true } });
    const answer = await api().sendMessage(11, "y", { reply_parameters: { message_id: 1 } });
    expect(answer.reply_to_message?.text).toBe("/start");
  });

  test("with buttons is refused when their data is longer than 64 bytes", async () => {
    const button = (callback_data: string) => ({
      reply_markup: { inline_keyboard: [[{ text: "Allow", callback_data, style: "success" as const }]] },
    });
    expect(await refused(api().sendMessage(11, "x", button("ä".repeat(33))))).toContain("BUTTON_DATA_INVALID");
    await api().sendMessage(11, "May I?", button("ä".repeat(32)));
    expect(telegram.said(mira.private)).toHaveLength(1);
  });

  test("with a parameter that does not exist is refused: it is a slip", async () => {
    const slip = { reply_to: 1 } as object;
    expect(await refused(api().sendMessage(11, "x", slip))).toContain('no parameter "reply_to"');
  });
});

describe("edits and deletions", () => {
  test("an edit that changes nothing is refused, also when only the markup is written differently", async () => {
    const { message_id } = await api().sendMessage(11, "<b>a</b>", { parse_mode: "HTML" });
    expect(await refused(api().editMessageText(11, message_id, "x".repeat(4_097)))).toBe(
      "400 Bad Request: MESSAGE_TOO_LONG",
    );
    const same = api().editMessageText(11, message_id, "<strong>a</strong>", { parse_mode: "HTML" });
    expect(await refused(same)).toContain("400 Bad Request: message is not modified");
    await api().editMessageText(11, message_id, "<i>a</i>", { parse_mode: "HTML" });
  });

  test("what others wrote, what is gone and what is older than two days stays", async () => {
    const { message_id } = await api().sendMessage(11, "a");
    expect(await refused(api().editMessageText(11, 1, "forged"))).toContain("message can't be edited");
    expect(await refused(api().editMessageText(11, 99, "x"))).toContain("message to edit not found");
    expect(await refused(api().deleteMessage(11, 99))).toContain("message to delete not found");
    clock.advance(49 * hour);
    expect(await refused(api().editMessageText(11, message_id, "late"))).toContain("message can't be edited");
    expect(await refused(api().deleteMessage(11, message_id))).toContain("can't be deleted");
    expect(telegram.texts(mira.private)).toEqual(["/start", "a"]);
  });

  test("in a group only an administrator deletes what others wrote", async () => {
    const group = telegram.group("Team", [mira]);
    const word = mira.says(group, "word");
    expect(await refused(api().deleteMessage(group.id, word.id))).toContain("can't be deleted");
    group.botIsAdmin = true;
    await api().deleteMessage(group.id, word.id);
    expect(telegram.texts(group)).toEqual([]);
  });

  test("a keyboard goes by itself", async () => {
    const reply_markup = { inline_keyboard: [[{ text: "Allow", callback_data: "a" }]] };
    const { message_id } = await api().sendMessage(11, "May I?", { reply_markup });
    await api().editMessageReplyMarkup(11, message_id);
    expect(telegram.said(mira.private)[0]?.keyboard).toBeNull();
    expect(await refused(api().editMessageReplyMarkup(11, message_id))).toContain("message is not modified");
  });
});

describe("drafts and rich messages", () => {
  test("a draft is for private chats, and goes when the message comes", async () => {
    const group = telegram.group("Team", [mira]);
    await api().raw.sendMessageDraft({ chat_id: 11, draft_id: 5, text: "thin", can_stop: true });
    expect(mira.private.draft).toMatchObject({ id: 5, text: "thin", canStop: true });
    expect(await refused(api().raw.sendMessageDraft({ chat_id: group.id, draft_id: 5, text: "x" }))).toContain(
      "PEER_INVALID",
    );
    expect(await refused(api().raw.sendMessageDraft({ chat_id: 11, draft_id: 0, text: "x" }))).toContain(
      "RANDOM_ID_INVALID",
    );
    mira.stops();
    await api().sendMessage(11, "thinking is over");
    expect(mira.private.draft).toBeNull();
    expect(telegram.world.updates.pending.at(-1)).toMatchObject({ stopped_message_generation: { draft_id: 5 } });
  });

  test("a rich message may be long, and is refused beyond its own limits", async () => {
    const send = (markdown: string) => api().raw.sendRichMessage({ chat_id: 11, rich_message: { markdown } });
    await send(`# Title\n\n${"word ".repeat(6_000)}`);
    expect(await refused(send("x".repeat(32_769)))).toContain("TOO_LONG");
    expect(await refused(send("- item\n".repeat(501)))).toContain("BLOCKS_TOO_MANY");
    expect(await refused(send(`|${"a|".repeat(21)}\n|${"-|".repeat(21)}`))).toContain("COLUMNS");
    const both = api().raw.sendRichMessage({ chat_id: 11, rich_message: { markdown: "a", html: "b" } });
    expect(await refused(both)).toContain("exactly one");
  });

  test("a message becomes a rich one by an edit", async () => {
    const { message_id } = await api().sendMessage(11, "a");
    await api().raw.editMessageText({ chat_id: 11, message_id, rich_message: { markdown: "# a" } });
    expect(telegram.said(mira.private)).toMatchObject([{ kind: "rich", text: "# a" }]);
  });
});

describe("how fast a bot may speak", () => {
  test("twenty times a minute in a group, edits counted, until the minute is over", async () => {
    const group = telegram.group("Team", [mira]);
    for (let i = 0; i < 19; i++) {
      await api().sendMessage(group.id, `${i}`);
      clock.advance(second);
    }
    await api().editMessageText(group.id, 1, "edited");
    expect(await refused(api().sendMessage(group.id, "20"))).toBe("429 Too Many Requests: retry after 41");
    clock.advance(40 * second);
    expect(await refused(api().sendMessage(group.id, "20"))).toBe("429 Too Many Requests: retry after 1");
    clock.advance(second);
    await api().sendMessage(group.id, "20");
    expect(telegram.seen(group)).toHaveLength(20);
  });

  test("about once a second in a private chat, with a burst", async () => {
    for (let i = 0; i < 8; i++) await api().sendMessage(11, `${i}`);
    expect(await refused(api().sendMessage(11, "8"))).toBe("429 Too Many Requests: retry after 3");
    expect(await refused(api().sendMessage(11, "8"))).toContain("429");
    clock.advance(5 * second);
    for (let i = 0; i < 60; i++) {
      await api().sendMessage(11, `${i}`);
      clock.advance(second);
    }
  });

  test("where time runs faster, by so much", async () => {
    const fast = new FakeTelegram({ clock, pace: 0.01 });
    const ada = fast.person(13, "Ada");
    ada.says(ada.private, "hi");
    const { api } = new Bot(fast.token, { client: { apiRoot: fast.url } });
    for (let i = 0; i < 8; i++) await api.sendMessage(13, `${i}`);
    expect(await api.sendMessage(13, "8").catch((error: GrammyError) => error.parameters)).toEqual({
      retry_after: 0.03,
    });
    clock.advance(50);
    await api.sendMessage(13, "8");
    await fast.stop();
  });
});

describe("updates", () => {
  test("come in order, again until they are confirmed, and a poll waits for them", async () => {
    const [first] = await api().getUpdates();
    expect(await api().getUpdates()).toHaveLength(1);
    const next = api().getUpdates({ offset: (first?.update_id ?? 0) + 1, timeout: 5 });
    await telegram.until(() => telegram.callsOf("getUpdates").length === 3, "the poll");
    mira.says(mira.private, "second");
    const [second] = await next;
    expect(second).toMatchObject({
      update_id: (first?.update_id ?? 0) + 1,
      message: { text: "second", from: { id: 11 } },
    });
    expect(second?.message?.date).toBe(Math.floor(clock.now() / 1_000));
    expect(await api().getUpdates({ offset: (second?.update_id ?? 0) + 1 })).toEqual([]);
  });

  test("a negative offset forgets all but the last ones, an old one brings nothing back", async () => {
    for (const word of ["a", "b", "c"]) mira.says(mira.private, word);
    expect((await api().getUpdates({ offset: -1 })).map(({ message }) => message?.text)).toEqual(["c"]);
    expect(await api().getUpdates({ offset: 1 })).toHaveLength(1);
  });

  test("a second poller ends the first one's waiting", async () => {
    await api().getUpdates({ offset: 700_002 });
    const first = refused(api().getUpdates({ offset: 700_002, timeout: 5 }));
    await telegram.until(() => telegram.callsOf("getUpdates").length === 2, "the first poll");
    const second = api().getUpdates({ offset: 700_002, timeout: 5 });
    expect(await first).toContain("409 Conflict: terminated by other getUpdates request");
    mira.says(mira.private, "for the second");
    expect(await second).toHaveLength(1);
  });

  test("of kinds nobody asked for are not kept", async () => {
    const group = telegram.group("Team", [mira], { admin: true });
    mira.reacts(group, mira.says(group, "a"), "👍");
    expect(
      (await api().getUpdates({ allowed_updates: ["message_reaction"] })).some((each) => each.message_reaction),
    ).toBe(false);
    mira.reacts(group, mira.says(group, "b"), "👍");
    expect((await api().getUpdates()).at(-1)).toHaveProperty("message_reaction");
  });

  test("are told of what people do: edits, replies, topics, presses, leaving", async () => {
    const group = telegram.group("Team", [mira, tomas], { forum: true });
    const thread = mira.createsTopic(group, "build");
    const word = tomas.says(group, "hello /help", { thread });
    tomas.edits(group, word, "hello");
    mira.says(group, "hi", { replyTo: word, thread });
    tomas.leaves(group);
    expect(() => tomas.says(group, "x")).toThrow("Tomas is not in that chat");
    const updates = await api().getUpdates();
    expect(updates.slice(1)).toMatchObject([
      { message: { forum_topic_created: { name: "build" }, message_thread_id: thread } },
      {
        message: {
          text: "hello /help",
          is_topic_message: true,
          entities: [{ type: "bot_command", offset: 6, length: 5 }],
        },
      },
      { edited_message: { text: "hello", edit_date: expect.any(Number) } },
      { message: { text: "hi", reply_to_message: { text: "hello" } } },
      { message: { left_chat_member: { first_name: "Tomas" } } },
    ]);
  });

  test("in groups a bot in privacy mode hears what is meant for it", async () => {
    const shy = new FakeTelegram({ clock, bot: { can_read_all_group_messages: false } });
    const ada = shy.person(13, "Ada");
    const group = shy.group("Team", [ada]);
    for (const text of ["between us", "/help", "hey @parley_bot"]) ada.says(group, text);
    expect(shy.world.updates.pending.map(({ message }) => message?.text)).toEqual(["/help", "hey @parley_bot"]);
    await shy.stop();
  });
});

describe("a webhook", () => {
  test("gets each update with its secret until it answers well, and polling is refused meanwhile", async () => {
    const got: [string | null, string][] = [];
    const hook = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        const { message } = (await request.json()) as { message: { text: string } };
        got.push([request.headers.get("x-telegram-bot-api-secret-token"), message.text]);
        return new Response(null, { status: got.length === 1 ? 500 : 200 });
      },
    });
    await api().setWebhook(`${hook.url}`, { secret_token: "s-1" });
    expect(await refused(api().getUpdates())).toContain(
      "409 Conflict: can't use getUpdates method while webhook is active",
    );
    mira.says(mira.private, "second");
    await telegram.until(() => got.length === 3, "the third delivery");
    expect(got).toEqual([
      ["s-1", "/start"],
      ["s-1", "/start"],
      ["s-1", "second"],
    ]);
    await telegram.until(() => telegram.world.updates.pending.length === 0, "the confirmation");
    expect(await api().getWebhookInfo()).toMatchObject({ pending_update_count: 0 });
    await api().deleteWebhook();
    expect(await api().getUpdates()).toEqual([]);
    await hook.stop(true);
  });
});

describe("files, topics, buttons and the rest", () => {
  test("a document goes up and comes down byte for byte", async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(100_000));
    const sent = await api().sendDocument(11, new InputFile(bytes, "log.txt"), {
      caption: "<b>log</b>",
      parse_mode: "HTML",
    });
    expect(sent).toMatchObject({ caption: "log", document: { file_name: "log.txt", file_size: 100_000 } });
    const { file_path } = await api().getFile(sent.document.file_id);
    const down = await fetch(`${telegram.url}/file/bot${telegram.token}/${file_path}`);
    expect(await down.bytes()).toEqual(bytes);
    expect((await fetch(`${telegram.url}/file/botwrong/${file_path}`)).status).toBe(401);
    expect(await refused(api().getFile("nothing"))).toContain("invalid file_id");
  });

  test("a photo must be one; people's photos come in sizes", async () => {
    expect(await refused(api().sendPhoto(11, new InputFile(Buffer.from("text"), "x.jpg")))).toContain(
      "IMAGE_PROCESS_FAILED",
    );
    const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xe0]);
    mira.sendsPhoto(mira.private, jpeg, "look");
    const photo = (await api().getUpdates()).at(-1)?.message?.photo;
    const { file_path } = await api().getFile(photo?.at(-1)?.file_id ?? "");
    expect(await (await fetch(`${telegram.url}/file/bot${telegram.token}/${file_path}`)).bytes()).toEqual(jpeg);
  });

  test("topics are opened by an administrator, and there is no other", async () => {
    const group = telegram.group("Team", [mira], { forum: true });
    expect(await refused(api().createForumTopic(group.id, "build"))).toContain("not enough rights");
    group.botIsAdmin = true;
    const { message_thread_id } = await api().createForumTopic(group.id, "build");
    await api().sendMessage(group.id, "in it", { message_thread_id });
    await api().editForumTopic(group.id, message_thread_id, { name: "release" });
    expect(group.topics.get(message_thread_id)?.name).toBe("release");
    expect(telegram.texts(group, message_thread_id)).toEqual(["in it"]);
    for (const wrong of [1, 99])
      expect(await refused(api().sendMessage(group.id, "x", { message_thread_id: wrong }))).toContain(
        "thread not found",
      );
    mira.closesTopic(group, message_thread_id);
    expect(await refused(api().sendMessage(group.id, "x", { message_thread_id }))).toContain("TOPIC_CLOSED");
    expect(await refused(api().createForumTopic(11, "x"))).toContain("not a forum");
  });

  test("a press is answered once", async () => {
    const reply_markup = { inline_keyboard: [[{ text: "Allow", callback_data: "a:1" }]] };
    await api().sendMessage(11, "May I?", { reply_markup });
    const [question] = telegram.said(mira.private);
    if (!question) throw new Error("nothing was asked");
    const press = mira.presses(mira.private, question, "Allow");
    const query = (await api().getUpdates()).at(-1)?.callback_query;
    expect(query).toMatchObject({ data: "a:1", message: { text: "May I?" }, from: { id: 11 } });
    await api().answerCallbackQuery(press, { text: "Allowed." });
    expect(mira.answerTo(press)).toEqual({ text: "Allowed.", alert: false });
    expect(await refused(api().answerCallbackQuery(press))).toContain("query is too old");
  });

  test("reactions, actions, commands and chats are what they may be", async () => {
    await api().setMessageReaction(11, 1, [{ type: "emoji", emoji: "👀" }]);
    expect(mira.private.find(1)?.reaction).toBe("👀");
    expect(await refused(api().setMessageReaction(11, 1, [{ type: "emoji", emoji: "✅" as "👀" }]))).toContain(
      "REACTION_INVALID",
    );
    await api().sendChatAction(11, "typing");
    expect(mira.private.action).toBe("typing");
    await api().setMyCommands([{ command: "help", description: "what there is" }]);
    expect(await refused(api().setMyCommands([{ command: "Help!", description: "x" }]))).toContain("COMMAND_INVALID");
    expect(await api().getChat(11)).toMatchObject({ type: "private", first_name: "Mira" });
    expect(await api().getMe()).toMatchObject({ username: "parley_bot", has_topics_enabled: false });
  });
});

describe("trouble", () => {
  test("a wrong token is refused everywhere", async () => {
    expect(await refused(api("123:wrong").getMe())).toBe("401 Unauthorized");
  });

  test("the next calls go wrong as planned, and then no more", async () => {
    telegram.troubles.plan("sendMessage", trouble.tooMany(7));
    telegram.troubles.plan(/^send/, trouble.broken, 2);
    expect(await refused(api().sendMessage(11, "a"))).toBe("429 Too Many Requests: retry after 7");
    expect(await refused(api().sendMessage(11, "a"))).toContain("500");
    await api().getMe();
    expect(await refused(api().sendChatAction(11, "typing"))).toContain("500");
    await api().sendMessage(11, "a");
    expect(telegram.texts(mira.private)).toEqual(["/start", "a"]);
  });

  test("an answer that is lost or cut off was done all the same; one that hangs was not", async () => {
    const impatient = new Bot(telegram.token, { client: { apiRoot: telegram.url, timeoutSeconds: 0.05 } }).api;
    for (const [how, text] of [
      [trouble.hang, "hung"],
      [trouble.lose, "lost"],
      [trouble.cut, "cut"],
    ] as const) {
      telegram.troubles.plan("sendMessage", how);
      expect(await impatient.sendMessage(11, text).catch((error: unknown) => error)).toBeInstanceOf(HttpError);
    }
    expect(telegram.texts(mira.private)).toEqual(["/start", "lost", "cut"]);
  });

  test("while it is stopped connections are refused; afterwards it is there again, with what happened meanwhile", async () => {
    const waiting = api().getUpdates({ offset: 700_002, timeout: 5 });
    await telegram.until(() => telegram.calls.length === 1, "the poll");
    await telegram.stop();
    await waiting.catch(() => []);
    mira.says(mira.private, "while you were out");
    expect(
      await api()
        .getMe()
        .catch((error: unknown) => error),
    ).toBeInstanceOf(HttpError);
    telegram.start();
    expect((await api().getUpdates({ offset: 700_002 })).map(({ message }) => message?.text)).toEqual([
      "while you were out",
    ]);
  });

  test("a minute without a call changes nothing", async () => {
    clock.advance(minute);
    expect(await api().getUpdates()).toHaveLength(1);
  });
});
