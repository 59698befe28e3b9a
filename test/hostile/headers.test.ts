import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { loadPublicFiles } from "../../src/public-files.ts";
import { ownedFolder } from "../support/owned.ts";
import { exchange, type RawAnswer } from "../support/raw-http.ts";
import { type Route, startWithRoutes } from "../support/routes.ts";
import { signIn, type TestServer, withServer } from "../support/server.ts";
import { upgradeRequest } from "../support/upgrade-request.ts";

/** What no answer may be without. */
const walls: Readonly<Record<string, RegExp>> = {
  "content-security-policy": /^default-src 'none'; script-src 'self'; .*base-uri 'none'; frame-ancestors 'none'$/,
  "x-content-type-options": /^nosniff$/,
  "referrer-policy": /^same-origin$/,
  "cross-origin-opener-policy": /^same-origin$/,
  "cross-origin-resource-policy": /^same-origin$/,
  "x-frame-options": /^DENY$/,
};

/** The walls that an answer lacks, or that stand twice. */
function gaps(headers: Headers, more: Readonly<Record<string, RegExp>> = { "cache-control": /^no-store$/ }): string[] {
  return Object.entries({ ...walls, ...more }).flatMap(([name, fits]) => {
    const value = headers.get(name);
    return value !== null && fits.test(value) ? [] : [`${name}: ${value}`];
  });
}

function headersIn({ head }: RawAnswer): Headers {
  const lines = head.split("\r\n").slice(1);
  return new Headers(lines.map((line) => line.split(/: ?(.*)/s).slice(0, 2) as [string, string]));
}

/** What is written about the API is nobody's own: it may be kept if it is asked for each time whether it still holds. */
const isReference = (path: string) => /^\/api\/v1\/(openapi\.json|frames\.json|types\.ts)$/.test(path);
const askedEachTime = { "cache-control": /^private, no-cache$/ };

let server: TestServer;
let routes: readonly Route[];
let cookie: string;
beforeAll(async () => {
  const env = { OPENCODE_SAFE_MODE: "true", WEBSOCKET_PORT: "0" };
  ({ server, routes } = await startWithRoutes({ env, limits: { actRate: 10_000, actBurst: 10_000 } }));
  cookie = await signIn(server, "olga", "Owner");
});
afterAll(() => server.stop());

describe("every route", () => {
  const asking = async (path: string, how: RequestInit & { headers?: Record<string, string> } = {}) => {
    const headers = { origin: server.http, ...how.headers };
    const answer = await fetch(server.http + path, { redirect: "manual", ...how, headers });
    await answer.arrayBuffer();
    return answer;
  };

  test("for a stranger and for an owner, as page and as JSON, whatever it answers", async () => {
    expect(routes.length).toBeGreaterThan(60);
    const statuses = new Set<number>();
    for (const who of ["", cookie])
      for (const accept of ["text/html", "application/json"])
        for (const { method, path } of routes) {
          // Whoever signs out would be a stranger to the rest, and whoever stops talk would leave the others without sockets.
          if (who && /sign-out|sessions|stop|switch|disconnect/.test(path) && method !== "GET") continue;
          const { status, headers } = await asking(path, { method, headers: { accept, ...(who && { cookie: who }) } });
          statuses.add(status);
          const missing = isReference(path) && status === 200 ? gaps(headers, askedEachTime) : gaps(headers);
          expect([method, path, accept, status, missing]).toEqual([method, path, accept, status, []]);
        }
    for (const status of [200, 303, 400, 403, 404, 422]) expect([...statuses]).toContain(status);
  });

  test.each<[string, number, string, RequestInit & { headers?: Record<string, string> }]>([
    ["no such page", 404, "/nothing", {}],
    [
      "a body that is no JSON",
      400,
      "/api/v1/sessions",
      { method: "POST", body: "{", headers: { "content-type": "application/json" } },
    ],
    ["a body that is too large", 413, "/sign-in", { method: "POST", body: "x".repeat(70_000) }],
    ["a foreign page", 403, "/sign-in", { method: "POST", headers: { origin: "https://evil.example" } }],
    ["a foreign name", 421, "/sign-in", { headers: { host: "evil.example" } }],
    ["a key that is none", 401, "/api/v1/me", { headers: { authorization: "Bearer forged" } }],
    ["a method that is none", 404, "/sign-in", { method: "DELETE" }],
    ["only the head", 200, "/sign-in", { method: "HEAD" }],
  ])("when it is refused: %s", async (_, status, path, how) => {
    const answer = await asking(path, how);
    expect([answer.status, gaps(answer.headers)]).toEqual([status, []]);
  });

  test("when somebody asks too often", async () => {
    await withServer({ limits: { actBurst: 1, actRate: 0.001 } }, async (busy) => {
      const headers = { cookie: await signIn(busy, "olga", "Owner"), origin: busy.http };
      const tickets = () => fetch(`${busy.http}/api/v1/tickets`, { method: "POST", headers });
      const [first, second] = [await tickets(), await tickets()];
      expect([first.status, second.status]).toEqual([201, 429]);
      expect(gaps(second.headers)).toEqual([]);
    });
  });
});

describe("every public file", () => {
  test("has them, packed or not, and may be kept", async () => {
    const { urls } = await loadPublicFiles();
    expect(Object.keys(urls).length).toBeGreaterThan(20);
    for (const [name, url] of Object.entries(urls))
      for (const encoding of ["gzip", "identity"]) {
        const answer = await fetch(server.http + url, { headers: { "accept-encoding": encoding } });
        const missing = gaps(answer.headers, { "cache-control": /^public, max-age=31536000, immutable$/ });
        expect([name, answer.status, missing]).toEqual([name, 200, []]);
      }
  });
});

