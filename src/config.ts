// Longer than most files: every setting and every limit stands here, each with its reason.
import { isIP } from "node:net";
import { join, resolve } from "node:path";
import type { LogLevel } from "./logger.ts";

/** Limits and intervals, each with its reason. Tests pass other values through `createConfig`'s second argument. */
export const defaultLimits = {
  /** Longest message, in UTF-16 units: longer texts belong in files. */
  messageCharacters: 8_000,
  /** Names that one message may mention; what stands beyond them is words. Nobody is called by a list of everybody, and each is looked up. */
  mentions: 20,
  /** How deep JSON may be nested, in frames and bodies: nothing here needs five, and what walks it must not run out of stack. */
  jsonDepth: 16,
  /** Largest chat frame, bytes: a full message in the widest encoding with room to spare. */
  chatFrameBytes: 64 * 1024,
  /** Largest frame Bun accepts before it closes 1009: the seeds promise 1 MB frames for control dialects. */
  socketFrameBytes: 1024 * 1024,
  /** Answers to one client beyond this are packed where it takes that; below it the frame would hardly be smaller. */
  packedCharacters: 1_024,
  /** Unsent bytes a socket may owe before it is cut off to resume later: 1 MiB costs nobody else anything (measured). */
  backpressureBytes: 1024 * 1024,
  /** Largest HTTP body of a form or JSON request. */
  bodyBytes: 64 * 1024,
  /** People: the seeds promise 50 messages a second a user. */
  peopleRate: 60,
  peopleBurst: 120,
  /** Agents: generous enough to speak live, low enough that a loop shows. */
  agentRate: 20,
  agentBurst: 40,
  /** Any frame of one socket, typing and pings included; beyond it frames are refused, not the socket. */
  frameRate: 200,
  frameBurst: 400,
  /** Pings of one socket that are answered beside its frames; what comes faster, or is larger than any ping, counts like every frame. */
  pingRate: 20,
  pingBurst: 40,
  pingCharacters: 1_000,
  /** Sign-ins by name alone of one address: a team arriving together fits. */
  signInRate: 50,
  signInBurst: 200,
  /** Wrong passwords for one name from one address within the window, as the seeds say: after them one waits. */
  signInAttempts: 5,
  attemptWindowMs: 15 * 60_000,
  /** Wrong passwords, codes or tokens of one address: several people of one office may mistype. */
  addressAttempts: 30,
  /** Wrong passwords for one name from everywhere: guessing from many addresses ends as well, and locking somebody out takes effort. */
  nameAttempts: 100,
  /** Passwords hashed at a time, 19 MiB each, and how many may wait: more would be a way to fill the memory. */
  passwordChecks: 2,
  passwordQueue: 64,
  /** Acts of one person over HTTP that change something, such as rooms, titles or keys: no script needs more, and each is kept for ever. */
  actRate: 10,
  actBurst: 200,
  /** Guests of one address: each new name is a member that stays. */
  guestRate: 1,
  guestBurst: 30,
  /** Typing told by one person: one a second, with room for starting and stopping at once. */
  typingRate: 1,
  typingBurst: 5,
  /** Frames that cannot be understood within `badFrameWindowMs` before the socket is closed as abuse. */
  badFrames: 10,
  badFrameWindowMs: 60_000,
  /** How long a socket may stay unauthenticated; longer in development for somebody who types frames by hand and has sent none yet. */
  authTimeoutMs: 10_000,
  authTimeoutDevelopmentMs: 30_000,
  /** Resume is exact up to this many events and bytes, or the client reloads a snapshot: never a partial replay. */
  resumeEvents: 1_000,
  resumeBytes: 512 * 1024,
  /** Typing shows this long unless it is repeated. */
  typingMs: 5_000,
  /** A person is offline this long after the last socket closed: a page reload is not a departure. */
  presenceGraceMs: 1_000,
  /** Presence changes are gathered this long before they are told to browsers: joins cost one frame, not one each. */
  presenceFlushMs: 200,
  /** People shown beside a room; beyond it those who are here come first. */
  peopleBeside: 50,
  /** Changes of presence told one by one; when more come at once the whole list beside the room is sent instead. */
  presenceSingles: 20,
  /** Token deltas of a room are gathered this long: 30 frames a second look live and cost a seventh. */
  deltaFlushMs: 33,
  /** How often clients that wait for it are told how the server is. */
  serverStatusMs: 30_000,
  /** Above `busyMessagesPerSecond` commits are at least `busyTickMs` apart: half the price for 1 ms on average. Below it there is no wait at all. */
  busyMessagesPerSecond: 2_000,
  busyTickMs: 2,
  /** Above this rate they stand `rushTickMs` apart: waking each of 100 readers is then the larger part of a message's price. */
  rushMessagesPerSecond: 5_000,
  rushTickMs: 4,
  /** Commands waiting for a commit before further ones are refused: a stalled disk must not eat the memory. */
  queuedCommands: 50_000,
  /** How often the end of an answer that a full disk kept out is tried again. */
  storageRetryMs: 500,
  /** Messages of one page of history in the browser, and the most that JSON clients may ask for. */
  pageMessages: 50,
  historyMessages: 200,
  /** The search index follows the log in batches of so many events, or this long after the first: each batch is a commit of its own. */
  searchBatch: 512,
  searchDelayMs: 250,
  /** A batch ends early after this long, and then rests so many times what it took: at most a tenth of the process is the index's. */
  searchStepMs: 8,
  searchRest: 9,
  /** While more is said than `busyMessagesPerSecond` it rests longer: its pages in the log cost every commit more than its own time. */
  searchBusyRest: 99,
  /** A search waits this long for the index to be up to date; then it says that it is not. */
  searchCatchUpMs: 100,
  /** A search that has looked so long answers with what it found and says where it was. */
  searchMs: 100,
  /** Hits of one page of a search, and the most that can be asked for. */
  searchHits: 20,
  searchMostHits: 100,
  /** Characters of a page of history, text and HTML together: it ends after the message that reaches this, and says that there is more. */
  pageCharacters: 256 * 1024,
  /**
   * Reads of one member, over HTTP and sockets: paging up fast takes ten a second. What is read weighs besides, one for each so many
   * characters: of pages of the longest messages, 20 ms each, seven come at once and three in two seconds.
   */
  readRate: 50,
  readBurst: 250,
  readCharacters: 8 * 1024,
  /**
   * Searching reads back so far in a room, in messages and in characters, and for words no longer than that: there is no index, and
   * who looks for "aaaaab" in a room full of "a" must not stop the others.
   */
  searchedMessages: 5_000,
  searchedCharacters: 500_000,
  searchedWord: 40,
  /** A page takes up where it was once, when its socket opens: what it missed is up to half a megabyte. */
  resumeRate: 1,
  resumeBurst: 2,
  /** Sockets in all, and of one person. */
  connections: 12_000,
  /** Of one person: tabs, devices and programs. In development any name is free, and one machine plays a crowd. */
  connectionsPerMember: 20,
  connectionsPerMemberDevelopment: 6_000,
  /** Of one key of an agent: it has one socket, and a few while it reconnects. */
  connectionsPerAgentKey: 5,
  /** Sockets that one person opens: all of them at once after a restart, and again; then one now and then. */
  socketRate: 2,
  socketBurst: 40,
  socketRateDevelopment: 600,
  socketBurstDevelopment: 12_000,
  /** Sockets opened from one address, whoever's they are: 2,000 people behind one address may all come back at once. This machine's own are not counted. */
  addressSocketRate: 100,
  addressSocketBurst: 2_000,
  /** Requests of one address that show nobody and are being answered at this moment; not of this machine. */
  strangersInFlight: 50,
  /** Sockets of one address that have not said who they are; those on this machine are counted in all only. */
  strangersPerAddress: 200,
  /** How often open sockets are looked at for sessions that ended by themselves: nothing is delivered much later than that. */
  expiryCheckMs: 1_000,
  /** A request's body must be there within this time, however it drips. */
  bodyMs: 15_000,
  /**
   * Audit entries of sockets are gathered this long, and so many at once of what was refused and of what was not: neither takes the
   * other's place. Beyond it they are counted in one entry.
   */
  auditFlushMs: 1_000,
  auditBatch: 1_000,
  /** Devices that wait to be confirmed, in all: each waits ten minutes. */
  pendingDevices: 1_000,
  /** Devices of one address that may ask within those ten minutes: nobody can fill the places of all. */
  devicesPerAddress: 20,
  /** Codes of devices that one account may type wrong while a code lives: 34 bits are few for who may try for hours from many addresses. */
  deviceCodeAttempts: 5,
  /** Rooms of a workspace and topics of a socket: bounds for lists that are held in memory. */
  rooms: 1_000,
  topicsPerSocket: 128,
  /** Agents of a workspace: what each of them does is told in lists, to everybody. */
  agents: 100,
  /** Agents that one message may call: each of them answers it. */
  agentsCalled: 8,
  /** Tasks an agent may have waiting. */
  queuedTasks: 50,
  /** Direct conversations of a workspace: every pair of two hundred people has one, and who is in them is held in memory. */
  directRooms: 20_000,
  /** Of which one person begins so many, and a guest, whose name is anybody's, only a few; and all guests together never take up the rest. */
  directRoomsPerMember: 500,
  directRoomsPerGuest: 20,
  directRoomsOfGuests: 5_000,
  /** Direct conversations beside a room: the newest. With the same people one comes back to the others. */
  directsBeside: 50,
  /** Messages a browser keeps while it is away. */
  outboxMessages: 100,
  /** How long one poll of Telegram waits for news: the longer, the fewer calls; proxies cut idle connections after a minute. */
  telegramPollSeconds: 30,
  /** A poll that has not ended by then hangs, whatever the network says, and is begun anew. */
  telegramWatchdogMs: 120_000,
  /** Any other call to Telegram, and one that carries a file of up to 50 MB over a slow line. */
  telegramCallMs: 30_000,
  telegramUploadMs: 300_000,
  /** After a failure Telegram is asked again this soon, twice as long each time up to the second, so that a long outage costs little. */
  telegramRetryMs: 1_000,
  telegramRetryMostMs: 30_000,
  /** The same while another program polls with our token: two that fight take each other's messages. */
  telegramConflictMs: 5_000,
  telegramConflictMostMs: 60_000,
  /** Tries for one update before it is passed over: one that breaks something must not stop those behind it. */
  telegramUpdateTries: 3,
  /** So many updates that were delivered to the webhook are known again; Telegram repeats what was not answered within a minute or so. */
  telegramRemembered: 1_000,
  /** Messages and edits to one person: about one a second with a small burst, as Telegram advises. */
  telegramPrivateMs: 1_000,
  telegramPrivateBurst: 3,
  /** Messages and edits in a group: Telegram takes 20 in any minute; the burst and seventeen more are 19. */
  telegramGroupMs: 3_500,
  telegramGroupBurst: 2,
  /** Edits of an answer that grows: often enough to look live, rarely enough that Telegram does not ask to wait. */
  telegramPrivateEditMs: 1_500,
  telegramGroupEditMs: 3_500,
  /** Drafts of an answer that grows: they cost less and look smooth from two a second on. */
  telegramDraftMs: 400,
  /** After Telegram asked to wait a chat is spoken to at half the pace, and faster again after so long without being asked. */
  telegramSlowMs: 60_000,
  /** Calls of the whole bot within a second; Telegram takes about 30. */
  telegramCallsPerSecond: 25,
  /** Notices and previews that wait for one chat: beyond it the least important is dropped. */
  telegramQueued: 50,
  /** Messages that one text may become: a longer one is sent as a file with its beginning. */
  telegramParts: 4,
  /** Tries for a question or a notice while Telegram does not answer; old news is worse than none. */
  telegramNoticeTries: 5,
  /** Largest file, bytes: photos and documents fit, films belong elsewhere. */
  fileBytes: 25 * 1024 * 1024,
  /** Files of one message: more is an album, and five pictures fill a phone's screen. */
  filesPerMessage: 5,
  /** Bytes of all files of one member: some thousand photos, and nobody fills the disk of all. */
  memberFileBytes: 1024 * 1024 * 1024,
  /** Uploads of one member at a time: the files of one message. */
  uploadsAtOnce: 5,
  /** An upload that brings less than this many bytes a second, on average over the window, is given up: it holds a connection. */
  uploadRate: 1024,
  uploadWindowMs: 30_000,
  /** Seconds after which a request on which nothing moves is cut off: an upload nobody sends, a download nobody reads. */
  idleSeconds: 30,
  /** A file that was not sent within a day is not wanted any more; how often that is looked for, as it matters to nobody's day. */
  unsentFileMs: 24 * 60 * 60_000,
  fileSweepMs: 15 * 60_000,
  /** Longest name of a file: with an ending, and in any script, it fits every file system. */
  fileNameCharacters: 200,
  /** Images with more pixels are not shown in place: decoding one takes 200 MB in every browser that looks. */
  inlinePixels: 50_000_000,
  /** A shutdown, or a switch to another transport, waits this long for what is in flight. */
  /** How often a stream over HTTP says that it is there: proxies cut what is silent for half a minute or more. */
  streamBeatMs: 15_000,
  /** A page's line over HTTP is over when nothing came from it for so long: a dead network ends no stream, and hidden tabs speak once a minute. */
  lineSilenceMs: 150_000,
  /** How long a poll waits for something: under the 30 s after which many a proxy gives up. */
  pollWaitMs: 25_000,
  /** What comes within so long of the first thing goes with it: fewer polls, and nobody sees the difference. */
  pollGatherMs: 25,
  /** Between two polls of a page what it would have heard is kept this long: a request on its way is not a departure. */
  pollParkMs: 10_000,
  /** Whether the process comes to its work in time is looked at so often; later than this by so much is written into the log. */
  pulseMs: 100,
  pulseLateMs: 250,
  /** Figures that anybody may ask for are counted once in this time. */
  figuresMs: 1_000,
  /** A shutdown waits this long for what is in flight. */
  drainMs: 5_000,
  /** A transport that is to be switched to must have shown within this time that it works. */
  transportStartMs: 15_000,
  /** The server is up after this time at the latest; a transport that takes longer comes up while it already serves. */
  transportWaitMs: 1_000,
  /** How often the transports are looked at: trouble is counted in seconds. */
  transportWatchMs: 1_000,
  /** How often the server opens a socket to itself, to know that others can, and how long that may take. */
  probeMs: 10_000,
  probeTimeoutMs: 5_000,
  /** A migration waits this long for each answer of the server that it tries its new settings with. */
  migrationAnswerMs: 10_000,
  /** How long `POST /tasks` waits for the agent to take up the task, whose id it answers with. */
  taskAnswerMs: 2_000,
  /** Below this much free space beside the database its health is called degraded: a commit needs little, and then there is still time. */
  diskFreeBytes: 64 * 1024 * 1024,
} as const;

