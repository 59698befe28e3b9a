import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { inspect, messagesIn } from "../support/database.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { exchange } from "../support/raw-http.ts";
import { signIn } from "../support/server.ts";

// A process of its own: its log tells what it takes for a bug of ours, and nothing it throws counts against a test by chance.
let server: ServerProcess;
let host: string;
let mira: string;
let honest: Client;
beforeAll(async () => {
  server = await startProcess({ env: { OPENCODE_SAFE_MODE: "true" } });
  host = `Host: 127.0.0.1:${server.port}\r\n`;
  mira = `${host}Cookie: ${await signIn(server, "mira")}\r\nOrigin: ${server.http}\r\n`;
  honest = await Client.camel(server.ws, "tomas");
});
afterAll(async () => {
  await honest.close();
  await server[Symbol.asyncDispose]();
});
/** Whatever somebody did: others are served, over HTTP and on the socket they had before. */
afterEach(async () => {
  expect((await fetch(`${server.http}/ready`)).status).toBe(200);
  await honest.settled();
});

/** Comes after what is tried, on the same connection: what answers it tells where the server believes that the request ended. */
const next = () => `GET /ready HTTP/1.1\r\n${host}\r\n`;
const post = (lines: string, body: string) =>
  `POST /rooms/general/messages HTTP/1.1\r\n${mira}Content-Type: application/x-www-form-urlencoded\r\n${lines}\r\n${body}`;
const statuses = async (bytes: string) => {
  const answers = await exchange(server.http, bytes, { followedBy: next() });
  return answers.map(({ status }) => status);
};
const count = () => inspect(server.database, messagesIn).length;

const chunked = "Transfer-Encoding: chunked\r\n";
const six = "Content-Length: 6\r\n";
const whole = "6\r\ntext=b\r\n0\r\n\r\n";
const smuggled = "GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n";

