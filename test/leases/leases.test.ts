import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { acting } from "../../src/people/identity.ts";
import type { Member } from "../../src/people/member.ts";
import { hour, minute } from "../support/clock.ts";
import { type House, openHouse, refusalOf, refusedLater, until } from "../support/house.ts";

let house: House;
let mira: Member;
let tomas: Member;
let alice: Member;
beforeEach(() => {
  house = openHouse();
  [mira, tomas, alice] = [house.person("mira"), house.person("tomas", "analyst"), house.agent("alice")];
});
afterEach(() => house[Symbol.dispose]());

const paths = (reader: Member) => house.leases.list(reader).map(({ path, holder }) => `${path} ${holder.name}`);
async function words(promise: Promise<unknown>): Promise<string> {
  const settled = await promise.then(
    () => undefined,
    (refusal: unknown) => refusal,
  );
  return refusalOf(() => {
    throw settled;
  }).message;
}

describe("a claim", () => {
  test("is one's own for half an hour unless it is said for how long", async () => {
    const [lease] = await house.leases.claim(mira, { paths: ["src/app.ts"], purpose: "the  login\nform" });
    expect(lease).toMatchObject({ path: "src/app.ts", holder: { name: "mira" }, purpose: "the login form" });
    expect((lease?.expiresAt ?? 0) - house.clock.now()).toBe(30 * minute);
    const [long] = await house.leases.claim(mira, { paths: ["docs"], minutes: 240 });
    expect((long?.expiresAt ?? 0) - house.clock.now()).toBe(4 * hour);
    for (const minutes of [0, -1, 241, 1.00001, Number.NaN])
      expect(await refusedLater(house.leases.claim(mira, { paths: ["x"], minutes }))).toBe("INVALID_MESSAGE");
  });

  test("keeps others from the file, from what it lies in and from what is in it, and says who has it until when", async () => {
    await house.leases.claim(mira, { paths: ["src/app"] });
    const claim = (path: string) => house.leases.claim(tomas, { paths: [path] });
    for (const path of ["src/app", "SRC/App", "src/app/main.ts", "src", "src/\u0430pp/x"])
      expect(await words(claim(path))).toBe(`${path} is claimed by mira until 09:30 UTC.`);
    for (const path of ["src/app2", "src/ap", "app", "src-app"]) await claim(path);
    expect(paths(mira)).toHaveLength(5);
  });

  test("is all or nothing, and names everything that stands in the way", async () => {
    await house.leases.claim(mira, { paths: ["a", "c"] });
    const said = await words(house.leases.claim(tomas, { paths: ["a", "b", "c"] }));
    expect(said).toBe("a is claimed by mira until 09:30 UTC; c is claimed by mira until 09:30 UTC.");
    expect(paths(tomas)).toEqual(["a mira", "c mira"]);
  });

  test("of what one has already is a renewal, also of what lies in one's folder", async () => {
    const [folder] = await house.leases.claim(mira, { paths: ["src"] });
    house.clock.advance(20 * minute);
    const [again] = await house.leases.claim(mira, { paths: ["src/app.ts"] });
    expect(again).toMatchObject({ id: folder?.id, path: "src", expiresAt: house.clock.now() + 30 * minute });
    // A shorter one takes nothing away.
    const [shorter] = await house.leases.claim(mira, { paths: ["src"], minutes: 1 });
    expect(shorter?.expiresAt).toBe(again?.expiresAt);
  });

  test("two in one moment: one has it, and the other hears whose it is", async () => {
    const both = await Promise.allSettled([mira, tomas].map((by) => house.leases.claim(by, { paths: ["src/app.ts"] })));
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect((both[1] as PromiseRejectedResult).reason.message).toContain("claimed by mira");
  });

  test("fifty at once for overlapping paths: no two have the same file", async () => {
    const everybody = Array.from({ length: 50 }, (_, index) => house.person(`p${index}`));
    const wanted = ["src", "src/app.ts", "src/app.ts/x", "SRC/APP.TS", "docs"];
    const got = await Promise.allSettled(
      everybody.map((by, index) =>
        house.leases.claim(by, { paths: [wanted[index % wanted.length] ?? "", `own${index}`] }),
      ),
    );
    expect(got.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    expect(house.leases.list(mira).map(({ path }) => path)).toEqual(["docs", "own0", "own4", "src"]);
  });

  test("twice by the same one in one moment is one claim", async () => {
    const [one, two] = await Promise.all([1, 2].map(() => house.leases.claim(mira, { paths: ["x"] })));
    expect(one).toEqual(two);
    expect(paths(mira)).toEqual(["x mira"]);
  });

  test("is bounded in paths and for each member", async () => {
    const many = (count: number, name: string) => Array.from({ length: count }, (_, index) => `${name}/${index}`);
    expect(await refusedLater(house.leases.claim(mira, { paths: many(101, "a") }))).toBe("INVALID_MESSAGE");
    for (const name of ["a", "b", "c"]) await house.leases.claim(mira, { paths: many(100, name) });
    expect(await refusedLater(house.leases.claim(mira, { paths: ["d"] }))).toBe("CONFLICT");
    await house.leases.claim(tomas, { paths: ["d"] });
    expect(await refusedLater(house.leases.claim(mira, { paths: [] }))).toBe("INVALID_MESSAGE");
  });
});

describe("who may", () => {
  test("claim: whoever may write, and for an agent who manages tasks; nobody for another person", async () => {
    expect(await refusedLater(house.leases.claim(house.person("vera", "viewer"), { paths: ["x"] }))).toBe(
      "PERMISSION_DENIED",
    );
    expect(await refusedLater(house.leases.claim(tomas, { paths: ["x"], holder: alice }))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(house.leases.claim(mira, { paths: ["x"], holder: tomas }))).toBe("PERMISSION_DENIED");
    await house.leases.claim(mira, { paths: ["x"], holder: alice });
    await house.leases.claim(alice, { paths: ["y"] });
    expect(paths(tomas)).toEqual(["x alice", "y alice"]);
  });

  test("claim: nobody under a guest's name, which is anybody's", async () => {
    const data = { kind: "person", handle: "gus", name: "gus", title: "guest", role: "guest" };
    house.log.append([{ kind: "member.joined", roomId: null, actorId: null, data }]);
    house.log.flush();
    const gus = house.members.person("gus");
    if (!gus) throw new Error("gus is missing");
    expect(await refusedLater(house.leases.claim(gus, { paths: ["x"] }))).toBe("CONFLICT");
  });

  test("release and renew: whose it is, and who manages tasks", async () => {
    const [lease] = await house.leases.claim(alice, { paths: ["x"] });
    const id = lease?.id ?? 0;
    for (const act of [house.leases.renew, house.leases.release])
      expect(await refusedLater(act(tomas, id))).toBe("PERMISSION_DENIED");
    await house.leases.renew(mira, id, 60);
    await house.leases.release(mira, id);
    expect(await refusedLater(house.leases.release(alice, id))).toBe("NOT_FOUND");
    expect(paths(mira)).toEqual([]);
  });

  test("what was taken away between asking and committing is asked again", async () => {
    const claim = house.leases.claim(tomas, { paths: ["x"] });
    house.log.append([
      { kind: "member.changed", roomId: null, actorId: null, data: { id: tomas.id, title: "viewer", role: "viewer" } },
    ]);
    const second = house.leases.claim(tomas, { paths: ["y"] });
    expect((await claim)[0]?.path).toBe("x");
    expect(await refusedLater(second)).toBe("PERMISSION_DENIED");
  });
});

describe("what was claimed for a private room", () => {
  test("is not there for others, but keeps them out and says by whom", async () => {
    const vault = await house.rooms.create(mira, "vault", "", "private");
    await house.rooms.bringIn(mira, vault, alice);
    const task = { id: 1, roomId: vault.id };
    const [lease] = await house.leases.claim(alice, { paths: ["merger/plan.md"], purpose: "the merger", task });
    const id = lease?.id ?? 0;
    expect(paths(mira)).toEqual(["merger/plan.md alice"]);
    expect(paths(tomas)).toEqual([]);
    expect(await refusedLater(house.leases.release(tomas, id))).toBe("NOT_FOUND");
    const said = await words(house.leases.claim(tomas, { paths: ["merger"] }));
    expect(said).toBe("merger is claimed by alice until 09:30 UTC.");
    expect(said).not.toContain("plan");
    const ada = house.person("ada", "admin");
    expect(await refusedLater(house.leases.release(ada, id))).toBe("NOT_FOUND");
  });

  test("nor for a key of its own holder that does not open the room", async () => {
    const vault = await house.rooms.create(mira, "vault", "", "private");
    const general = house.rooms.forReader(mira, "general");
    await house.leases.claim(mira, { paths: ["secret"], roomId: vault.id });
    await house.leases.claim(mira, { paths: ["open"] });
    const narrowed = acting(mira, "", { permissions: ["read", "write"], rooms: [general.id] });
    expect(paths(narrowed)).toEqual(["open mira"]);
    expect((await house.leases.releasePaths(narrowed, narrowed, null)).map(({ path }) => path)).toEqual(["open"]);
    expect(paths(mira)).toEqual(["secret mira"]);
  });
});

describe("a claim ends", () => {
  test("by itself when its time is over: nobody waits for the sweep", async () => {
    await house.leases.claim(mira, { paths: ["x"], minutes: 10 });
    house.clock.advance(10 * minute - 1);
    expect(await refusedLater(house.leases.claim(tomas, { paths: ["x"] }))).toBe("CONFLICT");
    house.clock.advance(1);
    expect(paths(mira)).toEqual([]);
    await house.leases.claim(tomas, { paths: ["x"] });
    house.leaseEndings.sweep();
    house.log.flush();
    expect(house.committed.filter(({ kind }) => kind === "lease.expired")).toHaveLength(1);
    expect(paths(mira)).toEqual(["x tomas"]);
  });

  test("one that was renewed in the same moment stays", async () => {
    const [lease] = await house.leases.claim(mira, { paths: ["x"], minutes: 10 });
    house.clock.advance(10 * minute - 1);
    const renewed = house.leases.renew(mira, lease?.id ?? 0);
    house.leaseEndings.sweep();
    await renewed;
    house.clock.advance(minute);
    house.leaseEndings.sweep();
    house.log.flush();
    expect(paths(mira)).toEqual(["x mira"]);
  });

  test("one whose time is over is not renewed any more: somebody may have it", async () => {
    const [lease] = await house.leases.claim(mira, { paths: ["x"], minutes: 10 });
    house.clock.advance(10 * minute);
    expect(await refusedLater(house.leases.renew(mira, lease?.id ?? 0))).toBe("NOT_FOUND");
  });

  test("with the run it was made for, and no other of its holder's", async () => {
    const task = house.work(mira, "alice", "fix it", { state: "accepted" });
    const other = house.work(mira, "alice", "and that", { state: "accepted" });
    await house.leases.claim(alice, { paths: ["a"], task });
    await house.leases.claim(alice, { paths: ["b"], task: other });
    await house.leases.claim(alice, { paths: ["c"] });
    expect(house.tasks.byId(task.id)?.claims).toBe(1);
    house.leaseEndings.releaseOf(alice.id, task.id);
    house.log.flush();
    expect(paths(mira)).toEqual(["b alice", "c alice"]);
  });

  test("with the task, whoever ends it", async () => {
    const task = house.work(mira, "alice", "fix it", { state: "accepted" });
    await house.leases.claim(alice, { paths: ["a", "b"], task });
    house.outcomeOf((done) => house.tasks.move(task.id, { state: "completed" }, alice, done));
    await until(() => paths(mira).length === 0, "the release");
    expect(house.tasks.byId(task.id)?.claims).toBe(0);
  });

  test("with who held it: an agent that was fired holds nothing back", async () => {
    await house.leases.claim(alice, { paths: ["a"] });
    await house.roster.fire(mira, "alice");
    await house.leases.claim(tomas, { paths: ["a"] });
    expect(paths(mira)).toEqual(["a tomas"]);
  });

  test("what a crash left of a task that had ended is released at the next start", async () => {
    const task = house.work(mira, "alice", "fix it", { state: "accepted" });
    await house.leases.claim(alice, { paths: ["a"], task });
    house.store.sqlite.run("UPDATE tasks SET ended_at = 1 WHERE id = ?", [task.id]);
    expect(house.leaseEndings.recover()).toBe(1);
    house.log.flush();
    expect(paths(mira)).toEqual([]);
  });
});

describe("the project", () => {
  test("says what whole paths are relative to, and moves only while nothing is claimed", async () => {
    const ada = house.person("ada", "admin");
    expect(house.project.root()).toBe("/srv/project");
    await house.leases.claim(mira, { paths: ["/srv/project/src"] });
    expect(await refusedLater(house.project.move(ada, "/srv/other"))).toBe("CONFLICT");
    await house.leases.releasePaths(mira, mira, null);
    expect(await house.project.move(ada, "/srv/other/../next/")).toBe("/srv/next");
    expect(house.project.root()).toBe("/srv/next");
    expect(await refusedLater(house.leases.claim(mira, { paths: ["/srv/project/src"] }))).toBe("INVALID_MESSAGE");
    for (const root of ["relative", "/", "/a\u0000b", "/a\u202eb", `/${"x".repeat(600)}`])
      expect(await refusedLater(house.project.move(ada, root))).toBe("INVALID_MESSAGE");
  });
});
