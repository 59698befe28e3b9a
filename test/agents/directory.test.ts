import { describe, expect, test } from "bun:test";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { projectDirectory } from "../../src/agents/directory.ts";
import { projectFolders } from "../../src/agents/project-folders.ts";
import { openFolder } from "../support/folder.ts";
import { refusalOf } from "../support/house.ts";

function openProjects() {
  const folder = openFolder();
  folder.make("projects", "site", "src");
  folder.make("projects-of-others", "secret");
  folder.make("elsewhere", "secret");
  const places = { projectRoots: [folder.at("projects")], databasePath: folder.at("data", "parley.db") };
  return { folder, places, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

describe("an agent works inside the operator's folders", () => {
  test("in one of them, or anywhere below", () => {
    using it = openProjects();
    for (const path of [it.folder.at("projects"), it.folder.at("projects", "site", "src")])
      expect(projectDirectory(path, it.places)).toBe(path);
    expect(projectDirectory(`${it.folder.at("projects")}/./site/../site/`, it.places)).toBe(
      it.folder.at("projects", "site"),
    );
  });

  test.each([
    ["beside them", (at: (...names: string[]) => string) => at("projects-of-others", "secret"), "is not inside"],
    ["above them, by dots", (at: (...names: string[]) => string) => `${at("projects")}/../elsewhere`, "is not inside"],
    ["the root of the machine", () => "/", "is not inside"],
    ["a path from nowhere", () => "site", "written from the root on"],
    ["a NUL", (at: (...names: string[]) => string) => `${at("projects")}\0/site`, "written from the root on"],
    ["what is not there", (at: (...names: string[]) => string) => at("projects", "gone"), "There is no directory"],
  ] as const)("not %s", (_what, path, words) => {
    using it = openProjects();
    const refusal = refusalOf(() => projectDirectory(path(it.folder.at), it.places));
    expect([refusal.code, refusal.field]).toEqual(["INVALID_MESSAGE", "directory"]);
    expect(refusal.message).toContain(words);
  });

  test("not by a link that leads out, however deep, and by one that stays inside", () => {
    using it = openProjects();
    symlinkSync(it.folder.at("elsewhere"), it.folder.at("projects", "out"));
    symlinkSync(it.folder.at("projects", "site"), it.folder.at("projects", "in"));
    for (const path of [it.folder.at("projects", "out"), it.folder.at("projects", "out", "secret")])
      expect(refusalOf(() => projectDirectory(path, it.places)).message).toContain("is not inside");
    expect(projectDirectory(it.folder.at("projects", "in", "src"), it.places)).toBe(
      it.folder.at("projects", "site", "src"),
    );
  });

  test("what was inside and is a link out by now is refused when it is asked again", () => {
    using it = openProjects();
    const site = it.folder.at("projects", "site");
    expect(projectDirectory(site, it.places)).toBe(site);
    rmSync(site, { recursive: true });
    symlinkSync(it.folder.at("elsewhere"), site);
    expect(refusalOf(() => projectDirectory(site, it.places)).message).toContain("is not inside");
  });

  test("a root that is itself a link is what it leads to", () => {
    using it = openProjects();
    symlinkSync(it.folder.at("projects"), it.folder.at("work"));
    const places = { ...it.places, projectRoots: [it.folder.at("work")] };
    expect(projectDirectory(it.folder.at("work", "site"), places)).toBe(it.folder.at("projects", "site"));
  });

  test("of what is elsewhere nobody learns whether it is there", () => {
    using it = openProjects();
    const words = ["secret", "nothing"].map((name) =>
      refusalOf(() => projectDirectory(it.folder.at("elsewhere", name), it.places)).message.replace(name, "…"),
    );
    expect(words[0]).toBe(words[1] ?? "");
  });

  test("not a file", () => {
    using it = openProjects();
    writeFileSync(it.folder.at("projects", "notes.txt"), "x");
    expect(refusalOf(() => projectDirectory(it.folder.at("projects", "notes.txt"), it.places)).message).toContain(
      "no directory",
    );
  });

  test("never where Parley keeps everybody's messages and keys, or what is another agent's", () => {
    using it = openProjects();
    it.folder.make("projects", "parley", "data", "parley.db.agents", "eve", "work");
    const places = { ...it.places, databasePath: it.folder.at("projects", "parley", "data", "parley.db") };
    for (const names of [["parley"], ["parley", "data"], []])
      expect(refusalOf(() => projectDirectory(it.folder.at("projects", ...names), places)).message).toContain(
        "own database",
      );
    const eves = it.folder.at("projects", "parley", "data", "parley.db.agents", "eve");
    expect(refusalOf(() => projectDirectory(eves, places)).message).toContain("belongs to Parley itself");
  });

  test("and nowhere but in its own while no folder is open", () => {
    using it = openProjects();
    const refusal = refusalOf(() => projectDirectory(it.folder.at("projects"), { ...it.places, projectRoots: [] }));
    expect(refusal.message).toContain("PARLEY_PROJECTS");
  });
});

test("folders to choose from: the operator's and what stands in them, without files, hidden ones and links", () => {
  using it = openProjects();
  it.folder.make("projects", ".git");
  it.folder.make("projects", "app");
  writeFileSync(it.folder.at("projects", "notes.txt"), "x");
  symlinkSync(it.folder.at("elsewhere"), it.folder.at("projects", "out"));
  expect(projectFolders([it.folder.at("projects"), it.folder.at("gone")])).toEqual(
    [["projects"], ["projects", "app"], ["projects", "site"], ["gone"]].map((names) => it.folder.at(...names)),
  );
});
