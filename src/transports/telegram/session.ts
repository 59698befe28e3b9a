import type { Update } from "grammy/types";
import { Refusal } from "../../errors.ts";
import type { Message } from "../../messages/message.ts";
import { createAsks } from "./asks.ts";
import { createBot, type TelegramBot } from "./bot.ts";
import { createCards } from "./cards.ts";
import { createDeliver } from "./deliver.ts";
import { createDelivery } from "./delivery.ts";
import { createFileExchange } from "./exchange.ts";
import { format } from "./format.ts";
import { createInbound } from "./inbound.ts";
import { Lane } from "./lane.ts";
import { createNews } from "./news.ts";
import { createOutbound } from "./outbound.ts";
import type { TelegramParts } from "./parts.ts";
import { createPieces } from "./pieces.ts";
import { createPlaces } from "./places.ts";
import { createPlacing } from "./placing.ts";
import { poll } from "./poll.ts";
import { createPreview } from "./preview.ts";
import { createPrivate } from "./private.ts";
import { createProgress } from "./progress.ts";
import { prove } from "./prove.ts";
import { createPumps } from "./pumps.ts";
import { createSend } from "./send.ts";
import type { Placed, Spot } from "./spot.ts";
import { createSteps } from "./steps.ts";
import { createTopics } from "./topics.ts";
import { TelegramError, wordsOf } from "./trouble.ts";
import { wait } from "./wait.ts";
import { watchWebhook } from "./webhook-watch.ts";
import { createWho } from "./who.ts";
import { createWords } from "./words.ts";

/** One stretch of talking through Telegram, from the proof that it works to the end of what was in flight. */
export interface Session {
  readonly botName: string;
  /** Takes in one update that was delivered to the webhook, after those that came before it. */
  deliver(update: Update): Promise<void>;
  /** Takes in no more, tells what can be told within moments, and leaves the rest for the next time. */
  close(): Promise<void>;
}

interface Parts extends TelegramParts {
  /** What Telegram shows with what it delivers; null: it is asked. */
  secret: string | null;
  /** Ends the session, or its beginning: nothing more is taken in, and nothing is waited for. */
  ending: AbortController;
  /** In words for an administrator; null when all is well again. */
  tell: (words: string | null) => void;
}

/** Kinds of updates that mean something here. */
const kinds = ["message", "edited_message", "callback_query", "my_chat_member"] as const;

