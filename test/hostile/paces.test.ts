import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { defaultLimits, type Limits } from "../../src/limits.ts";
import { Client } from "../support/client.ts";
import { HandClock } from "../support/clock.ts";
import { ownedFolder } from "../support/owned.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
const clock = new HandClock();
afterEach(() => server.stop());

async function start(limits: Partial<Limits> = {}, env: Record<string, string> = {}): Promise<void> {
  server = await startServer({
    folder: await ownedFolder(),
    clock,
    limits,
    env: { OPENCODE_SAFE_MODE: "true", ...env },
  });
}

test("typing is told once a second after the first five; that it ended is always told", async () => {
  await start();
  const [mira, tomas] = [
    await Client.camel(server.ws, "mira"),
    await Client.camel(server.ws, "tomas", { subscribe: ["typing"] }),
  ];
  const typing = (isTyping: boolean) => mira.send({ type: "typing", data: { isTyping } });
  for (let count = 0; count < 8; count += 1) typing(true);
  await mira.settled();
  expect(mira.ofType("error").map(({ data }) => [data.code, data.retryAfter])).toEqual(
    Array(3).fill(["RATE_LIMITED", 1_000]),
  );
  typing(false);
  await tomas.next("typing", ({ data }) => data.isTyping === false);
  expect(tomas.ofType("typing").length).toBe(6);
  clock.advance(1_000);
  typing(true);
  typing(true);
  await mira.settled();
  expect(mira.ofType("error").length).toBe(4);
  tomas.send({ type: "typing", data: { isTyping: true } });
  await tomas.settled();
  expect(tomas.ofType("error")).toEqual([]);
});

test("acts over HTTP are ten a second after a burst of two hundred, whatever they are; reading and others go on", async () => {
  await start({ actBurst: 4 });
  const headers = { cookie: await signIn(server, "mira"), origin: server.http };
  const act = (cookie: string, path: string, fields: Record<string, string>) =>
    fetch(server.http + path, {
      method: "POST",
      headers: { cookie, origin: server.http },
      body: new URLSearchParams(fields),
      redirect: "manual",
    });
  const acts = [
    () => act(headers.cookie, "/rooms", { name: "one" }),
    () => act(headers.cookie, "/settings/profile", { title: "Captain" }),
    () => act(headers.cookie, "/direct", { members: "alice-bot" }),
    () => act(headers.cookie, "/agents", { name: "eve", role: "tester" }),
  ];
  for (const each of acts) expect((await each()).status).toBe(303);
  const refused = await act(headers.cookie, "/rooms", { name: "two" });
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
  expect(await refused.json()).toMatchObject({ code: "RATE_LIMITED", retryAfter: 100 });
  expect((await fetch(`${server.http}/api/v1/rooms`, { headers })).status).toBe(200);
  expect((await act(await signIn(server, "tomas"), "/rooms", { name: "two" })).status).toBe(303);
  clock.advance(100);
  expect((await act(headers.cookie, "/rooms", { name: "three" })).status).toBe(303);
  expect((await act(headers.cookie, "/rooms", { name: "four" })).status).toBe(429);
  expect([defaultLimits.actRate, defaultLimits.actBurst]).toEqual([10, 200]);
});

test("guests of one address, or of one network of IPv6, come one a second after the first thirty, by page and by socket together", async () => {
  await start({}, { OPENCODE_DEV_MODE: "false", OPENCODE_ALLOW_GUEST: "true", TRUSTED_PROXY: "127.0.0.1" });
  let guests = 0;
  async function byPage(address: string): Promise<number> {
    guests += 1;
    const answer = await fetch(`${server.http}/sign-in`, {
      method: "POST",
      headers: { origin: server.http, "x-forwarded-for": address },
      body: new URLSearchParams({ name: `guest ${guests}` }),
      redirect: "manual",
    });
    return answer.status;
  }
  async function bySocket(address: string): Promise<string> {
    const client = await Client.open(`${server.ws}/ws`, { "x-forwarded-for": address });
    client.send({ type: "auth", data: { method: "guest" } });
    const answer = await client.until(
      () => client.frames.find(({ type }) => ["auth_response", "error"].includes(type)),
      "an answer",
    );
    await client.close();
    return answer.data.code ?? "welcome";
  }
  for (let count = 0; count < 29; count += 1) expect(await byPage("2001:db8::1")).toBe(303);
  expect(await bySocket("2001:db8::2")).toBe("welcome");
  expect([await byPage("2001:db8::3"), await bySocket("2001:db8::4")]).toEqual([429, "RATE_LIMITED"]);
  expect([await byPage("2001:db8:0:1::1"), await bySocket("203.0.113.9")]).toEqual([303, "welcome"]);
  clock.advance(1_000);
  expect([await byPage("2001:db8::1"), await byPage("2001:db8::1")]).toEqual([303, 429]);
});

test("a silent socket has the time that the protocol says", async () => {
  await start();
  const { authTimeoutMs, authTimeoutDevelopmentMs } = server.config.limits;
  const said = /after (\d+) s \((\d+) s in development\)/.exec(readFileSync("PROTOCOL.md", "utf8"));
  expect([authTimeoutMs / 1000, authTimeoutDevelopmentMs / 1000]).toEqual([Number(said?.[1]), Number(said?.[2])]);
});
