import type { Chat, UserFromGetMe } from "grammy/types";
import { type Clock, systemClock } from "../../src/clock.ts";
import { argumentsOf, checkParameters } from "./telegram/arguments.ts";
import { FakeChat, type Shown } from "./telegram/chats.ts";
import { methods } from "./telegram/methods.ts";
import { Person } from "./telegram/person.ts";
import { ApiRefusal, badRequest } from "./telegram/refused.ts";
import { Troubles } from "./telegram/troubles.ts";
import { World } from "./telegram/world.ts";

/** One call the bot made. */
export interface Call {
  readonly method: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** On the fake's clock, milliseconds that only grow. */
  readonly at: number;
  /** 200 when it was done; null while it is not answered, and for ever when the answer is lost. */
  status: number | null;
  description: string | null;
}

interface Options {
  token?: string;
  clock?: Clock;
  /** How fast time runs for the limits: 1 as at Telegram, 0.01 a hundred times faster, 0 without limits. */
  pace?: number;
  /** What is different about the bot. */
  bot?: Partial<UserFromGetMe>;
}

const nobody: UserFromGetMe = {
  id: 777_000_111,
  is_bot: true,
  first_name: "Parley",
  username: "parley_bot",
  can_join_groups: true,
  can_read_all_group_messages: true,
  supports_inline_queries: false,
  can_connect_to_business: false,
  has_main_web_app: false,
  has_topics_enabled: false,
  allows_users_to_create_topics: false,
  can_manage_bots: false,
  supports_join_request_queries: false,
};

/**
 * A Bot API on this machine that refuses what Telegram refuses, keeps what people would see, and plays the people. What it does not
 * know (a method, a parameter, a parse mode other than HTML) it refuses as well, so that no slip passes.
 */
export class FakeTelegram {
  readonly token: string;
  readonly world: World;
  readonly troubles = new Troubles();
  readonly calls: Call[] = [];
  /** Told of each call before it is answered. */
  asked: (method: string) => void = () => undefined;
  private readonly silent: (() => void)[] = [];
  private readonly watching = new Set<() => void>();
  private nextGroup = -1_001_000_000_001;
  private server: Bun.Server<undefined> | null = null;
  private port = 0;

  constructor({ token = "123456:fake-token-of-the-tests", clock = systemClock, pace = 1, bot = {} }: Options = {}) {
    this.token = token;
    this.world = new World({ ...nobody, ...bot }, clock, pace);
    this.start();
  }

  /** What `apiRoot` must be. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Listens, always on the same port. */
  start(): void {
    this.server = Bun.serve({
      hostname: "127.0.0.1",
      port: this.port,
      idleTimeout: 0,
      development: false,
      fetch: (request) => this.serve(request),
    });
    this.port = this.server.port ?? 0;
  }

  /** Connections are refused from now on, and open ones break. What happens meanwhile is kept. */
  async stop(): Promise<void> {
    this.world.updates.hangUp();
    for (const end of this.silent.splice(0)) end();
    await this.server?.stop(true);
    this.server = null;
  }

  /** A group with its people, and the bot in it. */
  group(title: string, people: readonly Person[], { forum = false, admin = false } = {}): FakeChat {
    const chat: Chat.SupergroupChat = {
      id: this.nextGroup--,
      type: "supergroup",
      title,
      ...(forum && { is_forum: true }),
    };
    const group = this.world.chats.add(new FakeChat(chat, forum));
    group.botIsAdmin = admin;
    for (const { user } of people) group.members.set(user.id, user);
    return group;
  }

  /** A small group of the old kind, which may become a supergroup. */
  smallGroup(title: string, people: readonly Person[]): FakeChat {
    const group = this.world.chats.add(
      new FakeChat({ id: -Math.abs(this.nextGroup--) % 1_000_000, type: "group", title }, false),
    );
    for (const { user } of people) group.members.set(user.id, user);
    return group;
  }

