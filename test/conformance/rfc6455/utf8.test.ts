import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { answer, cut, heard, inPieces, question, text } from "../../support/probe.ts";
import { RawSocket } from "../../support/raw.ts";
import { waitFor } from "../../support/round.ts";
import { startServer, type TestServer } from "../../support/server.ts";

/** Autobahn's group 6: sequences of bytes by what is right or wrong with them, in hexadecimal. */
let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    env: { OPENCODE_SAFE_MODE: "true", PARLEY_PEOPLE_RATE: "1000", PARLEY_PEOPLE_BURST: "1000" },
  });
});
afterAll(() => server.stop());
const port = () => Number(new URL(server.http).port);

const hex = (digits: string) => Buffer.from(digits.replaceAll(" ", ""), "hex");
/** A question that has these bytes in it. */
const around = (bytes: Buffer) => Buffer.concat([Buffer.from('{"type":"ping","filling":"'), bytes, Buffer.from('"}')]);
const kosme = "cebae1bdb9cf83cebcceb5";
const from = (first: number, last: number, rest = "") =>
  Array.from({ length: last - first + 1 }, (_, at) => (first + at).toString(16) + rest).join("");
/** U+FFFE and U+FFFF of all seventeen planes: for nobody's use, and yet well formed. */
const noncharacters = Array.from({ length: 17 }, (_, plane) =>
  String.fromCodePoint(plane * 0x10000 + 0xfffe, plane * 0x10000 + 0xffff),
).join("");

const valid: [string, string][] = [
  ["6.2 a Greek word", kosme],
  ["6.6 the first of two bytes", "c280"],
  ["6.6 the first of three", "e0a080"],
  ["6.6 the first of four", "f0908080"],
  ["6.7 the last of one", "7f"],
  ["6.7 the last of two", "dfbf"],
  ["6.7 the last of three", "efbfbf"],
  ["6.7 the last of four", "f48fbfbf"],
  ["6.9 before the surrogates", "ed9fbf"],
  ["6.9 after the surrogates", "ee8080"],
  ["6.9 the replacement character", "efbfbd"],
  ["6.9 a byte order mark in the middle", "efbbbf"],
  ["6.22 noncharacters", Buffer.from(noncharacters).toString("hex")],
];

const invalid: [string, string][] = [
  ["6.3 a surrogate after a Greek word", `${kosme} eda080 656469746564`],
  ["6.4 a code point too large after a Greek word", `${kosme} f4908080 656469746564`],
  ["6.8 the first of five bytes", "f888808080"],
  ["6.8 the first of six", "fc8480808080"],
  ["6.8 beyond four bytes", "f7bfbfbf"],
  ["6.8 the last of five", "fbbfbfbfbf"],
  ["6.8 the last of six", "fdbfbfbfbfbf"],
  ["6.9 one beyond the last code point", "f4908080"],
  ["6.10 one continuation, the first", "80"],
  ["6.10 one continuation, the last", "bf"],
  ["6.11 two continuations", "80bf"],
  ["6.11 three", "80bf80"],
  ["6.11 four", "80bf80bf"],
  ["6.11 five", "80bf80bf80"],
  ["6.11 six", "80bf80bf80bf"],
  ["6.11 all sixty-four", from(0x80, 0xbf)],
  ["6.12 beginnings of two bytes, alone", from(0xc0, 0xdf, "20")],
  ["6.12 beginnings of three, alone", from(0xe0, 0xef, "20")],
  ["6.12 beginnings of four, alone", from(0xf0, 0xf7, "20")],
  ["6.12 beginnings of five, alone", from(0xf8, 0xfb, "20")],
  ["6.12 beginnings of six, alone", from(0xfc, 0xfd, "20")],
  ["6.13 the last of two missing", "c2"],
  ["6.13 the last of three missing", "e0a0"],
  ["6.13 the last of four missing", "f09080"],
  ["6.13 the last of two missing, highest", "df"],
  ["6.13 the last of three missing, highest", "efbf"],
  ["6.13 the last of four missing, highest", "f48fbf"],
  ["6.14 all of these together", "c2e0a0f09080dfefbff48fbf"],
  ["6.15 FE", "fe"],
  ["6.15 FF", "ff"],
  ["6.15 FE and FF", "fefeffff"],
  ["6.16 a slash in two bytes", "c0af"],
  ["6.16 in three", "e080af"],
  ["6.16 in four", "f08080af"],
  ["6.16 in five", "f8808080af"],
  ["6.16 in six", "fc80808080af"],
  ["6.17 the largest overlong of two bytes", "c1bf"],
  ["6.17 of three", "e09fbf"],
  ["6.17 of four", "f08fbfbf"],
  ["6.17 of five", "f887bfbfbf"],
  ["6.17 of six", "fc83bfbfbfbf"],
  ["6.18 NUL in two bytes", "c080"],
  ["6.18 NUL in three", "e08080"],
  ["6.18 NUL in four", "f0808080"],
  ["6.19 the first high surrogate", "eda080"],
  ["6.19 the last high surrogate", "edafbf"],
  ["6.19 the first low surrogate", "edb080"],
  ["6.19 the last low surrogate", "edbfbf"],
  ["6.20 a pair of surrogates, the first", "eda080edb080"],
  ["6.20 a pair of surrogates, the last", "edafbfedbfbf"],
  ["6.20 a pair the wrong way round", "edb080eda080"],
];