const mebibyte = 1024 * 1024;

export type Limits = { readonly [K in keyof typeof defaultLimits]: number };

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly websocketHost: string;
  readonly websocketPort: number | null;
  readonly databasePath: string;
  readonly development: boolean;
  readonly allowGuest: boolean;
  readonly safeMode: boolean;
  /** What people talk through from the start; `auto`: what an administrator chose last, else what is set up. */
  readonly transport: "auto" | "websocket" | "telegram" | "both";
  /** The bot and its chat; null unless both its token and the chat are set. */
  readonly telegram: TelegramSettings | null;
  /** A transport may be in trouble for so long before the other one is used as well; 0: that never happens by itself. */
  readonly fallbackSeconds: number;
  readonly demoTeam: boolean;
  readonly workspaceName: string;
  readonly sessionIdleMinutes: number;
  /** The key that signs our tokens; null: one is made and kept beside the database. */
  readonly secretKey: string | null;
  /** Keys from the environment: who shows one is `api_user`, a developer, or `admin_user`, an admin. */
  readonly environmentKeys: { readonly api: string | null; readonly admin: string | null };
  /** Longest life of a JWT that is accepted. */
  readonly jwtMaxMinutes: number;
  /** Whose JWTs are accepted besides ours. */
  readonly outsideIssuer: OutsideIssuer | null;
  /** Addresses and networks of proxies whose word about the client's address is taken. */
  readonly trustedProxies: readonly string[];
  readonly heartbeatSeconds: number;
  readonly reconnect: { readonly delayMs: number; readonly maxAttempts: number };
  /** Whose pages use WebSockets, until an administrator decides otherwise. */
  readonly rollout: { readonly enabled: boolean; readonly percent: number };
  readonly publicUrl: URL | null;
  /** Whether others than this machine's own users can reach it, themselves or through a proxy. */
  readonly isPublic: boolean;
  readonly allowedOrigins: readonly string[];
  readonly logLevel: LogLevel;
  readonly limits: Limits;
  /** Settings that were given and have no effect, each with a sentence: printed at start. */
  readonly notes: readonly string[];
}

