import { defaultLimits, type Limits } from "../../../src/limits.ts";
import { FakeTelegram } from "../fake-telegram.ts";
import { startServer, type TestServer } from "../server.ts";
import type { FakeChat } from "./chats.ts";
import type { Person } from "./person.ts";

/** Time of Telegram's limits runs so much faster, on both sides. */
export const pace = 0.01;

const paced = [
  "telegramPrivateMs",
  "telegramGroupMs",
  "telegramPrivateEditMs",
  "telegramGroupEditMs",
  "telegramDraftMs",
  "telegramSlowMs",
  "telegramRetryMs",
  "telegramRetryMostMs",
  "telegramConflictMs",
  "telegramConflictMostMs",
  "telegramHookMs",
] as const;

export const pacedLimits = Object.fromEntries(paced.map((name) => [name, defaultLimits[name] * pace]));

export const townLimits: Partial<Limits> = {
  ...pacedLimits,
  telegramCallsPerSecond: 1_000,
  telegramCallMs: 1_000,
  agentRate: 1_000,
  agentBurst: 1_000,
};

/** A Parley that speaks in a group of Telegram's, with mira and tomas in it. */
export interface Town extends AsyncDisposable {
  readonly telegram: FakeTelegram;
  readonly server: TestServer;
  readonly team: FakeChat;
  readonly mira: Person;
  readonly tomas: Person;
  restart(): Promise<void>;
}

interface Options {
  env?: Record<string, string>;
  limits?: Partial<Limits>;
  forum?: boolean;
  admin?: boolean;
}

export async function openTown({ env = {}, limits = {}, forum = false, admin = true }: Options = {}): Promise<Town> {
  const telegram = new FakeTelegram({ pace });
  const mira = telegram.person(501, "mira");
  const tomas = telegram.person(502, "tomas");
  const team = telegram.group("the team", [mira, tomas], { forum, admin });
  const settings = {
    OPENCODE_TRANSPORT: "both",
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_CHAT_ID: String(team.id),
    TELEGRAM_API_ROOT: telegram.url,
    ...env,
  };
  let server = await startServer({ env: settings, limits: { ...townLimits, ...limits } });
  return {
    telegram,
    get server() {
      return server;
    },
    team,
    mira,
    tomas,
    async restart() {
      server = await server.restart();
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await telegram.stop();
    },
  };
}
