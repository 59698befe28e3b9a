import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { startWithRoutes } from "../support/routes.ts";
import { signIn, type TestServer } from "../support/server.ts";

let server: TestServer;
let cookie: string;
let routes: Route[];
beforeAll(async () => {
  ({ server, routes } = await startWithRoutes({
    env: { OPENCODE_SAFE_MODE: "true" },
    limits: {
      addressAttempts: 1e9,
      actRate: 1e9,
      actBurst: 1e9,
      peopleRate: 1e9,
      peopleBurst: 1e9,
      readRate: 1e9,
      readBurst: 1e9,
    },
  }));
  cookie = await signIn(server, "olga", "owner");
  // Something of everything that has an id: a message, a session, an invitation, a key.
  await ask("POST", "/rooms/general/messages", new URLSearchParams({ text: "hello" }));
  await ask("POST", "/invitations", new URLSearchParams({ role: "viewer" }));
  await ask("POST", "/settings/keys", new URLSearchParams({ name: "k", permissions: "read" }));
});
afterAll(() => server.stop());

/** Bugs that the server logged: every answer that begins with a 5 is one. */
const bugs = () => server.logged.filter(({ level }) => level === "error");

async function ask(method: string, path: string, body?: BodyInit): Promise<number> {
  const headers = { cookie, origin: server.http };
  const answer = await fetch(`${server.http}${path}`, {
    method,
    headers,
    redirect: "manual",
    ...(body !== undefined && { body }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

interface Route {
  readonly method: string;
  readonly pattern: string;
}

/** Addresses of forms read no id when they are only looked at: they lead to the page that the forms are on. */
const reads = ({ method, pattern }: Route) =>
  method !== "GET" ||
  // What is answered by that form has a page of its own; and those of an agent lead to its page, wherever it is called by its name.
  ["/approvals/:id", "/agents/:id/settings", "/agents/:id/queue"].includes(pattern) ||
  !routes.some((other) => other.method === "POST" && other.pattern === pattern);

/** Whether something was refused for what it is; who is only too fast was not asked about it. */
const isRefused = (status: number) => status >= 400 && status < 500 && status !== 429;

/** What is no id, however much it looks like one; none of them is an id that could be there. */
const noId = fc.oneof(
  fc.constantFrom(
    ...[
      "0",
      "-1",
      "-0",
      "+1",
      " 1",
      "1 ",
      "\t1",
      "01",
      "1.0",
      "1.5",
      ".1",
      "1e3",
      "1E0",
      "0x1",
      "0b1",
      "0o1",
      "1n",
      "1_0",
    ],
    ...[
      "Infinity",
      "-Infinity",
      "NaN",
      "null",
      "undefined",
      "true",
      "[]",
      "[1]",
      "1,2",
      "{}",
      "١",
      "１",
      "²",
      "Ⅷ",
      "1\u200B",
    ],
    ...[
      "9007199254740992",
      "9007199254740993",
      "9223372036854775808",
      "1".repeat(400),
      "'",
      "1;--",
      "1 OR 1=1",
      "%00",
      "1\0",
      ".",
    ],
  ),
  fc.integer({ max: 0 }).map(String),
  fc.double({ noInteger: true }).map(String),
  fc.bigInt({ min: 2n ** 53n }).map(String),
  fc.string({ minLength: 1 }).filter((text) => !/^[1-9]\d*$/.test(text)),
  fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/^[1-9]\d*$/.test(text)),
);

describe("an id in an address that is none", () => {
  test("is refused on every route that takes one", async () => {
    const taking = routes.filter((route) => /:id\b/.test(route.pattern) && reads(route));
    expect(taking.length).toBeGreaterThan(8);
    for (const { method, pattern } of taking)
      await fc.assert(
        fc.asyncProperty(noId, async (id) => {
          const encoded = encodeURIComponent(id.toWellFormed());
          // A dot is not sent at all: it stands for the folder itself.
          if (/^\.{1,2}$/.test(encoded)) return;
          const status = await ask(
            method,
            pattern.replace(":id", encoded),
            ["GET", "DELETE"].includes(method) ? undefined : new URLSearchParams(),
          );
          expect([method, pattern, id, isRefused(status)]).toEqual([method, pattern, id, true]);
        }),
        { numRuns: 60 },
      );
    expect(bugs()).toEqual([]);
  }, 20_000);

  test("nor does any other part of one fail, however it is written", async () => {
    const odd = [
      "%",
      "%zz",
      "%E0%A4%A",
      "%ff",
      "%00",
      "..%2f..%2fetc",
      "%2e%2e",
      "%F0%9F",
      "__proto__",
      "constructor",
      "%ED%A0%80",
      "x".repeat(3_000),
    ];
    for (const { method, pattern } of routes.filter(({ pattern }) => /:(?!id)\w+/.test(pattern)))
      for (const part of odd) {
        const path = pattern.replace(/:\w+(\{[^}]*\})?/g, part);
        const status = await ask(method, path, ["GET", "DELETE"].includes(method) ? undefined : new URLSearchParams());
        expect([method, path.slice(0, 80), status < 500]).toEqual([method, path.slice(0, 80), true]);
      }
    expect(bugs()).toEqual([]);
  }, 20_000);
});

/** An id as no program of ours writes it, though it means the same number to whoever reads carelessly. */
function misspelt(id: number): string[] {
  const wide = String(id).replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));
  return [
    ...[
      `0x${id.toString(16)}`,
      `0b${id.toString(2)}`,
      `0o${id.toString(8)}`,
      `${id}.0`,
      `${id}.`,
      `${id}e0`,
      `${id}E0`,
    ],
    ...[` ${id}`, `${id} `, ` ${id}.0`, `\n${id}`, `+${id}`, `0${id}`, `--${id}`, `${id}n`, wide],
  ];
}