/** How to reach Telegram, and which chat there is the room. */
export interface TelegramSettings {
  /** Never to be logged or shown: whoever has it is the bot. */
  readonly token: string;
  readonly chatId: number;
  /** Without a slash at the end. */
  readonly apiRoot: string;
  /** Where Telegram may deliver to; null: it is asked for news. */
  readonly webhookUrl: URL | null;
  /** Whether people of that chat who linked no account write as guests. */
  readonly allowGuests: boolean;
}

/** An identity service whose tokens open this workspace: everything about them is pinned here, nothing is taken from the token. */
export interface OutsideIssuer {
  readonly name: string;
  readonly audience: string;
  readonly keys: URL;
  readonly algorithm: string;
  /** What somebody who comes for the first time may do. */
  readonly role: "developer" | "analyst" | "viewer" | "guest";
}

/** Everything that is wrong with the configuration, at once, each line naming the setting and the remedy. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`Parley cannot start with this configuration:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.name = "ConfigurationError";
    this.problems = problems;
  }
}

type Source = Readonly<Record<string, string | undefined>>;

/**
 * Reads and validates every setting, once.
 * @param env environment variables, those of `.env` and flags merged into them
 * @param limits other limits, for tests and benchmarks
 * @throws ConfigurationError with every problem in it
 */
