import { describe, expect, test } from "bun:test";
import { defaultLimits } from "../../../src/limits.ts";
import { PollLine } from "../../../src/transports/http/poll-line.ts";
import { until } from "../../support/house.ts";

const quick = { ...defaultLimits, pollWaitMs: 60, pollGatherMs: 5, pollParkMs: 60, backpressureBytes: 100 };

function openLine(limits = quick) {
  const line = new PollLine(limits);
  const happened: string[] = [];
  line.over = () => void happened.push("over");
  line.lost = () => void happened.push("lost");
  return { line, happened };
}

const staying = () => new AbortController().signal;

describe("a line of polls", () => {
  test("answers at once with what there is, and keeps what comes between two polls for the next", async () => {
    const { line, happened } = openLine();
    line.frame("one");
    expect(await line.next(staying())).toEqual({ frames: ["one"] });
    line.frame("two");
    line.frame("three");
    expect(await line.next(staying())).toEqual({ frames: ["two", "three"] });
    expect(happened).toEqual([]);
  });

  test("waits for something, and takes along what comes in the same moment", async () => {
    const { line } = openLine({ ...quick, pollWaitMs: 60_000 });
    const next = line.next(staying());
    line.frame("one");
    line.frame("two");
    expect(await next).toEqual({ frames: ["one", "two"] });
  });

  test("answers with nothing when nothing came for long enough", async () => {
    const { line } = openLine();
    expect(await line.next(staying())).toEqual({ frames: [] });
  });

  test("says why it is over to whoever waits, or is about to hear the first of it", async () => {
    const { line, happened } = openLine({ ...quick, pollWaitMs: 60_000 });
    const next = line.next(staying());
    line.frame("last");
    line.end(4401, "SESSION_EXPIRED");
    expect(await next).toEqual({ frames: ["last"], closed: { code: 4401, reason: "SESSION_EXPIRED" } });
    expect(happened).toEqual(["over"]);
    const refused = openLine();
    refused.line.end(4403, "ACCESS_REMOVED");
    expect(await refused.line.next(staying())).toEqual({
      frames: [],
      closed: { code: 4403, reason: "ACCESS_REMOVED" },
    });
  });

  test("is lost when nobody asks any more, when too much waits, and when whoever asked hung up", async () => {
    const silent = openLine();
    silent.line.frame("one");
    await silent.line.next(staying());
    await until(() => silent.happened.length > 0, "the line that nobody asks");
    expect(silent.happened).toEqual(["over", "lost"]);

    const full = openLine({ ...quick, pollParkMs: 60_000 });
    full.line.frame("one");
    await full.line.next(staying());
    full.line.frame("x".repeat(100));
    expect(full.happened).toEqual([]);
    full.line.frame("y");
    expect(full.happened).toEqual(["over", "lost"]);

    const hung = openLine({ ...quick, pollWaitMs: 60_000 });
    const abort = new AbortController();
    const next = hung.line.next(abort.signal);
    abort.abort();
    await next;
    expect(hung.happened).toEqual(["over", "lost"]);
  });

  test("a first answer may be longer than what may wait: it is a replay", async () => {
    const { line, happened } = openLine();
    line.frame("x".repeat(1_000));
    expect((await line.next(staying())).frames).toHaveLength(1);
    expect(happened).toEqual([]);
  });

  test("asked twice at a time, it answers the first with what there is, and goes on with the second", async () => {
    const { line, happened } = openLine({ ...quick, pollWaitMs: 60_000, pollParkMs: 60_000 });
    const first = line.next(staying());
    const second = line.next(staying());
    expect(await first).toEqual({ frames: [] });
    line.frame("one");
    expect(await second).toEqual({ frames: ["one"] });
    expect(happened).toEqual([]);
  });
});
