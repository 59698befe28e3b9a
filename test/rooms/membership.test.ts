import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Member } from "../../src/people/member.ts";
import { plainName } from "../../src/rooms/names.ts";
import type { Room } from "../../src/rooms/room.ts";
import { type House, openHouse, refusalOf, refused, refusedLater } from "../support/house.ts";
import { account, byName } from "../support/moment.ts";

/** A private room of mira's. */
async function boardOf(house: House): Promise<Room> {
  return house.rooms.create(house.person("mira"), "board", "figures", "private");
}

const slugs = (house: House, member: Member) => house.rooms.readableBy(member).map(({ slug }) => plainName(slug));

describe("a private room", () => {
  test("is its members' and nobody else's: not tomas's, not ada's who owns the place, not an agent's", async () => {
    using house = openHouse();
    const [mira, tomas, ada] = [house.person("mira"), house.person("tomas"), house.person("ada", "owner")];
    const board = await boardOf(house);
    expect(slugs(house, mira)).toEqual(["general", "board"]);
    for (const other of [tomas, ada, house.agent("alice")]) {
      expect(slugs(house, other)).toEqual(["general"]);
      expect(house.rooms.mayRead(other, board)).toBe(false);
      expect(house.rooms.find(other, "board")).toBeUndefined();
    }
  });

  test("is refused in the words of a room that does not exist", async () => {
    using house = openHouse();
    const tomas = house.person("tomas");
    await boardOf(house);
    for (const ask of [house.rooms.forReader, house.rooms.forWriter]) {
      const [there, nowhere] = ["board", "nowhere"].map((slug) => refusalOf(() => ask(tomas, slug)));
      expect([there?.code, there?.message]).toEqual(["NOT_FOUND", nowhere?.message ?? ""]);
    }
  });

  test("opens to whom a member brings in, people and agents, and they may bring in others", async () => {
    using house = openHouse();
    const [mira, tomas, kim] = [house.person("mira"), house.person("tomas"), house.person("kim")];
    const board = await boardOf(house);
    await house.rooms.bringIn(mira, board, tomas);
    await house.rooms.bringIn(tomas, board, kim);
    await house.rooms.bringIn(tomas, board, house.agent("alice"));
    expect(slugs(house, kim)).toEqual(["general", "board"]);
    expect(house.rooms.membersOf(board)).toEqual([mira.id, tomas.id, kim.id, house.agent("alice").id]);
    expect(await refusedLater(house.rooms.bringIn(mira, board, kim))).toBe("CONFLICT");
  });

  test("is entered by invitation of its writers only: not by oneself, not through gil the guest or vic the viewer", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const [gil, vic] = [house.person("gil", "guest"), house.person("vic", "viewer")];
    const board = await boardOf(house);
    expect(await refusedLater(house.rooms.bringIn(tomas, board, tomas))).toBe("NOT_FOUND");
    for (const other of [gil, vic]) {
      await house.rooms.bringIn(mira, board, other);
      expect(await refusedLater(house.rooms.bringIn(other, board, tomas))).toBe("PERMISSION_DENIED");
    }
    expect(refused(() => house.rooms.forWriter(vic, board.slug))).toBe("PERMISSION_DENIED");
    expect(house.rooms.forWriter(gil, board.slug)).toBe(board);
  });

  test("does not take in the house itself, nor an agent that was fired", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const board = await boardOf(house);
    await house.roster.fire(mira, "diana");
    const diana = house.members.agent("diana");
    for (const nobody of [house.members.system, diana])
      expect(nobody && (await refusedLater(house.rooms.bringIn(mira, board, nobody)))).toBe("NOT_FOUND");
  });

  test("is left by whoever wants to; its maker, or a moderator who is in it, puts others out; tomas may not", async () => {
    using house = openHouse();
    const [mira, tomas, kim] = [house.person("mira"), house.person("tomas"), house.person("kim")];
    const [ada, eve] = [house.person("ada", "admin"), house.person("eve", "admin")];
    const board = await boardOf(house);
    for (const member of [tomas, kim, ada]) await house.rooms.bringIn(mira, board, member);
    expect(await refusedLater(house.rooms.putOut(tomas, board, kim))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(house.rooms.putOut(eve, board, kim))).toBe("NOT_FOUND");
    await house.rooms.putOut(ada, board, kim);
    await house.rooms.putOut(tomas, board, tomas);
    await house.rooms.putOut(mira, board, ada);
    expect(house.rooms.membersOf(board)).toEqual([mira.id]);
    expect(await refusedLater(house.rooms.putOut(mira, board, kim))).toBe("CONFLICT");
    expect(slugs(house, kim)).toEqual(["general"]);
  });

  test("that its maker left is out of their hands", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const board = await boardOf(house);
    await house.rooms.bringIn(mira, board, tomas);
    await house.rooms.putOut(mira, board, mira);
    expect(await refusedLater(house.rooms.putOut(mira, board, tomas))).toBe("NOT_FOUND");
    expect(await refusedLater(house.rooms.bringIn(mira, board, mira))).toBe("NOT_FOUND");
  });

  test("that the last one left is nobody's, and its name is free as it always was", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const board = await boardOf(house);
    await house.rooms.putOut(mira, board, mira);
    expect(slugs(house, mira)).toEqual(["general"]);
    expect(refused(() => house.rooms.forReader(mira, "board"))).toBe("NOT_FOUND");
    expect((await house.rooms.create(mira, "board", "")).id).not.toBe(board.id);
  });

  test("is made by who may make rooms: not by ana the analyst", async () => {
    using house = openHouse();
    const ana = house.person("ana", "analyst");
    expect(await refusedLater(house.rooms.create(ana, "board", "", "private"))).toBe("PERMISSION_DENIED");
  });

  test("keeps its members over a restart", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-rooms-"));
    try {
      const path = join(folder, "parley.db");
      const before = openHouse({ path });
      const board = await boardOf(before);
      await before.rooms.bringIn(before.person("mira"), board, before.person("tomas"));
      const membersBefore = before.rooms.membersOf(board);
      before[Symbol.dispose]();
      using house = openHouse({ path });
      expect(house.rooms.membersOf(board)).toEqual(membersBefore);
      expect(slugs(house, house.person("tomas"))).toEqual(["general", "board"]);
      expect(slugs(house, house.person("kim"))).toEqual(["general"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("says in the log who did it, to whom and from where", async () => {
    using house = openHouse();
    const mira = { ...house.person("mira"), address: "10.0.0.9" };
    const tomas = house.person("tomas");
    const board = await house.rooms.create(mira, "board", "", "private");
    await house.rooms.bringIn(mira, board, tomas);
    await house.rooms.putOut(tomas, board, tomas);
    const told = house.committed.filter(({ kind }) => kind.startsWith("room."));
    expect(told.map(({ kind, roomId, actorId, data }) => [kind, roomId, actorId, data])).toEqual([
      [
        "room.created",
        null,
        mira.id,
        { slug: board.slug, topic: "", visibility: "private", members: [mira.id], address: "10.0.0.9" },
      ],
      ["room.entered", board.id, mira.id, { memberId: tomas.id, address: "10.0.0.9" }],
      ["room.left", board.id, tomas.id, { memberId: tomas.id, address: "" }],
    ]);
  });
});

describe("a guest who is nothing but a name", () => {
  // Two may bear it at once, and the one who came first would hear what the other is told.
  test("is in no private room and no direct conversation, whoever begins it; with an account they are", async () => {
    using house = openHouse({ env: { OPENCODE_ALLOW_GUEST: "true" } });
    const mira = house.person("mira");
    const board = await boardOf(house);
    const gus = await byName(house, "gus", "guest");
    const invited = "Anybody can come by a guest's name: invite them, so that they have an account.";
    await expect(house.rooms.bringIn(mira, board, gus)).rejects.toThrow(invited);
    await expect(house.rooms.direct(mira, [gus])).rejects.toThrow(invited);
    await expect(house.rooms.direct(gus, [mira])).rejects.toThrow(invited);
    expect(house.rooms.membersOf(board)).toEqual([mira.id]);
    const gil = await account(house, "gil", "guest");
    await house.rooms.bringIn(mira, board, gil);
    expect(house.rooms.membersOf(await house.rooms.direct(gil, [mira]))).toEqual([gil.id, mira.id]);
  });
});

describe("a public room", () => {
  test("is everybody's: nobody is brought in, nobody leaves", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const general = house.rooms.forReader(mira, "general");
    expect(await refusedLater(house.rooms.bringIn(mira, general, tomas))).toBe("CONFLICT");
    expect(await refusedLater(house.rooms.putOut(mira, general, mira))).toBe("CONFLICT");
    expect(house.rooms.membersOf(general)).toEqual([]);
  });
});

describe("a direct conversation", () => {
  test("is one for the same people, whoever begins it and however often, even in one moment", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const both = [house.rooms.direct(mira, [tomas]), house.rooms.direct(tomas, [mira, tomas])];
    const [first, second] = await Promise.all(both);
    expect(first).toBe(second as Room);
    expect(await house.rooms.direct(tomas, [mira])).toBe(first as Room);
    expect(first).toMatchObject({ visibility: "direct", slug: `dm-${mira.id}-${tomas.id}` });
    const alice = house.agent("alice");
    const three = await house.rooms.direct(mira, [tomas, alice]);
    expect(three.slug).toBe(`dm-${[mira.id, tomas.id, alice.id].sort((a, b) => a - b).join("-")}`);
    expect(house.committed.filter(({ kind }) => kind === "room.created")).toHaveLength(2);
  });

  test("is read by who is in it: not by kim, not by ada who owns the place", async () => {
    using house = openHouse();
    const [mira, tomas, kim] = [house.person("mira"), house.person("tomas"), house.person("kim")];
    const room = await house.rooms.direct(mira, [tomas]);
    expect(house.rooms.forReader(tomas, room.slug)).toBe(room);
    for (const other of [kim, house.person("ada", "owner")])
      expect(refused(() => house.rooms.forReader(other, room.slug))).toBe("NOT_FOUND");
  });

  test("holds 2 to 8, of people and agents who are here", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const crowd = Array.from({ length: 8 }, (_, index) => house.person(`p${index}`));
    expect(await refusedLater(house.rooms.direct(mira, []))).toBe("INVALID_MESSAGE");
    expect(await refusedLater(house.rooms.direct(mira, [mira]))).toBe("INVALID_MESSAGE");
    expect(await refusedLater(house.rooms.direct(mira, crowd))).toBe("INVALID_MESSAGE");
    expect(house.rooms.membersOf(await house.rooms.direct(mira, crowd.slice(1)))).toHaveLength(8);
    expect(await refusedLater(house.rooms.direct(mira, [house.members.system]))).toBe("NOT_FOUND");
  });

  test("is begun by whoever may write: gil the guest, not vic the viewer", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    await house.rooms.direct(house.person("gil", "guest"), [mira]);
    expect(await refusedLater(house.rooms.direct(house.person("vic", "viewer"), [mira]))).toBe("PERMISSION_DENIED");
  });

  test("keeps its members: nobody is brought in, nobody leaves", async () => {
    using house = openHouse();
    const [mira, tomas, kim] = [house.person("mira"), house.person("tomas"), house.person("kim")];
    const room = await house.rooms.direct(mira, [tomas]);
    expect(await refusedLater(house.rooms.bringIn(mira, room, kim))).toBe("CONFLICT");
    expect(await refusedLater(house.rooms.putOut(mira, room, mira))).toBe("CONFLICT");
    expect(await refusedLater(house.rooms.putOut(kim, room, mira))).toBe("NOT_FOUND");
  });

  test("counts apart from rooms, and has a limit of its own", async () => {
    using house = openHouse({ limits: { rooms: 2, directRooms: 1 } });
    const [mira, tomas, kim] = [house.person("mira"), house.person("tomas"), house.person("kim")];
    await house.rooms.direct(mira, [tomas]);
    await house.rooms.create(mira, "ops", "");
    expect(await refusedLater(house.rooms.direct(mira, [kim]))).toBe("CONFLICT");
    expect(await refusedLater(house.rooms.create(mira, "more", "", "private"))).toBe("CONFLICT");
    await house.rooms.direct(tomas, [mira]);
  });
});

