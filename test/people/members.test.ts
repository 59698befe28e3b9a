import { describe, expect, test } from "bun:test";
import { Refusal } from "../../src/errors.ts";
import { admitted } from "../../src/people/members.ts";
import { openHouse, refused, refusedLater } from "../support/house.ts";

describe("who is a member", () => {
  test("mira is made on first sight and is the same person ever after, on any device and however she spells it", () => {
    using house = openHouse();
    const mira = house.person("Mira K");
    expect(mira).toMatchObject({ kind: "person", name: "Mira K", handle: "mira-k", role: "developer" });
    const before = house.log.seq;
    expect(house.person("MIRA K").id).toBe(mira.id);
    expect(house.person("mira-k")).toBe(mira);
    expect(house.log.seq).toBe(before);
  });

  test("two devices that sign in for the first time in the same moment are one person", () => {
    using house = openHouse();
    const found: unknown[] = [];
    house.members.admit("mira", "tester", "developer", (member) => found.push(member));
    house.members.admit("mira", "tester", "developer", (member) => found.push(member));
    house.log.flush();
    expect(found).toHaveLength(2);
    expect(found[0]).toBe(house.members.person("mira"));
    expect(found[1]).toBe(found[0]);
  });

  test("mira who comes back with another title keeps her id, and the change is an event", () => {
    using house = openHouse();
    const mira = house.person("mira", "guest");
    const later = house.person("mira", "analyst");
    expect(later).toMatchObject({ id: mira.id, title: "analyst", role: "analyst" });
    expect(house.members.byId(mira.id)).toBe(later);
    expect(house.committed.at(-1)).toMatchObject({ kind: "member.changed", actorId: mira.id });
  });

  test("a person may bear an agent's handle: they are two members, and a mention reaches both", () => {
    using house = openHouse();
    const person = house.person("Alice");
    expect(house.members.person("alice")?.id).toBe(person.id);
    expect(house.members.agent("alice")?.id).toBe(house.agent("alice").id);
    expect(house.members.agent("alice-bot")?.id).toBe(house.agent("alice").id);
    expect(
      house.members
        .mentioned("alice")
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(["agent", "person"]);
  });

  test("an agent's name with -bot is the agent; a person is not found by it", () => {
    using house = openHouse();
    house.person("mira");
    expect(house.members.person("mira-bot")).toBeUndefined();
    expect(house.members.agent("mira")).toBeUndefined();
  });

  test("the house itself is a member from the first start, and not one of the people", () => {
    using house = openHouse();
    const mira = house.person("mira");
    expect(house.members.system).toMatchObject({ kind: "system", name: "system", role: "system" });
    expect(house.members.people()).toEqual([mira]);
  });

  test("an id that nobody has is a bug, not a refusal", () => {
    using house = openHouse();
    expect(() => house.members.byId(999)).toThrow("no member 999");
  });
});

describe("who is not let in", () => {
  test("a name that is none is refused before anything is written", () => {
    using house = openHouse();
    const before = house.log.seq;
    expect(refused(() => house.person("<b>"))).toBe("INVALID_MESSAGE");
    expect(refused(() => house.person("team"))).toBe("INVALID_MESSAGE");
    expect(house.log.seq).toBe(before);
  });

  test("what the log refuses reaches whoever asked", async () => {
    const full = new Refusal("SERVICE_UNAVAILABLE");
    expect(await refusedLater(admitted((done) => done(full)))).toBe("SERVICE_UNAVAILABLE");
    using house = openHouse();
    const mira = house.person("mira");
    expect(await admitted((done) => done(mira))).toBe(mira);
  });
});
