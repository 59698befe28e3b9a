import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { frameOf, question } from "../../support/probe.ts";
import { RawSocket } from "../../support/raw.ts";
import { exchange } from "../../support/raw-http.ts";
import { waitFor } from "../../support/round.ts";
import { startServer, type TestServer } from "../../support/server.ts";
import { upgradeRequest } from "../../support/upgrade-request.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
});
afterAll(() => server.stop());
const port = () => Number(new URL(server.http).port);

const knock = async (change: Parameters<typeof upgradeRequest>[1]) => {
  const [first] = await exchange(server.http, upgradeRequest(server.http, change));
  return { status: first?.status ?? 0, head: first?.head ?? "" };
};

describe("a request that is right", () => {
  test("gets 101, the two headers and the proof that the key was read", async () => {
    const { status, head } = await knock({});
    expect(status).toBe(101);
    expect(head).toMatch(/^upgrade: websocket$/im);
    expect(head).toMatch(/^connection: upgrade$/im);
    // The key and its answer are those of RFC 6455, 1.3.
    expect(head).toMatch(/^sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=$/im);
  });

  test.each<[string, Parameters<typeof upgradeRequest>[1]]>([
    ["Upgrade in other letters", { upgrade: "WebSocket" }],
    ["UPGRADE in capitals", { upgrade: "WEBSOCKET" }],
    ["Connection in other letters", { connection: "upgrade" }],
    ["Connection as Firefox says it", { connection: "keep-alive, Upgrade" }],
    ["names in capitals", { "SEC-WEBSOCKET-VERSION": "13", "sec-websocket-version": null }],
    ["spaces around values", { upgrade: "  websocket  ", "sec-websocket-version": "\t13 " }],
    ["a query", { line: "GET /ws?room=general&x=%20 HTTP/1.1" }],
    ["headers that nobody knows", { "x-whatever": "1", "sec-websocket-whatever": "2" }],
    ["other bytes as a key", { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==" }],
  ])("may have %s", async (_, change) => {
    expect((await knock(change)).status).toBe(101);
  });

  test("gets the one extension there is when it offers it, carrying nothing over, and no other", async () => {
    for (const [offer, granted] of [
      ["permessage-deflate", true],
      ["permessage-deflate; client_max_window_bits", true],
      ["permessage-deflate; server_no_context_takeover; client_no_context_takeover", true],
      ["x-webkit-deflate-frame", false],
      ["permessage-bzip2", false],
    ] as const) {
      const socket = await RawSocket.open(port(), "/ws", { "sec-websocket-extensions": offer });
      expect([offer, socket.status]).toEqual([offer, 101]);
      const given = /^sec-websocket-extensions: *(.*)$/im.exec(socket.answer)?.[1] ?? "";
      expect([offer, given.startsWith("permessage-deflate")]).toEqual([offer, granted]);
      if (granted)
        expect(given.split("; ").sort().slice(0, 2)).toEqual(["client_no_context_takeover", "permessage-deflate"]);
      socket.end();
    }
  });

  test("may not use one that it did not offer", async () => {
    const socket = await RawSocket.open(port());
    expect(socket.answer).not.toMatch(/^sec-websocket-extensions/im);
    socket.bytes(frameOf(1, Buffer.from(Bun.deflateSync(question)), { rsv: 4 }));
    await waitFor(() => socket.ended, "the end");
    expect(socket.closed).toBe(1002);
  });
});

describe("a request that is wrong gets no socket", () => {
  test.each<[string, Parameters<typeof upgradeRequest>[1], number]>([
    ["POST", { line: "POST /ws HTTP/1.1", "content-length": "0" }, 426],
    ["PUT", { line: "PUT /ws HTTP/1.1", "content-length": "0" }, 426],
    ["HEAD", { line: "HEAD /ws HTTP/1.1" }, 426],
    ["another version of HTTP", { line: "GET /ws HTTP/2.0" }, 505],
    ["no version of HTTP", { line: "GET /ws" }, 505],
    ["no Host", { host: null }, 400],
    ["no Upgrade", { upgrade: null }, 404],
    ["another protocol", { upgrade: "h2c" }, 404],
    ["another version of the protocol's name", { upgrade: "websocket/13" }, 404],
    ["a word that begins alike", { upgrade: "websockets" }, 404],
    ["no key", { "sec-websocket-key": null }, 426],
    ["an empty key", { "sec-websocket-key": "" }, 426],
    ["a short key", { "sec-websocket-key": "c2hvcnQ=" }, 426],
    ["a long key", { "sec-websocket-key": Buffer.alloc(17, 1).toString("base64") }, 426],
    ["a key that is no base64", { "sec-websocket-key": "************************" }, 426],
    ["two keys", { "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==" }, 426],
    ["no version", { "sec-websocket-version": null }, 426],
    ["an empty version", { "sec-websocket-version": "" }, 426],
    ["version 0", { "sec-websocket-version": "0" }, 426],
    ["version 8", { "sec-websocket-version": "8" }, 426],
    ["version 14", { "sec-websocket-version": "14" }, 426],
    ["version 130", { "sec-websocket-version": "130" }, 426],
    ["a version that is no number", { "sec-websocket-version": "thirteen" }, 426],
    ["two versions", { "sec-websocket-version": "13, 8" }, 426],
    ["a line that is folded", { "x-folded": "a\r\n b" }, 400],
    ["a space before a colon", { "x-spaced ": "a" }, 400],
    ["a name without a colon", { line: "GET /ws HTTP/1.1\r\nnonsense" }, 400],
  ])("%s", async (_, change, status) => {
    expect((await knock(change)).status).toBe(status);
  });

  test("a version that is not spoken here is told which one is", async () => {
    const { head } = await knock({ "sec-websocket-version": "8" });
    expect(head).toMatch(/^sec-websocket-version: 13$/im);
  });

  test("lines that end in a line feed alone", async () => {
    const request = upgradeRequest(server.http, {}).replaceAll("\r\n", "\n");
    const answers = await exchange(server.http, request, { followedBy: upgradeRequest(server.http, {}) });
    expect(answers.map(({ status }) => status)).toEqual([505]);
  });
});
