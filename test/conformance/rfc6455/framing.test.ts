import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  answer,
  binary,
  continued,
  cut,
  frameOf,
  heard,
  ping,
  question,
  questionOf,
  text,
} from "../../support/probe.ts";
import { startServer, type TestServer } from "../../support/server.ts";

/** Autobahn's group 1, and what it leaves out: masks and sizes. */
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
});
afterAll(() => server.stop());
const port = () => Number(new URL(server.http).port);

const bytes = (length: number) => Buffer.alloc(length, 0xfe);
const megabyte = 1024 * 1024;
/** The beginning of a text frame that says it has so many bytes, with the first of them. */
const promise = (length: bigint) => {
  const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0x7a]);
  head.writeBigUInt64BE(length, 2);
  return head;
};

describe("1 framing", () => {
  test.each<[string, Buffer[], string[]]>([
    ["1.1.1 text of no bytes", [text("")], ["error INVALID_JSON"]],
    ["1.1.2 text of 125 bytes", [text(questionOf(125))], [answer]],
    ["1.1.3 text of 126 bytes", [text(questionOf(126))], [answer]],
    ["1.1.4 text of 127 bytes", [text(questionOf(127))], [answer]],
    ["1.1.5 text of 128 bytes", [text(questionOf(128))], [answer]],
    ["1.1.6 text of 65,535 bytes", [text(questionOf(65_535))], [answer]],
    ["1.1.7 text of 65,536 bytes", [text(questionOf(65_536))], [answer]],
    ["1.2.1 binary of no bytes", [binary("")], ["close 1003"]],
    ["1.2.2 binary of 125 bytes", [binary(bytes(125))], ["close 1003"]],
    ["1.2.3 binary of 126 bytes", [binary(bytes(126))], ["close 1003"]],
    ["1.2.4 binary of 127 bytes", [binary(bytes(127))], ["close 1003"]],
    ["1.2.5 binary of 128 bytes", [binary(bytes(128))], ["close 1003"]],
    ["1.2.6 binary of 65,535 bytes", [binary(bytes(65_535))], ["close 1003"]],
    ["1.2.7 binary of 65,536 bytes", [binary(bytes(65_536))], ["close 1003"]],
    ["1.2.8 binary after text", [text(question), binary("x"), text(question)], [answer, "close 1003"]],
    ["1.3.1 three frames in one packet", [text(question), text(question), text(question)], [answer, answer, answer]],
  ])("%s", async (_, frames, said) => {
    expect(await heard(port(), frames)).toEqual(said);
  });

  test.each<[string, Buffer[], string[]]>([
    ["1.1.8 text of 125 bytes", [text(questionOf(125))], [answer]],
    ["1.1.9 text of 126 bytes", [text(questionOf(126))], [answer]],
    ["1.1.10 text with its length in eight bytes", [text(questionOf(300), { lengthBytes: 8 })], [answer]],
    ["1.1.11 two texts", [text(question), text(question)], [answer, answer]],
    ["1.2.9 binary of 126 bytes", [binary(bytes(126))], ["close 1003"]],
  ])("%s, byte by byte", async (_, frames, said) => {
    expect(await heard(port(), frames, { byteByByte: true })).toEqual(said);
  });
});

describe("masks", () => {
  test.each<[string, Buffer[], string[]]>([
    [
      "a mask of zeros is one",
      [Buffer.concat([Buffer.from([0x81, 0x80 | 15, 0, 0, 0, 0]), Buffer.from(question)])],
      [answer],
    ],
    ["a text without a mask is refused", [text(question, { masked: false })], ["close 1002"]],
    ["a text of no bytes without a mask is refused", [text("", { masked: false })], ["close 1002"]],
    ["a ping without a mask is refused", [ping("x", { masked: false })], ["close 1002"]],
    ["a close without a mask is refused", [frameOf(8, "", { masked: false })], ["close 1002"]],
    [
      "a continuation without a mask is refused",
      [text('{"type":', { fin: false }), continued('"ping"}', { masked: false })],
      ["close 1002"],
    ],
  ])("%s", async (_, frames, said) => {
    expect(await heard(port(), frames)).toEqual(said);
  });
});

describe("sizes", () => {
  test.each<[string, Buffer[], string[]]>([
    [
      "a text over 64 KiB is refused and the socket stays",
      [text(questionOf(65_537)), text(question)],
      ["error MESSAGE_TOO_LARGE", answer],
    ],
    ["so is one of a megabyte", [text(questionOf(megabyte)), text(question)], ["error MESSAGE_TOO_LARGE", answer]],
    ["one byte more closes it", [text(questionOf(megabyte + 1))], ["close 1009"]],
    ["more is refused when it is announced", [promise(BigInt(megabyte + 1))], ["close 1009"]],
    ["also when it is 4 GiB", [promise(2n ** 32n)], ["close 1009"]],
    ["also when it is all that 63 bits can say", [promise(2n ** 63n - 1n)], ["close 1009"]],
    ["also when the highest bit is set, which may never be", [promise(2n ** 64n - 1n)], ["close 1009"]],
    [
      "pieces may not be more together",
      [
        text(bytes(0), { fin: false }),
        ...cut(Buffer.alloc(megabyte + 1, "x"), 65_536).map((piece) => continued(piece, { fin: false })),
      ],
      ["close 1009"],
    ],
  ])("%s", async (_, frames, said) => {
    expect(await heard(port(), frames)).toEqual(said);
  });
});
