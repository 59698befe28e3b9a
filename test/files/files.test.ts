import { describe, expect, spyOn, test } from "bun:test";
import { Refusal } from "../../src/errors.ts";
import type { Attachment } from "../../src/files/file.ts";
import type { Member } from "../../src/people/member.ts";
import { pngHead, samples } from "../support/files.ts";
import { type House, openHouse, refused, refusedLater, until } from "../support/house.ts";

const stream = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)]).stream();

/** Stores what must be taken. */
function kept(house: House, owner: Member, name = "photo.png", bytes: Uint8Array = samples.png): Promise<Attachment> {
  return house.files.store(owner, { name, bytes: stream(bytes) });
}

const listed = (house: House) => Array.fromAsync(house.storage.list());
const rows = (house: House) => house.store.sqlite.query<{ id: string }, []>("SELECT id FROM files").all().length;
const day = 24 * 60 * 60_000;

describe("a file that somebody sends", () => {
  test("is known by its content, and its bytes are what came", async () => {
    using house = openHouse();
    const file = await kept(house, house.person("mira"), "../Hafen.exe", samples.png);
    expect(file).toMatchObject({
      name: "Hafen.exe",
      type: "image/png",
      bytes: samples.png.length,
      width: 64,
      height: 48,
    });
    expect(file.id).toMatch(/^[0-9a-f]{32}$/);
    expect(file.url).toBe(`/files/${file.id}/Hafen.exe`);
    const stored = house.files.forReader(house.person("mira"), file.id);
    const bytes = await (await house.files.open(stored))?.bytes();
    expect(samples.png.equals(bytes ?? new Uint8Array())).toBe(true);
    expect(stored.sha256).toBe(new Bun.CryptoHasher("sha256").update(samples.png).digest("hex"));
    expect(house.committed.at(-1)).toMatchObject({ kind: "file.stored", actorId: house.person("mira").id });
  });

  test("is for those who may write, and never empty", async () => {
    using house = openHouse();
    expect(await refusedLater(kept(house, house.person("vera", "viewer")))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(kept(house, house.person("mira"), "x", new Uint8Array()))).toBe("INVALID_MESSAGE");
    expect(await listed(house)).toEqual([]);
    expect(rows(house)).toBe(0);
  });

  test("is refused when it is too large, announced or counted, and nothing of it stays", async () => {
    using house = openHouse({ limits: { fileBytes: 1_000 } });
    const mira = house.person("mira");
    expect((await kept(house, mira, "fits", new Uint8Array(1_000))).bytes).toBe(1_000);
    expect(await refusedLater(kept(house, mira, "large", new Uint8Array(1_001)))).toBe("MESSAGE_TOO_LARGE");
    const never = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => undefined) });
    const announced = house.files.store(mira, { name: "x", bytes: never, expected: 1_001 });
    expect(await refusedLater(announced)).toBe("MESSAGE_TOO_LARGE");
    expect((await listed(house)).length).toBe(1);
  });

  test("counts for its sender: one has so many bytes, however many come at once, and gets them back", async () => {
    using house = openHouse({ limits: { memberFileBytes: 2_500 } });
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 4 }, () => kept(house, mira, "x", new Uint8Array(1_000))),
    );
    const taken = outcomes.filter(({ status }) => status === "fulfilled").length;
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(2);
    while (rows(house) < 2) await kept(house, mira, "x", new Uint8Array(1_000));
    expect(await refusedLater(kept(house, mira, "x", new Uint8Array(600)))).toBe("MESSAGE_TOO_LARGE");
    expect((await kept(house, mira, "x", new Uint8Array(500))).bytes).toBe(500);
    expect((await kept(house, tomas, "x", new Uint8Array(1_000))).bytes).toBe(1_000);
    const [first = ""] = house.files.table.leftBefore(Number.MAX_SAFE_INTEGER, 1);
    await house.files.discard(mira, first);
    expect((await kept(house, mira, "x", new Uint8Array(1_000))).bytes).toBe(1_000);
  });

  test("waits its turn: five at a time are enough for anybody, and one that failed gives its place back", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const ends: (() => void)[] = [];
    const hanging = Array.from({ length: 5 }, () => {
      const bytes = new ReadableStream<Uint8Array>({
        pull: (controller) => new Promise((resolve) => ends.push(() => resolve(controller.error(new Error("cut"))))),
      });
      return refusedLater(house.files.store(mira, { name: "x", bytes }));
    });
    expect(await refusedLater(kept(house, mira))).toBe("QUEUE_FULL");
    expect((await kept(house, house.person("tomas"))).bytes).toBeGreaterThan(0);
    await until(() => ends.length === 5, "five uploads under way");
    for (const end of ends) end();
    expect(await Promise.all(hanging)).toEqual(Array(5).fill("INVALID_MESSAGE"));
    expect((await kept(house, mira)).bytes).toBeGreaterThan(0);
  });

  test("that the log does not take leaves nothing on the disk", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    using appending = spyOn(house.log, "append").mockImplementation(() => {
      throw new Refusal("SERVICE_UNAVAILABLE");
    });
    expect(await refusedLater(kept(house, mira))).toBe("SERVICE_UNAVAILABLE");
    expect(appending).toHaveBeenCalledTimes(1);
    expect(await listed(house)).toEqual([]);
  });
});

