import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { HandClock, minute } from "../support/clock.ts";
import { EventReader } from "../support/event-stream.ts";
import { openHouse, until } from "../support/house.ts";
import { RoomClient } from "../support/rooms.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let mira: RoomClient;
let miraCookie: string;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" }, limits: { expiryCheckMs: 10, pollWaitMs: 2_000 } });
  miraCookie = await signIn(server, "mira", "admin");
  mira = new RoomClient(server, miraCookie);
});
afterAll(() => server.stop());

const read = (path: string, cookie: string) => EventReader.open(server.http + path, { cookie, origin: server.http });
const over = { code: 4401, reason: "SESSION_EXPIRED" };

describe("whose session ends while they listen", () => {
  test.each(["/api/v1/events", "/live?room=general"])(
    "is told so by the last event of %s, within a second, and hears nothing after it",
    async (path) => {
      const cookie = await signIn(server, "tomas");
      const stream = await read(path, cookie);
      await until(() => stream.events.length > 0, "the stream");
      const from = performance.now();
      await fetch(`${server.http}/sign-out`, {
        method: "POST",
        headers: { cookie, origin: server.http },
        redirect: "manual",
      });
      expect(await stream.hasEnded()).toEqual(over);
      expect(performance.now() - from).toBeLessThan(1_000);
      expect(stream.events.at(-1)?.name).toBe("close");
      const { length } = stream.events;
      await mira.must("POST", "/api/v1/rooms/general/messages", { text: "he is gone" });
      expect(stream.events).toHaveLength(length);
      expect((await fetch(server.http + path, { headers: { cookie } })).status).toBe(401);
    },
  );

  test("is told so by the answer to their question", async () => {
    const cookie = await signIn(server, "tess");
    const tess = new RoomClient(server, cookie);
    const { seq } = await mira.must("GET", "/api/v1/events");
    const watcher = await Client.camel(server.ws, "wim", { subscribe: ["presence"] });
    const question = tess.ask("GET", `/api/v1/events?after=${seq}`);
    await watcher.next("user_presence", ({ data }) => data.userId === "tess" && data.status === "online");
    await tess.form("/sign-out", {});
    const answer = await question;
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([401, "SESSION_EXPIRED"]);
  });
});

describe("who is put out of a private room", () => {
  beforeAll(() => mira.privateRoom("treasury", "tomas"));

  test("hears nothing more of it on a stream, which says so and goes on", async () => {
    const cookie = await signIn(server, "tomas");
    await mira.ask("POST", "/api/v1/rooms/treasury/members", { name: "tomas" });
    const stream = await read("/api/v1/events?room=treasury&room=general", cookie);
    await stream.next("auth_response");
    await mira.must("POST", "/api/v1/rooms/treasury/messages", { text: "for those who are in" });
    await stream.next("message", ({ data }) => data.text === "for those who are in");
    await mira.must("DELETE", "/api/v1/rooms/treasury/members/tomas");
    expect((await stream.next("error")).data).toMatchObject({ code: "PERMISSION_DENIED" });
    await mira.must("POST", "/api/v1/rooms/treasury/messages", { text: "behind his back" });
    await mira.must("POST", "/api/v1/rooms/general/messages", { text: "before his eyes" });
    await stream.next("message", ({ data }) => data.text === "before his eyes");
    expect(JSON.stringify(stream.events)).not.toContain("behind his back");
    stream.cut();
    const again = await fetch(`${server.http}/api/v1/events?room=treasury&after=1`, { headers: { cookie } });
    expect(again.status).toBe(404);
  });

  test("sees their page of it end with 4403, over either kind of line", async () => {
    const cookie = await signIn(server, "tomas");
    await mira.must("POST", "/api/v1/rooms/treasury/members", { name: "tomas" });
    const stream = await read("/live?room=treasury", cookie);
    await until(() => stream.events.length > 1, "the page's stream");
    const tomas = new RoomClient(server, cookie);
    const { line } = await tomas.must("GET", "/live?room=treasury");
    const next = tomas.must("GET", `/live?line=${line}`);
    await mira.must("DELETE", "/api/v1/rooms/treasury/members/tomas");
    expect(await stream.hasEnded()).toEqual({ code: 4403, reason: "ACCESS_REMOVED" });
    expect((await next).closed).toEqual({ code: 4403, reason: "ACCESS_REMOVED" });
    // What he may not see is closed in the same words as what there is not.
    for (const room of ["treasury", "cellar"])
      expect((await tomas.must("GET", `/live?room=${room}`)).closed).toEqual({ code: 4403, reason: "ACCESS_REMOVED" });
  });
});

