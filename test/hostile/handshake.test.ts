import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { handshake } from "../support/handshake.ts";
import { startProcess } from "../support/process.ts";
import { exchange } from "../support/raw-http.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let cookie: string;
let token: string;
let stale: string;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
  cookie = await signIn(server, "mira");
  token = cookie.slice(cookie.indexOf("=") + 1);
  stale = `${cookie.slice(0, cookie.indexOf("="))}=stale`;
});
afterAll(() => server.stop());

/** `$` stands for the server's own port. */
const own = (line: string) => line.replaceAll("$", new URL(server.http).port);
const doors = ["/ws", "/", "/live"];

type From = "here" | "elsewhere" | "nowhere";
const origins: [string, string[], From][] = [
  ["our own page", ["Origin: http://127.0.0.1:$"], "here"],
  ["an evil page", ["Origin: https://evil.example"], "elsewhere"],
  ["a page with our address at its end", ["Origin: http://evil.example:$"], "elsewhere"],
  ["a page with our name at its end", ["Origin: http://evil-127.0.0.1:$"], "elsewhere"],
  ["a page with our address at its beginning", ["Origin: http://127.0.0.1.evil.example:$"], "elsewhere"],
  ["a page with our port at its beginning", ["Origin: http://127.0.0.1:$0"], "elsewhere"],
  ["another port", ["Origin: http://127.0.0.1:1"], "elsewhere"],
  ["another scheme", ["Origin: https://127.0.0.1:$"], "elsewhere"],
  ["the scheme of sockets", ["Origin: ws://127.0.0.1:$"], "elsewhere"],
  ["a page that hides itself", ["Origin: null"], "elsewhere"],
  ["an empty origin", ["Origin:"], "elsewhere"],
  ["a program, which has no origin", [], "nowhere"],
  // Bun joins equal headers with a comma, and what has a comma in it is no origin: neither of the two decides.
  ["two origins, ours first", ["Origin: http://127.0.0.1:$", "Origin: https://evil.example"], "elsewhere"],
  ["two origins, ours last", ["Origin: https://evil.example", "Origin: http://127.0.0.1:$"], "elsewhere"],
  ["two origins, both ours", ["Origin: http://127.0.0.1:$", "Origin: http://127.0.0.1:$"], "elsewhere"],
  ["two origins in one header", ["Origin: http://127.0.0.1:$ https://evil.example"], "elsewhere"],
];
const credentials: [string, () => string[]][] = [
  ["nothing", () => []],
  ["mira's cookie", () => [`Cookie: ${cookie}`]],
  ["a stale cookie", () => [`Cookie: ${stale}`]],
  ["a cookie of something else", () => ["Cookie: theme=dark"]],
  ["mira's bearer", () => [`Authorization: Bearer ${token}`]],
  ["mira's bearer and cookie", () => [`Authorization: Bearer ${token}`, `Cookie: ${cookie}`]],
];

describe("who gets a socket: Origin and what is shown", () => {
  for (const [shown, lines] of credentials) {
    test.each(origins)(`%s with ${shown}, at every door`, async (_, origin, from) => {
      const hasCookie = lines().some((line) => line.startsWith("Cookie"));
      const status = from === "here" || (from === "nowhere" && !hasCookie) ? 101 : 403;
      for (const door of doors) {
        const answer = await handshake(server.http, [...origin.map(own), ...lines()], door);
        expect([door, answer.status]).toEqual([door, status]);
      }
    });
  }
});

describe("who gets a socket: Sec-Fetch-Site", () => {
  test.each([
    ["same-origin", 101],
    ["none", 101],
    ["same-site", 403],
    ["cross-site", 403],
    ["nonsense", 403],
    ["", 403],
    ["same-origin, cross-site", 403],
  ])('"%s" without an Origin gets %i, with a cookie and without', async (site, status) => {
    for (const lines of [[], [`Cookie: ${cookie}`]]) {
      for (const door of doors) {
        const answer = await handshake(server.http, [`Sec-Fetch-Site: ${site}`, ...lines], door);
        expect([door, answer.status]).toEqual([door, status]);
      }
    }
  });

  test("no word of it helps a foreign Origin", async () => {
    for (const site of ["same-origin", "none", "same-site", "cross-site"]) {
      const lines = ["Origin: https://evil.example", `Sec-Fetch-Site: ${site}`, `Cookie: ${cookie}`];
      expect((await handshake(server.http, lines)).status).toBe(403);
    }
  });
});

