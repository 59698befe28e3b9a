import { describe, expect, test } from "bun:test";
import type { MemberChanged } from "../../src/people/store.ts";
import { openHouse } from "../support/house.ts";
import { account, address, outcomesOf } from "../support/moment.ts";

/** Two commands of one moment: the first takes the right to the second away, and both were right when they were given. */
describe("whoever is demoted in this moment", () => {
  async function demoted() {
    const house = openHouse();
    const olga = await account(house, "olga", "owner");
    const [anna, carl, mira] = [house.person("anna", "admin"), house.person("carl", "admin"), house.person("mira")];
    const demote = () => house.members.setRole(olga, anna, "viewer");
    return { house, olga, anna, carl, mira, demote };
  }

  test("keeps no role by taking another title", async () => {
    const { house, anna, demote } = await demoted();
    using _ = house;
    const acts = [demote(), house.members.setTitle(anna, "Head of things")];
    expect(await outcomesOf(acts)).toEqual(["done", "done"]);
    expect(house.members.byId(anna.id)).toMatchObject({ role: "viewer", title: "Head of things" });
  });

  test("invites nobody, resets nobody's password, makes no account and changes no role or access", async () => {
    const { house, anna, carl, mira, demote } = await demoted();
    using _ = house;
    const invited = { role: "admin", rooms: [], note: "", uses: 1, days: 7 } as const;
    const joining = { kind: "person", handle: "eve", name: "eve", title: "admin", role: "admin" } as const;
    const { id } = await house.invitations.create(carl, invited);
    const acts = [
      demote(),
      house.invitations.create(anna, invited),
      house.invitations.revoke(anna, id),
      house.passwords.createReset(carl, anna),
      house.members.join({ ...joining, passwordHash: "a hash of some password" }, anna),
      house.members.setRole(anna, mira, "admin"),
      house.members.disable(anna, carl),
      house.sessions.endAll(carl, anna),
      house.keys.create(anna, {
        name: "k",
        member: house.agent("alice"),
        permissions: ["read"],
        rooms: [house.rooms.forReader(anna, "general").id],
        days: null,
      }),
      house.roster.hire(anna, { name: "frida", role: "writer" }),
      house.roster.fire(anna, "bob"),
      house.rooms.create(anna, "annas", ""),
      house.rooms.direct(anna, [mira]),
    ];
    const [first, ...rest] = await outcomesOf(acts);
    expect([first, new Set(rest)]).toEqual(["done", new Set(["PERMISSION_DENIED"])]);
    expect(house.members.byId(mira.id).role).toBe("developer");
    expect(house.members.byId(carl.id).removedAt).toBeNull();
  });

  test("the same is done by who keeps the right to", async () => {
    const { house, carl, mira, demote } = await demoted();
    using _ = house;
    const invited = { role: "admin", rooms: [], note: "", uses: 1, days: 7 } as const;
    const acts = [demote(), house.invitations.create(carl, invited), house.members.setRole(carl, mira, "analyst")];
    expect(await outcomesOf(acts)).toEqual(["done", "done", "done"]);
  });

  test("two admins who disable each other at once: the one who was first stays", async () => {
    const { house, anna, carl } = await demoted();
    using _ = house;
    const acts = [house.members.disable(anna, carl), house.members.disable(carl, anna)];
    expect(await outcomesOf(acts)).toEqual(["done", "PERMISSION_DENIED"]);
  });

  test("who is being disabled makes no key that works when they are let in again", async () => {
    const { house, olga, mira } = await demoted();
    using _ = house;
    const request = { name: "k", member: mira, permissions: ["read"] as const, rooms: null, days: null };
    const acts = [house.members.disable(olga, mira), house.keys.create(mira, request)];
    expect(await outcomesOf(acts)).toEqual(["done", "PERMISSION_DENIED"]);
    await house.members.enable(olga, mira);
    expect(house.keys.visibleTo(mira)).toEqual([]);
  });

  test("a key that is being revoked has no successor", async () => {
    const { house, mira } = await demoted();
    using _ = house;
    const request = { name: "k", member: mira, permissions: ["read"] as const, rooms: null, days: null };
    const { id } = await house.keys.create(mira, request);
    expect(await outcomesOf([house.keys.revoke(mira, id), house.keys.rotate(mira, id)])).toEqual(["done", "NOT_FOUND"]);
  });
});

