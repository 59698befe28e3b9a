import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { createConfig } from "../../src/config.ts";
import { catalogue, Refusal, type RefusalCode } from "../../src/errors.ts";
import { body } from "../../src/guards/body.ts";
import type { Env } from "../../src/guards/identity.ts";

const url = "http://localhost/";

/** An app that says how many bytes it was given, or which refusal it was. */
function counting(limits: { bodyBytes?: number; bodyMs?: number }) {
  const app = new Hono<Env>();
  app.use(
    body(createConfig({}, { bodyBytes: 100, bodyMs: 2_000, ...limits }), ({ headers }) => headers.has("x-upload")),
  );
  app.all("/", async (context) => context.text(String((await context.req.arrayBuffer()).byteLength)));
  app.onError((error, context) => {
    if (!(error instanceof Refusal)) throw error;
    return context.text(`${error.code}: ${error.message}`, error.status as 400);
  });
  return app;
}

/** A body that comes in pieces; the next is asked for when the one before was read. */
function pieces(sizes: Iterable<number>, then: "ends" | "hangs" | "breaks" = "ends") {
  const iterator = sizes[Symbol.iterator]();
  const seen = { cancelled: false, sent: 0 };
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { done, value } = iterator.next();
      if (!done) {
        seen.sent += value;
        return controller.enqueue(new Uint8Array(value));
      }
      if (then === "ends") controller.close();
      if (then === "breaks") controller.error(new Error("the line is cut"));
      // Nothing more, ever, for one that hangs.
      return then === "hangs" ? new Promise<void>(() => undefined) : undefined;
    },
    cancel() {
      seen.cancelled = true;
    },
  });
  return { stream, seen };
}

const send = async (app: ReturnType<typeof counting>, given: BodyInit | null, headers: Record<string, string> = {}) => {
  const answer = await app.request(new Request(url, { method: "POST", body: given, headers }));
  return { status: answer.status, text: await answer.text() };
};
const tooLarge = { status: 413, text: "MESSAGE_TOO_LARGE: A request may have at most 100 bytes." };

describe("a request's body", () => {
  test("is passed on whole up to the limit, counted in bytes", async () => {
    const app = counting({});
    expect(await send(app, "x".repeat(100))).toEqual({ status: 200, text: "100" });
    expect(await send(app, "é".repeat(50))).toEqual({ status: 200, text: "100" });
    expect(await send(app, null)).toEqual({ status: 200, text: "0" });
    expect(await send(app, "x".repeat(101))).toEqual(tooLarge);
    expect(await send(app, "é".repeat(51))).toEqual(tooLarge);
  });

  test("is counted as it comes, whatever its headers say, and no more of it is taken than must be", async () => {
    const app = counting({});
    const endless = pieces(
      (function* () {
        for (;;) yield 30;
      })(),
    );
    expect(await send(app, endless.stream, { "content-length": "5" })).toEqual(tooLarge);
    expect(endless.seen.cancelled).toBe(true);
    expect(endless.seen.sent).toBeLessThan(250);
    expect(await send(app, pieces([30, 30, 40]).stream)).toEqual({ status: 200, text: "100" });
    expect(await send(app, pieces([100, 1]).stream)).toEqual(tooLarge);
    expect(await send(app, pieces(Array(100).fill(1)).stream)).toEqual({ status: 200, text: "100" });
  });

  test("that says beforehand that it is too large is not read at all", async () => {
    const endless = pieces([1], "hangs");
    expect(await send(counting({}), endless.stream, { "content-length": "101" })).toEqual(tooLarge);
    expect(endless.seen.sent).toBeLessThanOrEqual(1);
  });

  test("that drips for too long is given up, however much of it came", async () => {
    const code: RefusalCode = "INVALID_MESSAGE";
    for (const sizes of [[], [1, 1, 1]]) {
      const dripping = pieces(sizes, "hangs");
      expect(await send(counting({ bodyMs: 20 }), dripping.stream)).toEqual({
        status: catalogue[code].status,
        text: `${code}: That request took too long to arrive.`,
      });
      expect(dripping.seen.cancelled).toBe(true);
    }
  });

  test("that is there in time is not given up later", async () => {
    const app = counting({ bodyMs: 200 });
    for (let n = 0; n < 20; n += 1) expect((await send(app, pieces([10, 10]).stream)).status).toBe(200);
  });

  test("that breaks off is no request", async () => {
    await expect(send(counting({}), pieces([10], "breaks").stream)).rejects.toThrow("the line is cut");
  });
});
