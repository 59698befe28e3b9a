import { describe, expect, test } from "bun:test";
import type { Role } from "../../src/people/member.ts";
import type { InvitationRequest } from "../../src/rooms/invitations.ts";
import { day } from "../support/clock.ts";
import { type House, openHouse, refusalOf, refused, refusedLater } from "../support/house.ts";

const password = "kestrel over moor";
const address = "10.0.0.7";
const terms: InvitationRequest = { role: "developer", rooms: [], note: "", uses: 1, days: 7 };
const gone = "That invitation was used, is too old, or never was. Ask for another.";

const invite = (house: House, more: Partial<InvitationRequest> = {}, by: Role = "admin") =>
  house.invitations.create({ ...house.person(`the ${by}`, by), address }, { ...terms, ...more });
const accept = (house: House, token: string, name: string) => house.invitations.accept(token, name, password, address);

describe("an invitation", () => {
  test("makes whoever accepts it a member of that role, with the password they chose", async () => {
    using house = openHouse();
    const { id, token } = await invite(house, { role: "analyst", note: "for\u202Ethe audit" });
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    expect(house.invitations.find(token)).toMatchObject({
      id,
      role: "analyst",
      note: "for the audit",
      by: { name: "the admin" },
    });
    const nadia = await accept(house, token, " Nadia ");
    expect(nadia).toMatchObject({ kind: "person", name: "Nadia", handle: "nadia", role: "analyst" });
    expect(house.members.person("nadia")).toBe(nadia);
    expect(await house.signIn.byPassword("nadia", password, address)).toMatchObject(nadia);
  });

  test("is accepted as often as it says, and then is gone", async () => {
    using house = openHouse();
    const { token } = await invite(house, { uses: 2 });
    await accept(house, token, "nadia");
    expect(house.invitations.open()).toMatchObject([{ uses: 1, maxUses: 2 }]);
    await accept(house, token, "omar");
    expect(house.invitations.open()).toEqual([]);
    await expect(accept(house, token, "pia")).rejects.toThrow(gone);
    expect(house.members.person("pia")).toBeUndefined();
  });

  test("is good until its last day is over", async () => {
    using house = openHouse();
    const { token } = await invite(house, { days: 2, uses: 5 });
    house.clock.advance(2 * day - 1);
    await accept(house, token, "nadia");
    house.clock.advance(1);
    expect(refusalOf(() => house.invitations.find(token)).message).toBe(gone);
    expect(await refusedLater(accept(house, token, "omar"))).toBe("NOT_FOUND");
    expect(house.invitations.open()).toEqual([]);
  });

  test("is good until it is revoked, by anybody who manages people and by nobody else", async () => {
    using house = openHouse();
    const { id, token } = await invite(house, { uses: 5 });
    await expect(house.invitations.revoke(house.person("mira"), id)).rejects.toThrow("You may not revoke invitations.");
    house.invitations.find(token);
    await house.invitations.revoke(house.person("olga", "owner"), id);
    expect(refusalOf(() => house.invitations.find(token)).message).toBe(gone);
    expect(await refusedLater(house.invitations.revoke(house.person("olga", "owner"), id))).toBe("NOT_FOUND");
    expect(await refusedLater(house.invitations.revoke(house.person("olga", "owner"), 999_999))).toBe("NOT_FOUND");
  });

  test("is not guessed, and one that never was has the same words", async () => {
    using house = openHouse();
    const { token } = await invite(house);
    for (const guess of ["", "x", token.slice(1), token.toLowerCase(), `${token} `])
      expect(refusalOf(() => house.invitations.find(guess)).message).toBe(gone);
  });

  test("of one use, accepted by fifty at once, makes one member", async () => {
    using house = openHouse();
    const { token } = await invite(house);
    const before = house.members.people().length;
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => accept(house, token, `guest ${n}`)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason.code).toBe("NOT_FOUND");
    expect(house.members.people()).toHaveLength(before + 1);
  }, 15_000);
});