describe("a message with files", () => {
  test("carries them in order, needs no words, and keeps them when it is edited", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const files = [await kept(house, mira, "b.png"), await kept(house, mira, "a.pdf", samples.pdf)];
    const said = house.say(mira, "", { files: files.map(({ id }) => id) });
    expect(said.text).toBe("");
    expect(said.files).toEqual(files);
    const edit = (text: string) => house.outcomeOf((done) => house.change.edit(mira, said.id, text, done));
    edit("now with words");
    edit("");
    expect(house.history.message(said.id)).toMatchObject({ text: "", files, editedAt: expect.any(Number) });
    const plain = house.say(mira, "words");
    expect(refused(() => house.change.edit(mira, plain.id, ""))).toBe("INVALID_MESSAGE");
    expect(refused(() => house.say(mira, "", { files: [] }))).toBe("INVALID_MESSAGE");
  });

  test("is quoted by their names when it has no words", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const names = ["one.txt", "two.txt"];
    const said = house.say(mira, "", { files: names.map((name) => house.fileOf(mira, { name }).id) });
    expect(house.say(mira, "look", { replyTo: said.id }).replyTo?.excerpt).toBe("one.txt, two.txt");
    house.outcomeOf((done) => house.change.remove(mira, said.id, done));
    expect(house.say(mira, "gone", { replyTo: said.id }).replyTo?.excerpt).toBe("");
  });

  test("takes its author's own files only, each once, and at most five", () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const [his, hers] = [house.fileOf(tomas).id, house.fileOf(mira).id];
    const said = () => house.committed.filter(({ kind }) => kind === "message.posted").length;
    for (const id of [his, "0".repeat(32), "", "../x"])
      expect(refused(() => house.say(mira, "x", { files: [hers, id] }))).toBe("NOT_FOUND");
    const six = Array.from({ length: 6 }, () => house.fileOf(mira).id);
    expect(refused(() => house.say(mira, "x", { files: six }))).toBe("INVALID_MESSAGE");
    expect(said()).toBe(0);
    expect(house.say(mira, "x", { files: [hers, hers] }).files.length).toBe(1);
    expect(refused(() => house.say(mira, "again", { files: [hers] }))).toBe("CONFLICT");
    expect(house.say(tomas, "mine", { files: [his] }).files.length).toBe(1);
    expect(said()).toBe(2);
  });

  test("that is repeated is the first one, with its files", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const files = [house.fileOf(mira).id];
    const say = () =>
      house.outcomeOf((done) =>
        house.post(mira, { room: "general", text: "", files, clientId: "c", origin: "ws" }, done),
      );
    const first = say();
    expect(say()).toEqual({ ...first, repeated: true });
    expect(house.history.message(first.seq)?.files.length).toBe(1);
  });

  test("that is deleted takes them with it, bytes and all, after the commit", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const [gone, stays] = [await kept(house, mira), await kept(house, mira)];
    const said = house.say(mira, "", { files: [gone.id] });
    house.outcomeOf((done) => house.change.remove(mira, said.id, done));
    await house.files.stop();
    expect(refused(() => house.files.forReader(mira, gone.id))).toBe("NOT_FOUND");
    expect(house.history.message(said.id)?.files).toEqual([]);
    expect(await listed(house)).toEqual([stays.id]);
  });

  test("whose deletion was rolled back keeps them", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const file = await kept(house, mira);
    const said = house.say(mira, "", { files: [file.id] });
    house.log.append([
      { kind: "message.deleted", roomId: said.roomId, actorId: mira.id, data: { id: said.id } },
      { kind: "message.deleted", roomId: said.roomId, actorId: mira.id, data: { id: 0 } },
    ]);
    house.log.flush();
    house.say(mira, "something else");
    await house.files.stop();
    expect(house.history.message(said.id)?.files.map(({ id }) => id)).toEqual([file.id]);
    expect(await listed(house)).toEqual([file.id]);
  });
});

