import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { defaultLimits } from "../../../src/limits.ts";
import { beat, EventBody, eventBytes, retryBytes } from "../../../src/transports/http/sse.ts";
import { EventParser } from "../../support/event-stream.ts";

const limits = { ...defaultLimits, backpressureBytes: 200 * 1024 };
const text = new TextDecoder();
const large = (fill: string) => new TextEncoder().encode(fill.repeat(64 * 1024));

/** Everything that is left in a stream. */
async function restOf(body: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(body).text();
}

describe("an event", () => {
  test("says its name and id only where it has them", () => {
    expect(text.decode(eventBytes("{}", 7))).toBe("id: 7\ndata: {}\n\n");
    expect(text.decode(eventBytes("{}", 0))).toBe("data: {}\n\n");
    expect(text.decode(eventBytes("{}", 0, "close"))).toBe("event: close\ndata: {}\n\n");
  });

  test("that many readers get is encoded once", () => {
    expect(eventBytes("the same", 8)).toBe(eventBytes("the same", 8));
    expect(eventBytes("the same", 8)).not.toBe(eventBytes("the same", 9));
  });

  test("gives back whatever was said in it, but for the kind of its line breaks, in whichever pieces it arrives", () => {
    const said = fc.array(fc.record({ data: fc.string({ unit: "binary", minLength: 1 }), seq: fc.nat() }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(said, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (events, sizes) => {
        const all = events.map(({ data, seq }) => text.decode(eventBytes(data, seq))).join("");
        const parser = new EventParser();
        const got = [];
        for (let at = 0; at < all.length; ) {
          const size = sizes.next().value ?? 1;
          got.push(...parser.push(all.slice(at, at + size)));
          at += size;
        }
        expect(got.map(({ data, id }) => [data, id])).toEqual(
          events.map(({ data, seq }) => [
            data.toWellFormed().replace(/\r\n|\r/g, "\n"),
            seq > 0 ? String(seq) : undefined,
          ]),
        );
      }),
    );
  });

  test("is none when the stream only says that it is there, or when to come back", () => {
    const parser = new EventParser();
    expect(parser.push(text.decode(beat) + text.decode(retryBytes(1_500)))).toEqual([]);
    expect([parser.comments, parser.retry]).toEqual([1, 1_500]);
  });
});

describe("the body of a stream", () => {
  test("holds everything in order until somebody reads it", async () => {
    const events = new EventBody(limits);
    events.opened();
    for (const name of ["one ", "two ", "three "]) expect(events.write(new TextEncoder().encode(name))).toBe(true);
    events.end(new TextEncoder().encode("end"));
    expect(await restOf(events.body)).toBe("one two three end");
  });

  test("says of a reader that owes more than the limit that it is too slow, and drops what it did not take", async () => {
    const events = new EventBody(limits);
    events.opened();
    const taken = [..."abcdefgh"].map((letter) => events.write(large(letter)));
    // One piece is handed on at once; of the others three fit.
    expect(taken).toEqual([true, true, true, true, false, false, false, false]);
    events.end(new TextEncoder().encode("end"));
    expect(await restOf(events.body)).toBe(`${"a".repeat(64 * 1024)}end`);
  });

  test("lets a replay be as long as it is: only what comes after it counts", () => {
    const events = new EventBody(limits);
    expect([..."abcdefgh"].map((letter) => events.write(large(letter)))).not.toContain(false);
    events.opened();
    expect(events.write(large("i"))).toBe(true);
    expect([..."jkl"].map((letter) => events.write(large(letter)))).toEqual([true, true, false]);
  });

  test("tells once when its reader is gone, and takes nothing any more", async () => {
    const events = new EventBody(limits);
    let gone = 0;
    events.gone = () => {
      gone += 1;
    };
    const reader = events.body.getReader();
    await reader.cancel();
    expect(gone).toBe(1);
    expect(events.write(large("a"))).toBe(true);
    events.end(large("b"));
    expect(await reader.read()).toEqual({ done: true, value: undefined });
  });
});
