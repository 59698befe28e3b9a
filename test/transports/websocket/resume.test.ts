import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Broadcast } from "../../../src/transports/websocket/dialects/dialect.ts";
import { createResume } from "../../../src/transports/websocket/resume.ts";
import { type House, openHouse } from "../../support/house.ts";

/** What somebody missed in some rooms since a seq; "resync" when they must load a snapshot. */
function missedBy(house: House, lastSeq: number, slugs = ["general"], epoch: string | undefined = house.store.epoch) {
  const resume = createResume(house.store, house.log, house.hub, house, house.config.limits);
  const rooms = slugs.map((slug) => house.rooms.forReader(house.members.system, slug));
  const missed = resume(rooms, lastSeq, epoch);
  return missed.resync ? "resync" : missed.broadcasts;
}

function seqsOf(missed: readonly Broadcast[] | "resync"): number[] | "resync" {
  return missed === "resync" ? missed : missed.map(({ seq }) => seq);
}

function textsOf(missed: readonly Broadcast[] | "resync"): string[] {
  if (missed === "resync") return [missed];
  return missed.map((each) => ("message" in each ? `${each.type} ${each.message.text}` : each.type));
}

describe("who comes back with their last seq", () => {
  test("gets exactly what came after it, in order, changes included", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const known = house.say(mira, "known");
    house.say(mira, "missed");
    house.outcomeOf((done) => house.change.edit(mira, known.id, "known better", done));
    house.work(mira, "alice", "fix it", { state: "accepted" });
    expect(textsOf(missedBy(house, known.id))).toEqual([
      "posted missed",
      "edited known better",
      "posted @alice fix it",
      "task",
      "task",
    ]);
    expect(missedBy(house, house.log.seq)).toEqual([]);
  });

  test("is told a message as it is now: what was taken back is not told again", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const from = house.log.seq;
    const { id } = house.say(mira, "a secret");
    house.outcomeOf((done) => house.change.remove(mira, id, done));
    expect(JSON.stringify(missedBy(house, from))).not.toContain("secret");
    expect(textsOf(missedBy(house, from))).toEqual(["posted ", "deleted "]);
  });

  test("is told a streamed answer by its end", () => {
    using house = openHouse();
    const alice = house.agent("alice");
    const from = house.log.seq;
    const { id } = house.say(alice, "", { streaming: true });
    house.outcomeOf((done) => house.change.finish(alice, id, "the answer", done));
    const missed = missedBy(house, from);
    expect(missed).toMatchObject([
      { type: "posted", message: { streaming: true } },
      { type: "finished", message: { streaming: false } },
    ]);
  });

  test("hears of the rooms that were asked for and of no other", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    await house.rooms.create(mira, "ops", "");
    const from = house.log.seq;
    house.say(mira, "here");
    house.say(mira, "there", { room: "ops" });
    expect(textsOf(missedBy(house, from))).toEqual(["posted here"]);
    expect(textsOf(missedBy(house, from, ["general", "ops"]))).toEqual(["posted here", "posted there"]);
  });
});

describe("who must load a snapshot instead", () => {
  test("knows another history, or one that is longer than ours", () => {
    using house = openHouse();
    expect(missedBy(house, 0, ["general"], "another")).toBe("resync");
    expect(missedBy(house, house.log.seq + 1)).toBe("resync");
    const resume = createResume(house.store, house.log, house.hub, house, house.config.limits);
    expect(resume([], house.log.seq, undefined)).toEqual({ resync: false, broadcasts: [], characters: 0 });
  });

  test("missed too many events or too many bytes; never a part of them is told", () => {
    using house = openHouse({ limits: { resumeEvents: 3, resumeBytes: 2_000 } });
    const mira = house.person("mira");
    const from = house.log.seq;
    const seqs = [1, 2, 3].map((n) => house.say(mira, `n${n}`).seq);
    expect(seqsOf(missedBy(house, from))).toEqual(seqs);
    house.say(mira, "one more");
    expect(missedBy(house, from)).toBe("resync");
    const later = house.log.seq;
    house.say(mira, "x".repeat(2_000));
    expect(missedBy(house, later)).toBe("resync");
  });
});

test("wherever somebody left off, what they had and what they missed is everything, once", async () => {
  using house = openHouse();
  const mira = house.person("mira");
  await house.rooms.create(mira, "ops", "");
  const from = house.log.seq;
  for (let n = 0; n < 30; n += 1) house.say(mira, `n${n}`, { room: n % 3 === 0 ? "ops" : "general" });
  const everything = seqsOf(missedBy(house, from, ["general", "ops"]));
  fc.assert(
    fc.property(fc.integer({ min: from, max: house.log.seq }), (left) => {
      const missed = seqsOf(missedBy(house, left, ["ops", "general"]));
      if (missed === "resync" || everything === "resync") throw new Error("too much for a resume");
      expect([...everything.filter((seq) => seq <= left), ...missed]).toEqual(everything);
    }),
  );
});
