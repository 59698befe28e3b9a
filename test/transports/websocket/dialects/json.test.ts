import { describe, expect, test } from "bun:test";
import { camel } from "../../../../src/transports/websocket/dialects/camel.ts";
import { classic, userStatus } from "../../../../src/transports/websocket/dialects/classic.ts";
import type { Answer } from "../../../../src/transports/websocket/dialects/dialect.ts";
import { changeOf } from "../../../../src/transports/websocket/dialects/json.ts";
import { everythingAnswered, everythingTold, firstOf, hostile } from "../../../support/broadcasts.ts";
import { openHouse } from "../../../support/house.ts";

interface Frame {
  type: string;
  data: Record<string, unknown>;
  [field: string]: unknown;
}

const dialects = [camel, classic];
const parse = (text: string) => JSON.parse(text) as Frame;

/** Every key at every depth; the names in maps by name or id are not keys of the protocol. */
function keysOf(value: unknown, under = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keysOf(item));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const isMap = under === "data" && /^(alice|bob|charlie|diana|\d+)$/.test(key);
    return [...(isMap ? [] : [key]), ...keysOf(item, key)];
  });
}

function answerOf(all: readonly Answer[], type: Answer["type"]): Answer {
  const found = all.find((answer) => answer.type === type);
  if (!found) throw new Error(`no answer of type ${type}`);
  return found;
}