describe("who is spoken to: Host", () => {
  const ours = ["127.0.0.1:$", "localhost:$", "LOCALHOST:$", "[::1]:$", "127.0.0.1", "127.0.0.1:1", "127.1:$"];
  const foreign = [
    "evil.example:$",
    "127.0.0.1.evil.example:$",
    "evil-localhost:$",
    "localhost.evil.example:$",
    "localhost.:$",
    "0.0.0.0:$",
    "[::]:$",
    "[::ffff:127.0.0.1]:$",
    "10.0.0.7:$",
  ];
  /** Of no name and no number: there is nothing to compare. */
  const unreadable = ["", "a b", "127.0.0.1, evil.example", "[::1", "127.0.0.1:99999", "127.0.0.1:x", "x@127.0.0.1"];

  /** What that Host gets for a page, for a form and for a socket at each door. */
  async function statuses(http: string, host: string): Promise<number[]> {
    const line = own(`Host: ${host}`);
    const plain = async (request: string) =>
      (await exchange(http, `${request} HTTP/1.1\r\n${line}\r\n\r\n`))[0]?.status ?? 0;
    const sockets = doors.map(async (door) => (await handshake(http, [line], door)).status);
    return Promise.all([plain("GET /ready"), plain("POST /sign-out"), ...sockets]);
  }

  test.each(ours)("%s is us", async (host) => {
    expect(await statuses(server.http, host)).toEqual([200, 303, 101, 101, 101]);
  });

  test.each(foreign)("%s is not, whatever is asked", async (host) => {
    expect(await statuses(server.http, host)).toEqual([421, 421, 421, 421, 421]);
  });

  test("what others say about it changes nothing", async () => {
    const said = ["Forwarded: host=127.0.0.1", own("X-Forwarded-Host: 127.0.0.1:$"), own("X-Host: 127.0.0.1:$")];
    expect((await handshake(server.http, ["Host: evil.example", ...said])).status).toBe(421);
    expect((await handshake(server.http, ["X-Forwarded-Host: evil.example"])).status).toBe(101);
  });

  test("two of them are none", async () => {
    const both = [own("Host: 127.0.0.1:$"), "Host: evil.example"];
    for (const lines of [both, both.toReversed()]) expect((await handshake(server.http, lines)).status).toBe(421);
  });

  // What Bun makes of these is no URL, and taking it apart throws: 500, with a stack on standard error. In a process of its own,
  // because that would otherwise count against whichever test runs at that moment.
  test("what is no name at all is the sender's mistake, not ours", async () => {
    await using other = await startProcess({ env: { OPENCODE_SAFE_MODE: "true" } });
    for (const host of unreadable) {
      for (const status of await statuses(other.http, host)) expect([host, status < 500]).toEqual([host, true]);
    }
    for (const line of ["CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1", "GET /ready HTTP/1.0"]) {
      expect([line, (await exchange(other.http, `${line}\r\n\r\n`))[0]?.status]).toEqual([line, 400]);
    }
    expect(other.bugs()).toEqual([]);
  }, 20_000);
});

describe("what is shown", () => {
  test.each(["forged", "null", "undefined", "../../etc/passwd", "%00", "'OR'1'='1"])(
    'the bearer "%s" is refused before the upgrade',
    async (bearer) => {
      for (const door of doors) {
        expect((await handshake(server.http, [`Authorization: Bearer ${bearer}`], door)).status).toBe(401);
      }
    },
  );

  test("so is one of 4,000 characters", async () => {
    expect((await handshake(server.http, [`Authorization: Bearer ${"x".repeat(4_000)}`])).status).toBe(401);
  });

  test("a bad bearer is refused before the upgrade even beside a good cookie", async () => {
    const lines = [own("Origin: http://127.0.0.1:$"), `Cookie: ${cookie}`, "Authorization: Bearer forged"];
    for (const door of doors) expect((await handshake(server.http, lines, door)).status).toBe(401);
  });

  test("one wrong character, and it is no bearer", async () => {
    const last = token.endsWith("A") ? "B" : "A";
    for (const wrong of [token.slice(0, -1), `${token}A`, token.toUpperCase(), `${token.slice(0, -2)}${last}${last}`])
      expect((await handshake(server.http, [`Authorization: Bearer ${wrong}`])).status).toBe(401);
    expect((await handshake(server.http, [`authorization: bearer ${token}`])).status).toBe(101);
  });

  test("a stale cookie is upgraded and closed with 4401 before anything is said", async () => {
    for (const door of doors) {
      const gone = await Client.open(`${server.ws}${door}`, { cookie: stale, origin: server.http });
      expect((await gone.hasClosed()).code).toBe(4401);
      expect(gone.frames).toEqual([]);
    }
  });

  test("a token in the address is not looked at", async () => {
    for (const query of [`token=${token}`, `access_token=${token}`, `sessionToken=${token}`, cookie]) {
      const nobody = await Client.open(`${server.ws}/ws?${query}`);
      nobody.send({ type: "typing", data: { isTyping: true } });
      expect((await nobody.next("error")).data.code).toBe("NOT_AUTHENTICATED");
      await nobody.close();
    }
  });

  test("a good cookie and a good bearer are mira", async () => {
    const ways: Record<string, string>[] = [{ cookie, origin: server.http }, { authorization: `Bearer ${token}` }];
    for (const shown of ways) {
      const mira = await Client.open(`${server.ws}/ws`, shown);
      mira.send({ type: "auth", data: {} });
      expect((await mira.next("auth_response")).data).toMatchObject({ success: true, userId: "mira" });
      await mira.close();
    }
  });
});