describe("where a request ends is never a matter of opinion", () => {
  test.each<[string, string, string]>([
    ["a length", six, "text=a"],
    ["a length given twice alike", six + six, "text=a"],
    ["chunks", chunked, whole],
    ["chunks in other letters", "transfer-encoding: CHUNKED\r\n", whole],
    ["chunks with spaces around the word", "Transfer-Encoding: \t chunked \r\n", whole],
    ["a chunk with an extension", chunked, "6;name=value\r\ntext=b\r\n0\r\n\r\n"],
    ["a header that only looks like it", `${six}Transfer_Encoding: chunked\r\n`, "text=a"],
  ])("%s: one message, and the next request is the next one", async (_, lines, body) => {
    const before = count();
    expect(await statuses(post(lines, body))).toEqual([201, 200]);
    expect(count()).toBe(before + 1);
  });

  test.each<[string, string, string]>([
    ["a length and chunks", six + chunked, `0\r\n\r\n${smuggled}`],
    ["chunks and a length", chunked + six, whole],
    ["two lengths", `${six}Content-Length: 51\r\n`, `text=a${smuggled}`],
    ["two lengths in one header", "Content-Length: 6, 6\r\n", "text=a"],
    ["a length with a sign", "Content-Length: +6\r\n", "text=a"],
    ["a length below nothing", "Content-Length: -6\r\n", "text=a"],
    ["a length in hexadecimal", "Content-Length: 0x6\r\n", "text=a"],
    ["a length with something after it", "Content-Length: 6a\r\n", "text=a"],
    ["a length with a fraction", "Content-Length: 6.0\r\n", "text=a"],
    ["a length with an exponent", "Content-Length: 6e0\r\n", "text=a"],
    ["a length beyond 64 bits", "Content-Length: 99999999999999999999\r\n", "text=a"],
    ["an empty length", "Content-Length:\r\n", "text=a"],
    ["a length with a vertical tab", "Content-Length: 6\x0b\r\n", "text=a"],
    ["chunks twice", "Transfer-Encoding: chunked, chunked\r\n", whole],
    ["chunks in two headers", chunked + chunked, whole],
    ["chunks, and then not", `${chunked}Transfer-Encoding: identity\r\n`, whole],
    ["a coding that begins alike", "Transfer-Encoding: chunkedx\r\n", whole],
    ["a coding that ends alike", "Transfer-Encoding: xchunked\r\n", whole],
    ["a length and a coding that ends alike", `${six}Transfer-Encoding: xchunked\r\n`, "text=a"],
    ["chunks that are not last", "Transfer-Encoding: chunked, identity\r\n", whole],
    ["a coding before chunks", "Transfer-Encoding: gzip, chunked\r\n", whole],
    ["no coding", "Transfer-Encoding: identity\r\n", whole],
    ["a length and no coding", `${six}Transfer-Encoding: identity\r\n`, "text=a"],
    ["chunks in quotes", 'Transfer-Encoding: "chunked"\r\n', whole],
    ["chunks with a parameter", "Transfer-Encoding: chunked;q=1\r\n", whole],
    ["chunks behind a vertical tab", "Transfer-Encoding: \x0bchunked\r\n", whole],
    ["an empty coding", "Transfer-Encoding:\r\n", whole],
    ["a space before the colon", "Transfer-Encoding : chunked\r\n", whole],
    ["a length, and a space before the colon", `${six}Transfer-Encoding : chunked\r\n`, "text=a"],
    ["a space before the length's colon", "Content-Length : 6\r\n", "text=a"],
    ["a folded line", `X-Folded: a\r\n b\r\n${six}`, "text=a"],
    ["a folded coding", "Transfer-Encoding:\r\n chunked\r\n", whole],
    ["a length and a folded coding", `${six}Transfer-Encoding:\r\n chunked\r\n`, "text=a"],
    ["a coding behind a space", `${six} Transfer-Encoding: chunked\r\n`, "text=a"],
    ["a line feed alone", `X-A: b\nTransfer-Encoding: chunked\r\n${six}`, "text=a"],
    ["a carriage return alone", `X-A: b\rTransfer-Encoding: chunked\r\n${six}`, "text=a"],
    ["NUL in a header", `X-A: a\0b\r\n${six}`, "text=a"],
    ["a header without a colon", `nonsense\r\n${six}`, "text=a"],
    ["a header without a name", `: nonsense\r\n${six}`, "text=a"],
  ])("%s is refused, and the connection with it", async (_, lines, body) => {
    const before = count();
    expect(await statuses(post(lines, body))).toEqual([400]);
    expect(count()).toBe(before);
  });

  test.each([
    ["no number", "g\r\ntext=b\r\n0\r\n\r\n"],
    ["a sign", "+6\r\ntext=b\r\n0\r\n\r\n"],
    ["below nothing", "-6\r\ntext=b\r\n0\r\n\r\n"],
    ["a prefix", "0x6\r\ntext=b\r\n0\r\n\r\n"],
    ["a space before", " 6\r\ntext=b\r\n0\r\n\r\n"],
    ["a space after", "6 \r\ntext=b\r\n0\r\n\r\n"],
    ["nothing", "\r\ntext=b\r\n0\r\n\r\n"],
    ["64 bits", "ffffffffffffffff\r\ntext=b\r\n0\r\n\r\n"],
    ["beyond 64 bits", "10000000000000006\r\ntext=b\r\n0\r\n\r\n"],
    ["a line feed alone", "6\ntext=b\r\n0\r\n\r\n"],
    ["an extension over two lines", '6;a="b\r\nc"\r\ntext=b\r\n0\r\n\r\n'],
    ["less than comes", "4\r\ntext=b\r\n0\r\n\r\n"],
    ["no end of line after the bytes", "6\r\ntext=b0\r\n\r\n"],
  ])("a chunk's size: %s is refused", async (_, body) => {
    const before = count();
    expect(await statuses(post(chunked, body))).toEqual([400]);
    expect(count()).toBe(before);
  });

  test("what comes after the last chunk ends the connection: no trailer, and no request in its place", async () => {
    for (const trailer of ["X-A: b\r\n", "nonsense\r\n", smuggled]) {
      // The message itself was whole by then.
      const [last] = (await statuses(post(chunked, `6\r\ntext=b\r\n0\r\n${trailer}\r\n`))).slice(-1);
      expect(last).toBe(400);
    }
  });

  test("a request inside another's body is a body", async () => {
    const inside = next();
    const length = `Content-Length: ${inside.length}\r\n`;
    expect(await statuses(`GET /ready HTTP/1.1\r\n${host}${length}\r\n${inside}`)).toEqual([200, 200]);
    expect(await statuses(`POST /nowhere HTTP/1.1\r\n${host}${length}\r\n${inside}`)).toEqual([404, 200]);
    const far = inside.repeat(Math.ceil(66_000 / inside.length));
    expect(await statuses(post(`Content-Length: ${far.length}\r\n`, far))).toEqual([413, 200]);
  });
});