describe("who may invite", () => {
  test.each(["developer", "analyst", "viewer", "guest"] as const)("a %s may not, not even as a guest", async (role) => {
    using house = openHouse();
    await expect(invite(house, { role: "guest" }, role)).rejects.toThrow("You may not invite anybody as guest.");
  });

  test("an admin invites admins and those below; an owner only an owner", async () => {
    using house = openHouse();
    for (const role of ["admin", "developer", "analyst", "viewer", "guest"] as const)
      expect((await invite(house, { role })).token).toBeString();
    await expect(invite(house, { role: "owner" })).rejects.toThrow("You may not invite anybody as owner.");
    const { token } = await invite(house, { role: "owner" }, "owner");
    expect((await accept(house, token, "nadia")).role).toBe("owner");
  });

  test("nobody by a key that does not manage people", async () => {
    using house = openHouse();
    const narrowed = {
      ...house.person("olga", "owner"),
      scope: { permissions: ["read", "write"] as const, rooms: null },
    };
    expect(await refusedLater(house.invitations.create(narrowed, terms))).toBe("PERMISSION_DENIED");
  });

  test.each([
    ["a long note", { note: "x".repeat(201) }, "A note has at most 200 characters."],
    ["no uses", { uses: 0 }, "An invitation can be used 1 to 1000 times."],
    ["too many uses", { uses: 1_001 }, "An invitation can be used 1 to 1000 times."],
    ["half a use", { uses: 1.5 }, "An invitation can be used 1 to 1000 times."],
    ["no number of uses", { uses: Number.NaN }, "An invitation can be used 1 to 1000 times."],
    ["no days", { days: 0 }, "An invitation lives 1 to 90 days."],
    ["91 days", { days: 91 }, "An invitation lives 1 to 90 days."],
    ["days without end", { days: Number.POSITIVE_INFINITY }, "An invitation lives 1 to 90 days."],
  ])("nobody with %s", async (_, more, words) => {
    using house = openHouse();
    await expect(invite(house, more)).rejects.toThrow(words);
  });
});

describe("the rooms of an invitation", () => {
  test("are named as long as whoever made it is in them", async () => {
    using house = openHouse();
    const [mira, ada] = [house.person("mira"), house.person("ada", "admin")];
    const board = await house.rooms.create(mira, "board", "", "private");
    await house.rooms.bringIn(mira, board, ada);
    const { token } = await house.invitations.create(ada, { ...terms, rooms: [board] });
    const named = () => [house.invitations.find(token).rooms, house.invitations.open()[0]?.rooms];
    expect(named()).toEqual([[board], [board]]);
    await house.rooms.putOut(ada, board, ada);
    expect(named()).toEqual([[], []]);
  });

  test("are entered by whoever accepts it, the private ones, and no others", async () => {
    using house = openHouse();
    const admin = house.person("the admin", "admin");
    const [cellar, attic] = [
      await house.rooms.create(admin, "cellar", "", "private"),
      await house.rooms.create(admin, "attic", "", "private"),
    ];
    const general = house.rooms.forReader(admin, "general");
    const { token } = await invite(house, { rooms: [cellar, general] });
    expect(house.invitations.find(token).rooms).toEqual([cellar]);
    const nadia = await accept(house, token, "nadia");
    expect([cellar, attic, general].map((room) => house.rooms.mayRead(nadia, room))).toEqual([true, false, true]);
    expect(house.rooms.membersOf(cellar)).toEqual([admin.id, nadia.id]);
  });

  test("are never a conversation of others", async () => {
    using house = openHouse();
    const admin = house.person("the admin", "admin");
    const direct = await house.rooms.direct(admin, [house.person("mira")]);
    await expect(invite(house, { rooms: [direct] })).rejects.toThrow(
      "Nobody is invited into a conversation of others.",
    );
  });
});

describe("the name of whoever accepts", () => {
  test.each([
    ["mira's own", "mira"],
    ["hers in capitals", "MIRA"],
    ["hers in wide letters", "ｍｉｒａ"],
    ["hers with a Cyrillic letter", "mіra"],
    ["hers with another", "mirа"],
    ["an agent's", "alice"],
    ["an agent's with a Cyrillic letter", "аlice"],
  ])("may not be %s", async (_, name) => {
    using house = openHouse();
    house.person("mira");
    const { token } = await invite(house);
    await expect(accept(house, token, name)).rejects.toThrow(
      `"${name}" is somebody's name here, or looks like it: choose another.`,
    );
    expect((await accept(house, token, "nadia")).name).toBe("nadia");
  });

  test("nor one that is none, and a password is chosen by the rules; neither uses the invitation up", async () => {
    using house = openHouse();
    const { token } = await invite(house);
    expect(await refusedLater(accept(house, token, "<b>"))).toBe("INVALID_MESSAGE");
    expect(await refusedLater(accept(house, token, "everyone"))).toBe("INVALID_MESSAGE");
    expect(await refusedLater(accept(house, token, "nadia-bot"))).toBe("INVALID_MESSAGE");
    expect(await refusedLater(house.invitations.accept(token, "nadia", "short", address))).toBe("INVALID_MESSAGE");
    expect(house.invitations.find(token).uses).toBe(0);
  });

  test("chosen by two in the same moment is given to one, and the other may choose again", async () => {
    using house = openHouse();
    const { token } = await invite(house, { uses: 2 });
    const outcomes = await Promise.allSettled([accept(house, token, "nadia"), accept(house, token, "Nadia")]);
    const told = outcomes.map((outcome) => (outcome.status === "fulfilled" ? "in" : outcome.reason.code));
    expect(told.sort()).toEqual(["CONFLICT", "in"]);
    expect(house.invitations.find(token).uses).toBe(1);
  });
});

test("an invitation that is unknown is refused before a password is hashed for it", () => {
  using house = openHouse();
  expect(refused(() => house.invitations.find("nothing"))).toBe("NOT_FOUND");
});
