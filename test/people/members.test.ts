import { describe, expect, test } from "bun:test";
import { Refusal } from "../../src/errors.ts";
import { permissionsOf } from "../../src/people/member.ts";
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
    using house = openHouse({ env: { OPENCODE_DEV_MODE: "true" } });
    const admit = (role: "guest" | "analyst") => {
      house.members.admit("mira", role, role, () => {});
      house.log.flush();
      return house.person("mira", role);
    };
    const mira = admit("guest");
    const later = admit("analyst");
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

describe("who may change whom", () => {
  /** olga owns the workspace and can sign in; ada helps her. */
  async function ownedHouse() {
    const house = openHouse();
    const [olga, ada, mira] = [house.person("olga", "owner"), house.person("ada", "admin"), house.person("mira")];
    await house.passwords.set(olga, "a hash of some password", olga);
    return { house, olga, ada, mira };
  }

  test("an admin changes mira's role; mira changes nobody's, not even her own", async () => {
    const { house, ada, mira } = await ownedHouse();
    using _ = house;
    await house.members.setRole(ada, mira, "analyst");
    expect(house.members.byId(mira.id)).toMatchObject({ role: "analyst", name: "mira" });
    const tomas = house.person("tomas");
    for (const member of [mira, tomas])
      await expect(house.members.setRole(tomas, member, "admin")).rejects.toThrow(
        `You may not make ${member.name} admin.`,
      );
    expect(await refusedLater(house.members.disable(tomas, mira))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(house.members.enable(tomas, mira))).toBe("PERMISSION_DENIED");
  });

  test("only an owner touches owners or makes one", async () => {
    const { house, olga, ada, mira } = await ownedHouse();
    using _ = house;
    expect(await refusedLater(house.members.setRole(ada, mira, "owner"))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(house.members.setRole(ada, ada, "owner"))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(house.members.setRole(ada, olga, "viewer"))).toBe("PERMISSION_DENIED");
    await expect(house.members.disable(ada, olga)).rejects.toThrow("You may not change olga's access.");
    await house.members.setRole(olga, mira, "owner");
    expect(house.members.byId(mira.id).role).toBe("owner");
  });

  test("nobody gives an agent or the house a role, or takes their access", async () => {
    const { house, olga } = await ownedHouse();
    using _ = house;
    for (const other of [house.agent("alice"), house.members.system]) {
      expect(await refusedLater(house.members.setRole(olga, other, "admin"))).toBe("PERMISSION_DENIED");
      expect(await refusedLater(house.members.disable(olga, other))).toBe("PERMISSION_DENIED");
    }
  });

  test("whoever came by a key that does not manage people does not, whatever they are", async () => {
    const { house, olga, mira } = await ownedHouse();
    using _ = house;
    const byKey = { ...olga, scope: { permissions: ["read", "manage_system"] as const, rooms: null } };
    expect(await refusedLater(house.members.setRole(byKey, mira, "viewer"))).toBe("PERMISSION_DENIED");
    const byWider = { ...olga, scope: { permissions: ["manage_users"] as const, rooms: null } };
    expect(await refusedLater(house.members.setRole(byWider, mira, "owner"))).toBe("PERMISSION_DENIED");
  });

  test("the last owner stays one, until somebody else who can sign in is one too", async () => {
    const { house, olga, mira } = await ownedHouse();
    using _ = house;
    const words = "That is the last owner: make somebody else an owner first.";
    await expect(house.members.setRole(olga, olga, "viewer")).rejects.toThrow(words);
    await expect(house.members.disable(olga, olga)).rejects.toThrow(words);
    // An owner who has no password is nobody's help.
    await house.members.setRole(olga, mira, "owner");
    await expect(house.members.disable(olga, olga)).rejects.toThrow(words);
    await house.passwords.set(mira, "a hash of some password", mira);
    await house.members.disable(olga, olga);
    expect(house.members.byId(olga.id).removedAt).toBe(house.clock.now());
    await expect(
      house.members.setRole(house.members.byId(mira.id), house.members.byId(mira.id), "admin"),
    ).rejects.toThrow(words);
  });

  test("two owners who step down in the same moment: one of them stays", async () => {
    const { house, olga, mira } = await ownedHouse();
    using _ = house;
    await house.members.setRole(olga, mira, "owner");
    await house.passwords.set(mira, "a hash of some password", mira);
    const other = house.members.byId(mira.id);
    const outcomes = await Promise.allSettled([
      house.members.setRole(olga, olga, "viewer"),
      house.members.setRole(other, other, "viewer"),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(house.members.hasOwner()).toBe(true);
  });

  test("who is disabled may do nothing, and comes back as the same person", async () => {
    const { house, olga, mira } = await ownedHouse();
    using _ = house;
    await house.members.disable(olga, mira);
    const gone = house.members.byId(mira.id);
    expect(permissionsOf(gone)).toEqual([]);
    expect(await refusedLater(house.members.setRole(gone, house.person("tomas"), "viewer"))).toBe("PERMISSION_DENIED");
    await house.members.enable(olga, gone);
    expect(house.members.byId(mira.id)).toEqual(mira);
  });
});

describe("a name that looks like another", () => {
  test.each([
    ["mira", "mіra"],
    ["mira", "mirа"],
    ["paul", "pаul"],
    ["Ada", "АdA"],
    ["carl", "cаrl"],
  ])("%s is seen in %s", (known, other) => {
    using house = openHouse();
    const member = house.person(known);
    expect(house.members.lookalike(other)).toBe(member);
    expect(house.members.lookalike(known)).toBeUndefined();
    expect(house.members.lookalike("nobody")).toBeUndefined();
  });
});

test("whom an outside issuer names is one person for that issuer, and takes nobody's name", async () => {
  using house = openHouse();
  house.person("mira");
  const joining = { kind: "person", handle: "nadia", name: "nadia", title: "viewer", role: "viewer" } as const;
  const nadia = await house.members.join({ ...joining, outside: { issuer: "https://id.example", subject: "7" } });
  expect(house.members.outsider("https://id.example", "7")).toBe(nadia);
  expect(house.members.outsider("https://other.example", "7")).toBeUndefined();
  expect(house.members.outsider("https://id.example", "8")).toBeUndefined();
  const outside = { issuer: "https://id.example", subject: "9" };
  await expect(house.members.join({ ...joining, handle: "mira", name: "mira", outside })).rejects.toThrow(
    `"mira" is somebody's name here, or looks like it: choose another.`,
  );
  expect(house.members.outsider("https://id.example", "9")).toBeUndefined();
});