describe.each(dialects)("the $name dialect", (dialect) => {
  test("says everything in whole JSON objects with a type, and as often as it is asked in the same bytes", () => {
    using house = openHouse();
    for (const broadcast of everythingTold(house)) {
      const before = JSON.stringify(broadcast);
      const frames = dialect.encode(broadcast);
      expect(dialect.encode(broadcast)).toEqual(frames);
      expect(JSON.stringify(broadcast)).toBe(before);
      for (const frame of frames) expect(parse(frame).type).toMatch(/^[a-z_]+$/);
    }
    for (const answer of everythingAnswered(house)) expect(dialect.answer(answer)).toBe(dialect.answer(answer));
  });

  test("says what others wrote as it was written", () => {
    using house = openHouse();
    const told = everythingTold(house).flatMap((broadcast) => dialect.encode(broadcast).map(parse));
    expect(told.some(({ data }) => data.text === `*so* @alice ${hostile}`)).toBe(true);
    expect(told.some(({ data }) => data.delta === hostile)).toBe(true);
  });

  test("says times in UTC, ISO 8601", () => {
    using house = openHouse();
    const times = everythingTold(house)
      .flatMap((broadcast) => dialect.encode(broadcast).map(parse))
      .flatMap(({ data }) => Object.entries(data))
      .filter(([key, time]) => /timestamp|(_at|At)$/.test(key) && time !== null);
    expect(times.length).toBeGreaterThan(10);
    for (const [, time] of times) expect(time).toMatch(/^2026-01-05T09:00:0\d\.\d{3}Z$/);
  });

  test("says nothing of an answer that is still being written, until it is finished", () => {
    using house = openHouse();
    const told = everythingTold(house);
    const streaming = told.filter((broadcast) => broadcast.type === "posted" && broadcast.message.streaming);
    expect(streaming).toHaveLength(1);
    expect(streaming.flatMap((broadcast) => dialect.encode(broadcast))).toEqual([]);
    expect(dialect.encode(firstOf(told, "finished"))).toHaveLength(1);
  });

  test("says nothing of the page's own lists", () => {
    using house = openHouse();
    const lists = everythingTold(house).filter(({ type }) => ["people", "roster", "room"].includes(type));
    expect(lists.length).toBeGreaterThanOrEqual(4);
    expect(lists.flatMap((broadcast) => dialect.encode(broadcast))).toEqual([]);
  });

  test("puts several frames of one moment into one, with nothing lost", () => {
    using house = openHouse();
    const frames = everythingTold(house).flatMap((broadcast) => dialect.encode(broadcast));
    expect(parse(dialect.join(frames, 9))).toEqual({ type: "batch", data: frames.map(parse) } as never);
  });

  test("tells an edit by its text, and a deletion without it", () => {
    using house = openHouse();
    const told = everythingTold(house);
    const [edited, deleted] = [firstOf(told, "edited"), firstOf(told, "deleted")].map((broadcast) =>
      parse(dialect.encode(broadcast)[0] ?? ""),
    );
    expect(edited).toMatchObject({ type: "message_update", data: { text: "/assign bob 'it'", room: "general" } });
    expect(deleted?.type).toBe("message_update");
    expect(JSON.stringify(deleted)).not.toContain("assign");
    expect(keysOf(deleted)).toContain(dialect === camel ? "deletedAt" : "deleted_at");
  });

  test("tells each step of a task, and its completion once more by itself", () => {
    using house = openHouse();
    const steps = everythingTold(house).flatMap((broadcast) =>
      broadcast.type === "task" ? [dialect.encode(broadcast).map(parse)] : [],
    );
    const changes = steps.map((frames) => frames.find(({ type }) => type === "task_notification")?.data.type);
    expect(changes).toEqual([
      "assigned",
      "started",
      "assigned",
      "started",
      "progress",
      "completed",
      "assigned",
      "failed",
      "assigned",
      "stopped",
      "assigned",
      "started",
      "progress",
    ]);
    const completions = steps.map((frames) => frames.filter(({ type }) => type === "task_completion").length);
    expect(completions).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe("the camel dialect", () => {
  test("has no key with an underscore", () => {
    using house = openHouse();
    const frames = [
      ...everythingTold(house).flatMap((broadcast) => camel.encode(broadcast)),
      ...everythingAnswered(house).map((answer) => camel.answer(answer)),
    ];
    expect(
      frames
        .map(parse)
        .flatMap((frame) => keysOf(frame))
        .filter((key) => key.includes("_")),
    ).toEqual([]);
  });

  test("calls what agents say agent_response, under their bare names", () => {
    using house = openHouse();
    const finished = parse(camel.encode(firstOf(everythingTold(house), "finished"))[0] ?? "");
    expect(finished).toMatchObject({ type: "agent_response", data: { sender: "alice" } });
  });

  test("tells a refusal as an error, with when to retry and which message it was about", () => {
    using house = openHouse();
    const [soft, closing] = everythingAnswered(house)
      .filter(({ type }) => type === "error")
      .map((answer) => parse(camel.answer(answer)));
    expect(soft).toMatchObject({ type: "error", data: { code: "RATE_LIMITED", message: hostile, retryAfter: 250 } });
    expect(soft?.data).not.toHaveProperty("clientId");
    expect(closing).toMatchObject({ type: "error", data: { code: "AUTH_TIMEOUT", clientId: "c" } });
  });

  test("tells who is away when they were last seen, and of those who are here nothing of it", () => {
    using house = openHouse();
    const [came, left] = everythingTold(house)
      .filter(({ type }) => type === "presence")
      .map((broadcast) => parse(camel.encode(broadcast)[0] ?? ""));
    expect(came?.data).toEqual({ userId: "mira", status: "online" });
    expect(left?.data).toEqual({ userId: "mira", status: "offline", lastSeen: "2026-01-05T09:00:00.000Z" });
  });
});

describe("the classic dialect", () => {
  test("has no key in camel case but retryAfter, at any depth", () => {
    using house = openHouse();
    const frames = [
      ...everythingTold(house).flatMap((broadcast) => classic.encode(broadcast)),
      ...everythingAnswered(house).map((answer) => classic.answer(answer)),
    ];
    const camelCased = frames
      .map(parse)
      .flatMap((frame) => keysOf(frame))
      .filter((key) => /[a-z][A-Z]/.test(key));
    expect(new Set(camelCased)).toEqual(new Set(["retryAfter"]));
  });

  test("marks what agents say, and calls them by their name with -bot", () => {
    using house = openHouse();
    const told = everythingTold(house);
    const [first] = told;
    if (!first) throw new Error("nothing told");
    expect(parse(classic.encode(first)[0] ?? "")).toMatchObject({
      type: "chat_message",
      data: { sender: "mira", is_bot_message: false, is_command: false, client_id: '"><b>' },
    });
    expect(parse(classic.encode(firstOf(told, "finished"))[0] ?? "")).toMatchObject({
      type: "chat_message",
      data: { sender: "alice-bot", is_bot_message: true },
    });
    expect(parse(userStatus(house.agent("alice"), "connected", 0)).data).toEqual({
      user_id: "alice-bot",
      status: "connected",
      role: "developer-bot",
      timestamp: "1970-01-01T00:00:00.000Z",
    });
  });

  test("says error only when the socket is about to close, because its clients take it as the end", () => {
    using house = openHouse();
    const all = everythingAnswered(house);
    const types = all.map(
      (answer) => [parse(classic.answer(answer)).type, "closing" in answer && answer.closing] as const,
    );
    expect(types.filter(([type]) => type === "error")).toEqual([
      ["error", false],
      ["error", true],
    ]);
    const failed = parse(classic.answer(answerOf(all, "auth_failed")));
    expect(failed).toMatchObject({ type: "error", message: hostile, data: { code: "RATE_LIMITED" } });
    const soft = all.filter(({ type }) => type === "error").map((answer) => parse(classic.answer(answer)))[0];
    expect(soft).toMatchObject({ type: "notice", message: hostile, data: { retryAfter: 250 } });
  });

  test("answers flat where its clients look at top level", () => {
    using house = openHouse();
    const all = everythingAnswered(house);
    expect(parse(classic.answer(answerOf(all, "authenticated")))).toMatchObject({
      type: "auth_success",
      user_id: "mira",
      seq: 7,
    });
    expect(parse(classic.answer(answerOf(all, "pong")))).toMatchObject({
      type: "pong",
      timestamp: "2026-01-05T09:00:00.000Z",
    });
    expect(parse(classic.answer(answerOf(all, "message_sent")))).toMatchObject({
      data: { id: 9, agent_name: "alice" },
    });
    expect(parse(classic.answer(answerOf(all, "notice")))).toMatchObject({
      type: "chat_message",
      data: { id: -1, sender: "system" },
    });
  });

  test("keeps the names that maps are keyed by as they are", () => {
    using house = openHouse();
    const all = everythingAnswered(house);
    expect(Object.keys(parse(classic.answer(answerOf(all, "agent_statuses"))).data)).toEqual([
      "alice",
      "bob",
      "charlie",
      "diana",
    ]);
    expect(Object.values(parse(classic.answer(answerOf(all, "active_tasks"))).data)).toMatchObject([
      { task_description: "fix it" },
    ]);
  });
});

test("every state of a task is told by a word of the protocol", () => {
  using house = openHouse();
  const task = house.work(house.person("mira"), "alice", "fix it");
  const words = (["queued", "accepted", "working", "stuck", "completed", "failed", "cancelled"] as const).map((state) =>
    changeOf({ ...task, state }),
  );
  expect(words).toEqual(["assigned", "started", "progress", "progress", "completed", "failed", "stopped"]);
});
