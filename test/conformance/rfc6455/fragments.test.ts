import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  answer,
  binary,
  close,
  continued,
  cut,
  heard,
  inPieces,
  ping,
  pong,
  question,
  questionOf,
  text,
} from "../../support/probe.ts";
import { startServer, type TestServer } from "../../support/server.ts";

/** Autobahn's group 5. */
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
});
afterAll(() => server.stop());
const port = () => Number(new URL(server.http).port);

const open = { fin: false };
const first = text('{"type":', open);
const last = continued('"ping"}');
const five = (between: (index: number) => Buffer[]) =>
  inPieces(cut(question, 3)).flatMap((frame, index) => [frame, ...between(index)]);

const fine: [string, Buffer[], string[]][] = [
  ["5.3 a text in two pieces", [first, last], [answer]],
  ["5.6 a ping between two pieces", [first, ping("between"), last], ["pong between", answer]],
  ["5.6 a pong between two pieces", [first, pong("between"), last], [answer]],
  [
    "5.19 five pieces, two pings between them",
    five((at) => (at === 1 || at === 3 ? [ping(`${at}`)] : [])),
    ["pong 1", "pong 3", answer],
  ],
  [
    "5.20 five pieces, a ping after each",
    five((at) => [ping(`${at}`)]),
    ["pong 0", "pong 1", "pong 2", "pong 3", answer, "pong 4"],
  ],
  ["5.21 pieces of no bytes before, between and after", inPieces(["", '{"type":', "", '"ping"}', ""]), [answer]],
  ["5.22 nothing but pieces of no bytes", inPieces(["", "", ""]), ["error INVALID_JSON"]],
  ["5.23 a text in as many pieces as it has bytes", inPieces(cut(question, 1)), [answer]],
  ["5.24 64 KiB in pieces of 1,000 bytes", inPieces(cut(questionOf(65_536), 1_000)), [answer]],
  ["5.25 one byte more", inPieces(cut(questionOf(65_537), 1_000)), ["error MESSAGE_TOO_LARGE"]],
  ["5.26 two texts in pieces, one after the other", [first, last, first, last], [answer, answer]],
  ["5.27 an unfinished text is waited for", [first], []],
  ["5.28 binary in two pieces", [binary("a", open), continued("b")], ["close 1003"]],
  ["5.29 a close between two pieces", [first, close(1000), last], ["close 1000"]],
];

const refused: [string, Buffer[], string[]][] = [
  ["5.1 a ping in two pieces", [ping("a", open), continued("b")], ["close 1002"]],
  ["5.2 a pong in two pieces", [pong("a", open), continued("b")], ["close 1002"]],
  ["5.2 a close in two pieces", [close(1000, "", open), continued("b")], ["close 1002"]],
  ["5.9 a continuation of nothing, then a text", [continued(question), text(question)], ["close 1002"]],
  ["5.10 a continuation of nothing", [continued(question)], ["close 1002"]],
  ["5.11 a continuation of no bytes of nothing", [continued("")], ["close 1002"]],
  [
    "5.12 an unfinished continuation of nothing, then a text",
    [continued(question, open), text(question)],
    ["close 1002"],
  ],
  ["5.13 an unfinished continuation of nothing", [continued(question, open)], ["close 1002"]],
  [
    "5.15 a continuation of a text that was finished",
    [first, last, continued("x", open), text(question)],
    [answer, "close 1002"],
  ],
  [
    "5.16 continuations of nothing around texts",
    [continued("x", open), first, last, continued("y", open), first, last],
    ["close 1002"],
  ],
  [
    "5.17 finished continuations of nothing around texts",
    [continued("x"), first, last, continued("y"), first, last],
    ["close 1002"],
  ],
  ["5.18 a text within a text", [first, text(question), last], ["close 1002"]],
  ["5.18 an unfinished text within a text", [first, first, last], ["close 1002"]],
  ["5.18 binary within a text", [first, binary("x"), last], ["close 1002"]],
  ["5.18 a text within binary", [binary("x", open), text(question)], ["close 1002"]],
];

describe("5 fragmentation", () => {
  test.each(fine)("%s", async (_, frames, said) => {
    expect(await heard(port(), frames)).toEqual(said);
  });

  test.each(refused)("%s is refused", async (_, frames, said) => {
    expect(await heard(port(), frames)).toEqual(said);
  });

  test.each([...fine.slice(0, 6), ...refused])("%s, byte by byte", async (_, frames, said) => {
    expect(await heard(port(), frames, { byteByByte: true })).toEqual(said);
  });
});