export function createConfig(env: Source, limits: Partial<Limits> = {}): Config {
  const problems: string[] = [];
  const read = reader(env, problems);

  const host = read.text("HOST", "127.0.0.1");
  const development = read.flag("OPENCODE_DEV_MODE");
  const transportSetting = env.OPENCODE_TRANSPORT?.trim() ? "OPENCODE_TRANSPORT" : "COMMUNICATION_TRANSPORT";
  const transport = read.choice(transportSetting, ["auto", "websocket", "telegram", "both"], "auto");
  const telegram = telegramOf(env, read, problems);
  if ((transport === "telegram" || transport === "both") && !telegram) {
    problems.push(
      `${transportSetting}=${transport} needs TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID: set both, or choose websocket or auto`,
    );
  }
  const websocketHost = read.text("WEBSOCKET_HOST", host);
  for (const [name, value] of [
    ["HOST", host],
    ...(websocketHost === host ? [] : [["WEBSOCKET_HOST", websocketHost] as const]),
  ] as const) {
    if (development && !isLoopback(value)) {
      problems.push(
        `OPENCODE_DEV_MODE=true lets anyone in under any name, so it works on loopback only: set ${name}=127.0.0.1 or turn it off`,
      );
    }
  }
  const port = read.integer("PORT", 8080, 0, 65_535);
  const websocketPort = env.WEBSOCKET_PORT?.trim() ? read.integer("WEBSOCKET_PORT", 0, 0, 65_535) : null;
  if (websocketPort !== null && websocketPort !== 0 && websocketPort === port) {
    problems.push(
      "WEBSOCKET_PORT must differ from PORT (which serves WebSockets as well): leave it unset or choose another",
    );
  }

  const publicUrl = read.origin("PUBLIC_URL");
  const trustedProxies = read.networks("TRUSTED_PROXY");
  const isBehindProxy = (publicUrl !== null && !isLoopback(publicUrl.hostname)) || trustedProxies.length > 0;
  const isPublic = !isLoopback(host) || !isLoopback(websocketHost) || isBehindProxy;
  if (development && isBehindProxy)
    problems.push(
      "OPENCODE_DEV_MODE=true lets anyone in under any name, so it works on this machine only: take PUBLIC_URL and TRUSTED_PROXY away, or turn it off",
    );
  const config: Config = {
    host,
    port,
    websocketHost,
    websocketPort,
    databasePath: databasePath(env),
    development,
    allowGuest: read.flag("OPENCODE_ALLOW_GUEST"),
    safeMode: read.flag("OPENCODE_SAFE_MODE"),
    transport,
    telegram,
    fallbackSeconds: read.integer("PARLEY_FALLBACK_SECONDS", 60, 0, 86_400),
    demoTeam: read.flag("PARLEY_DEMO_TEAM", true),
    workspaceName: read.text("PARLEY_NAME", "Parley"),
    sessionIdleMinutes: read.integer("OPENCODE_SESSION_TIMEOUT", 7 * 24 * 60, 1, 525_600),
    secretKey: read.secret("OPENCODE_SECRET_KEY", 32, isPublic),
    environmentKeys: {
      api: read.secret("OPENCODE_API_KEY", isPublic ? 24 : 8, isPublic),
      admin: read.secret("OPENCODE_ADMIN_KEY", isPublic ? 24 : 8, isPublic),
    },
    jwtMaxMinutes: read.integer("PARLEY_JWT_MAX_MINUTES", 60, 1, 525_600),
    outsideIssuer: outsideIssuer(env, read, problems),
    trustedProxies,
    heartbeatSeconds: Math.min(30, Math.max(8, Math.round(read.duration("WS_HEARTBEAT_INTERVAL", 30_000) / 1000))),
    reconnect: {
      delayMs: read.duration("WS_RECONNECT_INTERVAL", 1_000),
      maxAttempts: read.integer("WS_MAX_RECONNECT_ATTEMPTS", 10, 1, 1_000_000),
    },
    rollout: {
      enabled: read.flag("ENABLE_WEBSOCKET", true),
      percent: read.integer("WEBSOCKET_ROLLOUT_PERCENT", 100, 0, 100),
    },
    publicUrl,
    isPublic,
    allowedOrigins: read.origins("ALLOWED_ORIGINS"),
    logLevel: read.choice("LOG_LEVEL", ["debug", "info", "warn", "error"], "info"),
    limits: {
      ...defaultLimits,
      connectionsPerMember: development
        ? defaultLimits.connectionsPerMemberDevelopment
        : defaultLimits.connectionsPerMember,
      socketRate: development ? defaultLimits.socketRateDevelopment : defaultLimits.socketRate,
      socketBurst: development ? defaultLimits.socketBurstDevelopment : defaultLimits.socketBurst,
      peopleRate: read.integer("PARLEY_PEOPLE_RATE", defaultLimits.peopleRate, 1, 10_000_000),
      peopleBurst: read.integer("PARLEY_PEOPLE_BURST", defaultLimits.peopleBurst, 1, 10_000_000),
      agentRate: read.integer("PARLEY_AGENT_RATE", defaultLimits.agentRate, 1, 10_000_000),
      agentBurst: read.integer("PARLEY_AGENT_BURST", defaultLimits.agentBurst, 1, 10_000_000),
      frameRate: read.integer("PARLEY_FRAME_RATE", defaultLimits.frameRate, 1, 10_000_000),
      frameBurst: read.integer("PARLEY_FRAME_BURST", defaultLimits.frameBurst, 1, 10_000_000),
      fileBytes: mebibyte * read.integer("PARLEY_FILE_MEGABYTES", defaultLimits.fileBytes / mebibyte, 1, 4_096),
      memberFileBytes:
        mebibyte * read.integer("PARLEY_MEMBER_MEGABYTES", defaultLimits.memberFileBytes / mebibyte, 1, 10_000_000),
      ...limits,
    },
    notes: [
      ...laterSettings
        .filter((name) => env[name])
        .map((name) => `${name} is set, but nothing in this version uses it.`),
      ...(telegram ? [] : telegramNotes(env)),
    ],
  };
  problems.push(...misspelt(env, new Set([...read.names, ...ownSettings, ...laterSettings, ...otherSettings])));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return Object.freeze(config);
}

