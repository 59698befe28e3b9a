import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Limits } from "../../src/limits.ts";
import { Client } from "../support/client.ts";
import { HandClock } from "../support/clock.ts";
import { inspect } from "../support/database.ts";
import { handshake } from "../support/handshake.ts";
import { openHouse } from "../support/house.ts";
import { waitFor } from "../support/round.ts";
import { startServer, type TestServer } from "../support/server.ts";

const [office, home] = ["203.0.113.9", "198.51.100.4"];

let server: TestServer;
let clock: HandClock;
/** What mira and tomas show: sessions of theirs. And two keys of alice, the agent. */
let shown: { mira: string; tomas: string; alice: readonly [string, string] };
const hung: Socket[] = [];
afterEach(async () => {
  for (const socket of hung.splice(0)) socket.destroy();
  await server.stop();
});

/** A server behind a proxy on this machine, so that requests may come from anywhere. */
async function start(limits: Partial<Limits>): Promise<void> {
  clock = new HandClock();
  const folder = mkdtempSync(join(tmpdir(), "parley-openings-"));
  {
    using house = openHouse({ path: join(folder, "parley.db"), clock });
    // Without an owner, whom a password makes one, no server that others reach starts.
    const olga = house.person("olga", "owner");
    await house.passwords.set(olga, "a hash of some password", olga);
    const key = async (name: string) =>
      (
        await house.keys.create(house.members.system, {
          ...{ name, member: house.agent("alice"), permissions: ["read", "write"], rooms: null, days: null },
        })
      ).secret;
    shown = {
      mira: await house.enter(house.person("mira")),
      tomas: await house.enter(house.person("tomas")),
      alice: [await key("one"), await key("two")],
    };
  }
  const env = { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true", TRUSTED_PROXY: "127.0.0.1" };
  server = await startServer({ folder, clock, limits, env });
}

/** The status of an upgrade by somebody, whose socket is gone at once. */
async function upgrade(secret: string | null, address = office): Promise<number> {
  const lines = [`X-Forwarded-For: ${address}`, ...(secret === null ? [] : [`Authorization: Bearer ${secret}`])];
  return (await handshake(server.http, lines)).status;
}

const open = (secret: string | null, address = office) =>
  Client.open(`${server.ws}/ws`, {
    "x-forwarded-for": address,
    ...(secret !== null && { authorization: `Bearer ${secret}` }),
  });

describe("sockets that are opened", () => {
  test("by one person are as many as may be, refused before they are any; others open theirs, and she again when it is time", async () => {
    await start({ socketRate: 1, socketBurst: 3 });
    const many = [];
    for (let count = 0; count < 5; count += 1) many.push(await upgrade(shown.mira));
    expect(many).toEqual([101, 101, 101, 429, 429]);
    expect(await upgrade(shown.tomas)).toBe(101);
    clock.advance(1_000);
    expect([await upgrade(shown.mira), await upgrade(shown.mira)]).toEqual([101, 429]);
  });

  test("and said to be hers by a frame are counted with them; the socket stays, and is hers when it is time", async () => {
    await start({ socketRate: 1, socketBurst: 2 });
    expect([await upgrade(shown.mira), await upgrade(shown.mira)]).toEqual([101, 101]);
    const third = await open(null);
    const auth = { type: "auth", data: { method: "session", sessionToken: shown.mira } };
    third.send(auth);
    expect((await third.next("error")).data).toMatchObject({ code: "RATE_LIMITED", retryAfter: 1_000 });
    clock.advance(1_000);
    third.send(auth);
    await third.next("auth_response");
  });

  test("from one address are as many as a crowd opens; from elsewhere others come in, and this machine is not counted", async () => {
    await start({ addressSocketRate: 1, addressSocketBurst: 2 });
    expect([await upgrade(shown.mira), await upgrade(null), await upgrade(shown.tomas), await upgrade(null)]).toEqual([
      ...[101, 101, 429, 429],
    ]);
    expect(await upgrade(shown.mira, home)).toBe(101);
    for (let count = 0; count < 5; count += 1) expect(await upgrade(null, "127.0.0.1")).toBe(101);
    clock.advance(1_000);
    expect([await upgrade(shown.mira), await upgrade(shown.mira)]).toEqual([101, 429]);
  });

  test("after a restart may be all of everybody's at once: two thousand behind one address, twenty of each, twice", async () => {
    await start({});
    const { addressSocketBurst, socketBurst, connectionsPerMember } = server.config.limits;
    expect([addressSocketBurst, socketBurst]).toEqual([2_000, 2 * connectionsPerMember]);
    const statuses = await Promise.all(Array.from({ length: 20 }, () => upgrade(shown.mira)));
    expect(statuses.filter((status) => status === 101)).toHaveLength(20);
  });
});

describe("sockets that are open", () => {
  test("of one person are so many, and the next is refused before it is one", async () => {
    await start({ connectionsPerMember: 2 });
    const first = await open(shown.mira);
    await open(shown.mira);
    const third = await handshake(server.http, [`Authorization: Bearer ${shown.mira}`]);
    expect([third.status, JSON.parse(third.body).message]).toEqual([429, "You have 2 connections open already."]);
    expect(await upgrade(shown.tomas)).toBe(101);
    await first.close();
    await waitFor(async () => (await upgrade(shown.mira)) === 101, "room for another");
  });

  test("by one key of an agent are five; by another key it has its own, and by frame there is no way round", async () => {
    await start({});
    const [key, other] = shown.alice;
    const five = await Promise.all(Array.from({ length: 5 }, () => open(key)));
    const sixth = await handshake(server.http, [`Authorization: Bearer ${key}`]);
    expect([sixth.status, JSON.parse(sixth.body).message]).toEqual([429, "That key has 5 connections open already."]);
    const byFrame = await open(null);
    byFrame.send({ type: "auth", data: { method: "api_key", apiKey: key } });
    expect((await byFrame.next("error")).data.code).toBe("CONNECTION_LIMIT");
    expect((await byFrame.hasClosed()).code).toBe(1013);
    expect(await upgrade(other)).toBe(101);
    await five[0]?.close();
    await waitFor(async () => (await upgrade(key)) === 101, "room for another");
  });

  test("of strangers at one address are so many; who shows a session comes in, and so do strangers elsewhere and on this machine", async () => {
    await start({ strangersPerAddress: 2 });
    await open(null);
    const second = await open(null);
    expect([await upgrade(null), await upgrade(shown.mira), await upgrade(null, home)]).toEqual([429, 101, 101]);
    for (let count = 0; count < 4; count += 1) await open(null, "127.0.0.1");
    // Whoever says who they are is no stranger any more.
    second.send({ type: "auth", data: { method: "session", sessionToken: shown.tomas } });
    await second.next("auth_response");
    expect(await upgrade(null)).toBe(101);
  });
});

describe("requests that show nobody", () => {
  /** A form that does not arrive. */
  async function hanging(address = office): Promise<void> {
    const { port, host, hostname } = new URL(server.http);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    const head = `POST /sign-in HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${server.http}\r\nX-Forwarded-For: ${address}\r\n`;
    socket.write(`${head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nname=`);
    hung.push(socket);
  }
  const page = (headers: Record<string, string>) => fetch(`${server.http}/sign-in`, { headers, redirect: "manual" });

  test("and hang are as many of an address as may be; others are answered, and when they are gone so is everybody", async () => {
    await start({ strangersInFlight: 3 });
    await Promise.all([hanging(), hanging(), hanging()]);
    const full = async () => (await page({ "x-forwarded-for": office })).status === 429;
    await waitFor(full, "as many as may be");
    const refused = await page({ "x-forwarded-for": office });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await page({ "x-forwarded-for": home })).status).toBe(200);
    const known = { "x-forwarded-for": office, authorization: `Bearer ${shown.mira}` };
    expect((await fetch(`${server.http}/api/v1/me`, { headers: known })).status).toBe(200);
    for (const socket of hung) socket.end("mira");
    await waitFor(async () => !(await full()), "an end of them");
  });

  test("of this machine are not counted", async () => {
    await start({ strangersInFlight: 1 });
    await Promise.all([hanging("127.0.0.1"), hanging("127.0.0.1")]);
    expect((await page({})).status).toBe(200);
  });
});

