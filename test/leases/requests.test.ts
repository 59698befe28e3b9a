import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { LeaseRequest } from "../../src/leases/lease.ts";
import type { Member } from "../../src/people/member.ts";
import { minute } from "../support/clock.ts";
import { type House, openHouse, refusedLater } from "../support/house.ts";

let house: House;
let mira: Member;
let tomas: Member;
let ada: Member;
let alice: Member;
beforeEach(() => {
  house = openHouse();
  [mira, tomas, ada] = [house.person("mira", "analyst"), house.person("tomas", "analyst"), house.person("ada")];
  alice = house.agent("alice");
});
afterEach(() => house[Symbol.dispose]());

async function asked(by: Member, path: string, reason = ""): Promise<LeaseRequest> {
  const [request] = await house.leaseRequests.ask(by, { path, reason });
  if (!request) throw new Error("nobody was asked");
  return request;
}
const held = () => house.leases.list(ada).map(({ path, holder }) => `${path} ${holder.name}`);
const said = () => {
  const general = house.rooms.forReader(ada, "general");
  return house.history.page(general.id, { limit: 50 }).messages.map(({ text }) => text);
};

describe("asking for what another one has", () => {
  test("reaches whoever has it, in the room, and is theirs to decide", async () => {
    await house.leases.claim(mira, { paths: ["src/app.ts"] });
    const request = await asked(tomas, "src/app.ts", "the  release\nis today");
    expect(request).toMatchObject({ state: "pending", reason: "the release is today", requester: { name: "tomas" } });
    expect(said()).toEqual([
      "tomas asks @mira for `` src/app.ts ``. mira, or who manages tasks, decides on the page Files.",
    ]);
    expect(house.leaseRequests.waiting(mira)).toEqual([request]);
    expect(house.leaseRequests.waiting(tomas)).toEqual([request]);
    expect(house.leaseRequests.waiting(house.person("nils", "analyst"))).toEqual([]);
  });

  test("of nobody, or of oneself, is refused; twice is once", async () => {
    await house.leases.claim(mira, { paths: ["src"] });
    expect(await refusedLater(house.leaseRequests.ask(tomas, { path: "docs" }))).toBe("CONFLICT");
    expect(await refusedLater(house.leaseRequests.ask(mira, { path: "src/app.ts" }))).toBe("CONFLICT");
    expect(await refusedLater(house.leaseRequests.ask(tomas, { path: "../src" }))).toBe("INVALID_MESSAGE");
    expect((await asked(tomas, "src")).id).toBe((await asked(tomas, "src")).id);
    expect(said()).toHaveLength(1);
  });

  test("calls people and sets no agent to work, whatever a path holds", async () => {
    await house.leases.claim(alice, { paths: ["a` @bob ` b"] });
    await asked(tomas, "a` @bob ` b");
    const general = house.rooms.forReader(ada, "general");
    const [message] = house.history.page(general.id, { limit: 1 }).messages;
    expect(message?.mentions).toEqual([]);
    expect(message?.text).toStartWith("tomas asks alice for");
  });

  test("waits for at most so many", async () => {
    const paths = Array.from({ length: 51 }, (_, index) => `f${index}`);
    await house.leases.claim(mira, { paths });
    for (const path of paths.slice(0, 50)) await asked(tomas, path);
    expect(await refusedLater(asked(tomas, "f50"))).toBe("CONFLICT");
  });
});

