import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { notedActions } from "../../src/audit/kinds.ts";
import { Client } from "../support/client.ts";
import { handshake } from "../support/handshake.ts";
import { waitFor } from "../support/round.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

interface Entry {
  readonly id: number;
  readonly action: string;
  readonly actor: string;
  readonly target: string;
  readonly address: string;
  readonly result: string;
  readonly detail: Record<string, unknown>;
}

// Only a test that fails takes all of it.
setDefaultTimeout(20_000);

let server: TestServer;
let ada: string;
const seen = new Set<string>();
beforeAll(async () => {
  const env = { OPENCODE_SAFE_MODE: "true", OPENCODE_ADMIN_KEY: "the-key-of-the-admin" };
  server = await startServer({ env, limits: { auditFlushMs: 1, connectionsPerMember: 2 } });
  ada = await signIn(server, "ada", "Admin");
  await signIn(server, "mira");
});
afterAll(() => server.stop());

async function entries(): Promise<Entry[]> {
  const answer = await fetch(`${server.http}/api/v1/audit?limit=200`, { headers: { cookie: ada } });
  return ((await answer.json()) as { entries: Entry[] }).entries;
}

/** What is noted because of what is done, and nothing else: what was there before does not count. */
async function notes(act: () => Promise<unknown>, wanted: Partial<Entry>): Promise<void> {
  const newest = (await entries())[0]?.id ?? 0;
  await act();
  let found: Entry[] = [];
  const fits = (entry: Entry) => Bun.deepMatch(wanted, entry);
  await waitFor(
    async () => {
      found = (await entries()).filter(({ id }) => id > newest);
      return found.some(fits);
    },
    `a note ${JSON.stringify(wanted)}`,
  );
  for (const entry of found.filter(fits)) seen.add(entry.action);
}

const here = { address: "127.0.0.1" };
const open = (path = "/ws", headers: Record<string, string> = {}) => Client.open(`${server.ws}${path}`, headers);

describe("of a socket it is noted", () => {
  test("that it became somebody's, by which proof, and that it went, with its code", async () => {
    let mira: Client | undefined;
    await notes(
      async () => {
        mira = await Client.camel(server.ws, "mira");
      },
      { action: "socket opened", actor: "mira", result: "ok", detail: { door: "chat", by: "name" }, ...here },
    );
    await notes(async () => mira?.close(), {
      ...{ action: "socket closed", actor: "mira", result: "ok", ...here },
      detail: { door: "chat", code: 1005, seconds: 0 },
    });
  });

  test("also of a stream of events, which is a connection like any other", async () => {
    const ending = new AbortController();
    const headers = { cookie: await signIn(server, "mira"), accept: "text/event-stream" };
    await notes(() => fetch(`${server.http}/api/v1/events`, { headers, signal: ending.signal }), {
      ...{ action: "stream opened", actor: "mira", result: "ok", detail: { door: "chat", by: "session" }, ...here },
    });
    await notes(async () => ending.abort(), {
      ...{ action: "stream closed", actor: "mira", result: "ok", ...here },
    });
  });

  test("also of the page's", async () => {
    const cookie = await signIn(server, "mira");
    const page = await open("/live", { cookie, origin: server.http });
    await notes(async () => page.send({ type: "resume", room: "general" }), {
      ...{ action: "socket opened", actor: "mira", detail: { door: "page", by: "session" } },
    });
    await page.close();
  });

  test.each<[string, number, string[], string]>([
    ["a foreign page", 403, ["Origin: https://evil.example"], "/ws"],
    ["a foreign name", 421, ["Host: evil.example"], "/live"],
    ["a bearer that is none", 401, ["Authorization: Bearer forged"], "/ws"],
    ["a ticket that is none", 401, [], "/ws?ticket=forged"],
  ])("that it was refused: %s, %i", async (_, status, lines, path) => {
    await notes(() => handshake(server.http, lines, path), {
      ...{ action: "socket refused", actor: "", result: "refused", detail: { status }, ...here },
    });
  });

  test("that a browser's session was over: 4401", async () => {
    for (const path of ["/ws", "/live"]) {
      const door = path === "/ws" ? "chat" : "page";
      const headers = { cookie: "parley_session=stale", origin: server.http };
      await notes(async () => (await open(path, headers)).hasClosed(), {
        ...{ action: "socket refused", actor: "", result: "refused", detail: { door, code: 4401 }, ...here },
      });
    }
  });

  const putOut: [string, number, (socket: Client) => void][] = [
    ["sends what nobody understands", 1008, (socket) => Array.from({ length: 10 }, () => socket.send("{"))],
    ["shows what is none", 1008, (socket) => socket.send({ type: "auth", data: { userId: "mira", token: "forged" } })],
    ["sends a frame beyond a megabyte", 1009, (socket) => socket.send("x".repeat(1024 * 1024 + 1))],
    ["sends bytes", 1003, (socket) => socket.sendBytes(new Uint8Array(3))],
  ];
  test.each(putOut)("that somebody who is nobody yet was put out, who %s: %i", async (_, code, act) => {
    const socket = await open();
    await notes(
      async () => {
        act(socket);
        expect((await socket.hasClosed()).code).toBe(code);
      },
      { action: "socket closed", actor: "", result: "refused", detail: { door: "chat", code }, ...here },
    );
  });

  test("that somebody had too many of them: 1013", async () => {
    const both = [await Client.camel(server.ws, "tomas"), await Client.camel(server.ws, "tomas")];
    const third = await open();
    await notes(
      async () => {
        third.send({ type: "auth", data: { userId: "tomas", role: "user" } });
        expect((await third.hasClosed()).code).toBe(1013);
      },
      { action: "socket closed", actor: "", result: "refused", detail: { door: "chat", code: 1013 } },
    );
    for (const each of both) await each.close();
  });

  test("nothing, when a stranger only looks in", async () => {
    const newest = (await entries())[0]?.id ?? 0;
    await (await open()).close();
    // Something else is noted after it, and nothing of nobody in between.
    await notes(() => handshake(server.http, ["Origin: https://evil.example"]), { action: "socket refused" });
    const ofNobody = (await entries()).filter(({ id, actor }) => id > newest && actor === "");
    expect(ofNobody.map(({ action }) => action)).toEqual(["socket refused"]);
  });
});

