import { describe, expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { type Config, ConfigurationError, createConfig } from "../src/config.ts";
import { isLoopback } from "../src/environment.ts";
import { defaultLimits } from "../src/limits.ts";

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    createConfig(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe("a server that is told nothing", () => {
  const config = createConfig({});

  test("listens on this machine only, at 8080, and lets nobody in by name alone", () => {
    expect(config).toMatchObject({ host: "127.0.0.1", port: 8080, websocketPort: null, publicUrl: null });
    expect(config).toMatchObject({ development: false, allowGuest: false, safeMode: false });
  });

  test("keeps its database in ./data, sessions for a week, and starts with the demo team", () => {
    expect(config.databasePath).toBe(resolve("data", "parley.db"));
    expect(config).toMatchObject({
      sessionIdleMinutes: 7 * 24 * 60,
      demoTeam: true,
      workspaceName: "Parley",
      stuckMinutes: 15,
    });
    expect(config).toMatchObject({ heartbeatSeconds: 30, reconnect: { delayMs: 1_000, maxAttempts: 10 } });
    expect(config).toMatchObject({ transport: "auto", telegram: null, fallbackSeconds: 60 });
    const unlimited = { tokens: null, usd: null };
    expect(config.budgets).toEqual({ workspace: unlimited, person: unlimited });
    expect(config).toMatchObject({ logLevel: "info", allowedOrigins: [], notes: [], limits: defaultLimits });
  });

  test("cannot be changed afterwards", () => {
    expect(Object.isFrozen(config)).toBe(true);
  });
});

describe("every setting is honoured", () => {
  const given: [Record<string, string>, Partial<Config>][] = [
    [{ HOST: "0.0.0.0" }, { host: "0.0.0.0", websocketHost: "0.0.0.0" }],
    [{ PORT: "0" }, { port: 0 }],
    [{ PORT: " 9000 " }, { port: 9000 }],
    [{ WEBSOCKET_HOST: "::1" }, { host: "127.0.0.1", websocketHost: "::1" }],
    [{ WEBSOCKET_PORT: "8765" }, { websocketPort: 8765 }],
    [{ WEBSOCKET_PORT: "" }, { websocketPort: null }],
    [{ WEBSOCKET_PORT: " " }, { websocketPort: null }],
    [
      { WEBSOCKET_PORT: "0", PORT: "0" },
      { websocketPort: 0, port: 0 },
    ],
    [{ OPENCODE_CHAT_DB: "/srv/chat.db" }, { databasePath: "/srv/chat.db" }],
    [{ OPENCODE_CHAT_DB: "chat.db" }, { databasePath: resolve("chat.db") }],
    [{ XDG_DATA_HOME: "/home/mira/.local" }, { databasePath: join("/home/mira/.local", "parley", "parley.db") }],
    [{ OPENCODE_CHAT_DB: "/a.db", XDG_DATA_HOME: "/b" }, { databasePath: "/a.db" }],
    [{ OPENCODE_DEV_MODE: "true" }, { development: true }],
    [
      { OPENCODE_DEV_MODE: "1", HOST: "localhost" },
      { development: true, host: "localhost" },
    ],
    [{ OPENCODE_ALLOW_GUEST: "yes" }, { allowGuest: true }],
    [{ OPENCODE_ALLOW_GUEST: "OFF" }, { allowGuest: false }],
    [{ OPENCODE_SAFE_MODE: "on" }, { safeMode: true }],
    [{ PARLEY_FILE_MEGABYTES: "100" }, { limits: { ...defaultLimits, fileBytes: 100 * 1024 * 1024 } }],
    [{ PARLEY_MEMBER_MEGABYTES: "5" }, { limits: { ...defaultLimits, memberFileBytes: 5 * 1024 * 1024 } }],
    [
      { PARLEY_DAILY_TOKENS: "2000000", PARLEY_PERSON_DAILY_USD: "2.50" },
      { budgets: { workspace: { tokens: 2_000_000, usd: null }, person: { tokens: null, usd: 2.5 } } },
    ],
    [
      { PARLEY_DAILY_USD: "20", PARLEY_PERSON_DAILY_TOKENS: "100000" },
      { budgets: { workspace: { tokens: null, usd: 20 }, person: { tokens: 100_000, usd: null } } },
    ],
    [{ PARLEY_APPROVAL_MINUTES: "2" }, { limits: { ...defaultLimits, approvalMs: 120_000 } }],
    [{ PARLEY_DEMO_TEAM: "no" }, { demoTeam: false }],
    [{ PARLEY_NAME: "Workshop" }, { workspaceName: "Workshop" }],
    [{ PARLEY_NAME: "  " }, { workspaceName: "Parley" }],
    [{ OPENCODE_SESSION_TIMEOUT: "60" }, { sessionIdleMinutes: 60 }],
    [{ WS_HEARTBEAT_INTERVAL: "20000" }, { heartbeatSeconds: 20 }],
    [{ WS_HEARTBEAT_INTERVAL: "15" }, { heartbeatSeconds: 15 }],
    [{ WS_HEARTBEAT_INTERVAL: "1" }, { heartbeatSeconds: 8 }],
    [{ WS_HEARTBEAT_INTERVAL: "3600000" }, { heartbeatSeconds: 30 }],
    [{ WS_RECONNECT_INTERVAL: "3", WS_MAX_RECONNECT_ATTEMPTS: "5" }, { reconnect: { delayMs: 3_000, maxAttempts: 5 } }],
    [{ OPENCODE_TRANSPORT: "websocket" }, { transport: "websocket" }],
    [{ COMMUNICATION_TRANSPORT: "AUTO" }, { transport: "auto" }],
    [{ COMMUNICATION_TRANSPORT: "websocket" }, { transport: "websocket" }],
    [{ OPENCODE_TRANSPORT: "auto", COMMUNICATION_TRANSPORT: "websocket" }, { transport: "auto" }],
    [{ OPENCODE_TRANSPORT: "Both", TELEGRAM_BOT_TOKEN: "1:x", TELEGRAM_CHAT_ID: "7" }, { transport: "both" }],
    [{ PARLEY_FALLBACK_SECONDS: "0" }, { fallbackSeconds: 0 }],
    [{ PARLEY_PROJECTS: "/srv/a: /srv/b/ :" }, { projectRoots: ["/srv/a", "/srv/b"] }],
    [
      { OPENCODE_CHAT_DB: "/srv/chat.db" },
      { projectRoots: [], agentsFolder: "/srv/chat.db.agents", agentsFile: "/srv/agents.json" },
    ],
    [{ PARLEY_AGENTS_FILE: "/etc/parley/agents.json" }, { agentsFile: "/etc/parley/agents.json" }],
    [{ OPENCODE_STUCK_MINUTES: "30" }, { stuckMinutes: 30 }],
    [{}, { rollout: { enabled: true, percent: 100 } }],
    [{ ENABLE_WEBSOCKET: "false" }, { rollout: { enabled: false, percent: 100 } }],
    [{ WEBSOCKET_ROLLOUT_PERCENT: "25" }, { rollout: { enabled: true, percent: 25 } }],
    [{ LOG_LEVEL: "Debug" }, { logLevel: "debug" }],
    [
      { ALLOWED_ORIGINS: "https://a.example/, http://b.example:3000" },
      { allowedOrigins: ["https://a.example", "http://b.example:3000"] },
    ],
  ];
  test.each(given)("%j", (env, expected) => {
    expect(createConfig(env)).toMatchObject(expected as Record<string, unknown>);
  });

  test("keys and settings of the programs that work for agents are none of ours, and no mistake", () => {
    const env = { ANTHROPIC_API_KEY: "x", OPENAI_BASE_URL: "http://a/v1", IS_SANDBOX: "1", PARLEY_RUN: "f".repeat(32) };
    const config = createConfig(env);
    expect([config.notes, config.environment.ANTHROPIC_API_KEY]).toEqual([[], "x"]);
  });

  test("the public address", () => {
    expect(createConfig({ PUBLIC_URL: "https://chat.example.org" }).publicUrl?.origin).toBe("https://chat.example.org");
  });

  test.each([
    ["PARLEY_PEOPLE_RATE", "peopleRate"],
    ["PARLEY_PEOPLE_BURST", "peopleBurst"],
    ["PARLEY_AGENT_RATE", "agentRate"],
    ["PARLEY_AGENT_BURST", "agentBurst"],
    ["PARLEY_FRAME_RATE", "frameRate"],
    ["PARLEY_FRAME_BURST", "frameBurst"],
  ] as const)("%s sets the limit %s and no other", (name, limit) => {
    expect(createConfig({ [name]: "7" }).limits).toEqual({ ...defaultLimits, [limit]: 7 });
  });

  test("tests and benchmarks may set any limit", () => {
    expect(createConfig({ PARLEY_PEOPLE_RATE: "7" }, { peopleRate: 9, typingMs: 1 }).limits).toEqual({
      ...defaultLimits,
      peopleRate: 9,
      typingMs: 1,
    });
  });

  test("a setting of the old systems that has no effect yet is accepted and named", () => {
    const { notes } = createConfig({ OPENCODE_MAX_MESSAGES: "100", NATS_URL: "nats://x:secret@y" });
    expect(notes).toHaveLength(2);
    expect(notes.join("\n")).toMatch(/OPENCODE_MAX_MESSAGES[\s\S]*NATS_URL/);
    expect(notes.join("\n")).not.toContain("secret");
  });
});

describe("what is wrong is said before anything starts", () => {
  const wrong: [Record<string, string>, RegExp][] = [
    [{ PORT: "65536" }, /PORT="65536" must be a whole number from 0 to 65535/],
    [{ PORT: "80.5" }, /PORT=/],
    [{ PORT: "-1" }, /PORT=/],
    [{ PORT: "0x50" }, /PORT=/],
    [{ WEBSOCKET_ROLLOUT_PERCENT: "101" }, /WEBSOCKET_ROLLOUT_PERCENT="101" must be a whole number from 0 to 100/],
    [{ ENABLE_WEBSOCKET: "maybe" }, /ENABLE_WEBSOCKET="maybe" is neither true nor false/],
    [
      { PARLEY_PROJECTS: "/srv:code" },
      /PARLEY_PROJECTS holds "code", which is no absolute path: write folders such as/,
    ],
    [{ PARLEY_PROJECTS: "//" }, /PARLEY_PROJECTS holds "\/\/", which is the whole machine/],
    [{ PARLEY_PROJECT: "/srv" }, /PARLEY_PROJECT is not a setting: the nearest is PARLEY_PROJECTS/],
    [{ WEBSOCKET_PORT: "many" }, /WEBSOCKET_PORT=/],
    [{ WEBSOCKET_PORT: "8080" }, /WEBSOCKET_PORT must differ from PORT/],
    [
      { OPENCODE_DEV_MODE: "maybe" },
      /OPENCODE_DEV_MODE="maybe".*write OPENCODE_DEV_MODE=true or OPENCODE_DEV_MODE=false/,
    ],
    [{ OPENCODE_TRANSPORT: "pigeon" }, /OPENCODE_TRANSPORT="pigeon" must be one of: auto, websocket/],
    [{ OPENCODE_TRANSPORT: "telegram" }, /OPENCODE_TRANSPORT=telegram needs TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID/],
    [{ OPENCODE_TRANSPORT: "both", TELEGRAM_CHAT_ID: "7" }, /OPENCODE_TRANSPORT=both needs/],
    [{ PARLEY_DAILY_TOKENS: "0" }, /PARLEY_DAILY_TOKENS="0" must be a whole number from 1 to/],
    [{ PARLEY_PERSON_DAILY_TOKENS: "1e6" }, /PARLEY_PERSON_DAILY_TOKENS="1e6" must be a whole number/],
    [{ PARLEY_DAILY_USD: "$5" }, /PARLEY_DAILY_USD="\$5" must be an amount of US dollars such as 5 or 2.50/],
    [{ PARLEY_PERSON_DAILY_USD: "0.00" }, /PARLEY_PERSON_DAILY_USD="0.00" must be an amount.* more than 0/],
    [{ PARLEY_FALLBACK_SECONDS: "-1" }, /PARLEY_FALLBACK_SECONDS="-1" must be a whole number from 0/],
    [{ OPENCODE_STUCK_MINUTES: "0" }, /OPENCODE_STUCK_MINUTES="0" must be a whole number from 1/],
    [{ COMMUNICATION_TRANSPORT: "both" }, /COMMUNICATION_TRANSPORT=both needs/],
    [{ OPENCODE_TRANSPORT: "", COMMUNICATION_TRANSPORT: "telegram" }, /COMMUNICATION_TRANSPORT=telegram needs/],
    [{ OPENCODE_SESSION_TIMEOUT: "0" }, /OPENCODE_SESSION_TIMEOUT/],
    [{ WS_HEARTBEAT_INTERVAL: "soon" }, /WS_HEARTBEAT_INTERVAL/],
    [{ WS_RECONNECT_INTERVAL: "0" }, /WS_RECONNECT_INTERVAL/],
    [{ WS_MAX_RECONNECT_ATTEMPTS: "0" }, /WS_MAX_RECONNECT_ATTEMPTS/],
    [{ PUBLIC_URL: "chat.example.org" }, /PUBLIC_URL="chat.example.org" must be an address such as/],
    [{ PUBLIC_URL: "ftp://chat.example.org" }, /PUBLIC_URL/],
    [{ ALLOWED_ORIGINS: "https://a.example *" }, /ALLOWED_ORIGINS holds "\*"/],
    [{ LOG_LEVEL: "chatty" }, /LOG_LEVEL="chatty" must be one of: debug, info, warn, error/],
    [{ PARLEY_PEOPLE_RATE: "0" }, /PARLEY_PEOPLE_RATE/],
    [{ PARLEY_AGENT_BURST: "lots" }, /PARLEY_AGENT_BURST/],
  ];
  test.each(wrong)("%j", (env, sentence) => {
    const problems = problemsOf(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(sentence);
  });

  test("all of it at once, so that nobody mends one line and meets the next", () => {
    const env = { PORT: "x", OPENCODE_DEV_MODE: "x", LOG_LEVEL: "x", PUBLIC_URL: "x", OPENCODE_TRANSPORT: "x" };
    const problems = problemsOf(env);
    expect(problems).toHaveLength(5);
    for (const name of Object.keys(env)) expect(problems.join("\n")).toContain(name);
    expect(new ConfigurationError(problems).message.split("\n")).toHaveLength(6);
  });
});

describe("development sign-in", () => {
  test.each(["127.0.0.1", "127.8.8.8", "localhost", "LOCALHOST", "::1", "[::1]", "mira.localhost"])(
    "is possible on %s",
    (host) => {
      expect(isLoopback(host)).toBe(true);
      expect(problemsOf({ OPENCODE_DEV_MODE: "true", HOST: host })).toEqual([]);
    },
  );

  test.each([
    "0.0.0.0",
    "::",
    "192.168.1.7",
    "chat.example.org",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "1270.0.0.1",
    "128.0.0.1",
  ])("is refused on %s, in one sentence", (host) => {
    expect(isLoopback(host)).toBe(false);
    const problems = problemsOf({ OPENCODE_DEV_MODE: "true", HOST: host });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/loopback only: set HOST=127\.0\.0\.1/);
    expect(problemsOf({ HOST: host })).toEqual([]);
  });

  test("is refused when only the second port is open to others", () => {
    const [problem] = problemsOf({ OPENCODE_DEV_MODE: "true", WEBSOCKET_HOST: "0.0.0.0" });
    expect(problem).toMatch(/set WEBSOCKET_HOST=127\.0\.0\.1/);
  });
});

describe("who may come in", () => {
  test("a signing key and the environment's keys have a least length, more of it on a public address, and are never echoed", () => {
    const problems = problemsOf({ OPENCODE_SECRET_KEY: "short-secret", OPENCODE_API_KEY: "abc" });
    expect(problems.join()).toMatch(
      /OPENCODE_SECRET_KEY has 12 bytes and needs at least 32.*OPENCODE_API_KEY has 3 bytes/,
    );
    expect(problems.join()).not.toContain("short-secret");
    const key = "sixteen-bytes-ok";
    expect(createConfig({ OPENCODE_API_KEY: key }).environmentKeys.api).toBe(key);
    expect(problemsOf({ OPENCODE_API_KEY: key, HOST: "0.0.0.0" }).join()).toContain("at least 24 on a public address");
  });

  test("an outside issuer is all there or not at all, its keys come over https, and its algorithm is asymmetric", () => {
    const all = {
      PARLEY_JWT_ISSUER: "https://id.example.org",
      PARLEY_JWT_AUDIENCE: "parley",
      PARLEY_JWT_JWKS_URL: "https://id.example.org/keys",
    };
    expect(createConfig(all).outsideIssuer).toMatchObject({ algorithm: "RS256", role: "developer" });
    expect(createConfig({ ...all, PARLEY_JWT_ALGORITHM: "EdDSA" }).outsideIssuer?.algorithm).toBe("EdDSA");
    expect(createConfig({}).outsideIssuer).toBeNull();
    expect(problemsOf({ PARLEY_JWT_ISSUER: "x" }).join()).toContain("needs all of");
    expect(problemsOf({ ...all, PARLEY_JWT_JWKS_URL: "http://id.example.org/keys" }).join()).toContain("https address");
    expect(problemsOf({ ...all, PARLEY_JWT_ALGORITHM: "HS256" }).join()).toContain("must be one of");
    expect(problemsOf({ ...all, PARLEY_JWT_ROLE: "owner" }).join()).toContain("must be one of");
  });

  test("proxies that are trusted are addresses or networks", () => {
    expect(createConfig({ TRUSTED_PROXY: "127.0.0.1, 10.0.0.0/8 ::1" }).trustedProxies).toHaveLength(3);
    for (const wrong of ["proxy.example.org", "10.0.0.0/33", "10.0.0/8", "::1/129", "10.0.0.1/"])
      expect(problemsOf({ TRUSTED_PROXY: wrong }).join()).toContain("TRUSTED_PROXY holds");
  });

  test("development sign-in is refused behind a proxy as well: there this machine is everybody", () => {
    for (const [name, value] of [
      ["PUBLIC_URL", "https://chat.example.org"],
      ["TRUSTED_PROXY", "127.0.0.1"],
    ] as const)
      expect(problemsOf({ OPENCODE_DEV_MODE: "true", [name]: value }).join()).toContain("works on this machine only");
    expect(problemsOf({ OPENCODE_DEV_MODE: "true", PUBLIC_URL: "http://localhost:8080" })).toEqual([]);
    expect(problemsOf({ PUBLIC_URL: "https://chat.example.org", OPENCODE_ADMIN_KEY: "12345678" }).join()).toContain(
      "24",
    );
  });

  test("in development one machine may play a crowd; elsewhere a person has so many sockets", () => {
    expect(createConfig({}).limits.connectionsPerMember).toBe(20);
    expect(createConfig({ OPENCODE_DEV_MODE: "true" }).limits.connectionsPerMember).toBe(6_000);
  });
});

describe("Telegram", () => {
  const token = "123456:AA-secret_of_the_bot";
  const both = { TELEGRAM_BOT_TOKEN: token, TELEGRAM_CHAT_ID: "-1001234567890" };

  test("is there when its token and its chat are", () => {
    expect(createConfig(both).telegram).toEqual({
      token,
      chatId: -1001234567890,
      apiRoot: "https://api.telegram.org",
      webhookUrl: null,
      allowGuests: true,
    });
    const more = { TELEGRAM_API_ROOT: "http://localhost:8081/", TELEGRAM_WEBHOOK_URL: "https://chat.example.org/hook" };
    const { telegram } = createConfig({ ...both, ...more });
    expect(telegram?.apiRoot).toBe("http://localhost:8081");
    expect(telegram?.webhookUrl?.href).toBe("https://chat.example.org/hook");
  });

  test("with half of it stays off, and says so", () => {
    for (const name of ["TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID"] as const) {
      const { telegram, notes } = createConfig({ [name]: both[name] });
      expect(telegram).toBeNull();
      expect(notes).toEqual([`${name} is set, but Telegram stays off until both its token and its chat are.`]);
    }
  });

  test("whatever is wrong with it, the token is not repeated", () => {
    const wrong = { ...both, TELEGRAM_BOT_TOKEN: "AA-secret_of_the_bot", TELEGRAM_CHAT_ID: "@team" };
    const problems = problemsOf({ ...wrong, TELEGRAM_WEBHOOK_URL: "http://chat.example.org" });
    expect(problems.join("\n")).toMatch(
      /TELEGRAM_BOT_TOKEN is not a bot's token[\s\S]*TELEGRAM_CHAT_ID="@team" must be[\s\S]*TELEGRAM_WEBHOOK_URL must be an https/,
    );
    expect(problems.join()).not.toContain("secret");
  });
});

describe("a setting that is spelt wrong", () => {
  test.each([
    ["PARLEY_PEOPLE_RATES", "PARLEY_PEOPLE_RATE"],
    ["OPENCODE_SAFEMODE", "OPENCODE_SAFE_MODE"],
    ["OPENCODE_SAFE", "OPENCODE_SAFE_MODE"],
    ["OPENCODE_ALLOW_GUESTS", "OPENCODE_ALLOW_GUEST"],
    ["OPENCODE_DEV", "OPENCODE_DEV_MODE"],
    ["OPENCODE_SECRETKEY", "OPENCODE_SECRET_KEY"],
    ["TRUSTED_PROXIES", "TRUSTED_PROXY"],
    ["TRUST_PROXY", "TRUSTED_PROXY"],
    ["ALLOWED_ORIGIN", "ALLOWED_ORIGINS"],
    ["ALLOW_ORIGINS", "ALLOWED_ORIGINS"],
    ["PUBLIC_URI", "PUBLIC_URL"],
    ["WEBSOCKETS_PORT", "WEBSOCKET_PORT"],
  ])("%s is refused by name, and %s is named as the nearest", (name, nearest) => {
    expect(problemsOf({ [name]: "false" })).toEqual([
      `${name} is not a setting: the nearest is ${nearest} (all of them are in .env.example)`,
    ]);
    expect(problemsOf({ [name]: "" })).toHaveLength(1);
  });

  test("what belongs to others is let be", () => {
    const others = {
      ...{ OPENCODE_CONFIG: "theirs", OPENCODE_CONFIG_DIR: "/x", OPENCODE_DISABLE_AUTOUPDATE: "1" },
      ...{ OPENCODE_SERVER_PASSWORD: "x", PATH: "/bin", HOME: "/root", HOSTNAME: "box", HOSTS: "x", PORTS: "x" },
      ...{ LOGLEVEL: "debug", PUBLIC_IP: "203.0.113.9", HTTP_PROXY: "http://x", NO_PROXY: "x", ORIGIN: "x" },
    };
    expect(problemsOf(others)).toEqual([]);
    expect(createConfig(others).notes).toEqual([]);
  });

  test("every setting of .env.example is one", async () => {
    const example = await Bun.file(join(import.meta.dir, "..", ".env.example")).text();
    const names = [...example.matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(30);
    expect(problemsOf(Object.fromEntries(names.map((name) => [name, ""])))).toEqual([]);
  });
});