describe("whoever is put out of a room in this moment", () => {
  async function vault() {
    const house = openHouse();
    const [dora, bea] = [house.person("dora"), house.person("bea", "admin")];
    const room = await house.rooms.create(dora, "vault", "", "private");
    await house.rooms.bringIn(dora, room, bea);
    const said = house.say(bea, "before", { room: room.slug });
    return { house, dora, bea, room, said, put: () => house.rooms.putOut(dora, room, bea) };
  }
  const done = (act: (done: (outcome: { ok: boolean; refusal?: Error }) => void) => void) =>
    new Promise((resolve, reject) => act((given) => (given.ok ? resolve(given) : reject(given.refusal))));

  test("brings nobody in, not even herself, puts nobody out and invites nobody into it", async () => {
    const { house, dora, bea, room, put } = await vault();
    using _ = house;
    const invited = { role: "viewer", rooms: [room], note: "", uses: 1, days: 7 } as const;
    const acts = [
      put(),
      house.rooms.bringIn(bea, room, house.person("spy")),
      house.rooms.bringIn(bea, room, bea),
      house.rooms.putOut(bea, room, dora),
      house.invitations.create(bea, invited),
    ];
    const [first, ...rest] = await outcomesOf(acts);
    expect([first, new Set(rest)]).toEqual(["done", new Set(["NOT_FOUND"])]);
    expect(house.rooms.membersOf(room)).toEqual([dora.id]);
  });

  test("says nothing more there, changes nothing, and decides about no task", async () => {
    const { house, bea, room, said, put } = await vault();
    using _ = house;
    await house.rooms.bringIn(bea, room, house.agent("alice"));
    const asked = { agentId: house.agent("alice").id, requestId: said.id, requesterId: bea.id, description: "fix it" };
    const task = await new Promise<{ id: number }>((resolve, reject) => {
      house.tasks.open({ ...asked, roomId: room.id }, (given) =>
        given instanceof Error ? reject(given) : resolve(given),
      );
    });
    const acts = [
      put(),
      done((outcome) => house.post(bea, { room: room.slug, text: "after", origin: "ws" }, outcome)),
      done((outcome) => house.change.edit(bea, said.id, "changed", outcome)),
      done((outcome) => house.change.remove(bea, said.id, outcome)),
      done((outcome) => house.tasks.decide(bea, task.id, "cancel", outcome)),
    ];
    const [first, ...rest] = await outcomesOf(acts);
    expect([first, new Set(rest)]).toEqual(["done", new Set(["NOT_FOUND"])]);
    expect(house.history.message(said.id)?.text).toBe("before");
    expect(house.tasks.byId(task.id)?.state).toBe("queued");
  });

  test("while who is still in it does all of that", async () => {
    const { house, dora, bea, room, put } = await vault();
    using _ = house;
    const spy = house.person("spy");
    const acts = [
      put(),
      house.rooms.bringIn(dora, room, spy),
      done((outcome) => house.post(dora, { room: room.slug, text: "after", origin: "ws" }, outcome)),
    ];
    expect(await outcomesOf(acts)).toEqual(["done", "done", "done"]);
    expect(house.rooms.mayRead(bea, room)).toBe(false);
  });

  test("a disabled person's last words in a public room are not said", async () => {
    const { house, bea } = await vault();
    using _ = house;
    const ada = house.person("ada", "admin");
    const acts = [
      house.members.disable(ada, bea),
      done((outcome) => house.post(bea, { room: "general", text: "after", origin: "ws" }, outcome)),
    ];
    expect(await outcomesOf(acts)).toEqual(["done", "PERMISSION_DENIED"]);
  });
});

test("events of before are applied as they were: a title that came with a role, a new password that ended every link", () => {
  using house = openHouse();
  const [mira, ada] = [house.person("mira"), house.person("ada", "admin")];
  const event = (kind: string, actorId: number | null, data: object) => {
    house.log.replay([{ seq: house.log.seq + 1, at: house.clock.now(), kind, roomId: null, actorId, data }]);
  };
  event("member.changed", mira.id, { id: mira.id, title: "Boss", role: "admin" } satisfies MemberChanged);
  const row = () => house.store.sqlite.query("SELECT title, role FROM members WHERE id = ?").get(mira.id);
  expect(row()).toEqual({ title: "Boss", role: "admin" });
  event("password.set", mira.id, { memberId: mira.id, hash: "h", resetId: null, address });
  event("reset.created", ada.id, { memberId: mira.id, tokenHash: "t", expiresAt: 1, address });
  const used = () => house.store.sqlite.query("SELECT used_at AS used FROM password_resets").get();
  expect([house.store.sqlite.query("SELECT hash FROM passwords").get(), used()]).toEqual([
    { hash: "h" },
    { used: null },
  ]);
  event("password.set", mira.id, { memberId: mira.id, hash: "i", resetId: null, address });
  expect(used()).toEqual({ used: house.clock.now() });
});