describe("every upgrade that is refused", () => {
  /** The answer to an upgrade, which must be a refusal in the one shape there is. */
  async function refusalOf(http: string, change: Parameters<typeof upgradeRequest>[1]): Promise<[number, string]> {
    const [answer] = await exchange(http, upgradeRequest(http, change));
    if (!answer) throw new Error("no answer at all");
    const headers = headersIn(answer);
    expect(gaps(headers)).toEqual([]);
    expect(headers.get("content-type")).toStartWith("application/json");
    const told = JSON.parse(answer.body) as Record<string, unknown>;
    expect(Object.keys(told).filter((key) => key !== "retryAfter")).toEqual(["error", "message", "code"]);
    expect(told.error).toBe(told.message);
    const seconds = told.retryAfter === undefined ? null : String(Math.ceil(Number(told.retryAfter) / 1000));
    expect(headers.get("retry-after")).toBe(seconds);
    return [answer.status, String(told.code)];
  }

  test("has them, and is told as JSON: 401, 403, 421", async () => {
    expect(await refusalOf(server.http, { authorization: "Bearer forged" })).toEqual([401, "AUTH_FAILED"]);
    expect(await refusalOf(server.http, { "x-api-key": "ply_forged" })).toEqual([401, "AUTH_FAILED"]);
    expect(await refusalOf(server.http, { line: "GET /ws?ticket=forged HTTP/1.1" })).toEqual([401, "AUTH_FAILED"]);
    const origin = "https://evil.example/<script>alert(1)</script>";
    for (const line of ["GET /ws HTTP/1.1", "GET / HTTP/1.1", "GET /live HTTP/1.1"])
      expect(await refusalOf(server.http, { line, origin })).toEqual([403, "PERMISSION_DENIED"]);
    expect(await refusalOf(server.http, { cookie: "theme=dark" })).toEqual([403, "PERMISSION_DENIED"]);
    expect(await refusalOf(server.http, { host: "evil.example" })).toEqual([421, "PERMISSION_DENIED"]);
  });

  test("on the second port as well, which tells plain HTTP to upgrade: 426", async () => {
    const second = server.parley.websocketUrl?.href.replace(/\/$/, "") ?? "";
    expect(await refusalOf(second, { origin: "https://evil.example" })).toEqual([403, "PERMISSION_DENIED"]);
    expect(await refusalOf(second, { upgrade: null, connection: null })).toEqual([426, "INVALID_MESSAGE"]);
  });

  test("when there is no room: 429 and 503, with when to come back", async () => {
    await withServer({ limits: { connections: 0 } }, async (full) => {
      expect(await refusalOf(full.http, {})).toEqual([503, "SERVICE_UNAVAILABLE"]);
      const [answer] = await exchange(full.http, upgradeRequest(full.http));
      expect(JSON.parse(answer?.body ?? "").retryAfter).toBe(5_000);
    });
    await withServer({ limits: { connectionsPerMember: 0 } }, async (full) => {
      const token = (await signIn(full, "mira")).split("=")[1];
      expect(await refusalOf(full.http, { authorization: `Bearer ${token}` })).toEqual([429, "CONNECTION_LIMIT"]);
    });
    await withServer({ limits: { addressAttempts: 1 } }, async (guessed) => {
      await refusalOf(guessed.http, { authorization: "Bearer forged" });
      expect(await refusalOf(guessed.http, { authorization: "Bearer forged2" })).toEqual([429, "RATE_LIMITED"]);
    });
  });

  test("when we fail ourselves: 500, with a reference and nothing of what happened", async () => {
    const parsing = spyOn(URL, "parse").mockImplementation(() => {
      throw new Error("a planted bug, /setup/planted-secret");
    });
    try {
      expect(await refusalOf(server.http, {})).toEqual([500, "INTERNAL_ERROR"]);
      const [answer] = await exchange(server.http, upgradeRequest(server.http));
      expect(answer?.body).toMatch(/\(ref [0-9a-f]{8}\)/);
      expect(answer?.body).not.toContain("planted");
    } finally {
      parsing.mockRestore();
    }
  });

  test("when the address cannot be read: 400", async () => {
    expect(await refusalOf(server.http, { host: "a b" })).toEqual([400, "INVALID_MESSAGE"]);
  });
});

describe("Strict-Transport-Security", () => {
  const year = { "strict-transport-security": /^max-age=31536000$/ };
  const paths = ["/sign-in", "/nothing", "/health"];

  test("is on every answer where people come over TLS", async () => {
    const env = { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true", PUBLIC_URL: "https://chat.example.org" };
    await withServer({ folder: await ownedFolder(), env }, async ({ http }) => {
      for (const path of [...paths, Object.values((await loadPublicFiles()).urls)[0] ?? ""])
        expect([path, gaps((await fetch(http + path)).headers, year)]).toEqual([path, []]);
      const [refused] = await exchange(http, upgradeRequest(http, { origin: "https://evil.example" }));
      expect(refused && gaps(headersIn(refused), year)).toEqual([]);
    });
  });

  test("is nowhere where they do not: it would shut them out", async () => {
    for (const path of paths)
      expect((await fetch(server.http + path)).headers.get("strict-transport-security")).toBeNull();
  });
});