/** Every setting that bears our name: one that is spelled wrong must not be thought to be in force. */
const ownSettings = [
  "PARLEY_NAME",
  "PARLEY_DEMO_TEAM",
  "PARLEY_PEOPLE_RATE",
  "PARLEY_PEOPLE_BURST",
  "PARLEY_AGENT_RATE",
  "PARLEY_AGENT_BURST",
  "PARLEY_FRAME_RATE",
  "PARLEY_FRAME_BURST",
  "PARLEY_FILE_MEGABYTES",
  "PARLEY_MEMBER_MEGABYTES",
  "PARLEY_JWT_MAX_MINUTES",
  "PARLEY_JWT_ISSUER",
  "PARLEY_JWT_AUDIENCE",
  "PARLEY_JWT_JWKS_URL",
  "PARLEY_JWT_ALGORITHM",
  "PARLEY_JWT_ROLE",
  "PARLEY_ALLOW_QUERY_TOKEN",
  "PARLEY_FALLBACK_SECONDS",
  "PARLEY_TELEGRAM_GUESTS",
];

/** Settings that are read by other means than the reader's, or only where another one is set. */
const otherSettings = ["OPENCODE_TRANSPORT", "COMMUNICATION_TRANSPORT", "OPENCODE_CHAT_DB", "WEBSOCKET_PORT"];

