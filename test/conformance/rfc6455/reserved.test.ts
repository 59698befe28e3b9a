import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { answer, frameOf, heard, inPieces, question, text } from "../../support/probe.ts";
import { startServer, type TestServer } from "../../support/server.ts";

/** Autobahn's groups 3 and 4: what the protocol keeps for later is refused, and what came before it is answered. */
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
});
afterAll(() => server.stop());
const port = () => Number(new URL(server.http).port);

const kinds = [
  ["a text", 1],
  ["a binary frame", 2],
  ["a close", 8],
  ["a ping", 9],
  ["a pong", 10],
] as const;
const bits = [1, 2, 3, 4, 5, 6, 7];
const payloads: Record<number, Buffer> = { 1: Buffer.from(question), 8: Buffer.from([0x03, 0xe8]) };
const refused = [answer, "close 1002"];

describe("3 reserved bits", () => {
  test.each(bits.flatMap((rsv) => kinds.map(([what, opcode]) => [rsv, what, opcode] as const)))(
    "3.%i set on %s",
    async (rsv, _, opcode) => {
      const frame = frameOf(opcode, payloads[opcode] ?? "x", { rsv });
      expect(await heard(port(), [text(question), frame, text(question)])).toEqual(refused);
    },
  );

  test.each(bits)("3.%i set on a continuation", async (rsv) => {
    const [begun] = inPieces(['{"type":'], false);
    if (!begun) throw new Error("no frame");
    const frames = [text(question), begun, frameOf(0, '"ping"}', { rsv }), text(question)];
    expect(await heard(port(), frames)).toEqual(refused);
  });

  test("3.8 set on a ping, byte by byte", async () => {
    const frames = [text(question), frameOf(9, "x", { rsv: 7 }), text(question)];
    expect(await heard(port(), frames, { byteByByte: true })).toEqual(refused);
  });
});

describe("4 opcodes", () => {
  test.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])(
    "%i is none, with a payload or without, whole or in pieces",
    async (opcode) => {
      for (const frame of [frameOf(opcode), frameOf(opcode, "x"), frameOf(opcode, "x", { fin: false })]) {
        expect(await heard(port(), [text(question), frame, text(question)])).toEqual(refused);
      }
    },
  );

  test.each([3, 7, 11, 15])("%i is none between the pieces of a text", async (opcode) => {
    const [first, last] = inPieces(['{"type":', '"ping"}']);
    if (!first || !last) throw new Error("no frames");
    expect(await heard(port(), [text(question), first, frameOf(opcode, "x"), last])).toEqual(refused);
  });
});
