import { describe, expect, test } from "bun:test";
import { eventsIn } from "../../../src/agents/backends/openai-stream.ts";

/** What is read of bytes that come so many at a time. */
async function read(text: string, size: number): Promise<string[]> {
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.subarray(at, at + size));
      controller.close();
    },
  });
  const events: string[] = [];
  for await (const event of eventsIn(body, () => undefined)) events.push(event);
  return events;
}

describe("a stream of events", () => {
  test.each([1, 2, 3, 7, 1_000])("is read alike in pieces of %d bytes, whatever ends its lines", async (size) => {
    const said = ['{"a":"héllo 🙂"}', "two", "[DONE]"];
    for (const end of ["\n", "\r\n", "\r"]) {
      const text = said.map((data) => `: a comment${end}event: x${end}data: ${data}${end}${end}`).join("");
      expect(await read(text, size)).toEqual(said);
    }
  });

  test("joins the lines of one event, and takes data without a space", async () => {
    expect(await read("data: one\ndata:two\n\n", 4)).toEqual(["one\ntwo"]);
  });

  test("says nothing of a line that its end cuts off", async () => {
    expect(await read('data: {"whole":1}\n\ndata: {"half', 5)).toEqual(['{"whole":1}']);
  });
});
