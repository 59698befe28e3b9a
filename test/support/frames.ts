import fc from "fast-check";

/** Frames that nobody should send: what comes in over the wire, as text or as bytes. */

/** Values that have broken parsers before. As JSON text, because some of them cannot be said otherwise. */
const strange = [
  "null",
  "true",
  '""',
  '" "',
  "0",
  "-0",
  "-1",
  "1.5",
  "1e308",
  "1e999",
  "9007199254740993",
  "-9223372036854775809",
  '"NaN"',
  '"Infinity"',
  '"1e3"',
  '"0x10"',
  "[]",
  "[[[[]]]]",
  "{}",
  '{"toString":1,"valueOf":"x"}',
  '{"__proto__":{"text":"polluted"}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '"__proto__"',
  '"constructor"',
  '"hasOwnProperty"',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800 x"',
  '"\\u202e\\u2066gnp.exe\\u2069"',
  '"\\ufeff\\u200b\\u200d\\u2028\\u2029"',
  '"\\u0007\\u001b[2J\\u0085\\u009f"',
  '"%s%n%x"',
  `"'; DROP TABLE messages; --"`,
  '"<img src=x onerror=alert(1)>"',
  '"../../etc/passwd"',
  '"@alice @alice-bot @team @everyone"',
  '"\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u0301\u0301\u0301"',
  `"${"a".repeat(200)}"`,
  `"${"@a".repeat(3_900)}"`,
  `"${"*_`[".repeat(1_900)}"`,
  `"${"x".repeat(8_001)}"`,
  `[${"1,".repeat(500)}1]`,
] as const;

const fields = {
  auth: [
    "userId",
    "user_id",
    "role",
    "method",
    "token",
    "apiKey",
    "sessionToken",
    "lastSeq",
    "epoch",
    "subscribe",
    "batch",
  ],
  message: ["text", "id", "clientId", "client_id", "mentions", "replyTo", "reply_to", "room", "data"],
  chat_message: ["text", "client_id", "reply_to", "room", "data"],
  ping: ["at", "timestamp"],
  typing: ["isTyping", "is_typing", "room"],
  subscribe: ["topics"],
  unsubscribe: ["topics"],
  subscribe_agent: ["agentName", "agent_name"],
  unsubscribe_agent: ["agentName"],
  get_agent_status: ["agentName"],
  get_active_tasks: ["filter"],
  send_agent_message: ["agentName", "message", "clientId"],
  get_chat_history: ["conversationId", "conversation_id", "limit", "before", "after"],
  edit_message: ["id", "text"],
  delete_message: ["id"],
  react: ["id", "emoji"],
  mark_read: ["id"],
  refresh_token: ["token"],
  task: ["id", "action"],
  approval_response: ["id", "option", "text", "shown"],
  resume: ["room", "lastSeq", "epoch"],
} satisfies Record<string, string[]>;

/** What would be right, or nearly. */
const usual = [
  '"general"',
  '"alice"',
  '"hello"',
  "1",
  "7",
  "50",
  "true",
  '["presence","agents"]',
  '["room:general"]',
  '"complete"',
  '"mira"',
];

const value = fc.oneof(
  { arbitrary: fc.constantFrom(...usual), weight: 4 },
  { arbitrary: fc.constantFrom(...strange), weight: 4 },
  { arbitrary: fc.integer().map(String), weight: 1 },
  { arbitrary: fc.double().map((number) => JSON.stringify(number)), weight: 1 },
  { arbitrary: fc.string({ unit: "binary", maxLength: 60 }).map((text) => JSON.stringify(text)), weight: 2 },
  { arbitrary: fc.json({ maxDepth: 3 }), weight: 1 },
);

/** A frame of a known type with some of its fields right, wrong, missing, doubled, at top level or under `data`. */
const nearlyValid = fc
  .constantFrom(...Object.entries(fields))
  .chain(([type, names]) =>
    fc.record({
      type: fc.oneof({ arbitrary: fc.constant(JSON.stringify(type)), weight: 9 }, fc.constantFrom(...strange)),
      given: fc.array(fc.tuple(fc.constantFrom(...names, "type", "data", "__proto__", "constructor"), value), {
        maxLength: 6,
      }),
      nested: fc.boolean(),
    }),
  )
  .map(({ type, given, nested }) => {
    const inner = given.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",");
    if (nested) return `{"type":${type},"data":{${inner}}}`;
    return inner === "" ? `{"type":${type}}` : `{"type":${type},${inner}}`;
  });

const deep = fc
  .tuple(fc.constantFrom("[", '{"data":', '{"type":'), fc.integer({ min: 100, max: 6_000 }))
  .map(([opening, depth]) => opening.repeat(depth));

const anyText = fc.oneof(fc.json(), fc.string({ unit: "binary", maxLength: 200 }), fc.constantFrom(...strange), deep);

/** One thing done to a socket. */
export type Move =
  | { readonly do: "text"; readonly text: string }
  /** In pieces, each a frame of its own. */
  | { readonly do: "fragments"; readonly text: string; readonly size: number }
  | { readonly do: "frame"; readonly opcode: number; readonly payload: Buffer }
  /** A text of so many bytes, or only the promise of it. */
  | { readonly do: "large"; readonly bytes: number }
  | { readonly do: "promise"; readonly bytes: number };

const move: fc.Arbitrary<Move> = fc.oneof(
  { arbitrary: nearlyValid.map((text): Move => ({ do: "text", text })), weight: 70 },
  { arbitrary: anyText.map((text): Move => ({ do: "text", text })), weight: 18 },
  {
    arbitrary: fc
      .tuple(nearlyValid, fc.integer({ min: 1, max: 40 }))
      .map(([text, size]): Move => ({ do: "fragments", text, size })),
    weight: 8,
  },
  {
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 15 }), fc.uint8Array({ maxLength: 130 }))
      .map(([opcode, bytes]): Move => ({ do: "frame", opcode, payload: Buffer.from(bytes) })),
    weight: 3,
  },
  {
    arbitrary: fc
      .constantFrom(65_535, 65_537, 200_000, 1_048_577)
      .chain((bytes) => fc.constantFrom<Move>({ do: "large", bytes }, { do: "promise", bytes: bytes * 16 })),
    weight: 1,
  },
);

/** So many moves; the same seed gives the same ones. */
export function moves(count: number, seed: number): Move[] {
  return fc.sample(move, { numRuns: count, seed });
}
