import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { takeWallsDown } from "../support/database.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
const cookies: Record<string, string> = {};
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" }, limits: { auditFlushMs: 1 } });
  for (const [name, role] of [
    ["ada", "admin"],
    ["mira", "developer"],
    ["+mira", "viewer"],
  ] as const)
    cookies[name] = await signIn(server, name, role);
  await fetch(`${server.http}/sign-in`, {
    method: "POST",
    headers: { origin: server.http },
    body: new URLSearchParams({ method: "password", name: '=HYPERLINK("http://evil.example","x")', password: "wrong" }),
  });
  const deadline = performance.now() + 4_000;
  while (!(await (await get("/api/v1/audit")).text()).includes('"unknown":true') && performance.now() < deadline);
});
afterAll(() => server.stop());

const get = (path: string, name = "ada") =>
  fetch(`${server.http}${path}`, { headers: { cookie: cookies[name] ?? "" }, redirect: "manual" });
const entries = async (query: string) => {
  const answer = await get(`/api/v1/audit?${query}`);
  return {
    status: answer.status,
    ...((await answer.json()) as { entries: Record<string, unknown>[]; before: number }),
  };
};
const routes = [
  "/audit",
  "/api/v1/audit",
  "/api/v1/audit/chain",
  "/audit/export.csv",
  "/audit/export.jsonl",
  "/api/system/audit-logs",
];

describe("who may read the audit", () => {
  test("an admin; mira, a viewer and a stranger may not", async () => {
    for (const path of routes) {
      expect([path, (await get(path)).status]).toEqual([path, 200]);
      for (const name of ["mira", "+mira"]) expect([path, (await get(path, name)).status]).toEqual([path, 403]);
    }
    const headers = { accept: "text/html" };
    const stranger = await fetch(`${server.http}/audit`, { headers, redirect: "manual" });
    expect([stranger.status, stranger.headers.get("location")]).toEqual([303, "/sign-in?next=%2Faudit"]);
  });
});

describe("the audit as JSON", () => {
  test("has who by name, when as a time, and the chain holds", async () => {
    const { entries: found } = await entries("action=sign-in&actor=mira");
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ actor: "mira", target: "mira", address: "127.0.0.1", result: "ok" });
    expect(found[0]?.at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(found[0]?.hash).toMatch(/^[0-9a-f]{64}$/);
    const chain = (await (await get("/api/v1/audit/chain")).json()) as { ok: boolean };
    expect(chain.ok).toBe(true);
  });

  test("comes a page at a time, and the last page says that it is the last", async () => {
    const first = await entries("limit=2");
    expect(first.entries).toHaveLength(2);
    const next = await entries(`limit=2&before=${first.before}`);
    expect(Number(next.entries[0]?.id)).toBe(Number(first.entries[1]?.id) - 1);
    expect((await entries("limit=1000")).before).toBeNull();
  });

  test("of somebody who never was is empty, not everything", async () => {
    expect((await entries("actor=neverwas")).entries).toEqual([]);
    expect((await (await get("/audit/export.jsonl?actor=neverwas")).text()).trim()).toBe("");
  });

  test("of nobody is what strangers tried, of the server what it did by itself", async () => {
    const strangers = (await entries("actor=nobody")).entries;
    expect(strangers.map(({ action }) => action)).toContain("sign-in refused");
    expect(strangers.every(({ actor, address }) => actor === "" && address === "127.0.0.1")).toBe(true);
    const own = (await entries("actor=The%20server")).entries;
    expect(own.length).toBeGreaterThan(0);
    expect(own.every(({ actor, address }) => actor === "" && address === "")).toBe(true);
  });

  test("is found by the names that it shows: of members and public rooms, and not by those of private ones", async () => {
    const headers = { cookie: cookies.ada ?? "", origin: server.http };
    const make = (fields: Record<string, string>) =>
      fetch(`${server.http}/rooms`, { method: "POST", body: new URLSearchParams(fields), headers, redirect: "manual" });
    await make({ name: "harbour" });
    await make({ name: "cellar", private: "on" });
    expect((await entries("text=mira&action=sign-in")).entries.map(({ target }) => target)).toContain("mira");
    const byName = (await entries("text=harb")).entries;
    expect(byName.map(({ action, target }) => [action, target])).toEqual([["room made", "#harbour"]]);
    expect((await entries("text=cellar")).entries).toEqual([]);
    const [private_] = (await entries("text=private&action=room%20made")).entries;
    expect((await entries(`text=${encodeURIComponent(String(private_?.target))}`)).entries).toEqual([private_ ?? {}]);
  });

  test("can be read without sockets that came and went", async () => {
    const socket = await Client.camel(server.ws, "kim");
    socket.close();
    const until = performance.now() + 4_000;
    while ((await entries("action=socket%20closed")).entries.length === 0 && performance.now() < until);
    expect((await entries("action=socket%20closed")).entries.length).toBeGreaterThan(0);
    expect((await entries("action=socket%20closed&sockets=without")).entries).toEqual([]);
    const quiet = (await entries("sockets=without&limit=1000")).entries.map(({ action }) => action);
    expect(quiet).toContain("sign-in");
    expect(quiet.filter((action) => /^socket (opened|closed)$/.test(String(action)))).toEqual([]);
  });

  test("includes the day it is asked up to", async () => {
    const today = new Date().toISOString().slice(0, 10);
    expect((await entries(`from=${today}&to=${today}&action=sign-in`)).entries.length).toBeGreaterThan(0);
    expect((await entries("to=2001-01-01")).entries).toEqual([]);
  });

  test.each([
    "limit=0",
    "limit=1001",
    "limit=x",
    "limit=1.5",
    "before=0",
    "before=-1",
    "before=1e30",
    "result=maybe",
    "sockets=few",
    `text=${"x".repeat(101)}`,
  ])("is refused for %s", async (query) => {
    for (const path of ["/api/v1/audit", "/audit", "/audit/export.csv"])
      expect([path, (await get(`${path}?${query}`)).status]).toEqual([path, 400]);
  });
});

