import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Refusal } from "../../../../src/errors.ts";
import { clientIdOf, decode, parseFrame } from "../../../../src/transports/websocket/dialects/decode.ts";
import { refusalOf, refused } from "../../../support/house.ts";

type Fields = Record<string, unknown>;

const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const inSnake = (fields: Fields) =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [snake(key), value]));

/** One frame of each type, in camel case, and what it asks for. */
const frames: [string, Fields, Fields][] = [
  [
    "auth",
    {
      userId: " mira ",
      role: "designer",
      method: "development",
      sessionToken: "s",
      lastSeq: 7,
      epoch: "e",
      subscribe: ["agents"],
      batch: true,
    },
    {
      userId: "mira",
      role: "designer",
      method: "development",
      sessionToken: "s",
      otherCredential: undefined,
      lastSeq: 7,
      epoch: "e",
      subscribe: ["agents"],
      batch: true,
    },
  ],
  [
    "message",
    { text: "hi", room: "ops", replyTo: 5, clientId: "c" },
    { type: "post", text: "hi", files: [], room: "ops", replyTo: 5, clientId: "c", echoId: null },
  ],
  [
    "chat_message",
    { text: "hi" },
    { type: "post", text: "hi", files: [], room: undefined, replyTo: null, clientId: null, echoId: null },
  ],
  ["ping", { at: 12 }, { at: 12 }],
  ["typing", { isTyping: true, room: "ops" }, { isTyping: true, room: "ops" }],
  ["subscribe", { topics: ["agents", "room:ops"] }, { topics: ["agents", "room:ops"] }],
  ["unsubscribe", { topics: [] }, { topics: [] }],
  ["subscribe_agent", { agentName: " alice " }, { name: "alice" }],
  ["unsubscribe_agent", { agentName: "alice" }, { name: "alice" }],
  ["get_agent_status", { agentName: "alice" }, { type: "agent_status", name: "alice" }],
  ["get_active_tasks", {}, { type: "active_tasks" }],
  [
    "send_agent_message",
    { agentName: "alice", message: "go", clientId: "c" },
    { type: "agent_message", name: "alice", text: "go", clientId: "c" },
  ],
  [
    "get_chat_history",
    { conversationId: "ops", limit: 9, before: 4 },
    { type: "history", conversation: "ops", limit: 9, before: 4 },
  ],
  ["edit_message", { id: 3, text: "x" }, { type: "edit", id: 3, text: "x" }],
  ["delete_message", { id: 3 }, { type: "delete", id: 3 }],
  ["task", { id: 3, action: "cancel" }, { id: 3, action: "cancel" }],
  ["task", { id: 3, action: "resume" }, { id: 3, action: "resume" }],
  ["resume", { room: "general", lastSeq: 3, epoch: "e" }, { room: "general", lastSeq: 3, epoch: "e" }],
];

describe("every frame", () => {
  test.each(frames)(
    "%s means the same at top level and under data, in camel and in snake case",
    (type, fields, command) => {
      const expected = { type, ...command };
      for (const spelt of [fields, inSnake(fields)]) {
        expect(decode({ type, ...spelt })).toEqual(expected as never);
        expect(decode({ type, data: spelt })).toEqual(expected as never);
        expect(decode({ type, data: { ...spelt, unheardOf: 1 }, more: {} })).toEqual(expected as never);
      }
    },
  );

  test("that says something twice means what stands under data", () => {
    expect(decode({ type: "message", text: "outer", data: { text: "inner" } })).toMatchObject({ text: "inner" });
  });
});

