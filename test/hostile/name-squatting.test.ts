import { describe, expect, test } from "bun:test";
import type { Member } from "../../src/people/member.ts";
import { type House, openHouse, refused, refusedLater } from "../support/house.ts";
import { account, address, byName, outcomesOf, quick } from "../support/moment.ts";

const env = { OPENCODE_ALLOW_GUEST: "true" };
const password = "a fine long phrase";

/** A guest who came by name, and their session. */
async function guest(house: House, name: string): Promise<{ member: Member; token: string }> {
  const member = await byName(house, name, "guest");
  return { member, token: await house.enter(member, "guest") };
}

async function invitation(house: House, uses = 1): Promise<string> {
  const ada = house.person("ada", "admin");
  const invited = { role: "developer", rooms: [], note: "", uses, days: 1 } as const;
  return (await house.invitations.create(ada, invited)).token;
}

describe("a guest, who is nothing but a name, gives way to whose name it is", () => {
  test("when they are invited: the guest's sessions end, and what they said stays theirs under another name", async () => {
    using house = openHouse({ env });
    const { member, token } = await guest(house, "ceo");
    const said = house.say(member, "I am the ceo");
    const ceo = await house.invitations.accept(await invitation(house), "ceo", password, address);
    expect(house.members.person("ceo")).toBe(ceo);
    expect(ceo).toMatchObject({ handle: "ceo", role: "developer" });
    const former = `ceo-guest-${member.id}`;
    expect(house.members.byId(member.id)).toMatchObject({ name: former, handle: former, role: "guest" });
    expect(house.sessions.find(token)).toBeUndefined();
    expect(house.history.message(said.id)?.author.name).toBe(former);
    expect(house.members.mentioned("ceo")).toEqual([ceo]);
    for (const name of ["ceo", former])
      await byName(house, name, "guest").then(
        () => expect.unreachable(),
        () => {},
      );
  });

  test("when an admin makes an account of that name, or an outside issuer vouches for one", async () => {
    using house = openHouse({ env });
    const [first, second] = [await guest(house, "cfo"), await guest(house, "cto")];
    const joining = { kind: "person", title: "x", role: "viewer" } as const;
    const byAdmin = { ...joining, handle: "cfo", name: "cfo", passwordHash: await quick(password) };
    const cfo = await house.members.join(byAdmin, house.person("ada", "admin"));
    const outside = { issuer: "https://id.example.org", subject: "s-7" };
    const cto = await house.members.join({ ...joining, handle: "cto", name: "cto", outside });
    expect([house.members.person("cfo"), house.members.person("cto")]).toEqual([cfo, cto]);
    for (const { token } of [first, second]) expect(house.sessions.find(token)).toBeUndefined();
  });

  test("also when theirs only looks like it", async () => {
    using house = openHouse({ env });
    const { member, token } = await guest(house, "c\u0435o.");
    await house.invitations.accept(await invitation(house), "ceo", password, address);
    expect(house.members.byId(member.id).name).toEndWith(`-guest-${member.id}`);
    expect([house.sessions.find(token), house.members.lookalike("ceo")]).toEqual([undefined, undefined]);
  });

  test("a sign-in of theirs that is under way opens nothing", async () => {
    using house = openHouse({ env });
    const member = await byName(house, "ceo", "guest");
    await house.invitations.accept(await invitation(house), "ceo", password, address);
    const start = { method: "guest", device: "", address };
    expect(await refusedLater(house.sessions.open(member, start))).toBe("AUTH_FAILED");
  });
});

describe("nobody else gives way", () => {
  test("neither somebody with a password, be they a guest, nor an agent, a program or whom an issuer vouches for", async () => {
    using house = openHouse({ env });
    await account(house, "gil", "guest");
    house.person("oda", "guest");
    const token = await invitation(house, 9);
    for (const name of ["gil", "g\u0456l", "oda", "alice", "ali\u0441e", "api_user", "ada"]) {
      expect([name, refused(() => house.members.claim(name))]).toEqual([name, "CONFLICT"]);
      expect(await refusedLater(house.invitations.accept(token, name, password, address))).toBe("CONFLICT");
    }
  });

  test("and a guest gives way to no other guest's look", async () => {
    using house = openHouse({ env });
    await guest(house, "ceo");
    await byName(house, "c\u0435o", "guest").then(
      () => expect.unreachable(),
      (refusal) => expect(refusal.code).toBe("CONFLICT"),
    );
  });

  test("nor one who became somebody in the same moment: all of it is refused, and nothing is half done", async () => {
    using house = openHouse({ env });
    const { member } = await guest(house, "ceo");
    const ada = house.person("ada", "admin");
    const joining = { kind: "person", handle: "ceo", name: "ceo", title: "x", role: "viewer" } as const;
    const hash = await quick(password);
    const acts = [
      house.passwords.set(member, hash, member),
      house.members.join({ ...joining, passwordHash: hash }, ada),
    ];
    expect(await outcomesOf(acts)).toEqual(["done", "CONFLICT"]);
    expect(house.members.person("ceo")?.id).toBe(member.id);
  });

  test("two who come for one name in the same moment: one has it", async () => {
    using house = openHouse({ env });
    await guest(house, "ceo");
    const token = await invitation(house, 2);
    const acts = [1, 2].map(() => house.invitations.accept(token, "ceo", password, address));
    expect((await outcomesOf(acts)).sort()).toEqual(["CONFLICT", "done"]);
  });
});
