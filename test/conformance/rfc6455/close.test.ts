import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { answer, close, continued, heard, ping, question, questionOf, text } from "../../support/probe.ts";
import { startServer, type TestServer } from "../../support/server.ts";

/** Autobahn's group 7. That the server ends the connection after a close is part of what `heard` waits for. */
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
});
afterAll(() => server.stop());
const port = () => Number(new URL(server.http).port);

const good = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4401, 4999];
/** Reserved, not to be sent, or of no range that exists. */
const bad = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];

describe("7 close", () => {
  const cases: [string, Buffer[], string[]][] = [
    ["7.1.1 after a text", [text(question), close(1000)], [answer, "close 1000"]],
    ["7.1.2 twice", [close(1000), close(1000)], ["close 1000"]],
    ["7.1.3 then a ping", [close(1000), ping("too late")], ["close 1000"]],
    ["7.1.4 then a text", [close(1000), text(question)], ["close 1000"]],
    [
      "7.1.5 in the middle of a text",
      [text('{"type":', { fin: false }), close(1000), continued('"ping"}')],
      ["close 1000"],
    ],
    ["7.1.6 after 64 KiB", [text(questionOf(65_536)), close(1000), ping("too late")], [answer, "close 1000"]],
    ["7.3.1 without a code", [close()], ["close"]],
    ["7.3.2 with half a code", [close(undefined, "a")], ["close 1002"]],
    ["7.3.3 with a code", [close(1000)], ["close 1000"]],
    ["7.3.4 with a reason", [close(1000, "so long")], ["close 1000"]],
    ["7.3.5 with the longest reason", [close(1000, "r".repeat(123))], ["close 1000"]],
    ["7.3.6 with a longer one", [close(1000, "r".repeat(124))], ["close 1002"]],
    ["7.5.1 with a reason that is no UTF-8", [close(1000, Buffer.from("cebaeda080", "hex"))], ["close 1007"]],
    ["7.5.2 with a reason that breaks off", [close(1000, Buffer.from("cebace", "hex"))], ["close 1007"]],
  ];
  test.each(cases)("%s", async (_, frames, said) => {
    expect(await heard(port(), frames)).toEqual(said);
  });

  test.each(cases.filter(([name]) => !name.includes("64 KiB")))("%s, byte by byte", async (_, frames, said) => {
    expect(await heard(port(), frames, { byteByByte: true })).toEqual(said);
  });

  test.each(good)("7.7 the code %i is given back", async (code) => {
    expect(await heard(port(), [close(code)])).toEqual([`close ${code}`]);
    expect(await heard(port(), [close(code, "with a reason")])).toEqual([`close ${code}`]);
  });

  test.each(bad)("7.9 the code %i is none", async (code) => {
    expect(await heard(port(), [close(code)])).toEqual(["close 1002"]);
    expect(await heard(port(), [close(code, "with a reason")])).toEqual(["close 1002"]);
  });
});
