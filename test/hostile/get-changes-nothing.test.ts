import type { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { inspect } from "../support/database.ts";
import { type Route, startWithRoutes } from "../support/routes.ts";
import { signIn, type TestServer, withServer } from "../support/server.ts";

let server: TestServer;
let gets: Route[];
let others: Route[];
let cookie: string;
beforeAll(async () => {
  const started = await startWithRoutes({ env: { OPENCODE_SAFE_MODE: "true" } });
  server = started.server;
  gets = started.routes.filter(({ method }) => method === "GET");
  others = started.routes.filter(({ method }) => method !== "GET");
  cookie = await signIn(server, "mira", "admin");
  await liveALittle();
});
afterAll(() => server.stop());

/** Something of everything that a page may show. */
async function liveALittle(): Promise<void> {
  const tomas = await Client.camel(server.ws, "tomas");
  for (let count = 1; count <= 60; count += 1) await tomas.say(`**message** ${count} for @alice with \`code\``);
  await tomas.close();
  const room = { method: "POST", body: new URLSearchParams({ name: "plans" }), redirect: "manual" } as const;
  await fetch(`${server.http}/rooms`, { ...room, headers: { cookie, origin: server.http } });
}

/** The tables that the schema calls caches: what is in them may come and go. */
function caches(): string[] {
  const schema = readFileSync(join(import.meta.dir, "../../src/database/schema.ts"), "utf8");
  const named = /the caches ((?:`\w+`(?:, | and )?)+)/.exec(schema)?.[1];
  if (!named) throw new Error("the schema no longer says which tables are caches");
  return [...named.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
}

/**
 * Every row of every other table, each table as one text. That somebody came, went, or asked for what they may not have is noted in
 * the audit, by events of a kind of their own: those are left out, and whatever else the audit tells stands in the other events.
 */
function contents(sqlite: Database): Record<string, string> {
  const aside = new Set([...caches(), "audit"]);
  const tables = sqlite.query<{ name: string }, []>(
    "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
  );
  // How far agents have heard follows what was said by moments.
  const some: Record<string, string> = {
    events: "events WHERE kind <> 'audit.noted'",
    meta: "meta WHERE key <> 'heard'",
  };
  const rows = (name: string) => some[name] ?? `"${name}"`;
  return Object.fromEntries(
    tables
      .all()
      .filter(({ name }) => !aside.has(name) && !name.startsWith("search_"))
      .map(({ name }) => [name, JSON.stringify(sqlite.query(`SELECT * FROM ${rows(name)} ORDER BY 1, 2`).all())]),
  );
}

const stored = () => inspect(server.config.databasePath, contents);
/** Tables in which anything is other than it was. */
const changed = (before: Record<string, string>, after = stored()) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((table) => before[table] !== after[table]);
const accepts = ["text/html,*/*", "application/json", "*/*"];
const queries = ["", "?before=50&limit=5&q=message&user_code=AAAA-AAAA", "?before=&limit=-1&delete=1&_method=DELETE"];

/** Asks for everything that can be asked for, as a person or as nobody, in every way. @returns how many answers there were */
async function crawl(shown: Record<string, string>, methods = ["GET", "HEAD"], http = server.http): Promise<number> {
  let answers = 0;
  const found = new Set(gets.map(({ path }) => path));
  for (const path of found) {
    for (const method of methods) {
      for (const accept of accepts) {
        for (const query of queries) {
          const headers = { ...shown, accept };
          const answer = await fetch(`${http}${path}${query}`, { method, headers, redirect: "manual" });
          const text = await answer.text();
          expect([path, query, answer.status < 500]).toEqual([path, query, true]);
          answers += 1;
          // What pages link to is asked for as well: it may be no route of the app's.
          for (const [, link = ""] of text.matchAll(/(?:href|src)="(\/[^"#?]*)/g)) found.add(link);
        }
      }
    }
  }
  return answers;
}

test("the tables that are looked at are those that matter, and the caches are there too", () => {
  expect(Object.keys(stored())).toContain("events");
  expect(Object.keys(stored())).toContain("messages");
  expect(Object.keys(stored())).toContain("meta");
  expect(caches()).toContain("session_seen");
  expect(caches()).toContain("search_progress");
  const all = inspect(server.config.databasePath, (sqlite) =>
    sqlite.query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'").all(),
  ).map(({ name }) => name);
  expect(caches().filter((name) => !all.includes(name))).toEqual([]);
  expect(gets.length).toBeGreaterThan(10);
});

test("every GET and HEAD, twice, as somebody who may see everything, leaves every table as it was", async () => {
  const before = stored();
  expect(await crawl({ cookie, origin: server.http })).toBeGreaterThan(gets.length * accepts.length);
  await crawl({ cookie });
  expect(changed(before)).toEqual([]);
}, 30_000);

test("no GET does what another method does there, whatever its headers and its address say", async () => {
  const before = stored();
  expect(others.length).toBeGreaterThan(5);
  for (const { path, method } of others) {
    for (const name of ["x-http-method-override", "x-http-method", "x-method-override"]) {
      const headers = { cookie, origin: server.http, [name]: method };
      const address = `${server.http}${path}?name=x&text=x&role=writer&_method=${method}`;
      expect((await fetch(address, { headers, redirect: "manual" })).status).toBeLessThan(500);
    }
  }
  expect(changed(before)).toEqual([]);
});

test("nobody changes anything either, but that in development mode the first program without a name becomes dev_user", async () => {
  const before = stored();
  const members = () =>
    inspect(server.config.databasePath, (sqlite) =>
      sqlite.query<{ name: string }, []>("SELECT name FROM members").all(),
    ).map(({ name }) => name);
  const known = members();
  await crawl({}, ["GET"]);
  expect(members()).toEqual([...known, "dev_user"]);
  expect(changed(before)).toEqual(["events", "members"]);
  const after = stored();
  await crawl({}, ["GET"]);
  expect(changed(after)).toEqual([]);
}, 30_000);

test("where signing in is needed, nobody changes anything at all", async () => {
  await withServer({ env: { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true" } }, async (closed) => {
    const before = inspect(closed.config.databasePath, contents);
    await crawl({}, ["GET", "HEAD"], closed.http);
    expect(changed(before, inspect(closed.config.databasePath, contents))).toEqual([]);
  });
}, 30_000);
