import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { handshake } from "../support/handshake.ts";
import { ownedFolder } from "../support/owned.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let cookie: string;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true", WEBSOCKET_PORT: "0" } });
  cookie = await signIn(server, "mira");
});
afterAll(() => server.stop());

/** `$` stands for the server's own port. */
const own = (line: string) => line.replace("$", new URL(server.http).port);
const second = () => {
  if (!server.parley.websocketUrl) throw new Error("no second port");
  return server.parley.websocketUrl.href.replace(/\/$/, "");
};

describe("Origin", () => {
  test.each([
    ["our own", "http://127.0.0.1:$", 101],
    ["an evil page", "https://evil.example", 403],
    ["our address as its prefix", "http://127.0.0.1:$.evil.example", 403],
    ["our address as its suffix", "http://evil.example/127.0.0.1:$", 403],
    ["our address as its user", "http://127.0.0.1:$@evil.example", 403],
    ["another port", "http://127.0.0.1:1", 403],
    ["no port", "http://127.0.0.1", 403],
    ["another scheme", "https://127.0.0.1:$", 403],
    ["another name of this machine", "http://localhost:$", 403],
    ["a file", "file://", 403],
    ["an extension", "chrome-extension://127.0.0.1:$", 403],
    ["null", "null", 403],
    ["nothing", "", 403],
  ])("%s (%s) gets %i, with a session or without, on every door", async (_, origin, status) => {
    for (const path of ["/ws", "/", "/live"]) {
      for (const lines of [[], [`Cookie: ${cookie}`]]) {
        const answer = await handshake(server.http, [own(`Origin: ${origin}`), ...lines], path);
        expect(answer.status).toBe(status);
      }
    }
    expect((await handshake(second(), [own(`Origin: ${origin}`)])).status).toBe(status === 101 ? 403 : status);
  });

  test("two of them get 403, whichever comes first", async () => {
    const lines = [own("Origin: http://127.0.0.1:$"), "Origin: https://evil.example"];
    expect((await handshake(server.http, lines)).status).toBe(403);
    expect((await handshake(server.http, lines.toReversed())).status).toBe(403);
  });

  test("none at all: a program comes in, a cookie without Origin gets 403", async () => {
    expect((await handshake(server.http, [])).status).toBe(101);
    expect((await handshake(server.http, [`Cookie: ${cookie}`])).status).toBe(403);
    expect((await handshake(server.http, ["Cookie: theme=dark"])).status).toBe(403);
  });

  test("what is turned away says why", async () => {
    const { body } = await handshake(server.http, ["Origin: https://evil.example"]);
    expect(body).toContain("https://evil.example");
    expect(body).toContain("ALLOWED_ORIGINS");
  });
});

describe("Host", () => {
  test.each([
    ["127.0.0.1:$", 101],
    ["localhost:$", 101],
    ["[::1]:$", 101],
    ["evil.example", 421],
    ["evil.example:$", 421],
    ["127.0.0.1.evil.example:$", 421],
    ["localhost.evil.example", 421],
    ["10.0.0.7:$", 421],
  ])("%s gets %i, even when the Origin agrees with it", async (host, status) => {
    expect((await handshake(server.http, [own(`Host: ${host}`)])).status).toBe(status);
    const agreeing = [own(`Host: ${host}`), own(`Origin: http://${host}`)];
    expect((await handshake(server.http, agreeing)).status).toBe(status);
  });
});

test("configured origins and the public address come in, and nobody else", async () => {
  const env = {
    OPENCODE_DEV_MODE: "false",
    OPENCODE_SAFE_MODE: "true",
    PUBLIC_URL: "https://chat.example.org",
    ALLOWED_ORIGINS: "https://app.example.org",
  };
  const open = await startServer({ folder: await ownedFolder(), env });
  const from = (origin: string) => handshake(open.http, ["Host: chat.example.org", `Origin: ${origin}`]);
  expect((await from("https://chat.example.org")).status).toBe(101);
  expect((await from("https://app.example.org")).status).toBe(101);
  for (const foreign of ["http://chat.example.org", "https://chat.example.org:8443", "https://example.org"])
    expect((await from(foreign)).status).toBe(403);
  await open.stop();
});

describe("identity shown at the upgrade", () => {
  test("a bad bearer gets 401, a good one comes in", async () => {
    const token = cookie.slice(cookie.indexOf("=") + 1);
    expect((await handshake(server.http, ["Authorization: Bearer forged"])).status).toBe(401);
    expect((await handshake(server.http, [`Authorization: Bearer ${token}x`])).status).toBe(401);
    expect((await handshake(server.http, [`Authorization: Bearer ${token}`])).status).toBe(101);
  });

  test("a stale cookie is upgraded, because a browser cannot see a refused upgrade, and closed with 4401", async () => {
    const lines = [own("Origin: http://127.0.0.1:$"), "Cookie: parley_session=stale"];
    expect((await handshake(server.http, lines)).status).toBe(101);
    const stale = await Client.open(`${server.ws}/ws`, { origin: server.http, cookie: "parley_session=stale" });
    expect(await stale.hasClosed()).toMatchObject({ code: 4401, reason: "SESSION_EXPIRED" });
  });
});

describe("paths", () => {
  test("on PORT / and /ws are the chat; other paths do not upgrade", async () => {
    expect((await handshake(server.http, [], "/")).status).toBe(101);
    expect((await handshake(server.http, [], "/ws?room=general")).status).toBe(101);
    for (const path of ["/chat", "/ws/other", "/health", "/socket.io/"])
      expect((await handshake(server.http, [], path)).status).not.toBe(101);
  });

  test("on WEBSOCKET_PORT every path is the chat, in both dialects, and the room is the same one", async () => {
    const mira = await Client.camel(server.ws, "mira");
    const url = second().replace("http:", "ws:");
    for (const path of ["/", "/ws", "/anything/at/all?x=1", "/live"]) {
      const guest = await Client.open(`${url}${path}`);
      guest.send({ type: "auth", user_id: "omar" });
      await guest.next("auth_success");
      const { data } = await guest.say(`from ${path}`);
      expect((await mira.next("message", (frame) => frame.data.id === data.id)).data.text).toBe(`from ${path}`);
      const back = await mira.say("heard");
      await guest.next("chat_message", (frame) => frame.data.id === back.data.id);
      await guest.close();
    }
    expect((await Client.camel(url, "jun")).frames[0]?.data.success).toBe(true);
  });

  test("plain HTTP on WEBSOCKET_PORT is told to upgrade", async () => {
    const answer = await fetch(second());
    expect(answer.status).toBe(426);
    expect(answer.headers.get("upgrade")).toBe("websocket");
  });
});