describe("a line belongs to whoever opened it", () => {
  test("nobody else speaks on it or hears it, nor the same person by another session", async () => {
    const opened = await mira.must("GET", "/live?room=general");
    const others = [await signIn(server, "tomas"), await signIn(server, "mira", "admin")];
    for (const cookie of others) {
      const other = new RoomClient(server, cookie);
      const heard = await other.ask("GET", `/live?line=${opened.line}`);
      const spoken = await other.ask("POST", `/live?line=${opened.line}`, { type: "ping" });
      expect([heard.status, spoken.status]).toEqual([404, 404]);
    }
    expect((await mira.ask("POST", `/live?line=${opened.line}`, { type: "ping" })).status).toBe(204);
  });

  test("the stream of a program is no line to speak on", async () => {
    const stream = await read("/api/v1/events", miraCookie);
    const { data } = await stream.next("auth_response");
    const answer = await mira.ask("POST", `/live?line=${data.sessionId}`, { type: "ping" });
    expect(answer.status).toBe(404);
    stream.cut();
  });

  test("a viewer's says that they are here, and nothing else", async () => {
    const vera = new RoomClient(server, await signIn(server, "vera", "viewer"));
    const { line } = await vera.must("GET", "/live?room=general");
    await vera.ask("POST", `/live?line=${line}`, { type: "message", text: "may I?", clientId: "v1" });
    await vera.ask("POST", `/live?line=${line}`, { type: "ping", at: 1 });
    const { frames: heard } = await vera.must("GET", `/live?line=${line}`);
    const json = (heard as string[]).filter((frame) => frame.startsWith("{")).map((frame) => JSON.parse(frame));
    expect(json).toContainEqual(expect.objectContaining({ type: "error", code: "PERMISSION_DENIED", clientId: "v1" }));
    expect(json).toContainEqual(expect.objectContaining({ type: "pong", at: 1 }));
  });
});

test("a key for certain rooms hears those, and opens no page", async () => {
  const { key } = await mira.must("POST", "/api/v1/api-keys", {
    name: "reader",
    permissions: ["read"],
    rooms: ["general"],
  });
  const shown = { authorization: `Bearer ${key}` };
  await mira.must("POST", "/api/v1/rooms", { name: "garden" });
  const stream = await EventReader.open(`${server.http}/api/v1/events`, shown);
  await stream.next("auth_response");
  expect((await fetch(`${server.http}/api/v1/events?room=garden`, { headers: shown })).status).toBe(404);
  expect((await fetch(`${server.http}/live?room=general`, { headers: shown })).status).toBe(403);
  stream.cut();
});

test("an open page over HTTP keeps no session alive by itself; what somebody does, does", async () => {
  const clock = new HandClock();
  const env = { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true", OPENCODE_SESSION_TIMEOUT: "10" };
  const folder = mkdtempSync(join(tmpdir(), "parley-idle-"));
  let tokens: string[];
  let brief: string;
  {
    using house = openHouse({ path: join(folder, "parley.db"), clock });
    const anna = house.person("anna");
    tokens = [await house.enter(anna), await house.enter(anna)];
    brief = await house.tokens.sign({ user_id: "anna", role: "developer" }, 60);
  }
  const idle = await startServer({ folder, clock, env, limits: { expiryCheckMs: 5 } });
  const people = tokens.map((token) => new RoomClient(idle, `parley_session=${token}`));
  const [silent, busy] = await Promise.all(
    tokens.map((token) =>
      EventReader.open(`${idle.http}/live?room=general`, { cookie: `parley_session=${token}`, origin: idle.http }),
    ),
  );
  if (!silent || !busy) throw new Error("no streams");
  await until(() => silent.events.length > 0 && busy.events.length > 0, "both lines");
  const { line } = JSON.parse(silent.events[0]?.data ?? "{}");
  // To open a page is to use it: that is noted when what is open is looked at next, as whose time is over shows.
  const canary = await EventReader.open(`${idle.http}/api/v1/events`, { authorization: `Bearer ${brief}` });
  await canary.next("auth_response");
  clock.advance(minute + 1);
  expect(await canary.hasEnded()).toEqual(over);
  clock.advance(8 * minute);
  expect((await people[0]?.ask("POST", `/live?line=${line}`, { type: "ping" }))?.status).toBe(204);
  await people[1]?.must("GET", "/api/v1/me");
  clock.advance(2.5 * minute);
  expect(await silent.hasEnded()).toEqual(over);
  expect(busy.ended).toBe(false);
  busy.cut();
  await idle.stop();
});

test("a line that fell silent is over, and whoever was on it is offline", async () => {
  const clock = new HandClock();
  const at = await startServer({
    clock,
    env: { OPENCODE_SAFE_MODE: "true" },
    limits: { streamBeatMs: 10, presenceGraceMs: 10 },
  });
  const watcher = await Client.camel(at.ws, "wim", { subscribe: ["presence"] });
  const cookie = await signIn(at, "mira");
  const page = await EventReader.open(`${at.http}/live?room=general`, { cookie, origin: at.http });
  const program = await EventReader.open(`${at.http}/api/v1/events`, {
    cookie: await signIn(at, "tomas"),
    origin: at.http,
  });
  await watcher.next("user_presence", ({ data }) => data.userId === "mira" && data.status === "online");
  clock.advance(3 * minute);
  await watcher.next("user_presence", ({ data }) => data.userId === "mira" && data.status === "offline");
  // A program may listen all day.
  expect(program.ended).toBe(false);
  page.cut();
  program.cut();
  await watcher.close();
  await at.stop();
});