  /** A small group gets another number, and the bot is told in both. */
  upgrade(small: FakeChat, by: Person): FakeChat {
    const large = this.group(small.chat.title ?? "", [by]);
    for (const [id, user] of small.members) large.members.set(id, user);
    this.world.happened(small, by.user, { service: { migrate_to_chat_id: large.id } });
    small.movedTo = large.id;
    this.world.happened(large, by.user, { service: { migrate_from_chat_id: small.id } });
    return large;
  }

  person(id: number, name: string, username?: string): Person {
    return new Person(this.world, id, name, username);
  }

  /** The texts to be seen in a chat, in their order, of one topic when it is named. */
  texts(chat: FakeChat, thread?: number): string[] {
    return this.seen(chat, thread).map(({ text }) => text);
  }

  /** The messages to be seen in a chat, without those that only say that something happened. */
  seen(chat: FakeChat, thread?: number): Shown[] {
    return chat.messages.filter((each) => each.kind !== "service" && (thread === undefined || each.thread === thread));
  }

  /** What the bot itself said there. */
  said(chat: FakeChat): Shown[] {
    return this.seen(chat).filter(({ from }) => from.id === this.world.bot.id);
  }

  callsOf(method: string): Call[] {
    return this.calls.filter((call) => call.method === method);
  }

  /** Waits until something is so; looks after every call. Fails after ten seconds. */
  until(fits: () => boolean, what: string, within = 10_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        clearInterval(looking);
        this.watching.delete(look);
      };
      const look = () => {
        if (!fits()) return;
        end();
        resolve();
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`${what} did not happen`));
      }, within);
      // What changes without a call, such as rows of a database, is looked for now and then.
      const looking = setInterval(look, 20);
      this.watching.add(look);
      look();
    });
  }

  private async serve(request: Request): Promise<Response> {
    const [, kind = "", token = "", path = ""] =
      /^\/(bot|file\/bot)([^/]*)\/(.+)$/.exec(new URL(request.url).pathname) ?? [];
    if (token !== this.token) return answerOf(new ApiRefusal(kind ? 401 : 404, kind ? "Unauthorized" : "Not Found"));
    if (kind === "file/bot") return this.download(path);
    const { fields, uploads } = await argumentsOf(request);
    const call: Call = { method: path, fields, at: this.world.clock.monotonic(), status: null, description: null };
    this.calls.push(call);
    this.asked(path);
    const trouble = this.troubles.take(path);
    if (trouble === "hang") return this.silence(request);
    try {
      if (typeof trouble === "object" && trouble) throw trouble.answer;
      checkParameters(path, fields);
      const result = await methods[path]?.(this.world, { fields, uploads }, request.signal);
      if (trouble === "lose") return await this.silence(request);
      if (trouble === "cut") return brokenOff();
      call.status = 200;
      return Response.json({ ok: true, result });
    } catch (thrown) {
      const refusal = thrown instanceof ApiRefusal ? thrown : badRequest(`the fake does not understand: ${thrown}`);
      call.status = refusal.code;
      call.description = refusal.message;
      return answerOf(refusal);
    } finally {
      for (const look of [...this.watching]) queueMicrotask(look);
    }
  }

  private download(path: string): Response {
    const file = this.world.files.get(path.replace(/^files\//, ""));
    return file ? new Response(file.bytes as Uint8Array<ArrayBuffer>) : answerOf(new ApiRefusal(404, "Not Found"));
  }

  /** No answer, until the caller gives up or the fake stops. */
  private silence(request: Request): Promise<Response> {
    return new Promise((resolve) => {
      const end = () => resolve(new Response(null, { status: 499 }));
      request.signal.addEventListener("abort", end);
      this.silent.push(end);
    });
  }
}

const answerOf = (refusal: ApiRefusal) => Response.json(refusal.body, { status: refusal.code });

/** An answer that breaks off in the middle. */
const brokenOff = () => new Response('{"ok":true,"res', { headers: { "content-type": "application/json" } });