describe("an id that is there, spelt as none", () => {
  /** Ids of everything there is, so that a route that reads it carelessly finds something. */
  const existing = () => {
    using sqlite = new Database(server.config.databasePath, { readonly: true });
    const newest = sqlite.query<{ seq: number }, []>("SELECT max(seq) AS seq FROM events").get()?.seq ?? 0;
    return { newest, ids: Array.from({ length: newest }, (_, index) => index + 1) };
  };
  /** The kinds of what was written since, but for notes that something was refused. */
  const written = (seq: number) => {
    using sqlite = new Database(server.config.databasePath, { readonly: true });
    const rows = sqlite.query<{ kind: string }, [number]>("SELECT kind FROM events WHERE seq > ?").all(seq);
    return rows.map(({ kind }) => kind).filter((kind) => kind !== "audit.noted");
  };

  test("is refused by every route that reads one, and changes nothing", async () => {
    const { newest, ids } = existing();
    for (const route of routes.filter(({ pattern }) => /:id\b/.test(pattern))) {
      const { method, pattern } = route;
      for (const id of ids)
        for (const text of misspelt(id)) {
          const path = pattern.replace(":slug", "general").replace(":id", encodeURIComponent(text));
          const status = await ask(
            method,
            path,
            method === "GET" || method === "DELETE" ? undefined : new URLSearchParams(),
          );
          const isRight = reads(route) ? isRefused(status) : status === 302;
          expect([method, path, status, isRight]).toEqual([method, path, status, true]);
        }
    }
    expect(written(newest)).toEqual([]);
  }, 60_000);

  test.each([
    ["/api/v1/audit?before=", 400],
    ["/api/v1/audit?limit=", 400],
    ["/audit?before=", 400],
    ["/api/system/audit-logs?limit=", 400],
    ["/rooms/general/messages?before=", 400],
    ["/api/v1/rooms/general/messages?before=", 400],
    ["/api/v1/rooms/general/messages?after=", 400],
    ["/api/v1/rooms/general/messages?limit=", 400],
    ["/api/v1/search?q=x&limit=", 400],
    ["/api/v1/search?q=x&before=", 400],
    ["/api/v1/events?after=", 400],
  ])("is refused in a query: %s", async (path, status) => {
    expect(await ask("GET", `${path}7`)).toBe(200);
    for (const text of misspelt(7))
      expect([text, await ask("GET", path + encodeURIComponent(text))]).toEqual([text, status]);
  });

  test("is refused in a form, and where somebody is answered", async () => {
    const { newest, ids } = existing();
    const forms: [string, (text: string) => Record<string, string>][] = [
      ["/rooms/general/messages", (text) => ({ text: "an answer", replyTo: text })],
      ["/invitations", (text) => ({ role: "viewer", rooms: text })],
      ["/invitations", (text) => ({ role: "viewer", uses: text })],
      ["/invitations", (text) => ({ role: "viewer", days: text })],
      ["/settings/keys", (text) => ({ name: "k", permissions: "read", for: text })],
      ["/settings/keys", (text) => ({ name: "k", permissions: "read", rooms: text })],
      ["/settings/keys", (text) => ({ name: "k", permissions: "read", days: text })],
    ];
    for (const [path, fields] of forms)
      for (const text of [...ids.slice(0, 8), newest].flatMap(misspelt)) {
        const status = await ask("POST", path, new URLSearchParams(fields(text)));
        expect([path, text, isRefused(status)]).toEqual([path, text, true]);
      }
    expect(written(newest)).toEqual([]);
  }, 60_000);
});

describe("a query that is none", () => {
  const strange = fc.oneof(noId, fc.constantFrom("", "%", "a&b", "𝟙", "\u202E1", "\ud83d"));
  const sent = (text: string) => encodeURIComponent(text.toWellFormed());

  test.each([
    ["/api/v1/audit", ["limit", "before"]],
    ["/audit", ["limit", "before"]],
    ["/audit/export.jsonl", ["limit", "before"]],
    ["/rooms/general/messages", ["before"]],
  ])("%s takes no number that is none", async (path, fields) => {
    const clearlyNone = [
      "-1",
      "0",
      "1.5",
      "NaN",
      "Infinity",
      "x",
      "[1]",
      "1,2",
      "١",
      "１",
      "²",
      "9".repeat(30),
      "1 OR 1=1",
      "null",
    ];
    for (const field of fields)
      for (const value of clearlyNone) {
        const status = await ask("GET", `${path}?${field}=${sent(value)}`);
        expect([path, field, value, isRefused(status)]).toEqual([path, field, value, true]);
      }
  });

  test.each([
    ["/api/v1/audit", ["limit", "before", "actor", "action", "result", "from", "to", "text"]],
    ["/audit", ["before", "actor", "action", "result", "from", "to", "text"]],
    ["/api/system/audit-logs", ["limit", "userId", "action", "eventType", "start_date", "end_date", "from", "to"]],
    ["/rooms/general/messages", ["before", "limit"]],
    ["/rooms/general", ["before", "q", "lastSeq"]],
    ["/auth/device", ["user_code"]],
    ["/members", ["id", "page"]],
    ["/health", ["details"]],
  ])(
    "%s never fails, whatever is asked",
    async (path, fields) => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...fields), strange, fc.boolean(), async (field, value, twice) => {
          const query = `${field}=${sent(value)}${twice ? `&${field}=${sent(value)}&${field}[]=1` : ""}`;
          expect([path, query, (await ask("GET", `${path}?${query}`)) < 500]).toEqual([path, query, true]);
        }),
        { numRuns: 40 },
      );
      expect(bugs()).toEqual([]);
    },
    20_000,
  );
});
