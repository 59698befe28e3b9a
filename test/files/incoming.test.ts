import { describe, expect, test } from "bun:test";
import { Refusal } from "../../src/errors.ts";
import { incoming } from "../../src/files/incoming.ts";

const pace = { uploadRate: 1_000, uploadWindowMs: 60 };

/** A body that brings pieces of these sizes, each after a pause, and then ends, hangs or breaks. */
function body(sizes: Iterable<number>, then: "ends" | "hangs" | "breaks" = "ends", pauseMs = 0) {
  const iterator = sizes[Symbol.iterator]();
  const seen = { cancelled: false, pulled: 0 };
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
        const { done, value } = iterator.next();
        if (!done) {
          seen.pulled += 1;
          return controller.enqueue(new Uint8Array(value));
        }
        if (then === "ends") controller.close();
        if (then === "breaks") controller.error(new Error("the line is cut"));
        return then === "hangs" ? new Promise<void>(() => undefined) : undefined;
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, seen };
}

async function sizeOf(stream: ReadableStream<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const piece of incoming(stream, pace)) size += piece.byteLength;
  return size;
}

const refusalOf = async (stream: ReadableStream<Uint8Array>) =>
  sizeOf(stream).then(
    () => "taken",
    (thrown) => (thrown instanceof Refusal ? `${thrown.code}: ${thrown.message}` : String(thrown)),
  );

describe("an upload as it comes", () => {
  test("is passed on whole, however long it takes at a decent pace", async () => {
    expect(await sizeOf(body([1, 10, 100]).stream)).toBe(111);
    expect(await sizeOf(body([]).stream)).toBe(0);
    // Six windows.
    expect(await sizeOf(body(Array(36).fill(100), "ends", 10).stream)).toBe(3_600);
  });

  test("that drips is given up, however long it has gone well", async () => {
    const slowly = "INVALID_MESSAGE: That upload came too slowly and was given up.";
    for (const sizes of [[], [5_000, 5_000]]) {
      const { stream, seen } = body(sizes, "hangs");
      expect(await refusalOf(stream)).toBe(slowly);
      expect(seen.cancelled).toBe(true);
    }
    const dripping = body(
      (function* () {
        for (;;) yield 1;
      })(),
      "ends",
      5,
    );
    expect(await refusalOf(dripping.stream)).toBe(slowly);
  });

  test("that breaks off is the sender's matter", async () => {
    expect(await refusalOf(body([10], "breaks").stream)).toBe("INVALID_MESSAGE: That upload broke off.");
  });

  test("is asked for only as fast as it is taken, and no more of it when nobody wants it", async () => {
    const { stream, seen } = body(Array(100).fill(10));
    for await (const piece of incoming(stream, pace)) {
      expect(piece.byteLength).toBe(10);
      if (seen.pulled === 3) break;
    }
    expect(seen).toEqual({ cancelled: true, pulled: 3 });
  });
});
