import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { day, HandClock, minute, second } from "../support/clock.ts";
import { type House, openHouse } from "../support/house.ts";
import { startServer, type TestServer } from "../support/server.ts";

const clock = new HandClock();
const env = { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true", OPENCODE_SESSION_TIMEOUT: "10" };

/** A server whose sockets are looked at so often, on a database in which something was made before. */
async function serverWith<T>(expiryCheckMs: number, make: (house: House) => Promise<T>) {
  const folder = mkdtempSync(join(tmpdir(), "parley-expiry-"));
  let made: T;
  {
    using house = openHouse({ path: join(folder, "parley.db"), clock });
    made = await make(house);
  }
  return { server: await startServer({ folder, clock, env, limits: { expiryCheckMs } }), made };
}

async function people(house: House) {
  const [mira, tomas] = [house.person("mira"), house.person("tomas")];
  const key = (days: number) =>
    house.keys.create(mira, { name: "k", member: mira, permissions: ["read", "write"], rooms: null, days });
  return {
    miraSession: await house.enter(mira),
    sparedSession: await house.enter(mira),
    tomasKey: (
      await house.keys.create(tomas, {
        name: "k",
        member: tomas,
        permissions: ["read", "write"],
        rooms: null,
        days: null,
      })
    ).secret,
    token: () => house.tokens.sign({ user_id: "mira", role: "developer" }, 60),
    short: await key(1),
    long: await key(300),
  };
}

let server: TestServer;
let made: Awaited<ReturnType<typeof people>>;
beforeAll(async () => {
  ({ server, made } = await serverWith(10, people));
});
afterAll(() => server.stop());

async function enter(secret: string, at: TestServer = server): Promise<Client> {
  const client = await Client.open(`${at.ws}/ws`, { authorization: `Bearer ${secret}` });
  client.send({ type: "auth" });
  await client.next("auth_response");
  return client;
}

/** What a socket heard last, and with which code it was closed. */
async function ended(client: Client) {
  const { code, reason } = await client.hasClosed();
  return { last: client.frames.at(-1)?.data.code, code, reason };
}
const over = { last: "SESSION_EXPIRED", code: 4401, reason: "SESSION_EXPIRED" };

describe("whoever's time runs out while they are here", () => {
  test("by token: is told so, is out, and hears nothing of what is said after it", async () => {
    const [mira, tomas] = [await enter(await made.token()), await enter(made.tomasKey)];
    clock.advance(60 * second - 1);
    await mira.say("the last word");
    clock.advance(1);
    expect(await ended(mira)).toEqual(over);
    await tomas.say("she is gone");
    expect(mira.texts.join()).not.toContain("she is gone");
    expect(mira.closed?.code).toBe(4401);
    await tomas.close();
  });

  test("by a session that nobody used: after its idle time, while one that is used stays", async () => {
    const [idle, used] = [await enter(made.miraSession), await enter(made.sparedSession)];
    // In small steps, so that the sockets are looked at in between.
    for (let n = 0; n < 90; n += 1) {
      clock.advance(10 * second);
      await used.say(`still here ${n}`);
    }
    expect(await ended(idle)).toEqual(over);
    await used.say("and here");
    await used.close();
    const me = await fetch(`${server.http}/api/v1/me`, { headers: { authorization: `Bearer ${made.miraSession}` } });
    expect(me.status).toBe(401);
  });

  test("by a key that ends, and by a key that was replaced, a day later", async () => {
    const [short, long] = [await enter(made.short.secret), await enter(made.long.secret)];
    const session = made.sparedSession;
    const rotated = await fetch(`${server.http}/api/v1/api-keys/${made.long.id}/rotate`, {
      method: "POST",
      headers: { authorization: `Bearer ${session}` },
    });
    expect(rotated.status).toBe(201);
    clock.advance(day - 5 * minute);
    await long.say("the old key still works");
    clock.advance(5 * minute);
    expect([await ended(short), await ended(long)]).toEqual([over, over]);
    const { key } = (await rotated.json()) as { key: string };
    const client = await enter(key);
    await client.say("and the new one");
    await client.close();
  });
});

describe("between two looks at the sockets", () => {
  test("nothing is delivered after its time, whatever happens: message, task, typing or presence", async () => {
    const { server: slow, made: other } = await serverWith(3_600_000, people);
    try {
      const tomas = await enter(other.tomasKey, slow);
      const topics = ["presence", "typing", "agents", "tasks", "help"];
      const happenings: [string, () => unknown][] = [
        ["a message", () => tomas.send({ type: "message", data: { text: "after" } })],
        ["typing", () => tomas.send({ type: "typing", data: { isTyping: true } })],
        ["presence", () => enter(other.sparedSession, slow)],
      ];
      for (const [what, happens] of happenings) {
        const mira = await enter(await other.token(), slow);
        mira.send({ type: "subscribe", data: { topics } });
        await mira.settled();
        clock.advance(60 * second - 1);
        await tomas.say("before");
        await mira.next("message", ({ data }) => data.text === "before");
        const heard = mira.frames.length;
        clock.advance(1);
        await happens();
        expect([what, await ended(mira)]).toEqual([what, over]);
        expect([what, mira.frames.slice(heard).map(({ type }) => type)]).toEqual([what, ["error"]]);
      }
      await tomas.close();
    } finally {
      await slow.stop();
    }
  });

  test("nothing is accepted after its time: the frame is refused, the socket closed, nothing stored", async () => {
    const { server: slow, made: other } = await serverWith(3_600_000, people);
    try {
      const [mira, tomas] = [await enter(await other.token(), slow), await enter(other.tomasKey, slow)];
      clock.advance(60 * second);
      mira.send({ type: "message", data: { text: "too late", clientId: "late" } });
      expect(await ended(mira)).toEqual(over);
      tomas.send({ type: "get_chat_history", data: {} });
      const { data } = await tomas.next("chat_history");
      expect(JSON.stringify(data)).not.toContain("too late");
      await tomas.close();
    } finally {
      await slow.stop();
    }
  });

  test("nor is a new socket opened with it", async () => {
    const token = await made.token();
    clock.advance(121 * second);
    await expect(Client.open(`${server.ws}/ws`, { authorization: `Bearer ${token}` })).rejects.toThrow("no socket");
    const client = await Client.open(`${server.ws}/ws`);
    client.send({ type: "auth", data: { token } });
    expect((await client.next("auth_response")).data).toMatchObject({ success: false, code: "AUTH_FAILED" });
    expect((await client.hasClosed()).code).toBe(1008);
  });
});