describe("of what was not theirs to do it is noted", () => {
  test("over HTTP, with the route and never with what stands in its address", async () => {
    const cookie = await signIn(server, "vera", "Viewer");
    const headers = { cookie, origin: server.http };
    await notes(() => fetch(`${server.http}/api/v1/members/a-secret/reset`, { method: "POST", headers }), {
      ...{ action: "permission refused", actor: "vera", result: "refused", ...here },
      detail: { method: "POST", route: "/api/v1/members/:name/reset" },
    });
    expect(JSON.stringify(await entries())).not.toContain("a-secret");
  });

  test("on a socket", async () => {
    const vera = await Client.camel(server.ws, "vera", { role: "Viewer" });
    await notes(async () => vera.send({ type: "message", data: { text: "hello" } }), {
      ...{ action: "permission refused", actor: "vera", result: "refused", detail: { door: "chat" }, ...here },
    });
    await vera.close();
  });
});

test("of what somebody said as another it is noted who it was", async () => {
  const headers = { cookie: ada, origin: server.http, "content-type": "application/json" };
  const body = JSON.stringify({ message: "maintenance at six", sender: "system" });
  await notes(() => fetch(`${server.http}/chat/send`, { method: "POST", headers, body }), {
    ...{ action: "spoke for another", actor: "ada", target: "system", result: "ok", ...here },
  });
});

describe("of proof that was none it is noted", () => {
  const failed = { action: "credential refused", result: "failed", ...here };

  test("in a header", async () => {
    const headers = { authorization: "Bearer forged" };
    await notes(() => fetch(`${server.http}/api/v1/me`, { headers }), { ...failed, detail: { by: "header" } });
  });

  test("in the first frame of a socket, and in a later one", async () => {
    const eve = await open();
    await notes(async () => eve.send({ type: "auth", data: { userId: "mira", apiKey: "ply_forged" } }), {
      ...{ ...failed, actor: "", detail: { door: "chat", code: "AUTH_FAILED" } },
    });
    const mira = await Client.camel(server.ws, "mira");
    await notes(async () => mira.send({ type: "refresh_token", data: { token: "forged" } }), {
      ...{ ...failed, actor: "mira", detail: { door: "chat", code: "AUTH_FAILED" } },
    });
    await mira.close();
  });

  test("of a device", async () => {
    const body = JSON.stringify({ refresh_token: "forged" });
    const headers = { "content-type": "application/json" };
    await notes(() => fetch(`${server.http}/api/auth/cli/refresh`, { method: "POST", headers, body }), {
      ...{ ...failed, detail: { by: "refresh" } },
    });
  });

  test("at the door, with whose name it was if it is one", async () => {
    const enter = (name: string) =>
      fetch(`${server.http}/sign-in`, {
        method: "POST",
        headers: { origin: server.http },
        body: new URLSearchParams({ method: "password", name, password: "wrong" }),
      });
    const refused = { action: "sign-in refused", result: "failed", actor: "", ...here };
    await notes(() => enter("mira"), { ...refused, target: "mira" });
    await notes(() => enter("nobody at all"), { ...refused, target: "" });
  });
});

test("when more came at once than is kept, how many", async () => {
  const few = await startServer({ env: { OPENCODE_SAFE_MODE: "true" }, limits: { auditBatch: 1, auditFlushMs: 100 } });
  const own = server;
  try {
    server = few;
    ada = await signIn(few, "ada", "Admin");
    await notes(
      () => Promise.all([handshake(few.http, ["Origin: https://evil.example"]), handshake(few.http, ["Host: evil"])]),
      { action: "entries left out", detail: { more: 1 } },
    );
  } finally {
    server = own;
    await few.stop();
  }
});

test("and there is no action of which none of this is a test", () => {
  expect([...seen].sort()).toEqual([...notedActions].sort());
});