describe("what is asked for", () => {
  /** Refused as the sender's mistake; 505 is Bun's word for a line in which it finds no version that it speaks. */
  async function isRefused(bytes: string): Promise<void> {
    const status = (await exchange(server.http, bytes))[0]?.status ?? 0;
    expect(status === 505 || (status >= 400 && status < 500) || status === 0 ? "refused" : status).toBe("refused");
  }

  test.each([
    "GET  /ready HTTP/1.1",
    "GET /ready  HTTP/1.1",
    "GET /ready",
    "GET /ready HTTP/1.1 x",
    "GET /ready HTTP/0.9",
    "GET /ready HTTP/3.0",
    "GET ready HTTP/1.1",
    "GET * HTTP/1.1",
    "GET ? HTTP/1.1",
    "OPTIONS * HTTP/1.1",
    "GET /a b HTTP/1.1",
    "GET /\0 HTTP/1.1",
    "G@T /ready HTTP/1.1",
    "GET\0 /ready HTTP/1.1",
    " /ready HTTP/1.1",
    "get /ready HTTP/1.1",
    "BREW /ready HTTP/1.1",
    "PRI * HTTP/2.0",
    "PROPFIND /ready HTTP/1.1",
    "TRACE /ready HTTP/1.1",
    "CONNECT /ready HTTP/1.1",
  ])("%j is refused", async (line) => {
    await isRefused(`${line}\r\n${host}\r\n`);
  });

  const paths = [
    "%",
    "%2",
    "%zz",
    "%00",
    "%ff",
    "%c3%28",
    "%c0%ae%c0%ae",
    "%ed%a0%80",
    "%u0041",
    "x%00y",
    "..%2f..",
    "\xff",
    "%0d%0aX:y",
  ];
  const places = ["/", "/rooms/", "/static/", "/employees/", "/agents/", "/ws", "/live"];
  test.each(paths)('"%s" is nowhere, on every route', async (path) => {
    for (const place of places) {
      for (const method of ["GET", "POST", "DELETE"]) {
        await isRefused(`${method} ${place}${path} HTTP/1.1\r\n${mira}Content-Length: 0\r\n\r\n`);
      }
    }
    await isRefused(`POST /rooms/${path}/messages HTTP/1.1\r\n${mira}${six}\r\ntext=a`);
    await isRefused(`GET /rooms/general/messages?before=${path} HTTP/1.1\r\n${mira}\r\n`);
  });

  test.each([
    ["an address of 16 KiB", () => `GET /${"a".repeat(16_384)} HTTP/1.1\r\n${host}\r\n`],
    ["a query of 16 KiB", () => `GET /ready?${"a".repeat(16_384)} HTTP/1.1\r\n${host}\r\n`],
    ["an address of 8 KiB that leads nowhere", () => `GET /${"a/".repeat(4_096)} HTTP/1.1\r\n${host}\r\n`],
    ["a header of 16 KiB", () => `GET /ready HTTP/1.1\r\n${host}X-A: ${"a".repeat(16_384)}\r\n\r\n`],
    ["a cookie of 16 KiB", () => `GET /ready HTTP/1.1\r\n${host}Cookie: a=${"a".repeat(16_384)}\r\n\r\n`],
    ["300 headers", () => `GET /ready HTTP/1.1\r\n${host}${"X-A: b\r\n".repeat(300)}\r\n`],
    ["a method of 300 letters", () => `${"X".repeat(300)} /ready HTTP/1.1\r\n${host}\r\n`],
  ])("%s is refused", async (_, bytes) => {
    await isRefused(bytes());
  });

  test.each([
    "/nowhere",
    "/rooms/general/nowhere",
    "/rooms/nowhere",
    "/health/x",
    "/ready/",
    "/static/app.css",
    "/.env",
    "/src/main.ts",
  ])("%s is not there, for any method that is not meant", async (path) => {
    for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      await isRefused(`${method} ${path} HTTP/1.1\r\n${mira}Content-Length: 0\r\n\r\n`);
    }
  });
});

test("all of that was nobody's bug but the sender's", () => {
  // A body that breaks off is still written down as one: hostile/bodies.test.ts says so.
  const others = server.bugs().filter(({ event, path }) => event !== "http.bug" || path !== "/rooms/general/messages");
  expect(others).toEqual([]);
  expect(server.isAlive()).toBe(true);
});
