import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Clock } from "../../src/clock.ts";
import { Client } from "../support/client.ts";
import { handshake } from "../support/handshake.ts";
import { signIn, startServer, type TestServer, withServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
});
afterAll(() => server.stop());

test("1003: a binary frame", async () => {
  const mira = await Client.camel(server.ws, "mira");
  mira.sendBytes(new TextEncoder().encode('{"type":"ping"}'));
  expect((await mira.hasClosed()).code).toBe(1003);
});

describe("1008", () => {
  test("abuse: the tenth frame that cannot be understood within a minute, and not the ninth", async () => {
    const mira = await Client.camel(server.ws, "mira");
    const omar = await Client.camel(server.ws, "omar");
    const rubbish = ["{", "[]", '"hi"', "null", '{"type":5}', '{"type":"dance"}', "{}", "}{", '{"type":"message"}'];
    for (const frame of rubbish) mira.send(frame);
    await mira.say("I can behave");
    expect(mira.ofType("error")).toHaveLength(9);
    mira.send("{");
    expect((await mira.hasClosed()).code).toBe(1008);
    // Nobody else is disturbed.
    await omar.say("what was that?");
  });

  test("abuse in the classic dialect: notices, and an error only with the last", async () => {
    const mira = await Client.classic(server.ws, "mira");
    for (let n = 0; n < 10; n += 1) mira.send({ type: "dance" });
    expect((await mira.hasClosed()).code).toBe(1008);
    expect(mira.ofType("notice")).toHaveLength(9);
    expect(mira.ofType("error")).toMatchObject([{ data: { code: "UNKNOWN_MESSAGE_TYPE" } }]);
  });

  test("failed authentication, after it was said", async () => {
    const eve = await Client.open(`${server.ws}/ws`);
    eve.send({ type: "auth", data: { userId: "mira", token: "forged" } });
    expect((await eve.next("auth_response")).data.success).toBe(false);
    expect((await eve.hasClosed()).code).toBe(1008);
  });
});

test("1009: a frame beyond a megabyte; up to there it is refused and the socket stays", async () => {
  const mira = await Client.camel(server.ws, "mira");
  mira.send({ type: "message", data: { text: "x".repeat(70_000) } });
  expect((await mira.next("error")).data.code).toBe("MESSAGE_TOO_LARGE");
  await mira.say("still here");
  mira.send("x".repeat(1024 * 1024 + 1));
  expect((await mira.hasClosed()).code).toBe(1009);
});

test("1011: our fault, when something throws that should not; others are not disturbed", async () => {
  let broken = false;
  const clock: Clock = {
    now: () => Date.now(),
    monotonic() {
      if (broken) throw new Error("the clock fell off the wall");
      return performance.now();
    },
  };
  await withServer({ clock, env: { OPENCODE_SAFE_MODE: "true" } }, async (own) => {
    const omar = await Client.camel(own.ws, "omar");
    broken = true;
    const unlucky = await Client.open(`${own.ws}/ws`);
    expect((await unlucky.hasClosed()).code).toBe(1011);
    omar.send({ type: "message", data: { text: "hello?" } });
    expect((await omar.next("error")).data).toMatchObject({
      code: "INTERNAL_ERROR",
      message: expect.stringMatching(/ref/),
    });
    broken = false;
    await omar.say("still here");
  });
});

test("1012: restart, told to everybody on shutdown, after what was under way", async () => {
  const own = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
  const cookie = await signIn(own, "Jun");
  const everybody = [
    await Client.camel(own.ws, "mira"),
    await Client.classic(own.ws, "omar"),
    await Client.open(`${own.ws}/ws`),
    await Client.open(`${own.ws}/live`, { cookie, origin: own.http }),
  ];
  await own.stop();
  for (const client of everybody) expect((await client.hasClosed()).code).toBe(1012);
});

describe("1013: too busy", () => {
  test("when there are too many sockets in all, the next is refused before it is one", async () => {
    await withServer({ limits: { connections: 1 } }, async (own) => {
      const first = await Client.camel(own.ws, "mira");
      expect((await handshake(own.http, [])).status).toBe(503);
      await first.say("room for one");
      await first.close();
    });
  });

  test.each(["user", "designer"])("when somebody has too many of their own, also as a %s", async (role) => {
    await withServer({ limits: { connectionsPerMember: 1 } }, async (own) => {
      const first = await Client.camel(own.ws, "mira", { role: "user" });
      const second = await Client.open(`${own.ws}/ws`);
      second.send({ type: "auth", data: { userId: "mira", role } });
      expect((await second.next("error")).data.code).toBe("CONNECTION_LIMIT");
      expect((await second.hasClosed()).code).toBe(1013);
      await Client.camel(own.ws, "omar");
      await first.say("one is enough");
      expect(own.logged.filter(({ level }) => level === "error")).toEqual([]);
    });
  });
});

describe("4401: the session is over", () => {
  test("a stale cookie is upgraded and closed, on the chat's door and on the page's", async () => {
    for (const path of ["/ws", "/", "/live"]) {
      const stale = await Client.open(`${server.ws}${path}`, { cookie: "parley_session=stale", origin: server.http });
      expect((await stale.hasClosed()).code).toBe(4401);
      expect(stale.frames).toEqual([]);
    }
  });

  test("the page's door without any cookie", async () => {
    const nobody = await Client.open(`${server.ws}/live`, { origin: server.http });
    expect((await nobody.hasClosed()).code).toBe(4401);
  });

  test("signing out closes the sockets of that session and of no other", async () => {
    const cookie = await signIn(server, "Ana");
    const other = await signIn(server, "Ana");
    const open = (shown: string) => Client.open(`${server.ws}/ws`, { cookie: shown, origin: server.http });
    const [laptop, phone] = [await open(cookie), await open(other)];
    for (const device of [laptop, phone]) {
      device.send({ type: "auth", data: {} });
      await device.next("auth_response");
    }
    // Shown at the upgrade and not used yet.
    const waiting = await open(cookie);
    await fetch(`${server.http}/sign-out`, {
      method: "POST",
      headers: { cookie, origin: server.http },
      redirect: "manual",
    });
    expect((await laptop.hasClosed()).code).toBe(4401);
    expect((await waiting.hasClosed()).code).toBe(4401);
    await phone.say("still here");
  });
});