/** Of the coding agent of that name, which may run on the same machine: none of ours, and none of ours misspelt. */
const foreignSettings =
  /^OPENCODE_(?:CONFIG|CONFIG_\w+|(?:DISABLE|ENABLE|EXPERIMENTAL|SERVER|MODELS)_\w+|PERMISSION|CLIENT|CALLER|BIN_PATH|AUTO_SHARE|GIT_BASH_PATH|COMMAND)$/;

/** Settings without a prefix of ours whose absence would open something, or leave out somebody. */
const nearMisses = ["TRUSTED_PROXY", "ALLOWED_ORIGINS", "PUBLIC_URL", "WEBSOCKET_HOST", "WEBSOCKET_PORT"];

/** What is spelt almost like a setting, or like none with a prefix of ours: it must not be thought to be in force. */
function misspelt(env: Source, known: ReadonlySet<string>): string[] {
  return Object.keys(env).flatMap((name) => {
    if (known.has(name)) return [];
    const nearest = (names: Iterable<string>) =>
      [...names].reduce((best, each) => (distance(name, each) < distance(name, best) ? each : best));
    const own = /^(?:PARLEY|OPENCODE)_/.test(name) && !foreignSettings.test(name);
    const meant = nearest(own ? known : nearMisses);
    if (!own && distance(name, meant) > 2) return [];
    return [`${name} is not a setting: the nearest is ${meant} (all of them are in .env.example)`];
  });
}