test("whoever opens and closes sockets without end fills one line of the audit, and hides nobody's refusals", async () => {
  await start({ auditBatch: 4, auditFlushMs: 600_000 });
  for (let count = 0; count < 12; count += 1) {
    const socket = await open(shown.mira);
    socket.send({ type: "auth" });
    await socket.next("auth_response");
    await socket.close();
  }
  for (let count = 0; count < 3; count += 1) {
    const headers = { authorization: `Bearer ${shown.tomas}`, "x-forwarded-for": `203.0.113.${count}` };
    expect((await fetch(`${server.http}/api/v1/audit`, { headers })).status).toBe(403);
  }
  // Nothing was written yet: a stop writes what was gathered.
  server = await server.restart();
  const rows = inspect(server.config.databasePath, (sqlite) =>
    sqlite
      .query<{ action: string; detail: string }, []>(
        "SELECT action, detail FROM audit WHERE action LIKE 'socket %' OR action = 'permission refused' ORDER BY id",
      )
      .all(),
  );
  const of = (wanted: string) => rows.filter(({ action }) => action === wanted).map(({ detail }) => JSON.parse(detail));
  expect(of("socket opened")).toEqual([{ door: "chat", by: "session", times: 12 }]);
  expect(of("socket closed")).toEqual([{ door: "chat", code: 1005, seconds: 0, times: 12 }]);
  expect(of("permission refused")).toHaveLength(3);
});
