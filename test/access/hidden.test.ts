import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openWorld, type Who, type World } from "./cast.ts";
import { newName } from "./fresh.ts";
import { rows, titleOf } from "./rows/all.ts";
import type { Asked } from "./send.ts";
import { form, json, type Place } from "./table.ts";

/** Who is not in #vault, but may do much elsewhere. */
const outside: Who[] = ["outsider", "owner", "agentElsewhere", "agentBlind"];

let world: World;
let vault: Place;
let direct: Place;
const nowhere: Place = { slug: "no-such-room", messageId: 9_999_999 };
beforeAll(async () => {
  world = await openWorld();
  vault = { slug: world.vault, messageId: await world.say(world.vault) };
  direct = { slug: world.direct, messageId: await world.say(world.direct) };
});
afterAll(() => world.stop());

/** An answer as whoever asked sees it, but for the time and the number that they asked with. */
async function answer(who: Who, asked: Asked, ...own: number[]): Promise<[number, string]> {
  const { seq } = world.written;
  const { status, text } = await world.ask(world.as(who), asked);
  if (status >= 400) expect(world.written.since(seq)).toEqual([]);
  const timeless = text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "T");
  return [status, own.reduce((words, number) => words.replaceAll(String(number), "N"), timeless)];
}

describe("to who is not in them, private rooms and conversations of others are as if they were not", () => {
  const ofRooms = rows.filter(({ inPrivate }) => inPrivate);
  test.each(ofRooms.map((row) => [titleOf(row), row] as const))("%s", async (_, row) => {
    for (const who of outside) {
      const ask = async (place: Place) => answer(who, await row.ask(world, world.as(who), place));
      const never = await ask(nowhere);
      expect([who, await ask(vault)]).toEqual([who, never]);
      expect([who, await ask(direct)]).toEqual([who, never]);
      // Where a key may do nothing of the kind, it may not in a room that is not there either.
      expect([403, 404]).toContain(never[0]);
      // A page is closed to keys for certain rooms, whichever room it is of.
      const isPage = row.answers.nobody === 303;
      if (who !== "agentBlind" && !(isPage && who.startsWith("agent"))) expect(never[0]).toBe(404);
    }
  });
});

/** Rooms and messages that stand inside a request, not in its address. `inside` may, and gets `status`. */
interface Inner {
  readonly what: string;
  readonly who: Who;
  readonly inside: readonly [Who, number];
  readonly ask: (place: Place, roomId: number) => Asked;
}

const inner: readonly Inner[] = [
  {
    what: "an answer in #general to a message that was written elsewhere",
    who: "outsider",
    inside: ["developer", 404],
    ask: ({ messageId }) => form("/rooms/general/messages", { text: "yes", replyTo: String(messageId) }),
  },
  {
    what: "the same over the API",
    who: "agentElsewhere",
    inside: ["developer", 404],
    ask: ({ messageId: replyTo }) => json("POST", "/api/v1/rooms/general/messages", { text: "yes", replyTo }),
  },
  {
    what: "a key for the room",
    who: "outsider",
    inside: ["developer", 201],
    ask: ({ slug }) => json("POST", "/api/v1/api-keys", { name: newName(), permissions: ["read"], rooms: [slug] }),
  },
  {
    what: "a key for the room, by the form",
    who: "outsider",
    inside: ["developer", 200],
    ask: (_, id) => form("/settings/keys", { name: "k", permissions: "read", rooms: String(id) }),
  },
  {
    what: "a key of an agent for the room",
    who: "owner",
    inside: ["admin", 201],
    ask: ({ slug: room }) =>
      json("POST", "/api/v1/api-keys", { name: newName(), for: "alice", permissions: ["read"], rooms: [room] }),
  },
  {
    what: "an invitation into the room",
    who: "owner",
    inside: ["admin", 201],
    ask: ({ slug }) => json("POST", "/api/v1/invitations", { role: "viewer", rooms: [slug] }),
  },
  {
    what: "an invitation into the room, by the form",
    who: "owner",
    inside: ["admin", 200],
    ask: (_, id) => form("/invitations", { role: "viewer", rooms: String(id) }),
  },
];

describe("a request that names a room or a message within it", () => {
  test.each(inner.map((each) => [each.what, each] as const))("%s", async (_, { who, inside, ask }) => {
    const id = world.roomIds[world.vault] ?? 0;
    const there = await answer(who, ask(vault, id), vault.messageId, id);
    expect(there).toEqual(await answer(who, ask(nowhere, 8_888_888), nowhere.messageId, 8_888_888));
    expect(there[0]).toBeGreaterThanOrEqual(400);
    expect((await answer(inside[0], ask(vault, id)))[0]).toBe(inside[1]);
  });
});

describe("nothing that can be read speaks of #vault", () => {
  const pages = rows.filter(({ route }) => route.startsWith("GET ") && !route.includes(":code"));
  const secrets = /vault|what is kept|dm-\d/;

  async function mentions(who: Who): Promise<string[]> {
    const found: string[] = [];
    const place = { slug: "general", messageId: vault.messageId };
    for (const row of pages) {
      const asked = await row.ask(world, world.as(who), place);
      for (const accept of ["text/html", "application/json"]) {
        const { text } = await world.ask(world.as(who), { ...asked, accept });
        if (secrets.test(text)) found.push(titleOf(row));
      }
    }
    return [...new Set(found)].sort();
  }

  test.each([...outside, "nobody"] as Who[])("to %s", async (who) => {
    expect(await mentions(who)).toEqual([]);
  });

  test("and much does, to who is in it", async () => {
    expect(await mentions("member")).toEqual(
      expect.arrayContaining(["GET /api/v1/rooms", "GET /api/v1/search", "GET /rooms/:slug"]),
    );
  });
});
