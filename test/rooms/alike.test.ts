import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isPrivateSlug, plainName } from "../../src/rooms/names.ts";
import { openHouse, refusalOf, refused, refusedLater } from "../support/house.ts";

describe("a private room's name", () => {
  test("is told to nobody who tries it: whoever makes a room of that name gets one, public or private", async () => {
    using house = openHouse();
    const [mira, tomas, ines] = [house.person("mira"), house.person("tomas"), house.person("ines")];
    const layoffs = await house.rooms.create(mira, "layoffs", "", "private");
    const another = await house.rooms.create(ines, "layoffs", "", "private");
    const open = await house.rooms.create(tomas, "layoffs", "");
    expect(new Set([layoffs.id, another.id, open.id]).size).toBe(3);
    expect([open.slug, plainName(layoffs.slug), plainName(another.slug)]).toEqual(["layoffs", "layoffs", "layoffs"]);
    // And what tomas gets is just what he would get without them.
    const free = await house.rooms.create(tomas, "lunch", "");
    expect({ ...open, id: 0, slug: "" }).toEqual({ ...free, id: 0, slug: "" });
    expect(await refusedLater(house.rooms.create(tomas, "layoffs", ""))).toBe("CONFLICT");
  });

  test("is none that a public room bears, which is no secret: nobody is led from the one into the other", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    await house.rooms.create(mira, "ops", "");
    for (const name of ["ops", "OPS", "general"])
      expect(await refusedLater(house.rooms.create(mira, name, "", "private"))).toBe("CONFLICT");
    // Also when both are made in the same moment, the public one first.
    const both = [house.rooms.create(mira, "deals", ""), house.rooms.create(mira, "deals", "", "private")];
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  test("is what its members may call it by, and nobody else finds anything by it", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const board = await house.rooms.create(mira, "board", "", "private");
    for (const name of ["board", "#Board", board.slug, board.slug.toUpperCase()]) {
      expect(house.rooms.forReader(mira, name)).toBe(board);
      expect(house.rooms.named(mira, name)).toBe(board);
      expect(refused(() => house.rooms.forReader(tomas, name))).toBe("NOT_FOUND");
      expect(refused(() => house.rooms.named(tomas, name))).toBe("NOT_FOUND");
    }
    expect(refused(() => house.rooms.named(house.person("vic", "viewer"), "general"))).toBe("PERMISSION_DENIED");
  });
});

describe("two rooms of one name", () => {
  test("are never taken for one another: who names both writes to none, and says which by its slug", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const hidden = await house.rooms.create(mira, "deals", "", "private");
    const open = await house.rooms.create(tomas, "deals", "");
    const refusal = refusalOf(() => house.rooms.named(mira, "deals"));
    expect([refusal.code, refusal.message]).toEqual([
      "CONFLICT",
      `Several rooms are called "deals": say which, by deals~ or ${hidden.slug}.`,
    ]);
    expect([house.rooms.named(mira, "deals~"), house.rooms.named(mira, hidden.slug)]).toEqual([open, hidden]);
    expect([house.rooms.named(tomas, "deals"), house.rooms.named(tomas, "deals~")]).toEqual([open, open]);
    // What is put out of the one is not in the other: its slug is nothing to them.
    await house.rooms.bringIn(mira, hidden, tomas);
    await house.rooms.putOut(mira, hidden, tomas);
    expect(refused(() => house.rooms.named(tomas, hidden.slug))).toBe("NOT_FOUND");
    expect(refused(() => house.rooms.forWriter(tomas, hidden.slug))).toBe("NOT_FOUND");
  });

  test("that are both private are found by their slugs alone", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const [one, two] = [
      await house.rooms.create(mira, "deals", "", "private"),
      await house.rooms.create(mira, "deals", "", "private"),
    ];
    expect(house.rooms.find(mira, "deals")).toBeUndefined();
    expect(refused(() => house.rooms.named(mira, "deals"))).toBe("CONFLICT");
    for (const room of [one, two]) expect(house.rooms.named(mira, room.slug)).toBe(room);
  });
});

test("private rooms of before get such slugs at the next start, once, and are themselves still", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-alike-"));
  const path = join(folder, "parley.db");
  try {
    let id = 0;
    {
      using house = openHouse({ path });
      const mira = house.person("mira");
      const data = { slug: "Board", topic: "", visibility: "private", members: [mira.id] };
      const at = { seq: house.log.seq + 1, at: house.clock.now(), roomId: null, actorId: mira.id };
      house.log.replay([{ ...at, kind: "room.created", data }]);
      id = house.log.seq;
    }
    const slugs: string[] = [];
    for (let start = 0; start < 2; start += 1) {
      using house = openHouse({ path });
      const [mira, tomas] = [house.person("mira"), house.person("tomas")];
      const room = house.rooms.byId(id);
      slugs.push(room.slug);
      expect([plainName(room.slug), isPrivateSlug(room.slug)]).toEqual(["board", true]);
      expect([house.rooms.named(mira, "board"), house.rooms.readableBy(mira).includes(room)]).toEqual([room, true]);
      if (start === 1) await house.rooms.create(tomas, "board", "");
    }
    expect(slugs[0]).toBe(slugs[1] ?? "");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
