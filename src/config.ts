import { dirname, join, resolve } from "node:path";
import { type Budget, databasePath, isLoopback, laterSettings, misspelt, reader, type Source } from "./environment.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import type { LogLevel } from "./logger.ts";

const mebibyte = 1024 * 1024;

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly websocketHost: string;
  readonly websocketPort: number | null;
  readonly databasePath: string;
  /** Folders whose subfolders agents may be given to work in. */
  readonly projectRoots: readonly string[];
  /** Where each agent has a home and a place of its own. */
  readonly agentsFolder: string;
  /** The operator's own programs for agents. */
  readonly agentsFile: string;
  /** All that Parley was started with, `.env` and flags among it: programs are given some of it, by name. Never to be logged. */
  readonly environment: Source;
  readonly development: boolean;
  readonly allowGuest: boolean;
  readonly safeMode: boolean;
  /** What people talk through from the start; `auto`: what an administrator chose last, else what is set up. */
  readonly transport: "auto" | "websocket" | "telegram" | "both";
  /** The bot and its chat; null unless both its token and the chat are set. */
  readonly telegram: TelegramSettings | null;
  /** A transport may be in trouble for so long before the other one is used as well; 0: that never happens by itself. */
  readonly fallbackSeconds: number;
  /** A run without any sign of life for so long asks the room for help. */
  readonly stuckMinutes: number;
  /** What may be spent in a day, of all in the workspace together and of each person. */
  readonly budgets: { readonly workspace: Budget; readonly person: Budget };
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
  const database = databasePath(env);
  const config: Config = {
    host,
    port,
    websocketHost,
    websocketPort,
    databasePath: database,
    projectRoots: read.folders("PARLEY_PROJECTS"),
    agentsFolder: `${database}.agents`,
    agentsFile: resolve(read.text("PARLEY_AGENTS_FILE", join(dirname(database), "agents.json"))),
    environment: env,
    development,
    allowGuest: read.flag("OPENCODE_ALLOW_GUEST"),
    safeMode: read.flag("OPENCODE_SAFE_MODE"),
    transport,
    telegram,
    fallbackSeconds: read.integer("PARLEY_FALLBACK_SECONDS", 60, 0, 86_400),
    stuckMinutes: read.integer("OPENCODE_STUCK_MINUTES", 15, 1, 1_440),
    budgets: { workspace: read.budget("PARLEY_DAILY"), person: read.budget("PARLEY_PERSON_DAILY") },
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
      approvalMs: 60_000 * read.integer("PARLEY_APPROVAL_MINUTES", defaultLimits.approvalMs / 60_000, 1, 10_080),
      ...limits,
    },
    notes: [
      ...laterSettings
        .filter((name) => env[name])
        .map((name) => `${name} is set, but nothing in this version uses it.`),
      ...(telegram ? [] : telegramNotes(env)),
    ],
  };
  problems.push(...misspelt(env, read.names));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return Object.freeze(config);
}

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