describe("auth", () => {
  const auth = (fields: Fields) => decode({ type: "auth", data: fields });
  const nothing = { role: "user", subscribe: [], batch: false };

  test("may say nothing at all: who it is may be known by a cookie", () => {
    expect(auth({})).toMatchObject(nothing);
    expect(auth({ userId: null, role: "", subscribe: null, batch: null, lastSeq: null })).toMatchObject(nothing);
    expect(auth({ userId: "  " })).toMatchObject({ userId: undefined });
  });

  test("takes a numeric user id, a guest id, and text where a flag or number is meant", () => {
    expect(auth({ userId: 42 })).toMatchObject({ userId: "42" });
    expect(auth({ guestId: "gil" })).toMatchObject({ userId: "gil" });
    expect(auth({ batch: "true", lastSeq: "9" })).toMatchObject({ batch: true, lastSeq: 9 });
  });

  test("carries what was shown, in either spelling", () => {
    expect(auth({ token: "t" })).toMatchObject({ token: "t", apiKey: undefined });
    expect(auth({ api_key: "k", session_token: "s" })).toMatchObject({ apiKey: "k", sessionToken: "s" });
  });
});

describe("a message", () => {
  const post = (fields: Fields) => decode({ type: "message", data: fields });

  test("keeps its text as it is, even an empty one: that is for the room to refuse", () => {
    expect(post({ text: "" })).toMatchObject({ text: "" });
    expect(post({ text: "  x " })).toMatchObject({ text: "  x " });
  });

  test("from a form has text where numbers are meant, and empty fields where nothing is meant", () => {
    expect(post({ text: "x", replyTo: "17", room: "", clientId: "" })).toEqual({
      type: "post",
      text: "x",
      files: [],
      room: undefined,
      replyTo: 17,
      clientId: null,
      echoId: null,
    });
    expect(post({ text: "x", replyTo: "" })).toMatchObject({ replyTo: null });
  });

  test("may have files, as a list or in one field of a form, and then needs no words", () => {
    expect(post({ text: "x", files: ["a", "b"] })).toMatchObject({ text: "x", files: ["a", "b"] });
    expect(post({ files: "a b" })).toMatchObject({ text: "", files: ["a", "b"] });
    for (const files of ["", " ", [], null]) expect(refused(() => post({ files }))).toBe("INVALID_MESSAGE");
    for (const files of [7, {}, [7], [["a"]], ["x".repeat(65)], "a ".repeat(101)])
      expect(refused(() => post({ text: "x", files }))).toBe("INVALID_MESSAGE");
  });

  test("with the client's own id only echoes it; a clientId goes before it", () => {
    expect(post({ text: "x", id: 7 })).toMatchObject({ clientId: null, echoId: 7 });
    expect(post({ text: "x", id: "a", clientId: "c" })).toMatchObject({ clientId: "c", echoId: null });
  });

  test.each(["abc", 0, -1, 1.5, "1e400"])("cannot answer %p, which is no message", (replyTo) => {
    expect(refused(() => post({ text: "x", replyTo }))).toBe("NOT_FOUND");
  });
});

describe("defaults", () => {
  test("are those of the protocol", () => {
    expect(decode({ type: "get_chat_history" })).toEqual({ type: "history", conversation: "main", limit: 50 });
    expect(decode({ type: "typing" })).toEqual({ type: "typing", room: undefined, isTyping: false });
    expect(decode({ type: "get_agent_status" })).toEqual({ type: "agent_status", name: undefined });
    expect(decode({ type: "ping" })).toEqual({ type: "ping", at: undefined });
  });
});

