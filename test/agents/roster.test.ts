import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hiring } from "../../src/agents/roster.ts";
import { expertiseByRole } from "../../src/agents/terms.ts";
import { openHouse, refusedLater } from "../support/house.ts";

describe("the first day", () => {
  test("finds alice, bob, charlie and diana at work", () => {
    using house = openHouse();
    expect(house.roster.list().map(({ member, role }) => [member.name, role])).toEqual([
      ["alice", "developer"],
      ["bob", "designer"],
      ["charlie", "devops"],
      ["diana", "qa"],
    ]);
  });

  test("finds nobody when the demo team is not wanted", () => {
    using house = openHouse({ env: { PARLEY_DEMO_TEAM: "false" } });
    expect(house.roster.list()).toEqual([]);
  });

  test("is over when somebody fired them all: they do not come back by themselves", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-roster-"));
    try {
      const path = join(folder, "parley.db");
      {
        using house = openHouse({ path });
        const mira = house.person("mira");
        for (const { member } of house.roster.list()) await house.roster.fire(mira, member.name);
      }
      using house = openHouse({ path });
      expect(house.roster.list()).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("hiring", () => {
  test("ends at as many agents as a workspace holds, also when many are hired in one moment; who is fired makes room", async () => {
    using house = openHouse({ limits: { agents: 6 } });
    const mira = house.person("mira");
    const hire = (name: string) => house.roster.hire(mira, { name, role: "tester" });
    const many = await Promise.allSettled(["eve", "finn", "gus", "hana"].map(hire));
    expect(many.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
    expect(await refusedLater(hire("ines"))).toBe("CONFLICT");
    await house.roster.fire(mira, "eve");
    await hire("ines");
    expect(await refusedLater(hire("alice"))).toBe("CONFLICT");
    expect(house.roster.list()).toHaveLength(6);
    // One that was refused for another reason holds no place.
    await house.roster.fire(mira, "finn");
    expect(await refusedLater(hire("alice"))).toBe("CONFLICT");
    await hire("jon");
  });

  test("keeps of expertise what can be read: nothing that rings, turns text around or is not there", async () => {
    using house = openHouse();
    const expertise = [
      "a\u202epi",
      "\u0000css\u0007",
      "\u2066\u200b\ufeff",
      "half \ud800",
      "Ünïcode ✓",
      "\ttest\r\ning",
    ];
    const agent = await house.roster.hire(house.person("mira"), { name: "Eve", role: "tester", expertise });
    expect(agent.expertise).toEqual(["api", "css", "half \ufffd", "ünïcode ✓", "testing"]);
  });

  test("makes a member beside the people, who can be mentioned", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const agent = await house.roster.hire(mira, { name: "Eve", role: "Tester" });
    expect(agent).toMatchObject({
      role: "tester",
      backend: "builtin",
      smartness: "normal",
      expertise: expertiseByRole.tester,
      hiredAt: house.clock.now(),
    });
    expect(agent.member).toMatchObject({ kind: "agent", name: "Eve", handle: "eve", title: "tester", role: "agent" });
    expect(agent.member.id).toBe(house.log.seq);
    expect(house.say(mira, "hello @EVE-bot").mentions).toEqual(["eve"]);
    expect(house.members.people()).toEqual([mira]);
  });

  test.each<[Hiring, readonly string[]]>([
    [{ name: "a", role: "developer" }, ["python", "javascript", "html", "css", "api", "database"]],
    [{ name: "a", role: "Frontend-Developer" }, ["javascript", "html", "css", "react", "vue"]],
    [{ name: "a", role: "gardener" }, ["general"]],
    [{ name: "a", role: "constructor" }, ["general"]],
    [{ name: "a", role: "developer", expertise: [] }, expertiseByRole.developer ?? []],
    [{ name: "a", role: "developer", expertise: [" Rust ", "rust", "", "C++"] }, ["rust", "c++"]],
  ])("%j knows %j", async (hiring, expertise) => {
    using house = openHouse();
    expect((await house.roster.hire(house.person("mira"), hiring)).expertise).toEqual(expertise);
  });

  test("a name that works here already is refused, however it is written, even in the same moment", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    for (const name of ["alice", "ALICE", "alice-bot"]) {
      expect(await refusedLater(house.roster.hire(mira, { name, role: "developer" }))).toBe("CONFLICT");
    }
    const twice = [1, 2].map(() => house.roster.hire(mira, { name: "eve", role: "qa" }));
    expect((await Promise.allSettled(twice)).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(house.roster.list()).toHaveLength(5);
  });

  test.each<[string, Partial<Hiring>]>([
    ["a name with spaces", { name: "Eve Two" }],
    ["no name", { name: "" }],
    ["a name that means many", { name: "team" }],
    ["a role with angle brackets", { role: "<b>" }],
    ["no role", { role: " " }],
    ["a backend that does not exist", { backend: "oracle" }],
    ["a smartness that does not exist", { smartness: "genius" }],
    ["too many fields", { expertise: Array.from({ length: 33 }, (_, n) => `f${n}`) }],
    ["too long a field", { expertise: ["x".repeat(41)] }],
  ])("%s is refused, and nobody is hired", async (_what, wrong) => {
    using house = openHouse();
    const hiring = { name: "eve", role: "qa", ...wrong };
    const seq = house.log.seq;
    expect(await refusedLater(house.roster.hire(house.person("mira"), hiring))).toBe("INVALID_MESSAGE");
    expect(house.roster.list()).toHaveLength(4);
    expect(house.log.seq).toBe(seq + 1);
  });
});

describe("firing", () => {
  test("takes an agent off the roster; what it said stays under its name", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { id } = house.say(house.agent("bob"), "my draft");
    const gone = await house.roster.fire(mira, "Bob-bot");
    expect(house.roster.byName("bob")).toBeUndefined();
    expect(house.roster.byId(gone.member.id)).toBeUndefined();
    expect(house.history.message(id)?.author.name).toBe("bob");
  });

  test("somebody who does not work here is refused, and one who is fired twice in a moment goes once", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    expect(await refusedLater(house.roster.fire(mira, "nobody"))).toBe("AGENT_NOT_FOUND");
    expect(await refusedLater(house.roster.fire(mira, "mira"))).toBe("AGENT_NOT_FOUND");
    const twice = [house.roster.fire(mira, "bob"), house.roster.fire(mira, "bob")];
    expect((await Promise.allSettled(twice)).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  test("and hiring again brings the same member back, under new terms", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const before = house.agent("bob");
    await house.roster.fire(mira, "bob");
    house.clock.advance(1_000);
    const agent = await house.roster.hire(mira, { name: "Bob", role: "writer", smartness: "smart" });
    expect(agent.member.id).toBe(before.id);
    expect(agent).toMatchObject({ role: "writer", smartness: "smart", hiredAt: house.clock.now() });
    expect(agent.member.title).toBe("writer");
    expect(house.roster.list()).toHaveLength(4);
  });
});

test("only those who manage tasks hire and fire: not gil the guest, ana the analyst or alice herself", async () => {
  using house = openHouse();
  for (const other of [house.person("gil", "guest"), house.person("ana", "analyst"), house.agent("alice")]) {
    expect(await refusedLater(house.roster.hire(other, { name: "eve", role: "qa" }))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(house.roster.fire(other, "bob"))).toBe("PERMISSION_DENIED");
  }
  await house.roster.hire(house.person("ada", "admin"), { name: "eve", role: "qa" });
  expect(house.roster.list()).toHaveLength(5);
});
