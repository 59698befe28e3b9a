import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { answer, heard, ping, pong, question, text } from "../../support/probe.ts";
import { startServer, type TestServer } from "../../support/server.ts";

/** Autobahn's group 2. */
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
});
afterAll(() => server.stop());
const port = () => Number(new URL(server.http).port);

const strange = Buffer.from([0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff]);
const long = "p".repeat(125);
const tenPings = Array.from({ length: 10 }, (_, index) => ping(`number ${index}`));
const tenPongs = Array.from({ length: 10 }, (_, index) => `pong number ${index}`);

describe("2 pings and pongs", () => {
  const cases: [string, Buffer[], string[]][] = [
    ["2.1 a ping without a payload", [ping()], ["pong "]],
    ["2.2 a ping with a payload", [ping("Hello, world!")], ["pong Hello, world!"]],
    ["2.3 a ping with a payload that is no text", [ping(strange)], [`pong ${strange.toString("latin1")}`]],
    ["2.4 a ping of 125 bytes", [ping(long)], [`pong ${long}`]],
    ["2.5 a ping of 126 bytes is refused", [ping(`${long}p`)], ["close 1002"]],
    ["2.7 a pong that nobody asked for", [pong()], []],
    ["2.8 a pong with a payload that nobody asked for", [pong("unsolicited")], []],
    ["2.9 a pong that nobody asked for, then a ping", [pong("unsolicited"), ping("asked")], ["pong asked"]],
    ["2.10 ten pings are answered in order", tenPings, tenPongs],
    ["2.12 a pong of 126 bytes is refused", [pong(`${long}p`)], ["close 1002"]],
    [
      "2.13 pings between texts keep their place",
      [text(question), ping("a"), text(question)],
      [answer, "pong a", answer],
    ],
    ["2.14 pongs between texts change nothing", [text(question), pong("a"), text(question)], [answer, answer]],
  ];
  test.each(cases)("%s", async (_, frames, said) => {
    expect(await heard(port(), frames)).toEqual(said);
  });

  test.each<[string, Buffer[], string[]]>([
    ["2.6 a ping of 125 bytes", [ping(long)], [`pong ${long}`]],
    ["2.11 ten pings", tenPings, tenPongs],
  ])("%s, byte by byte", async (_, frames, said) => {
    expect(await heard(port(), frames, { byteByByte: true })).toEqual(said);
  });
});
