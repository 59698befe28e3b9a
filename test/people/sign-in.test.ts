import { describe, expect, test } from "bun:test";
import { Refusal } from "../../src/errors.ts";
import type { Member } from "../../src/people/member.ts";
import { type House, openHouse, refused } from "../support/house.ts";

interface Shown {
  userId?: string;
  role?: string;
  method?: string;
}

/** Somebody signs in by name. @throws the refusal they get */
function enter(house: House, { userId, role = "user", method }: Shown, address = "10.0.0.1"): Member {
  let given: Member | Refusal | undefined;
  house.signIn.byName({ userId, role, method }, address, (member) => {
    given = member;
  });
  house.log.flush();
  if (!given || given instanceof Refusal) throw given ?? new Error("no answer");
  return given;
}

const development = { OPENCODE_DEV_MODE: "true" };
const guests = { OPENCODE_ALLOW_GUEST: "true" };

describe("in development mode", () => {
  test.each([
    ["Developer", "developer"],
    ["user", "developer"],
    ["Manager", "developer"],
    ["OWNER", "owner"],
    ["admin", "admin"],
    ["analyst", "analyst"],
    ["viewer", "viewer"],
    ["guest", "guest"],
    ["agent", "developer"],
    ["system", "developer"],
    ["constructor", "developer"],
  ])("anybody enters by name; who calls themselves %s has the rights of a %s", (title, role) => {
    using house = openHouse({ env: development });
    expect(enter(house, { userId: "mira", role: title })).toMatchObject({ name: "mira", title, role });
  });

  test.each([
    ["", "user"],
    ["<b>\u202E", "b"],
    ["x".repeat(51), "user"],
  ])("the title %j is shown as %j", (title, shown) => {
    using house = openHouse({ env: development });
    expect(enter(house, { userId: "mira", role: title }).title).toBe(shown);
  });

  test("a name is needed, and it must be one", () => {
    using house = openHouse({ env: development });
    expect(refused(() => enter(house, {}))).toBe("MISSING_USER_ID");
    expect(refused(() => enter(house, { userId: "<script>" }))).toBe("INVALID_MESSAGE");
  });

  test("an address that tries too often waits, and another does not", () => {
    using house = openHouse({ env: development, limits: { signInBurst: 1, signInRate: 1 } });
    enter(house, { userId: "mira" });
    expect(refused(() => enter(house, { userId: "tomas" }))).toBe("RATE_LIMITED");
    enter(house, { userId: "tomas" }, "10.0.0.2");
  });
});

describe("otherwise", () => {
  test("nobody enters by name alone", () => {
    using house = openHouse();
    for (const method of [undefined, "development", "guest", "telepathy"]) {
      expect(refused(() => enter(house, { userId: "mira", ...(method !== undefined && { method }) }))).toBe(
        "AUTH_FAILED",
      );
    }
    expect(house.members.people()).toEqual([]);
  });

  test("guests enter where they are allowed, with a guest's rights whatever they call themselves", () => {
    using house = openHouse({ env: guests });
    expect(enter(house, { userId: "gil", role: "owner" })).toMatchObject({
      name: "gil",
      role: "guest",
      title: "guest",
    });
    expect(enter(house, {}).name).toMatch(/^guest-[0-9a-f]{8}$/);
    expect(refused(() => enter(house, { userId: "gil", method: "development" }))).toBe("AUTH_FAILED");
  });

  test("a guest never takes the name of somebody who is more than a guest", () => {
    using house = openHouse({ env: guests });
    house.person("Mira");
    expect(refused(() => enter(house, { userId: "mira" }))).toBe("CONFLICT");
    const gil = enter(house, { userId: "gil" });
    expect(enter(house, { userId: "gil" }).id).toBe(gil.id);
  });
});
