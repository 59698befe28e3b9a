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
  /** Sockets in all, and of one person. */
  connections: 12_000,
  /** Of one person: tabs, devices and programs. In development any name is free, and one machine plays a crowd. */
  connectionsPerMember: 20,
  connectionsPerMemberDevelopment: 6_000,
  /** Sockets of one address that have not said who they are; those on this machine are counted in all only. */
  strangersPerAddress: 200,
  /** How often open sockets are looked at for sessions that ended by themselves: nothing is delivered much later than that. */
  expiryCheckMs: 1_000,
  /** A request's body must be there within this time, however it drips. */
  bodyMs: 15_000,
  /** An HTTP connection on which nothing moves, in either direction, is cut after so many seconds: also a download whose reader has stopped. */
  idleSeconds: 30,
  /** Audit entries of sockets are gathered this long, and so many at once; beyond it they are counted in one entry. */
  auditFlushMs: 1_000,
  auditBatch: 1_000,
  /** Devices that wait to be confirmed, in all: each waits ten minutes. */
  pendingDevices: 1_000,
  /** Devices of one address that may ask within those ten minutes: nobody can fill the places of all. */
  devicesPerAddress: 20,
  /** Rooms of a workspace and topics of a socket: bounds for lists that are held in memory. */
  rooms: 1_000,
  topicsPerSocket: 128,
  /** Tasks an agent may have waiting. */
  queuedTasks: 50,
  /** Direct conversations of a workspace: every pair of two hundred people has one, and who is in them is held in memory. */
  directRooms: 20_000,
  /** Messages a browser keeps while it is away. */
  outboxMessages: 100,
  /** A shutdown waits this long for what is in flight. */
  drainMs: 5_000,
} as const;

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
  readonly publicUrl: URL | null;
  readonly allowedOrigins: readonly string[];
  readonly logLevel: LogLevel;
  readonly limits: Limits;
  /** Settings that were given and have no effect, each with a sentence: printed at start. */
  readonly notes: readonly string[];
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
  const transport = read.choice(
    env.OPENCODE_TRANSPORT?.trim() ? "OPENCODE_TRANSPORT" : "COMMUNICATION_TRANSPORT",
    ["auto", "websocket", "telegram", "both"],
    "auto",
  );
  if (transport === "telegram" || transport === "both") {
    problems.push(`the transport "${transport}" is not in this version: set OPENCODE_TRANSPORT=websocket or auto`);
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
    publicUrl,
    allowedOrigins: read.origins("ALLOWED_ORIGINS"),
    logLevel: read.choice("LOG_LEVEL", ["debug", "info", "warn", "error"], "info"),
    limits: {
      ...defaultLimits,
      connectionsPerMember: development
        ? defaultLimits.connectionsPerMemberDevelopment
        : defaultLimits.connectionsPerMember,
      peopleRate: read.integer("PARLEY_PEOPLE_RATE", defaultLimits.peopleRate, 1, 10_000_000),
      peopleBurst: read.integer("PARLEY_PEOPLE_BURST", defaultLimits.peopleBurst, 1, 10_000_000),
      agentRate: read.integer("PARLEY_AGENT_RATE", defaultLimits.agentRate, 1, 10_000_000),
      agentBurst: read.integer("PARLEY_AGENT_BURST", defaultLimits.agentBurst, 1, 10_000_000),
      frameRate: read.integer("PARLEY_FRAME_RATE", defaultLimits.frameRate, 1, 10_000_000),
      frameBurst: read.integer("PARLEY_FRAME_BURST", defaultLimits.frameBurst, 1, 10_000_000),
      ...limits,
    },
    notes: laterSettings
      .filter((name) => env[name])
      .map((name) => `${name} is set, but nothing in this version uses it.`),
  };
  for (const name of Object.keys(env)) {
    if (name.startsWith("PARLEY_") && !ownSettings.includes(name))
      problems.push(`${name} is not a setting: there are ${ownSettings.join(", ")} (see .env.example)`);
  }
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
  "PARLEY_JWT_MAX_MINUTES",
  "PARLEY_JWT_ISSUER",
  "PARLEY_JWT_AUDIENCE",
  "PARLEY_JWT_JWKS_URL",
  "PARLEY_JWT_ALGORITHM",
  "PARLEY_JWT_ROLE",
  "PARLEY_ALLOW_QUERY_TOKEN",
];

/** Settings of the systems Parley replaces whose features this version does not have: accepted and named at start, never silently ignored. */
const laterSettings = [
  "OPENCODE_MAX_MESSAGES",
  "TELEGRAM_BOT_TOKEN",
  "TELEGRAM_CHAT_ID",
  "TELEGRAM_WEBHOOK_URL",
  "TELEGRAM_API_ROOT",
  "ENABLE_WEBSOCKET",
  "WEBSOCKET_ROLLOUT_PERCENT",
  "PARLEY_ALLOW_QUERY_TOKEN",
  "NATS_URL",
];

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

function reader(env: Source, problems: string[]) {
  return {
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
