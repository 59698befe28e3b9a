import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { folded, slugOf } from "../../src/rooms/names.ts";
import { repaired } from "../../src/rooms/repair.ts";
import type { Room } from "../../src/rooms/room.ts";
import { openHouse, refused, refusedLater } from "../support/house.ts";

const dressedUp = [
  "\u{1D403}eals",
  "\u{1D406}eneral",
  "acme\u2122",
  "Sales\u2116",
  "ＯＰＳ",
  "Ⓐtlas",
  "ﬁles",
  "K\u212Aeys",
];

describe("a room's name", () => {
  test.each(dressedUp)("%j is found as it was given, and as it is kept", async (name) => {
    using house = openHouse();
    const mira = house.person("mira");
    if (folded(name) === "general") {
      expect(await refusedLater(house.rooms.create(mira, name, ""))).toBe("CONFLICT");
      return;
    }
    const room = await house.rooms.create(mira, name, "");
    for (const asked of [name, room.slug, room.slug.toUpperCase(), `#${name}`])
      expect(house.rooms.forReader(mira, asked).id).toBe(room.id);
  });

  test("whatever it is, what comes of it is found again by itself", () => {
    const name = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(...dressedUp),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(name, (text) => {
        expect(folded(folded(text))).toBe(folded(text));
        let slug: string;
        try {
          slug = slugOf(text);
        } catch {
          return;
        }
        expect([folded(slug), slugOf(slug)]).toEqual([slug, slug]);
      }),
      { numRuns: 2_000 },
    );
  });

  test("of many marks costs no more than one of few", () => {
    const marks = `a${"\u0345".repeat(20_000)}${"\u0301".repeat(20_000)}`;
    const from = performance.now();
    expect(refused(() => slugOf(marks))).toBe("INVALID_MESSAGE");
    expect(performance.now() - from).toBeLessThan(100);
  });
});

describe("rooms of before, whose slugs nobody can look up", () => {
  const room = (id: number, slug: string): Room => ({ id, slug, topic: "", visibility: "public", createdBy: null });

  test("get slugs that are found; who bears the plain name keeps it", () => {
    const rooms = ["general", "Deals", "deals", "DEALS", "deals-2", "acmeTM", "dm-1-2"].map((slug, id) =>
      room(id, slug),
    );
    expect(repaired(rooms)).toEqual([
      { id: 1, slug: "deals-3" },
      { id: 3, slug: "deals-4" },
      { id: 5, slug: "acmetm" },
    ]);
    expect(repaired(rooms.filter(({ slug }) => folded(slug) === slug))).toEqual([]);
  });

  test("are renamed at the next start, for good: what is written to the one does not land in the other", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-names-"));
    const path = join(folder, "parley.db");
    try {
      let ids: number[] = [];
      {
        using house = openHouse({ path });
        const made = (slug: string) => {
          const data = { slug, topic: "", visibility: "public" };
          house.log.append([{ kind: "room.created", roomId: null, actorId: null, data }]);
          house.log.flush();
          return house.log.seq;
        };
        ids = [made("Deals"), made("deals"), made("General")];
      }
      {
        using house = openHouse({ path });
        const mira = house.person("mira");
        const found = ids.map((id) => house.rooms.byId(id));
        expect(found.map(({ slug }) => slug)).toEqual(["deals-2", "deals", "general-2"]);
        for (const each of found) {
          expect(house.rooms.forReader(mira, each.slug)).toBe(each);
          expect(house.rooms.readableBy(mira)).toContain(each);
          expect(house.say(mira, "here", { room: each.slug }).roomId).toBe(each.id);
        }
        expect(house.rooms.forReader(mira, "general").createdBy).toBeNull();
      }
      using house = openHouse({ path });
      expect(ids.map((id) => house.rooms.byId(id).slug)).toEqual(["deals-2", "deals", "general-2"]);
      expect(house.committed.filter(({ kind }) => kind === "room.renamed")).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
