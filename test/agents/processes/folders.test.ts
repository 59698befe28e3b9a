import { describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { placesOf } from "../../../src/agents/processes/folders.ts";
import type { Refusal } from "../../../src/errors.ts";

function ground() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "parley-folders-")));
  const projects = join(folder, "projects");
  mkdirSync(join(projects, "app"), { recursive: true });
  mkdirSync(join(folder, "projects-of-others"));
  mkdirSync(join(folder, "secret"));
  return {
    folder,
    projects,
    parts: {
      agentsFolder: join(folder, "parley.db.agents"),
      databasePath: join(folder, "parley.db"),
      projectRoots: [projects],
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const codeOf = (act: () => unknown) => {
  try {
    act();
  } catch (refusal) {
    return (refusal as Refusal).code;
  }
  return "allowed";
};

describe("where an agent lives and works", () => {
  test("it has a home and a place to work of its own, and nobody else may look into them", () => {
    using here = ground();
    const { home, work, directory } = placesOf(here.parts, "ada", null);
    expect([home, work, directory].map((path) => path.slice(here.parts.agentsFolder.length))).toEqual([
      "/ada/home",
      "/ada/work",
      "/ada/work",
    ]);
    for (const path of [here.parts.agentsFolder, home, work]) expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  test("it works in a project, also by a link between two", () => {
    using here = ground();
    const app = join(here.projects, "app");
    symlinkSync(app, join(here.projects, "link"));
    for (const directory of [app, here.projects, join(here.projects, "link"), `${app}/../app/.`])
      expect(placesOf(here.parts, "ada", directory).directory).toBe(realpathSync(directory));
  });

  test("never elsewhere: not above, not beside, not through a link, and nowhere where no project is allowed", () => {
    using here = ground();
    symlinkSync(join(here.folder, "secret"), join(here.projects, "way-out"));
    const elsewhere = [
      "/",
      here.folder,
      join(here.folder, "projects-of-others"),
      join(here.projects, "way-out"),
      `${here.projects}/../secret`,
    ];
    for (const directory of elsewhere)
      expect(codeOf(() => placesOf(here.parts, "ada", directory))).toBe("INVALID_MESSAGE");
    const none = { ...here.parts, projectRoots: [] };
    expect(codeOf(() => placesOf(none, "ada", join(here.projects, "app")))).toBe("INVALID_MESSAGE");
    expect(codeOf(() => placesOf(here.parts, "ada", join(here.projects, "gone")))).toBe("INVALID_MESSAGE");
  });

  test("a link in the place of its home leads nowhere", () => {
    using here = ground();
    mkdirSync(join(here.parts.agentsFolder, "ada"), { recursive: true });
    symlinkSync(join(here.folder, "secret"), join(here.parts.agentsFolder, "ada", "home"));
    expect(codeOf(() => placesOf(here.parts, "ada", null))).toBe("CONFLICT");
  });

  test("no name leads out of the folder of agents", () => {
    using here = ground();
    for (const handle of ["..", "../x", "a/b", "/etc"])
      expect(codeOf(() => placesOf(here.parts, handle, null))).toBe("INVALID_MESSAGE");
  });
});
