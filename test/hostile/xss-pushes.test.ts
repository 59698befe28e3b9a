import { expect, test } from "bun:test";
import fc from "fast-check";
import { html, replay, snapshot } from "../../src/transports/websocket/dialects/html.tsx";
import { everythingTold, ofType } from "../support/broadcasts.ts";
import { openHouse } from "../support/house.ts";
import { learn, offences } from "../support/judge.ts";
import { corpus } from "../support/payloads/corpus.ts";
import { slippery } from "../support/payloads/naughty.ts";

/** Everything a page is told when somebody says something: live, as what it missed, and in the middle of an answer. */
function pushes(words: string): string[] {
  using house = openHouse();
  const all = everythingTold(house, words);
  const member = { ...house.person("mira"), title: words };
  const online = html.encode({
    type: "people",
    seq: 0,
    people: [{ member, online: true, lastSeen: null }],
    all: false,
    online: 1,
  });
  const [answer] = ofType(all, "finished");
  return [
    html.join([...all.flatMap(html.encode), ...online], 1),
    replay(all, 2),
    answer ? snapshot({ ...answer.message, streaming: true }, words, null) : "",
  ];
}

const known = learn(
  ["plain", "**bold** @alice", "x".repeat(1_500), "two\n\nlines", "what hid\u202ees, ünd more"].flatMap(pushes),
);

const pieces = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...corpus) },
  { weight: 1, arbitrary: fc.constantFrom(...slippery, "\n\n", "```", "<", '"', "'", "&", " @alice ", "](", "\u0000") },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
);
/** Words that one can say. */
const words = fc
  .array(pieces, { minLength: 1, maxLength: 3 })
  .map((several) => several.join(""))
  .filter((text) => /[\p{L}\p{N}]/u.test(text) && text.length <= 200);

test("whatever somebody says, the elements, ids and hx-attributes of what is pushed are ours, and what Markdown makes", () => {
  const property = fc.property(words, (said) => {
    expect([...new Set(pushes(said).flatMap((push) => offences(push, known)))]).toEqual([]);
  });
  fc.assert(property, { numRuns: 60 });
}, 20_000);
