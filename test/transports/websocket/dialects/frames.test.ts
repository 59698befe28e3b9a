import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { accepted } from "../../../../src/transports/websocket/dialects/accepted.ts";
import { camel } from "../../../../src/transports/websocket/dialects/camel.ts";
import { classic, userStatus } from "../../../../src/transports/websocket/dialects/classic.ts";
import { decode } from "../../../../src/transports/websocket/dialects/decode.ts";
import { chatFrames } from "../../../../src/transports/websocket/dialects/frames.ts";
import { respelled } from "../../../../src/transports/websocket/dialects/respelled.ts";
import { everythingAnswered, everythingTold } from "../../../support/broadcasts.ts";
import type { Frame } from "../../../support/client.ts";
import { undocumented } from "../../../support/documented-frames.ts";
import { openHouse } from "../../../support/house.ts";

const dialects = { camel, classic };

/** Everything a dialect can say, of a house in which everything happened. */
function everything(name: keyof typeof dialects): Frame[] {
  using house = openHouse();
  const dialect = dialects[name];
  const told = everythingTold(house).flatMap((broadcast) => dialect.encode(broadcast));
  const answered = everythingAnswered(house).map((answer) => dialect.answer(answer));
  const here = name === "classic" ? [userStatus(house.agent("alice"), "connected", house.clock.now())] : [];
  const frames = [...told, ...answered, ...here];
  return [...frames, dialect.join(frames.slice(0, 3), 0)].map((frame) => JSON.parse(frame) as Frame);
}

describe.each(["camel", "classic"] as const)("what the %s dialect says", (name) => {
  test("is documented, field by field", () => {
    expect(everything(name).map((frame) => undocumented(name, frame) ?? "")).toEqual(everything(name).map(() => ""));
  });

  test("is everything that is documented", () => {
    const said = new Set(everything(name).map(({ type }) => type));
    expect(Object.keys(chatFrames[name].serverSends).filter((type) => !said.has(type))).toEqual([]);
  });

  test("is not documented when it has a field too many, lacks one, or is of another type", () => {
    const [frame] = everything(name).filter(({ type }) => type === "typing");
    if (!frame) throw new Error("nobody typed");
    expect(undocumented(name, frame)).toBeUndefined();
    expect(undocumented(name, { ...frame, data: { ...frame.data, mood: "good" } })).toContain("mood");
    expect(undocumented(name, { ...frame, data: { room: "general" } })).toContain("documented otherwise");
    expect(undocumented(name, { ...frame, type: "typed" })).toContain("no document knows");
  });
});

/** Something of every type that a client may say, in the camel dialect. */
const samples: Record<string, object> = {
  auth: { userId: "mira", role: "Developer", lastSeq: 7, epoch: "e", subscribe: ["tasks"], batch: true },
  message: { text: "hello", clientId: "c-1", replyTo: 3, room: "general", files: ["00"] },
  ping: {},
  typing: { room: "general", isTyping: true },
  subscribe: { topics: ["presence", "room:ops"] },
  unsubscribe: { topics: ["presence"] },
  subscribe_agent: { agentName: "alice" },
  unsubscribe_agent: { agentName: "alice" },
  get_agent_status: { agentName: "alice" },
  get_active_tasks: {},
  send_agent_message: { agentName: "alice", message: "fix it", clientId: "c-2" },
  get_chat_history: { conversationId: "main", limit: 20, before: 9 },
  refresh_token: { token: "t" },
  edit_message: { id: 4, text: "hello!" },
  delete_message: { id: 4 },
  task: { id: 5, action: "complete" },
  approval_response: { id: 6, option: "once", shown: "5f2b7d0c9a4e4c1d8b3f6e7a01c2d3e4" },
  report: { reconnected: true, queued: 2, latency: 12.5 },
};

const snake = (fields: object) =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key.replace(/[A-Z]/g, (at) => `_${at.toLowerCase()}`), value]),
  );

describe("what clients may say", () => {
  test("is documented in both dialects, but for what is the page's alone and what is another name for the same", () => {
    const types = Object.keys(accepted).filter((type) => type !== "resume");
    const said = (name: keyof typeof chatFrames) => Object.keys(chatFrames[name].clientSends);
    expect(new Set([...said("camel"), "chat_message"])).toEqual(new Set(types));
    expect(new Set([...said("classic"), "message"])).toEqual(new Set(types));
  });

  test.each(Object.keys(chatFrames.camel.clientSends))(
    "%s is understood as it is documented, in both dialects",
    (type) => {
      const fields = samples[type];
      if (!fields) throw new Error(`what would a ${type} frame say?`);
      const older = type === "message" ? "chat_message" : type;
      const nested = Object.keys(fields).length === 0 ? { type } : { type, data: fields };
      const flat = { type: older, ...snake(fields) };
      expect(chatFrames.camel.clientSends[type]?.safeParse(nested).error).toBeUndefined();
      expect(chatFrames.classic.clientSends[older]?.safeParse(flat).error).toBeUndefined();
      expect(decode(flat)).toEqual(decode(nested));
    },
  );
});

test("a shape is respelled at every depth, and what has a name of its own is left alone", () => {
  const named = z.strictObject({ innerName: z.string() }).meta({ id: "LeftAlone" });
  const shape = z.strictObject({
    oneWord: z.array(z.strictObject({ twoWords: z.string().nullable() })).optional(),
    byName: z.record(z.string(), z.union([z.strictObject({ isSo: z.boolean() }), named])),
  });
  const said = { one_word: [{ two_words: null }], by_name: { aName: { is_so: true }, another: { innerName: "x" } } };
  expect(respelled<z.ZodType>(shape).parse(said)).toEqual(said);
  expect(respelled<z.ZodType>(shape).safeParse({ byName: {} }).success).toBe(false);
});
