import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Room } from "../../src/rooms/room.ts";
import { openHouse, refused, refusedLater } from "../support/house.ts";

const secret: Room = { id: 999, slug: "board", topic: "", visibility: "private", createdBy: null };

describe("rooms", () => {
  test("#general is there from the first start, and only once after a restart", () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-rooms-"));
    try {
      const path = join(folder, "parley.db");
      for (let start = 0; start < 2; start += 1) {
        using house = openHouse({ path });
        expect(house.rooms.readableBy(house.person("mira")).map(({ slug }) => slug)).toEqual(["general"]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("are listed with general first, then by name", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    for (const name of ["zebra", "alpha", "größe"]) await house.rooms.create(mira, name, "");
    expect(house.rooms.readableBy(mira).map(({ slug }) => slug)).toEqual(["general", "alpha", "größe", "zebra"]);
  });

  test.each([
    ["Release Notes", "release-notes"],
    ["  #Ops ", "ops"],
    ["２０２６", "2026"],
    ["日本語", "日本語"],
    ["a_b-c", "a_b-c"],
    ["x".repeat(40), "x".repeat(40)],
  ])("one called %j is found as %j, with or without #, in any case", async (name, slug) => {
    using house = openHouse();
    const mira = house.person("mira");
    const room = await house.rooms.create(mira, name, "  where\nit happens ");
    expect(room).toMatchObject({ slug, topic: "where it happens", visibility: "public" });
    expect(house.rooms.forReader(mira, `#${slug.toUpperCase()}`)).toBe(room);
    expect(house.rooms.byId(room.id)).toBe(room);
  });

  test.each(["", "#", "-x", "_x", "a/b", "a.b", "a:b", "😀", "<b>", "x".repeat(41), "a\u202Eb", "dm-1-2", "DM-x"])(
    "%j is not a name for one",
    async (name) => {
      using house = openHouse();
      expect(await refusedLater(house.rooms.create(house.person("mira"), name, ""))).toBe("INVALID_MESSAGE");
    },
  );

  test("a name that is taken is refused, however it is spelt, even in the same moment", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    expect(await refusedLater(house.rooms.create(mira, "General", ""))).toBe("CONFLICT");
    const both = await Promise.allSettled([house.rooms.create(mira, "ops", ""), house.rooms.create(mira, "OPS", "")]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  test("a topic has at most 200 characters and none that turn text around", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    expect(await refusedLater(house.rooms.create(mira, "long", "x".repeat(201)))).toBe("INVALID_MESSAGE");
    expect((await house.rooms.create(mira, "ops", "a\u202Eb\u0000c")).topic).toBe("a b c");
  });

  test("a workspace is full at its limit", async () => {
    using house = openHouse({ limits: { rooms: 2 } });
    const mira = house.person("mira");
    await house.rooms.create(mira, "ops", "");
    expect(await refusedLater(house.rooms.create(mira, "more", ""))).toBe("CONFLICT");
  });

  test("a room stays the same one when another is made: who was in it is in it still", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const general = house.rooms.forReader(mira, "general");
    await house.rooms.create(mira, "ops", "");
    expect(house.rooms.forReader(mira, "general")).toBe(general);
  });
});

describe("who may", () => {
  test("create a room: mira the developer, not gil the guest, ana the analyst or alice the agent", async () => {
    using house = openHouse();
    await house.rooms.create(house.person("mira"), "ops", "");
    const others = [house.person("gil", "guest"), house.person("ana", "analyst"), house.agent("alice")];
    for (const other of others) {
      expect(await refusedLater(house.rooms.create(other, "mine", ""))).toBe("PERMISSION_DENIED");
    }
    expect(house.rooms.readableBy(house.person("mira"))).toHaveLength(2);
  });

  test("write: whoever may read, but not vic the viewer", () => {
    using house = openHouse();
    const vic = house.person("vic", "viewer");
    expect(house.rooms.forReader(vic, "general").slug).toBe("general");
    expect(refused(() => house.rooms.forWriter(vic, "general"))).toBe("PERMISSION_DENIED");
    expect(house.rooms.forWriter(house.person("gil", "guest"), "general").slug).toBe("general");
  });

  test("read: what is public; a private room and one that does not exist are refused alike", () => {
    using house = openHouse();
    const mira = house.person("mira");
    expect(house.rooms.mayRead(mira, house.rooms.forReader(mira, "general"))).toBe(true);
    expect(house.rooms.mayRead(mira, secret)).toBe(false);
    expect(refused(() => house.rooms.forReader(mira, "board"))).toBe("NOT_FOUND");
    expect(refused(() => house.rooms.forWriter(mira, "nowhere"))).toBe("NOT_FOUND");
  });

  test("an id that no room has is a bug, not a refusal", () => {
    using house = openHouse();
    expect(() => house.rooms.byId(999)).toThrow("no room 999");
  });
});