describe("a member whom a key narrows to some rooms", () => {
  test("reads those of them that its owner reads, and makes none", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const board = await boardOf(house);
    const ops = await house.rooms.create(tomas, "ops", "");
    const scope = { permissions: ["read", "write", "manage_tasks"] as const, rooms: [board.id, ops.id] };
    expect(slugs(house, { ...mira, scope })).toEqual(["board", "ops"]);
    expect(slugs(house, { ...tomas, scope })).toEqual(["ops"]);
    expect(refused(() => house.rooms.forReader({ ...mira, scope }, "general"))).toBe("NOT_FOUND");
    expect(await refusedLater(house.rooms.create({ ...mira, scope }, "mine", ""))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(house.rooms.direct({ ...mira, scope }, [tomas]))).toBe("PERMISSION_DENIED");
    expect(
      await refusedLater(house.rooms.direct({ ...mira, scope: { ...scope, permissions: ["read"] } }, [tomas])),
    ).toBe("PERMISSION_DENIED");
  });

  test("is told of its rooms only; others of everything public and their own", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const board = await boardOf(house);
    const general = house.rooms.forReader(mira, "general");
    expect(house.rooms.reachOf(mira)).toEqual({ everywhere: true, rooms: [board] });
    const narrowed = { ...mira, scope: { permissions: ["read"] as const, rooms: [general.id] } };
    expect(house.rooms.reachOf(narrowed)).toEqual({ everywhere: false, rooms: [general] });
  });

  test("brings nobody in without the right to write, and puts nobody out whom the right to manage would", async () => {
    using house = openHouse();
    const [mira, tomas, ada] = [house.person("mira"), house.person("tomas"), house.person("ada", "admin")];
    const board = await boardOf(house);
    for (const member of [tomas, ada]) await house.rooms.bringIn(mira, board, member);
    const reading = { permissions: ["read"] as const, rooms: null };
    expect(await refusedLater(house.rooms.bringIn({ ...mira, scope: reading }, board, house.person("kim")))).toBe(
      "PERMISSION_DENIED",
    );
    for (const by of [mira, ada])
      expect(await refusedLater(house.rooms.putOut({ ...by, scope: reading }, board, tomas))).toBe("PERMISSION_DENIED");
  });
});

describe("lists of rooms that were drawn before", () => {
  test("lack something after a public room was made, or after one came or went oneself; not after others did", async () => {
    using house = openHouse();
    const [mira, tomas, kim] = [house.person("mira"), house.person("tomas"), house.person("kim")];
    const lacking = (since: number) => [mira, tomas, kim].map((member) => house.rooms.changedSince(member, since));
    const start = house.log.seq;
    const board = await boardOf(house);
    expect(lacking(start)).toEqual([true, false, false]);
    const made = house.log.seq;
    await house.rooms.bringIn(mira, board, tomas);
    expect(lacking(made)).toEqual([false, true, false]);
    const entered = house.log.seq;
    await house.rooms.putOut(mira, board, tomas);
    expect(lacking(entered)).toEqual([false, true, false]);
    const left = house.log.seq;
    await house.rooms.create(mira, "ops", "");
    expect(lacking(left)).toEqual([true, true, true]);
    expect(lacking(house.log.seq)).toEqual([false, false, false]);
  });
});