/** How many letters differ between two names, whatever stands between their words and in whichever number they are. */
function distance(a: string, b: string): number {
  const plain = (name: string) => name.toUpperCase().replace(/_/g, "").replace(/IES$/, "Y").replace(/S$/, "");
  const [from, to] = [plain(a), plain(b)];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...from].entries()) {
    const next = [at + 1];
    for (const [index, other] of [...to].entries())
      next.push(
        Math.min((next[index] ?? 0) + 1, (row[index + 1] ?? 0) + 1, (row[index] ?? 0) + (letter === other ? 0 : 1)),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Settings of the systems Parley replaces whose features this version does not have: accepted and named at start, never silently ignored. */
const laterSettings = ["OPENCODE_MAX_MESSAGES", "PARLEY_ALLOW_QUERY_TOKEN", "NATS_URL"];

function telegramOf(env: Source, read: ReturnType<typeof reader>, problems: string[]): TelegramSettings | null {
  const token = env.TELEGRAM_BOT_TOKEN?.trim() ?? "";
  const chat = env.TELEGRAM_CHAT_ID?.trim() ?? "";
  const apiRoot = read.origin("TELEGRAM_API_ROOT");
  const webhookUrl = read.origin("TELEGRAM_WEBHOOK_URL");
  if (token === "" || chat === "") return null;
  // Only its form is judged, and it is never repeated: what is printed at a start is kept in many places.
  if (!/^\d+:[\w-]+$/.test(token))
    problems.push("TELEGRAM_BOT_TOKEN is not a bot's token: @BotFather gives it as digits, a colon and letters");
  if (!/^-?\d{1,15}$/.test(chat))
    problems.push(`TELEGRAM_CHAT_ID="${chat}" must be a chat's number, such as -1001234567890`);
  if (webhookUrl?.protocol === "http:")
    problems.push("TELEGRAM_WEBHOOK_URL must be an https address: Telegram delivers to no other");
  const root = (apiRoot?.href ?? "https://api.telegram.org").replace(/\/+$/, "");
  const allowGuests = read.flag("PARLEY_TELEGRAM_GUESTS", true);
  return { token, chatId: Number(chat), apiRoot: root, webhookUrl: webhookAt(webhookUrl), allowGuests };
}

/** An address without a path means the one that Parley has for it. */
function webhookAt(url: URL | null): URL | null {
  return url?.pathname === "/" ? new URL("/telegram/webhook", url) : url;
}

/** Half of what Telegram needs is as good as nothing, and is said. */
function telegramNotes(env: Source): string[] {
  const given = ["TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID"].filter((name) => env[name]?.trim());
  return given.map((name) => `${name} is set, but Telegram stays off until both its token and its chat are.`);
}

/** Whether an address can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return (
    bare === "localhost" ||
    bare === "::1" ||
    bare.endsWith(".localhost") ||
    (isIP(bare) === 4 && bare.startsWith("127."))
  );
}

function outsideIssuer(env: Source, read: ReturnType<typeof reader>, problems: string[]): OutsideIssuer | null {
  const name = read.text("PARLEY_JWT_ISSUER", "");
  const audience = read.text("PARLEY_JWT_AUDIENCE", "");
  const keys = read.origin("PARLEY_JWT_JWKS_URL");
  if (!name && !audience && !env.PARLEY_JWT_JWKS_URL?.trim()) return null;
  if (!name || !audience || !keys) {
    problems.push(
      "an outside issuer of tokens needs all of PARLEY_JWT_ISSUER, PARLEY_JWT_AUDIENCE and PARLEY_JWT_JWKS_URL: set the missing ones, or none",
    );
    return null;
  }
  if (keys.protocol === "http:" && !isLoopback(keys.hostname))
    problems.push(
      "PARLEY_JWT_JWKS_URL must be an https address: whoever could change those keys could sign in as anybody",
    );
  return {
    name,
    audience,
    keys,
    // Asymmetric ones only: a public key must never be taken for a shared secret.
    algorithm: read
      .choice("PARLEY_JWT_ALGORITHM", ["rs256", "ps256", "es256", "eddsa"], "rs256")
      .replace("eddsa", "EdDSA")
      .replace(/^[rpe]s/, (name) => name.toUpperCase()),
    role: read.choice("PARLEY_JWT_ROLE", ["developer", "analyst", "viewer", "guest"], "developer"),
  };
}

function databasePath(env: Source): string {
  if (env.OPENCODE_CHAT_DB) return resolve(env.OPENCODE_CHAT_DB);
  if (env.XDG_DATA_HOME) return join(env.XDG_DATA_HOME, "parley", "parley.db");
  return resolve("data", "parley.db");
}

function reader(given: Source, problems: string[]) {
  const names = new Set<string>();
  // Whatever is asked for is a setting.
  const env = new Proxy(given, {
    get(target, name) {
      if (typeof name !== "string") return undefined;
      names.add(name);
      return target[name];
    },
  });
  return {
    names,
    text(name: string, fallback: string): string {
      const value = env[name]?.trim();
      return value ? value : fallback;
    },
    /** Something only those may know who are meant to; never echoed in a problem. */
    secret(name: string, leastBytes: number, isPublic: boolean): string | null {
      const value = env[name]?.trim();
      if (!value) return null;
      if (Buffer.byteLength(value) < leastBytes)
        problems.push(
          `${name} has ${Buffer.byteLength(value)} bytes and needs at least ${leastBytes}${isPublic ? " on a public address" : ""}: make one with "openssl rand -base64 32"`,
        );
      return value;
    },
    networks(name: string): string[] {
      return (env[name] ?? "")
        .split(/[\s,]+/)
        .filter(Boolean)
        .flatMap((value) => {
          const [address = "", bits] = value.split("/");
          const most = isIP(address) === 4 ? 32 : 128;
          const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
          if (isIP(address) !== 0 && fits) return [value];
          problems.push(`${name} holds "${value}": write addresses such as 127.0.0.1 or networks such as 10.0.0.0/8`);
          return [];
        });
    },
    flag(name: string, fallback = false): boolean {
      const value = env[name]?.trim().toLowerCase();
      if (value === undefined || value === "") return fallback;
      if (["true", "1", "yes", "on"].includes(value)) return true;
      if (["false", "0", "no", "off"].includes(value)) return false;
      problems.push(`${name}="${env[name]}" is neither true nor false: write ${name}=true or ${name}=false`);
      return fallback;
    },
    integer(name: string, fallback: number, least: number, most: number): number {
      const value = env[name]?.trim();
      if (value === undefined || value === "") return fallback;
      const number = Number(value);
      if (/^\d+$/.test(value) && number >= least && number <= most) return number;
      problems.push(`${name}="${value}" must be a whole number from ${least} to ${most}`);
      return fallback;
    },
    /** Milliseconds; small numbers are seconds, as the systems before us wrote them. */
    duration(name: string, fallback: number): number {
      const number = this.integer(name, fallback, 1, 86_400_000);
      return number < 1_000 ? number * 1_000 : number;
    },
    choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
      const value = env[name]?.trim().toLowerCase();
      if (value === undefined || value === "") return fallback;
      const found = choices.find((choice) => choice === value);
      if (found) return found;
      problems.push(`${name}="${env[name]}" must be one of: ${choices.join(", ")}`);
      return fallback;
    },
    origin(name: string): URL | null {
      const value = env[name]?.trim();
      if (!value) return null;
      const url = URL.parse(value);
      if (url && (url.protocol === "http:" || url.protocol === "https:")) return url;
      problems.push(`${name}="${value}" must be an address such as https://chat.example.org`);
      return null;
    },
    origins(name: string): string[] {
      return (env[name] ?? "")
        .split(/[\s,]+/)
        .filter(Boolean)
        .flatMap((value) => {
          const url = URL.parse(value);
          if (url && (url.protocol === "http:" || url.protocol === "https:")) return [url.origin];
          problems.push(
            `${name} holds "${value}", which is not an origin: write addresses such as https://app.example.org, separated by commas`,
          );
          return [];
        });
    },
  };
}