/** Proves that the bot is one and may speak in its chat, and begins. @throws Refusal TRANSPORT_UNAVAILABLE saying why and what to do */
export async function openSession(parts: Parts): Promise<Session> {
  const { telegram, config, clock, logger, store, log, hub, members, rooms, history, memory, linking, slash, ending } =
    parts;
  const { limits } = config;
  const { system } = members;
  const bot = await createBot({ token: telegram.token, apiRoot: telegram.apiRoot, limits });
  const places = createPlaces({ log, memory, rooms, system, chatId: telegram.chatId });
  const { me, isForum } = await prove(bot, places.home, ending.signal);

  const news = createNews(parts.tell);
  const [laneTells, outboundTells, inboundTells] = [news.from(), news.from(), news.from()];
  const lane = new Lane({
    limits,
    clock,
    tell: (trouble) => laneTells(trouble && wordsOf(trouble)),
    report: (chat, trouble) =>
      logger.warn("telegram.call_failed", { chat, kind: trouble.kind, words: wordsOf(trouble) }),
  });
  const who = createWho(members, memory);
  // Beneath the words it may have to be said that a file is missing.
  const most = limits.messageCharacters - 500;
  const words = createWords(me.username, (id) => who.known({ id, first_name: "" })?.handle, most);
  const exchange = createFileExchange(bot, parts.files, limits);
  const pieces = createPieces({ limits, origin: parts.origin, read: exchange.read });
  const send = createSend(bot);
  const { tasks, work } = parts;
  const cards = createCards({ bot, memory, history, tasks, fold: (place, task) => progress.fold(place, task) });
  const { keyboard } = cards;
  const progress = createProgress({ hub, logger, history, tasks, work, memory, pieces, send, lane, keyboard });
  const asks = createAsks({
    ...{ bot, send, memory, history, rooms, tasks, approvals: parts.approvals, origin: parts.origin },
  });
  const deliver = createDeliver({ send, memory, history, pieces, keyboard });
  const steps = createSteps(store, history, memory);
  const outbound = createOutbound({
    ...{ log, limits, logger, members, rooms, memory, places, steps, deliver, cards, asks },
    lane: () => lane,
    tell: outboundTells,
  });

  /** In the house's own words, to whoever wrote; worth less than what is said in rooms. Resolves when it is said, or never will be. */
  async function saidTo({ chatId, threadId, replyTo }: Spot, markdown: string): Promise<void> {
    const [part] = format(markdown, limits).parts;
    if (!part) return;
    const place = { id: 0, chatId, threadId, roomId: 0, memberId: null, cursor: 0 };
    const run = () => send.piece(place, { type: "text", ...part }, replyTo || undefined, undefined);
    await lane
      .add({ chat: chatId, isGroup: chatId < 0, class: "notice", kind: "send", run })
      .catch((error: unknown) => logger.error("telegram.say", { error }));
  }
  const say = (spot: Spot, markdown: string) => void saidTo(spot, markdown);

  /** Commands whose answers are still to be said. */
  const answering = new Set<Promise<void>>();
  function answer({ text }: Message, { member, room, spot }: Placed): void {
    const answered = slash
      .answer(member, room, text)
      .then((words) => (words === undefined ? undefined : saidTo(spot, words)))
      .catch((error: unknown) => logger.error("telegram.answer", { error }))
      .finally(() => answering.delete(answered));
    answering.add(answered);
  }

  async function topicFor(name: string): Promise<number | undefined> {
    if (!isForum) return undefined;
    try {
      const made = await bot.call("createForumTopic", { chat_id: places.home, name });
      return made.message_thread_id;
    } catch (thrown) {
      if (!(thrown instanceof TelegramError)) throw thrown;
      logger.warn("telegram.no_topic", { room: name, words: thrown.message });
      return undefined;
    }
  }

  const topics = createTopics({ rooms, memory, places, system, create: topicFor });
  const privately = createPrivate({
    rooms,
    memory,
    places,
    linking,
    who,
    botName: me.username,
    origin: parts.origin,
    say,
  });
  const placing = createPlacing({
    ...{ rooms, places, topics, who, words },
    private: privately,
    allowGuests: telegram.allowGuests,
  });
  const inbox = createInbound({
    ...{ log, logger, history, rooms, memory, places, placing, who, words, clock, say },
    post: parts.post,
    change: parts.change,
    botId: me.id,
    isPolling: parts.secret === null,
    signal: ending.signal,
    keepFiles: exchange.keep,
    threadOf: asks.threadOf,
    async pressed(press, member) {
      if (!(await asks.pressed(press, member))) await cards.pressed(press, member);
    },
    told: answer,
  });
  const delivery = createDelivery({ inbox, limits, logger, signal: ending.signal });
  const pumps = createPumps({
    ...{ hub, limits, logger, memory, tellNext: outbound.tellNext },
    unseen(roomId, seq) {
      if (!isForum || !rooms.has(roomId) || rooms.byId(roomId).visibility !== "public") return;
      topics.of(rooms.byId(roomId), seq - 1).catch((error: unknown) => logger.error("telegram.topic", { error }));
    },
  });
  // What could be told before it is known that it is heard would be told again by the next session: speaking begins last.
  let stopPreview = () => {};
  let arrived: Promise<unknown>;
  try {
    await places.at(places.home, 0);
    await announce(bot, slash, logger, ending.signal);
    arrived = (await listen()).ended;
    const stopWriting = createPreview({ hub, log, logger, system, memory, pieces, bot, send, lane });
    const stopWork = progress.follow();
    stopPreview = () => {
      stopWriting();
      stopWork();
    };
    pumps.start();
  } catch (thrown) {
    ending.abort();
    stopPreview();
    await Promise.all([pumps.stop(), lane.stop()]);
    if (!(thrown instanceof TelegramError)) throw thrown;
    throw new Refusal("TRANSPORT_UNAVAILABLE", wordsOf(thrown.trouble));
  }

  /** Asks for updates, or has them delivered. */
  async function listen(): Promise<{ ended: Promise<unknown> }> {
    if (parts.secret === null) {
      await bot.call("deleteWebhook", {}, ending.signal);
      const told = { tell: (trouble: { words: string } | null) => inboundTells(trouble?.words ?? null) };
      const ended = poll({ bot, inbox, kinds, limits, logger, signal: ending.signal, ...told });
      return { ended: ended.catch((error: unknown) => logger.error("telegram.poll", { error })) };
    }
    const url = telegram.webhookUrl?.href ?? "";
    const hook = { url, secret_token: parts.secret, allowed_updates: kinds, max_connections: 1 };
    const set = () => bot.call("setWebhook", hook, ending.signal);
    await set();
    const ended = watchWebhook({
      ...{ bot, url, set, clock, limits, logger, signal: ending.signal, tell: inboundTells },
      delivered: () => delivery.count,
    });
    return { ended: ended.catch((error: unknown) => logger.error("telegram.webhook", { error })) };
  }

  return {
    botName: me.username,
    deliver: delivery.take,
    async close() {
      ending.abort();
      stopPreview();
      // What is being taken in is told as well, unless it takes too long: then the rest ends without it.
      const finished = Promise.all([arrived, delivery.settled()]);
      const isFinished = new AbortController();
      finished.finally(() => isFinished.abort());
      await wait(limits.drainMs, isFinished.signal);
      // One of them may be what ended it: whoever switched everybody over wants to hear that it is done.
      const isAnswered = new AbortController();
      Promise.all(answering).then(() => isAnswered.abort());
      await Promise.all([wait(limits.drainMs, isAnswered.signal), pumps.drained(limits.drainMs)]);
      await Promise.all([pumps.stop(), lane.stop(), finished]);
    },
  };
}

/** Telegram's menu of commands: what it offers while somebody types a slash. What cannot be offered can be typed. */
async function announce(
  bot: TelegramBot,
  slash: TelegramParts["slash"],
  logger: TelegramParts["logger"],
  signal: AbortSignal,
): Promise<void> {
  const own = [
    { command: "link", description: "Link your Parley account (in a private chat)" },
    { command: "show", description: "Choose the room that your private chat shows" },
    { command: "unlink", description: "Unlink your Parley account" },
  ];
  const shared = slash.commands
    .filter(({ name }) => /^[a-z0-9_]{1,32}$/.test(name))
    .map(({ name, help }) => ({ command: name, description: help.slice(0, 256) }));
  try {
    await bot.call("setMyCommands", { commands: [...shared, ...own] }, signal);
  } catch (thrown) {
    if (!(thrown instanceof TelegramError)) throw thrown;
    logger.warn("telegram.no_menu", { words: thrown.message });
  }
}
