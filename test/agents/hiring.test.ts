import { describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import type { Hiring } from "../../src/agents/roster.ts";
import { defaultSettings, storedSettings } from "../../src/agents/settings.ts";
import { rebuild } from "../../src/database/rebuild.ts";
import { eventsIn } from "../support/database.ts";
import { openFolder } from "../support/folder.ts";
import { openHouse, refusalOf, refused, refusedLater } from "../support/house.ts";

function openWorkshop() {
  const folder = openFolder();
  const site = folder.make("projects", "site");
  const house = openHouse({
    env: { OPENCODE_CHAT_DB: folder.at("parley.db"), PARLEY_PROJECTS: folder.at("projects") },
  });
  const [ada, mira] = [house.person("ada", "admin"), house.person("mira", "developer")];
  const dispose = () => {
    house[Symbol.dispose]();
    folder[Symbol.dispose]();
  };
  return { folder, site, house, ada, mira, [Symbol.dispose]: dispose };
}

const coder: Hiring = { name: "coder", role: "developer", program: "opencode" };

describe("an agent with a program", () => {
  test("has the backend of its program, and the settings that were wished for", async () => {
    using it = openWorkshop();
    const more = {
      directory: it.site,
      model: "some/model-1:free",
      sandbox: "off",
      approvals: "deny",
      dailyTokens: 5_000,
      dailyUsd: 2.5,
    };
    const agent = await it.house.roster.hire(it.ada, { ...coder, ...more });
    expect(agent).toMatchObject({ backend: "acp", settings: { program: "opencode", ...more } });
    const modest = await it.house.roster.hire(it.ada, { name: "talker", role: "writer", program: " Ollama " });
    expect(modest).toMatchObject({ backend: "openai", settings: { ...defaultSettings, program: "ollama" } });
  });

  test("is hired by ada the admin; not by mira the developer, gil the guest or an agent, who are told why", async () => {
    using it = openWorkshop();
    const { roster } = it.house;
    for (const other of [it.mira, it.house.person("gil", "guest"), it.house.agent("alice")])
      expect(await refusedLater(roster.hire(other, coder))).toBe("PERMISSION_DENIED");
    expect(await roster.hire(it.mira, coder).catch((refusal) => refusal.message)).toContain("acts on this machine");
    expect(await refusedLater(roster.hire(it.mira, { name: "coder", role: "developer", backend: "opencode" }))).toBe(
      "PERMISSION_DENIED",
    );
    const narrowed = { ...it.ada, scope: { permissions: ["read", "manage_tasks"] as const, rooms: null } };
    expect(await refusedLater(roster.hire(narrowed, coder))).toBe("PERMISSION_DENIED");
    await roster.hire(it.ada, coder);
  });

  test("mira learns nothing of this machine's folders by trying", async () => {
    using it = openWorkshop();
    for (const directory of [it.site, "/etc", it.folder.at("projects", "gone")])
      expect(refused(() => it.house.roster.draft(it.mira, { ...coder, directory }))).toBe("PERMISSION_DENIED");
  });

  test("the log asks again: who may not by then is refused, and nobody gets a program by an event of their own", () => {
    using it = openWorkshop();
    const { house } = it;
    const terms = {
      role: "developer",
      expertise: [],
      backend: "acp",
      smartness: "normal",
      settings: { ...defaultSettings, program: "opencode" },
    };
    const event = (kind: string, data: object) => ({
      kind,
      roomId: null,
      actorId: it.mira.id,
      data: { ...data, ...terms },
    });
    const hired = refusalOf(() =>
      house.outcomeOf((done) =>
        house.log.append([event("agent.hired", { name: "x", handle: "x" })], ([outcome]) => outcome && done(outcome)),
      ),
    );
    expect(hired.code).toBe("PERMISSION_DENIED");
    const alice = { id: house.agent("alice").id };
    const changed = refusalOf(() =>
      house.outcomeOf((done) =>
        house.log.append([event("agent.changed", alice)], ([outcome]) => outcome && done(outcome)),
      ),
    );
    expect(changed.code).toBe("PERMISSION_DENIED");
    expect(house.roster.byName("alice")?.backend).toBe("builtin");
  });

  test.each<[string, Partial<Hiring>, string]>([
    ["a program that is not in the catalogue", { program: "/bin/sh" }, "program"],
    ["a directory outside", { directory: "/etc" }, "directory"],
    ["a model that looks like an option", { model: "--yolo" }, "model"],
    ["a model with a line break", { model: "a\nb" }, "model"],
    ["a sandbox that is none", { sandbox: "maybe" }, "sandbox"],
    ["leave to do everything", { approvals: "allow" }, "approvals"],
    ["half a token", { dailyTokens: 0.5 }, "dailyTokens"],
    ["no tokens", { dailyTokens: 0 }, "dailyTokens"],
    ["endless money", { dailyUsd: Number.POSITIVE_INFINITY }, "dailyUsd"],
    ["money that is none", { dailyUsd: Number.NaN }, "dailyUsd"],
    ["a directory for a service", { program: "ollama", directory: "/" }, "directory"],
    ["a directory for the built-in one", { program: "builtin", directory: "/" }, "directory"],
    ["a budget for the built-in one", { program: null, dailyUsd: 1 }, "dailyUsd"],
  ])("%s is refused at its field, and nobody is hired", async (_what, wrong, field) => {
    using it = openWorkshop();
    const { seq } = it.house.log;
    const refusal = refusalOf(() => it.house.roster.draft(it.ada, { ...coder, ...wrong }));
    expect([refusal.code, refusal.field]).toEqual(["INVALID_MESSAGE", field]);
    expect(await refusedLater(it.house.roster.hire(it.ada, { ...coder, ...wrong }))).toBe("INVALID_MESSAGE");
    expect(it.house.log.seq).toBe(seq);
  });

  test("a draft hires nobody", () => {
    using it = openWorkshop();
    const { seq } = it.house.log;
    expect(it.house.roster.draft(it.ada, coder)).toMatchObject({ backend: "acp", member: { handle: "coder" } });
    expect([it.house.log.seq, it.house.roster.byName("coder")]).toEqual([seq, undefined]);
  });
});

describe("setting an agent up anew", () => {
  test("changes what was said and nothing else, and the member's title with the role", async () => {
    using it = openWorkshop();
    const { roster, members } = it.house;
    const before = await roster.hire(it.ada, { ...coder, directory: it.site, expertise: ["sql"] });
    const after = await roster.change(it.ada, "Coder-bot", { role: "DBA", approvals: "deny" });
    expect(after).toEqual({
      ...before,
      role: "dba",
      member: { ...before.member, title: "dba" },
      settings: { ...before.settings, approvals: "deny" },
    });
    expect(members.agent("coder")?.title).toBe("dba");
    const without = await roster.change(it.ada, "coder", { directory: "", model: " " });
    expect(without.settings).toMatchObject({ directory: null, model: null });
  });

  test("is for ada where there is a program, whatever is changed, and for mira where there is none", async () => {
    using it = openWorkshop();
    const { roster } = it.house;
    await roster.hire(it.ada, coder);
    for (const wishes of [{ role: "writer" }, { sandbox: "off" }, { directory: it.site }, { program: "builtin" }])
      expect(await refusedLater(roster.change(it.mira, "coder", wishes))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(roster.change(it.mira, "alice", { program: "opencode" }))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(roster.change(it.house.person("ana", "analyst"), "alice", { role: "x" }))).toBe(
      "PERMISSION_DENIED",
    );
    expect((await roster.change(it.mira, "alice", { role: "writer" })).role).toBe("writer");
    expect(await refusedLater(roster.change(it.mira, "zoe", { role: "writer" }))).toBe("AGENT_NOT_FOUND");
  });

  test("mira cannot turn off the sandbox of a program that ada gives the agent later", async () => {
    using it = openWorkshop();
    const { roster } = it.house;
    await roster.change(it.mira, "alice", { sandbox: "off" });
    const agent = await roster.change(it.ada, "alice", { program: "codex" });
    expect(agent.settings.sandbox).toBe("auto");
    await roster.change(it.ada, "alice", { sandbox: "off" });
    await roster.change(it.ada, "alice", { program: "builtin" });
    expect((await roster.change(it.ada, "alice", { program: "codex" })).settings).toEqual({
      ...defaultSettings,
      program: "codex",
    });
  });

  test("another program begins with a model of its own", async () => {
    using it = openWorkshop();
    await it.house.roster.hire(it.ada, { ...coder, model: "m-1" });
    expect((await it.house.roster.change(it.ada, "coder", { program: "gemini" })).settings.model).toBeNull();
  });

  test("works on while its directory or its program is gone: only a new one is looked at", async () => {
    using it = openWorkshop();
    const { roster } = it.house;
    const file = it.folder.at("agents.json");
    writeFileSync(file, JSON.stringify({ programs: [{ name: "own", backend: "exec", command: ["own"] }] }), {
      mode: 0o600,
    });
    const gone = it.folder.make("projects", "gone");
    await roster.hire(it.ada, { ...coder, program: "own", directory: gone });
    writeFileSync(file, '{"programs":[]}', { mode: 0o600 });
    rmSync(gone, { recursive: true });
    const agent = await roster.change(it.ada, "coder", { role: "tester" });
    expect(agent).toMatchObject({ role: "tester", backend: "exec", settings: { program: "own", directory: gone } });
    expect(await refusedLater(roster.change(it.mira, "coder", { role: "x" }))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(roster.change(it.ada, "alice", { program: "own" }))).toBe("INVALID_MESSAGE");
  });

  test("is told in the audit with what was set, and everybody is told the new role", async () => {
    using it = openWorkshop();
    await it.house.roster.change(it.ada, "alice", { role: "Writer", program: "codex" });
    const [entry] = it.house.trail.page({ action: "agent set up" }, 5);
    expect(entry).toMatchObject({ actorId: it.ada.id });
    expect(JSON.stringify(entry)).toContain("codex");
    const told = it.house.told.flatMap((event) => (event.type === "agent" ? [event.state.agent.role] : []));
    expect(told.at(-1)).toBe("writer");
  });
});

test("settings come back from the log alone, and those of before there were any are the usual ones", async () => {
  using it = openWorkshop();
  const { house } = it;
  await house.roster.hire(it.ada, { ...coder, directory: it.site, dailyUsd: 3 });
  await house.roster.change(it.ada, "coder", { model: "m", sandbox: "off" });
  const old = { handle: "olaf", name: "olaf", role: "qa", expertise: ["qa"], backend: "builtin", smartness: "normal" };
  house.log.append([{ kind: "agent.hired", roomId: null, actorId: null, data: old }]);
  house.log.flush();
  const before = house.store.sqlite.query("SELECT * FROM agents ORDER BY 1").all();
  rebuild(house.store, house.log, eventsIn(house.store.sqlite));
  expect(house.store.sqlite.query("SELECT * FROM agents ORDER BY 1").all()).toEqual(before);
  expect(house.roster.byName("olaf")?.settings).toEqual(defaultSettings);
  expect(storedSettings('{"model":"m"}')).toEqual({ ...defaultSettings, model: "m" });
});