describe("the audit for a spreadsheet", () => {
  test("has no cell that begins like a formula", async () => {
    const answer = await get("/audit/export.csv");
    expect(answer.headers.get("content-type")).toStartWith("text/csv");
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="parley-audit.csv"');
    const [header, ...lines] = (await answer.text()).trim().split("\n");
    expect(header).toBe("id,at,seq,action,actor,target,address,result,detail,hash");
    for (const line of lines)
      for (const cell of line.match(/"(?:[^"]|"")*"/g) ?? []) expect(cell).not.toMatch(/^"[=+\-@\t\r]/);
    // A name that is nobody's may be a password: it is not kept at all.
    expect(lines.filter((line) => line.includes("HYPERLINK"))).toEqual([]);
    expect(lines.some((line) => line.includes(`"'+mira"`))).toBe(true);
  });

  test("and as lines of JSON has the same entries", async () => {
    const [csv, jsonl] = [await get("/audit/export.csv"), await get("/audit/export.jsonl")];
    const lines = (await jsonl.text()).trim().split("\n");
    for (const line of lines) JSON.parse(line);
    const rows = (await csv.text()).trim().split("\n").length - 1;
    expect(Math.abs(lines.length - rows)).toBeLessThanOrEqual(1);
  });
});

test("the older address gives the shape it always gave", async () => {
  const answer = (await (await get("/api/system/audit-logs?action=sign-in&userId=mira&limit=5")).json()) as {
    logs: Record<string, unknown>[];
    total: number;
  };
  expect(answer.total).toBe(1);
  expect(answer.logs[0]).toMatchObject({
    action: "sign-in",
    actor_id: "mira",
    actor_type: "USER",
    ip_address: "127.0.0.1",
  });
  expect((await get("/api/system/audit-logs?limit=x")).status).toBe(400);
});

describe("the page says of its own", () => {
  const chain = async () => /data-testid="chain">(.*?)<\/p>/s.exec(await (await get("/audit")).text())?.[1] ?? "";
  const tamper = (sql: string) => {
    const sqlite = new Database(server.config.databasePath);
    takeWallsDown(sqlite);
    sqlite.run(sql);
    sqlite.close();
  };

  test("that the chain holds; and where it breaks, once somebody was at the file", async () => {
    const { count } = (await (await get("/api/v1/audit/chain")).json()) as { count: number };
    expect(await chain()).toMatch(/^<b>The log is unaltered\.<\/b> \d+ entries/);
    tamper(`UPDATE audit SET address = '10.6.6.6' WHERE id = ${count}`);
    expect(await chain()).toContain(`The log was altered at entry ${count}.`);
    expect(await (await get("/api/v1/audit/chain")).json()).toMatchObject({ ok: false, brokenAt: count });
  });
});
