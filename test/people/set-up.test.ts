import { describe, expect, test } from "bun:test";
import { createSetUp } from "../../src/people/set-up.ts";
import { type House, openHouse, refused, refusedLater } from "../support/house.ts";

const password = "kestrel over moor";

function codeOf({ setUp }: House): string {
  if (setUp.code === null) throw new Error("there is an owner");
  return setUp.code;
}

describe("the set-up link", () => {
  test("makes the first owner, with a password, and is gone from then on", async () => {
    using house = openHouse();
    const code = codeOf(house);
    expect(Buffer.from(code, "base64url")).toHaveLength(32);
    house.setUp.check(code);
    const olga = await house.setUp.makeOwner(code, "Olga", password, "10.0.0.1");
    expect(olga).toMatchObject({ name: "Olga", role: "owner", title: "Owner" });
    expect(await house.signIn.byPassword("olga", password, "10.0.0.1")).toMatchObject(olga);
    expect(house.setUp.code).toBeNull();
    expect(refused(() => house.setUp.check(code))).toBe("NOT_FOUND");
    expect(await refusedLater(house.setUp.makeOwner(code, "eve", password, "10.6.6.6"))).toBe("NOT_FOUND");
    expect(house.members.person("eve")).toBeUndefined();
    expect(house.trail.page({ action: "owner made" }, 10)).toMatchObject([{ target: "Olga", address: "10.0.0.1" }]);
  });

  test("is of one start: the next one prints another, and none once there is an owner", async () => {
    using house = openHouse();
    const { store, log, members, passwords } = house;
    const code = codeOf(house);
    const redefined = { ...log, define: () => undefined };
    const again = createSetUp(store, redefined, members, passwords);
    expect(again.code).not.toBe(code);
    expect(refused(() => again.check(code))).toBe("NOT_FOUND");
    await house.setUp.makeOwner(code, "Olga", password, "10.0.0.1");
    expect(again.code).toBeNull();
    expect(createSetUp(store, redefined, members, passwords).code).toBeNull();
  });

  test("does nothing for whoever guesses it", async () => {
    using house = openHouse();
    const code = codeOf(house);
    for (const guess of ["", "x", code.slice(1), code.toLowerCase(), `${code} `]) {
      expect(refused(() => house.setUp.check(guess))).toBe("NOT_FOUND");
      expect(await refusedLater(house.setUp.makeOwner(guess, "eve", password, "10.6.6.6"))).toBe("NOT_FOUND");
    }
    expect(house.members.hasOwner()).toBe(false);
  });

  test("stays good after a name or a password that is refused", async () => {
    using house = openHouse();
    const code = codeOf(house);
    expect(await refusedLater(house.setUp.makeOwner(code, "<b>", password, "10.0.0.1"))).toBe("INVALID_MESSAGE");
    expect(await refusedLater(house.setUp.makeOwner(code, "Olga", "short", "10.0.0.1"))).toBe("INVALID_MESSAGE");
    expect(house.members.people()).toEqual([]);
    house.setUp.check(code);
  });

  test("makes nobody an owner who would be taken for an agent, a program, the house itself or somebody else", async () => {
    using house = openHouse({ env: { PARLEY_NAME: "Harbour" } });
    const code = codeOf(house);
    house.person("tomas");
    for (const name of ["alice", "Alice", "dev_user", "harbour", "tomаs"])
      expect([name, await refusedLater(house.setUp.makeOwner(code, name, password, "10.0.0.1"))]).toEqual([
        name,
        "CONFLICT",
      ]);
    expect(house.members.hasOwner()).toBe(false);
    expect(await house.setUp.makeOwner(code, "tomas", password, "10.0.0.1")).toMatchObject({ role: "owner" });
  });

  test("used by twenty at once makes one owner and no other member", async () => {
    using house = openHouse();
    const code = codeOf(house);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => house.setUp.makeOwner(code, `person ${n}`, password, "10.0.0.1")),
    );
    const made = outcomes.filter(({ status }) => status === "fulfilled");
    expect(made).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason.code).toBe("NOT_FOUND");
    expect(house.members.people()).toHaveLength(1);
  });
});

describe("somebody who came in by name in development mode", () => {
  test("may become the owner, as the same person, and whoever else used that name is out at once", async () => {
    using house = openHouse({ env: { OPENCODE_DEV_MODE: "true" } });
    const mira = house.person("Mira");
    const token = await house.enter(mira);
    expect(house.sessions.find(token)?.member.id).toBe(mira.id);
    const owner = await house.setUp.makeOwner(codeOf(house), "mira", password, "10.0.0.1");
    expect(owner).toMatchObject({ id: mira.id, name: "Mira", role: "owner" });
    expect(house.sessions.find(token)).toBeUndefined();
    expect(house.members.people()).toHaveLength(1);
  });

  test("is no owner by calling themselves so: the link is still there", () => {
    using house = openHouse({ env: { OPENCODE_DEV_MODE: "true" } });
    house.person("mira", "owner");
    expect(house.members.hasOwner()).toBe(false);
    house.setUp.check(codeOf(house));
  });
});