describe("6 UTF-8", () => {
  test.each(valid)("%s (%s) is taken, whole, in pieces of one byte and byte by byte", async (_, digits) => {
    const message = around(hex(digits));
    expect(await heard(port(), [text(message)])).toEqual([answer]);
    expect(await heard(port(), inPieces(cut(message, 1)))).toEqual([answer]);
    expect(await heard(port(), [text(message)], { byteByByte: true })).toEqual([answer]);
  });

  test.each(invalid)("%s (%s) is refused and never looked at", async (_, digits) => {
    expect(await heard(port(), [text(around(hex(digits))), text(question)])).toEqual(["close 1007"]);
    expect(await heard(port(), [text(hex(digits)), text(question)])).toEqual(["close 1007"]);
  });

  test.each(invalid)("%s (%s) is refused in pieces of one byte", async (_, digits) => {
    expect(await heard(port(), [...inPieces(cut(around(hex(digits)), 1)), text(question)])).toEqual(["close 1007"]);
    expect(await heard(port(), [...inPieces(cut(hex(digits), 1)), text(question)])).toEqual(["close 1007"]);
  });

  test("6.1 control characters are well formed: that they are no JSON is another matter", async () => {
    expect(await heard(port(), [text(around(hex("00"))), text(question)])).toEqual(["error INVALID_JSON", answer]);
  });

  test("6.4 a text is judged when it is finished, not before", async () => {
    const pieces = inPieces([hex(kosme), hex("f4908080")], false);
    expect(await heard(port(), pieces)).toEqual([]);
  });

  test("6.23 a text too large to be looked at is still text", async () => {
    expect(await heard(port(), [text(Buffer.alloc(65_537, 0xff))])).toEqual(["close 1007"]);
  });
});

test("what was sent comes back as it was, however it was cut", async () => {
  const socket = await RawSocket.open(port());
  socket.text({ type: "auth", data: { userId: "probe" } });
  await waitFor(() => socket.json().some(({ type }) => type === "auth_response"), "the welcome");
  for (const said of ["κόσμε", "Hello-µ@ßöäüàá-UTF-8!!", "漢字かな交じり文", "\u{10400}\u{1f600}\u{2070e}"]) {
    for (const size of [1, 2, 3, 1_000]) {
      const clientId = crypto.randomUUID();
      const frame = JSON.stringify({ type: "message", data: { text: said, clientId } });
      for (const piece of inPieces(cut(frame, size))) socket.bytes(piece);
      const echo = await waitFor(() => socket.json().find(({ data }) => data.clientId === clientId), "the echo", 4_000);
      expect(echo.data.text).toBe(said);
    }
  }
  socket.end();
});