describe("who sees a file", () => {
  test("its owner until it is said, then whoever may read its message, as long as they may", async () => {
    using house = openHouse();
    const [mira, tomas, ada] = [house.person("mira"), house.person("tomas"), house.person("ada", "owner")];
    const board = await house.rooms.create(mira, "board", "", "private");
    await house.rooms.bringIn(mira, board, tomas);
    const { id } = house.fileOf(mira);
    const may = (member: Member) => {
      try {
        return house.files.forReader(member, id).id === id;
      } catch {
        return false;
      }
    };
    expect([mira, tomas, ada].map(may)).toEqual([true, false, false]);
    house.say(mira, "", { room: "board", files: [id] });
    expect([mira, tomas, ada].map(may)).toEqual([true, true, false]);
    await house.rooms.putOut(mira, board, tomas);
    expect([mira, tomas, ada].map(may)).toEqual([true, false, false]);
    const elsewhere = {
      ...mira,
      scope: { permissions: ["read" as const], rooms: [house.rooms.forReader(mira, "general").id] },
    };
    expect(may(elsewhere)).toBe(false);
    await house.rooms.putOut(mira, board, mira);
    expect(may(mira)).toBe(false);
  });

  test("what is not theirs and what never was is refused in the same words", () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const words = (id: string) => {
      try {
        return house.files.forReader(tomas, id).id;
      } catch (refusal) {
        return String(refusal);
      }
    };
    expect(words(house.fileOf(mira).id)).toBe(words("f".repeat(32)));
    expect(words("f".repeat(32))).toContain("There is no such file, or you may not see it.");
  });

  test("only its owner takes it back, and only before it is said", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const file = await kept(house, mira);
    expect(await refusedLater(house.files.discard(tomas, file.id))).toBe("NOT_FOUND");
    await house.files.discard(mira, file.id);
    await house.files.stop();
    expect(await listed(house)).toEqual([]);
    const said = await kept(house, mira);
    house.say(mira, "", { files: [said.id] });
    expect(await refusedLater(house.files.discard(mira, said.id))).toBe("NOT_FOUND");
  });
});

describe("what is left", () => {
  test("goes after a day, what was said stays", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const [left, said] = [await kept(house, mira), await kept(house, mira)];
    house.say(mira, "", { files: [said.id] });
    house.clock.advance(day - 1);
    const late = await kept(house, mira);
    await house.files.recover();
    house.log.flush();
    expect(rows(house)).toBe(3);
    house.clock.advance(2);
    await house.files.recover();
    house.log.flush();
    await house.files.stop();
    expect((await listed(house)).sort()).toEqual([said.id, late.id].sort());
    expect(house.committed.filter(({ kind }) => kind === "file.removed").map(({ data }) => data)).toEqual([
      { id: left.id },
    ]);
  });

  test("by a crash between the disk and the log is found at the next start, in both directions", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const file = await kept(house, mira);
    async function* orphan() {
      yield samples.pdf;
    }
    await house.storage.put("0".repeat(32), orphan());
    await house.files.recover();
    expect(await listed(house)).toEqual([file.id]);
    // And the other way round: the tables know it, the disk lost it. Nobody can be given what is not there.
    await house.storage.remove(file.id);
    expect(await house.files.open(house.files.forReader(mira, file.id))).toBeUndefined();
  });
});

test("a bomb is a file like any other: stored, counted by what came, and not shown in place", async () => {
  using house = openHouse();
  const pixels = await kept(house, house.person("mira"), "bomb.png", pngHead(60_000, 60_000));
  expect(pixels).toMatchObject({ type: "image/png", width: 60_000, height: 60_000, isInline: false });
});