describe("handing over", () => {
  test("approved, the file is whose it was asked for; denied, it stays", async () => {
    await house.leases.claim(mira, { paths: ["a", "b"] });
    const [first, second] = [await asked(tomas, "a"), await asked(tomas, "b")];
    expect(await house.leaseRequests.decide(mira, first.id, true)).toMatchObject({ state: "approved" });
    expect(await house.leaseRequests.decide(mira, second.id, false)).toMatchObject({ state: "denied" });
    expect(held()).toEqual(["a tomas", "b mira"]);
    expect(said().slice(-2)).toEqual(["mira lets @tomas have `` a ``.", "mira does not let @tomas have `` b ``."]);
    expect(house.leases.list(ada)[0]?.expiresAt).toBe(house.clock.now() + 30 * minute);
  });

  test("only by its holder, or by who manages tasks", async () => {
    await house.leases.claim(alice, { paths: ["a"] });
    const request = await asked(tomas, "a");
    expect(await refusedLater(house.leaseRequests.decide(tomas, request.id, true))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(house.leaseRequests.decide(mira, request.id, true))).toBe("NOT_FOUND");
    await house.leaseRequests.decide(ada, request.id, true);
    expect(held()).toEqual(["a tomas"]);
  });

  test("the first answer is the answer, and who comes second hears whose it was", async () => {
    await house.leases.claim(mira, { paths: ["a"] });
    const request = await asked(tomas, "a");
    const both = await Promise.allSettled([
      house.leaseRequests.decide(mira, request.id, false),
      house.leaseRequests.decide(ada, request.id, true),
    ]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect((both[1] as PromiseRejectedResult).reason).toMatchObject({
      code: "CONFLICT",
      message: "That was denied by mira at 09:00 UTC already.",
    });
    expect(held()).toEqual(["a mira"]);
  });

  test("a part of a folder takes the whole claim from its holder and gives the part", async () => {
    await house.leases.claim(mira, { paths: ["src"] });
    const request = await asked(tomas, "src/app.ts");
    await house.leaseRequests.decide(mira, request.id, true);
    expect(held()).toEqual(["src/app.ts tomas"]);
  });

  test("what several have is theirs who asked when the last has let it go", async () => {
    await house.leases.claim(mira, { paths: ["src/a"] });
    await house.leases.claim(alice, { paths: ["src/b"] });
    const [first, second] = await house.leaseRequests.ask(tomas, { path: "src" });
    await house.leaseRequests.decide(ada, first?.id ?? 0, true);
    expect(held()).toEqual(["src/b alice"]);
    await house.leaseRequests.decide(ada, second?.id ?? 0, true);
    expect(held()).toEqual(["src tomas"]);
  });

  test("nothing is decided about what came free by itself, and nobody has one file with another", async () => {
    const [lease] = await house.leases.claim(mira, { paths: ["a"] });
    const request = await asked(tomas, "a");
    await house.leases.release(mira, lease?.id ?? 0);
    expect(house.leaseRequests.forReader(tomas, request.id).state).toBe("lapsed");
    await house.leases.claim(ada, { paths: ["a"] });
    expect(await refusedLater(house.leaseRequests.decide(mira, request.id, true))).toBe("NOT_FOUND");
    expect(held()).toEqual(["a ada"]);
  });

  test("nor about what ran out meanwhile", async () => {
    await house.leases.claim(mira, { paths: ["a"], minutes: 5 });
    const request = await asked(tomas, "a");
    house.clock.advance(5 * minute);
    expect(house.leaseRequests.waiting(mira)).toEqual([]);
    expect(await refusedLater(house.leaseRequests.decide(mira, request.id, true))).toBe("NOT_FOUND");
  });
});

describe("from a private room", () => {
  test("nothing is said in another one: the two see it among the claims, and nobody else", async () => {
    const vault = await house.rooms.create(ada, "vault", "", "private");
    await house.rooms.bringIn(ada, vault, tomas);
    await house.leases.claim(mira, { paths: ["merger"] });
    await house.leaseRequests.ask(tomas, { path: "merger/plan.md", reason: "the merger", roomId: vault.id });
    expect(said()).toEqual([]);
    expect(house.leaseRequests.waiting(mira)).toHaveLength(1);
    expect(house.leaseRequests.waiting(tomas)).toHaveLength(1);
    expect(house.leaseRequests.waiting(house.person("nils"))).toEqual([]);
    expect(house.leaseRequests.waiting(ada)).toHaveLength(1);
  });

  test("what is asked of a claim that one may not know of is for those who may", async () => {
    const vault = await house.rooms.create(ada, "vault", "", "private");
    await house.leases.claim(ada, { paths: ["merger"], roomId: vault.id });
    await asked(tomas, "merger");
    expect(said()).toEqual([]);
    expect(house.leaseRequests.waiting(ada)).toHaveLength(1);
    expect(house.leaseRequests.waiting(house.person("nils"))).toEqual([]);
  });
});
