import { describe, expect, test } from "bun:test";
import { checkChain } from "../../src/audit/chain.ts";
import { Refusal } from "../../src/errors.ts";
import type { Member } from "../../src/people/member.ts";
import { createConnections } from "../../src/transports/websocket/connections.ts";
import { takeWallsDown } from "../support/database.ts";
import { type House, openHouse, refused, refusedLater } from "../support/house.ts";
import { openConnection } from "../support/wire.ts";

const address = "10.0.0.1";
const password = "an old oak by the river";

/** A guest who came by name, as the sign-in page lets them. */
async function guest(house: House, userId: string): Promise<Member> {
  let given: Member | Refusal | undefined;
  house.signIn.byName({ userId, role: "", method: undefined }, address, (member) => {
    given = member;
  });
  house.log.flush();
  if (!given || given instanceof Refusal) throw given ?? new Error("no answer");
  await house.enter(given, "guest");
  return given;
}

describe("whoever came by a name before its owner did", () => {
  test("keeps nothing of it: no key, no device, no link, no room", async () => {
    using house = openHouse({ env: { OPENCODE_DEV_MODE: "true" } });
    const stranger = house.person("olga");
    const request = { name: "k", member: stranger, permissions: ["read"] as const, rooms: null, days: null };
    const { id } = await house.keys.create(stranger, request);
    const { grant } = await house.grants.make(stranger, "laptop", "chat", address);
    const tomas = house.person("tomas");
    const link = await house.passwords.createReset(stranger, house.person("ada", "admin"));
    const board = await house.rooms.create(tomas, "board", "", "private");
    await house.rooms.bringIn(tomas, board, stranger);
    const olga = await house.setUp.makeOwner(house.setUp.code ?? "", "olga", password, address);
    expect(olga).toMatchObject({ id: stranger.id, role: "owner" });
    expect([house.keys.holds(id), house.grants.byId(grant.id)]).toEqual([false, undefined]);
    expect(refused(() => house.passwords.findReset(link))).toBe("NOT_FOUND");
    expect(house.rooms.mayRead(olga, board)).toBe(false);
  });

  test("as a guest makes no key that outlives the way in", async () => {
    using house = openHouse({ env: { OPENCODE_ALLOW_GUEST: "true" } });
    const gil = await guest(house, "gil");
    const request = { name: "k", member: gil, permissions: ["read"] as const, rooms: null, days: null };
    const { id } = await house.keys.create(gil, request);
    expect(house.keys.holds(id)).toBe(false);
  });
});

describe("a right that was lost meanwhile", () => {
  test("makes no account: not with a password that was being hashed when it was lost", async () => {
    using house = openHouse();
    const [olga, ada] = [house.person("olga", "owner"), house.person("ada", "admin")];
    const joining = { kind: "person", handle: "eve", name: "eve", title: "admin", role: "admin" } as const;
    const passwordHash = await house.passwords.hash(password, "eve");
    await house.members.disable(olga, ada);
    expect(await refusedLater(house.members.join({ ...joining, passwordHash }, ada))).toBe("PERMISSION_DENIED");
    expect(house.members.person("eve")).toBeUndefined();
    await house.members.join({ ...joining, passwordHash }, olga);
  });

  test("brings nobody into a room that the inviter was put out of", async () => {
    using house = openHouse();
    const [mira, ada] = [house.person("mira"), house.person("ada", "admin")];
    const board = await house.rooms.create(mira, "board", "", "private");
    await house.rooms.bringIn(mira, board, ada);
    const invited = { role: "developer", rooms: [board], note: "", uses: 2, days: 1 } as const;
    const { token } = await house.invitations.create(ada, invited);
    const early = await house.invitations.accept(token, "early", password, address);
    await house.rooms.putOut(mira, board, ada);
    const late = await house.invitations.accept(token, "late", password, address);
    expect([early, late].map((member) => house.rooms.mayRead(member, board))).toEqual([true, false]);
  });

  test("a link for a developer's password opens no owner's; one's own new title leaves links alone", async () => {
    using house = openHouse();
    const [olga, ada] = [house.person("olga", "owner"), house.person("ada", "admin")];
    const [anna, mira] = [house.person("anna"), house.person("mira")];
    const [forAnna, forMira] = [
      await house.passwords.createReset(anna, ada),
      await house.passwords.createReset(mira, ada),
    ];
    await house.members.setTitle(ada, "Head of things");
    await house.members.setRole(olga, anna, "owner");
    expect(refused(() => house.passwords.findReset(forAnna))).toBe("NOT_FOUND");
    expect(house.passwords.findReset(forMira).memberId).toBe(mira.id);
  });

  test("a password set by a link ends keys and devices as well; one's own change does not", async () => {
    using house = openHouse();
    const [ada, mira] = [house.person("ada", "admin"), house.person("mira")];
    const request = { name: "k", member: mira, permissions: ["read"] as const, rooms: null, days: null };
    const key = await house.keys.create(mira, request);
    const { grant } = await house.grants.make(mira, "laptop", "chat", address);
    const hash = await house.passwords.hash(password, "mira");
    await house.passwords.set(mira, hash, mira);
    expect([house.keys.holds(key.id), house.grants.byId(grant.id)?.id]).toEqual([true, grant.id]);
    const { id } = house.passwords.findReset(await house.passwords.createReset(mira, ada));
    await house.passwords.set(mira, hash, mira, id);
    expect([house.keys.holds(key.id), house.grants.byId(grant.id)]).toEqual([false, undefined]);
  });
});

test("sockets that showed who they are count as theirs from the beginning, whatever frames come", () => {
  using house = openHouse({ limits: { connectionsPerMember: 1 } });
  const connections = createConnections(house.config);
  const mira = house.person("mira");
  const shown = { member: mira, proof: { kind: "name", id: null }, expiresAt: null } as const;
  const [first, second] = [openConnection(house).connection, openConnection(house).connection];
  for (const connection of [first, second]) Object.assign(connection, { shown });
  connections.add(first);
  expect(refused(() => connections.add(second))).toBe("CONNECTION_LIMIT");
  connections.claim(first, shown);
  connections.remove(first);
  expect(connections.count(mira.id)).toBe(0);
  connections.add(second);
});

test("entries cut off the audit's end are missed also after new ones were written", async () => {
  using house = openHouse();
  for (const name of ["mira", "tomas", "ines"]) house.person(name);
  takeWallsDown(house.store.sqlite);
  house.store.sqlite.run("DELETE FROM audit WHERE id > (SELECT max(id) - 2 FROM audit)");
  house.person("late");
  expect(await checkChain(house.store)).toMatchObject({ ok: false });
});
