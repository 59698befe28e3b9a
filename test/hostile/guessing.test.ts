import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { HandClock, minute } from "../support/clock.ts";
import { openHouse } from "../support/house.ts";
import { startServer, type TestServer } from "../support/server.ts";

const right = "kestrel over moor";
let server: TestServer;
let clock: HandClock;
let session: string;
beforeEach(async () => {
  clock = new HandClock();
  const folder = mkdtempSync(join(tmpdir(), "parley-guessing-"));
  {
    using house = openHouse({ path: join(folder, "parley.db"), clock });
    // Costs next to nothing to check: what is tried here is how often, not how slowly.
    const hash = await Bun.password.hash(right, { algorithm: "argon2id", memoryCost: 8, timeCost: 1 });
    for (const name of ["mira", "tomas", ...Array.from({ length: 40 }, (_, n) => `person ${n}`)]) {
      const member = house.person(name);
      await house.passwords.set(member, hash, member);
    }
    await house.passwords.set(house.person("olga", "owner"), hash, house.person("olga", "owner"));
    session = await house.enter(house.person("tomas"));
  }
  const env = { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true", TRUSTED_PROXY: "127.0.0.1" };
  server = await startServer({ folder, clock, env });
});
afterEach(() => server.stop());

const office = "203.0.113.9";
const home = "198.51.100.4";

/** A sign-in over the API from some address. */
async function api(name: string, password: string, address = office): Promise<Response> {
  return fetch(`${server.http}/api/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": address },
    body: JSON.stringify({ name, password }),
  });
}

async function form(name: string, password: string, address = office): Promise<Response> {
  return fetch(`${server.http}/sign-in`, {
    method: "POST",
    headers: { origin: server.http, "x-forwarded-for": address },
    body: new URLSearchParams({ method: "password", name, password }),
    redirect: "manual",
  });
}

const bearer = (secret: string, address = office) =>
  fetch(`${server.http}/api/v1/me`, { headers: { authorization: `Bearer ${secret}`, "x-forwarded-for": address } });

async function upgrade(secret: string, address = office): Promise<Response> {
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  return fetch(`${server.http}/ws`, {
    headers: { ...headers, authorization: `Bearer ${secret}`, "x-forwarded-for": address },
  });
}

describe("five wrong passwords for mira from one address", () => {
  beforeEach(async () => {
    for (let n = 0; n < 5; n += 1) expect((await (n % 2 ? api : form)("mira", `wrong ${n}`)).status).toBe(401);
  });

  test("and the sixth is told to wait fifteen minutes, on the page and over the API alike", async () => {
    for (const answer of [await api("mira", "wrong"), await form("mira", "wrong"), await api(" MIRA", "wrong")]) {
      expect(answer.status).toBe(429);
      expect(answer.headers.get("retry-after")).toBe("900");
      expect(answer.headers.get("set-cookie")).toBeNull();
    }
    const told = (await (await api("mira", "wrong")).json()) as Record<string, unknown>;
    expect(told).toMatchObject({
      code: "RATE_LIMITED",
      retryAfter: 15 * minute,
      error: expect.stringContaining("15 minutes"),
    });
  });

  test("and the right one waits as well, until the time is over", async () => {
    expect([(await api("mira", right)).status, (await form("mira", right)).status]).toEqual([429, 429]);
    clock.advance(15 * minute);
    expect((await api("mira", right)).status).toBe(201);
  });

  test("and she comes in from elsewhere, and tomas from there", async () => {
    expect((await api("mira", right, home)).status).toBe(201);
    expect((await api("tomas", right)).status).toBe(201);
  });

  test("and another address is not gained by writing one into the header", async () => {
    for (const written of ["1.2.3.4", "127.0.0.1", "::1"])
      expect((await api("mira", right, `${written}, ${office}`)).status).toBe(429);
  });
});

describe("many at once", () => {
  test("cannot exceed five for one name", async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => (n % 2 ? api : form)("mira", `wrong ${n}`)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(55);
  });

  test("cannot exceed thirty for one address, over however many names", async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => api(`person ${n % 40}`, "wrong")));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(30);
    expect(statuses.filter((status) => status === 429)).toHaveLength(30);
    expect((await api("mira", right)).status).toBe(429);
    expect((await api("mira", right, home)).status).toBe(201);
  });
});

test("a hundred wrong ones for mira, from wherever, and nobody is let in under her name for a while", async () => {
  for (let n = 0; n < 100; n += 1) expect((await api("mira", "wrong", `198.51.100.${n}`)).status).toBe(401);
  expect((await api("mira", right, "192.0.2.1")).status).toBe(429);
  expect((await api("tomas", right, "192.0.2.1")).status).toBe(201);
  clock.advance(15 * minute);
  expect((await api("mira", right, "192.0.2.1")).status).toBe(201);
});

describe("tokens and keys that are guessed", () => {
  test("thirty from one address, and then 429 with a time to wait; who has the right one goes on", async () => {
    for (let n = 0; n < 30; n += 1) {
      const guess = ["ply_guess", "guess", "a.b.c"][n % 3] ?? "";
      expect((await (n % 2 ? bearer : upgrade)(guess)).status).toBe(401);
    }
    for (const answer of [await bearer("ply_guess"), await upgrade("guess"), await bearer("a.b.c")]) {
      expect(answer.status).toBe(429);
      expect(answer.headers.get("retry-after")).toBe("900");
    }
    expect((await bearer("ply_guess", home)).status).toBe(401);
    // 256 bits are not found by trying: nobody is locked out by a neighbour who has the wrong ones.
    expect((await bearer(session)).status).toBe(200);
    clock.advance(15 * minute);
    expect((await bearer("ply_guess")).status).toBe(401);
  });

  test("also those in the first frame of a socket", async () => {
    for (let n = 0; n < 30; n += 1) {
      const client = await Client.open(`${server.ws}/ws`, { "x-forwarded-for": office });
      client.send({ type: "auth", data: { token: "ply_guess" } });
      await client.hasClosed();
    }
    expect((await bearer("ply_guess")).status).toBe(429);
  });
});

describe("codes of devices that are guessed", () => {
  const confirm = (code: string, from = office) =>
    fetch(`${server.http}/api/auth/device/confirm`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${session}`, "x-forwarded-for": from },
      body: JSON.stringify({ user_code: code }),
    });

  test("five of one account, and then not even the right one is looked at, from wherever it comes", async () => {
    const headers = { "content-type": "application/json" };
    const asked = await fetch(`${server.http}/api/auth/device/authorize`, { method: "POST", headers, body: "{}" });
    const { user_code } = (await asked.json()) as { user_code: string };
    for (let n = 0; n < 5; n += 1) expect((await confirm("BBBB-BBBB")).status).toBe(404);
    expect((await confirm("BBBB-BBBB")).status).toBe(429);
    for (const from of [office, home]) expect((await confirm(user_code, from)).status).toBe(429);
  });
});