describe("what is refused", () => {
  test.each<[Fields, string]>([
    [{}, "INVALID_MESSAGE"],
    [{ type: 5 }, "INVALID_MESSAGE"],
    [{ type: "dance" }, "UNKNOWN_MESSAGE_TYPE"],
    [{ type: "constructor" }, "UNKNOWN_MESSAGE_TYPE"],
    [{ type: "__proto__" }, "UNKNOWN_MESSAGE_TYPE"],
    [{ type: "react", id: 1 }, "UNKNOWN_MESSAGE_TYPE"],
    [{ type: "message" }, "INVALID_MESSAGE"],
    [{ type: "message", text: 5 }, "INVALID_MESSAGE"],
    [{ type: "message", text: "x", id: "i".repeat(65) }, "INVALID_MESSAGE"],
    [{ type: "typing", isTyping: "perhaps" }, "INVALID_MESSAGE"],
    [{ type: "subscribe" }, "INVALID_MESSAGE"],
    [{ type: "subscribe", topics: 5 }, "INVALID_MESSAGE"],
    [{ type: "subscribe", topics: Array(129).fill("x") }, "INVALID_MESSAGE"],
    [{ type: "subscribe_agent", agentName: " " }, "INVALID_MESSAGE"],
    [{ type: "get_chat_history", limit: 201 }, "INVALID_MESSAGE"],
    [{ type: "get_chat_history", limit: 0 }, "INVALID_MESSAGE"],
    [{ type: "get_chat_history", before: -1 }, "INVALID_MESSAGE"],
    [{ type: "edit_message", id: "x", text: "y" }, "INVALID_MESSAGE"],
    [{ type: "delete_message", id: 2 ** 60 }, "INVALID_MESSAGE"],
    [{ type: "task", id: 1, action: "explode" }, "INVALID_MESSAGE"],
    [{ type: "resume" }, "INVALID_MESSAGE"],
    [{ type: "auth", lastSeq: -1 }, "INVALID_MESSAGE"],
    [{ type: "auth", lastSeq: "0x3" }, "INVALID_MESSAGE"],
    [{ type: "resume", room: "general", lastSeq: " 3" }, "INVALID_MESSAGE"],
    [{ type: "get_chat_history", limit: "1e1" }, "INVALID_MESSAGE"],
    [{ type: "get_chat_history", before: "4.0" }, "INVALID_MESSAGE"],
    [{ type: "get_chat_history", after: true }, "INVALID_MESSAGE"],
    [{ type: "edit_message", id: "0x3", text: "y" }, "INVALID_MESSAGE"],
    [{ type: "delete_message", id: "03" }, "INVALID_MESSAGE"],
    [{ type: "task", id: " 3", action: "cancel" }, "INVALID_MESSAGE"],
    [{ type: "message", text: "x", replyTo: "0x3" }, "NOT_FOUND"],
    [{ type: "message", text: "x", replyTo: "3.0" }, "NOT_FOUND"],
  ])("%j is %s", (frame, code) => {
    expect(refused(() => decode(frame))).toBe(code as never);
  });

  test("names the field that is wrong, and repeats no more than a little", () => {
    expect(refusalOf(() => decode({ type: "edit_message", data: { id: 3 } })).message).toStartWith('"text": ');
    expect(refusalOf(() => decode({ type: "x".repeat(10_000) })).message.length).toBeLessThan(120);
  });

  test.each(["", "{", "hello", "undefined", '{"a":}'])("%j is no JSON", (raw) => {
    expect(refused(() => parseFrame(raw))).toBe("INVALID_JSON");
  });

  test.each(["null", "5", '"text"', "[]", "true"])("%s is JSON, and no frame", (raw) => {
    expect(refused(() => parseFrame(raw))).toBe("INVALID_MESSAGE");
  });
});

test("the client's own id of a frame is known whatever else is wrong with it", () => {
  expect(clientIdOf({ type: "nonsense", data: { clientId: "c", id: 5 } })).toBe("c");
  expect(clientIdOf({ client_id: "c" })).toBe("c");
  expect(clientIdOf({ id: 5 })).toBe(5);
  expect(clientIdOf({ clientId: "x".repeat(65), id: {} })).toBeNull();
});

test("whatever arrives: a command or a refusal, and no prototype is touched", () => {
  const key = fc.constantFrom(
    "type",
    "data",
    "text",
    "id",
    "topics",
    "userId",
    "user_id",
    "limit",
    "__proto__",
    "room",
    "agent_name",
  );
  const value = fc.oneof(fc.constantFrom(...frames.map(([type]) => type)), fc.jsonValue({ maxDepth: 2 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value), { maxLength: 6 }), (pairs) => {
      const raw = `{${pairs.map(([name, given]) => `${JSON.stringify(name)}:${JSON.stringify(given)}`).join()}}`;
      try {
        expect(typeof decode(parseFrame(raw)).type).toBe("string");
      } catch (thrown) {
        if (!(thrown instanceof Refusal)) throw thrown;
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});
