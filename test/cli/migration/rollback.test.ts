import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { agentsIn, oldSystem, openWorkspace, type Workspace } from "../../support/migration.ts";

const settings = "OPENCODE_TRANSPORT=websocket # for now\n";

describe("the way back of a migration that brought a team", () => {
  let work: Workspace;
  let before: Record<string, string>;
  let after: Record<string, string>;
  beforeAll(async () => {
    work = await openWorkspace({ settings });
    const employees = oldSystem(work.folder, [["erin", "developer", "smart"]]);
    before = work.tree();
    expect((await work.migrateHere(["--to", "both", "--import", employees])).code).toBe(0);
    after = work.tree();
  });
  afterAll(() => work[Symbol.asyncDispose]());

  const back = (...more: string[]) =>
    work.migrateHere(["--rollback", ...more]).catch((error: Error) => ({ code: 1, said: error.message }));

  test("a backup whose copies are not what they were is not restored, by no force", async () => {
    const copy = join(work.backup(), "settings.env");
    const text = readFileSync(copy, "utf8");
    writeFileSync(copy, text.replace("PORT=0", "PORT=1"));
    const { code, said } = await back("--force");
    expect([code, said]).toEqual([1, expect.stringContaining("settings.env is not what was backed up")]);
    writeFileSync(copy, text);
    expect(work.tree()).toEqual(after);
  });

  test("nor is what is no backup", async () => {
    const nowhere = await back("--backup-dir", "nowhere");
    expect([nowhere.code, nowhere.said]).toEqual([1, expect.stringContaining("There is no backup in")]);
    const { code, said } = await back(work.folder);
    expect([code, said]).toEqual([1, expect.stringContaining("is no complete backup: it has no manifest.json")]);
    expect(work.tree()).toEqual(after);
  });

  test("what somebody wrote since is not lost: refused by name, and with force kept beside the backup", async () => {
    appendFileSync(work.settings, "LOG_LEVEL=debug\n");
    const changed = work.tree();
    const { code, said } = await back();
    expect([code, said]).toEqual([1, expect.stringContaining(`${work.settings} changed since the migration`)]);
    expect(work.tree()).toEqual(changed);
    expect((await back("--force")).code).toBe(0);
    expect(work.tree()).toEqual(before);
    const [aside = ""] = readdirSync(work.backup()).filter((name) => name.startsWith("replaced-"));
    expect(readFileSync(join(work.backup(), aside, ".env"), "utf8")).toEndWith("LOG_LEVEL=debug\n");
  });

  test("the second time there is nothing to do, and that is said", async () => {
    const { code, said } = await back();
    expect([code, said]).toEqual([0, expect.stringContaining("nothing to do: everything is as it was before")]);
    expect(work.tree()).toEqual(before);
  });
});

test("a database that is used since stays with --keep-database, and goes aside with --force", async () => {
  await using work = await openWorkspace({ settings });
  const before = work.tree();
  const employees = oldSystem(work.folder, [["erin", "developer", "smart"]]);
  expect((await work.migrate("--to", "websocket", "--websocket-port", "0", "--import", employees)).code).toBe(0);
  const server = work.parley(["serve"], { OPENCODE_DEV_MODE: "true" });
  await server.says("Stop it with Ctrl+C");
  const running = await work.migrate("--rollback");
  expect([running.code, running.said]).toEqual([1, expect.stringContaining("is in use by a running server: stop it")]);
  const [, address = ""] = /ready at (http:\S+)\//.exec(server.said()) ?? [];
  expect((await fetch(`${address}/employees/erin`, { method: "DELETE" })).status).toBe(200);
  server.child.kill("SIGTERM");
  await server;

  const refused = await work.migrate("--rollback");
  expect([refused.code, refused.said]).toEqual([1, expect.stringContaining("--keep-database leaves the database as")]);
  expect((await work.migrate("--rollback", "--keep-database")).code).toBe(0);
  expect(work.read(".env")).toEndWith(settings);
  expect(agentsIn(work.database)).toContain("-erin developer");
  expect((await work.migrate("--rollback", "--force")).code).toBe(0);
  for (const name of ["employees.db", "chat_history.db"]) rmSync(join(work.folder, name));
  expect(work.tree()).toEqual(before);
  const [aside = ""] = readdirSync(work.backup()).filter((name) => name.startsWith("replaced-"));
  expect(agentsIn(join(work.backup(), aside, "parley.db"))).toContain("-erin developer");
});

test("permissions come back with the bytes", async () => {
  await using work = await openWorkspace({ settings });
  const before = work.tree();
  expect((await work.migrateHere(["--to", "websocket", "--websocket-port", "0"])).code).toBe(0);
  expect(statSync(work.settings).mode & 0o777).toBe(0o640);
  rmSync(work.settings);
  const { code, said } = await work.migrateHere(["--rollback"]);
  expect([code, said]).toEqual([1, expect.stringContaining("changed since the migration")]);
  expect((await work.migrateHere(["--rollback", "--force"])).code).toBe(0);
  expect(work.tree()).toEqual(before);
});

describe("a migration that is killed", () => {
  /** Up to here it had come, when the kernel or somebody ended it. */
  const allMoments = ["ok   preflight", "ok   backup", "ok   import", "ok   database", "ok   settings", "in the proof"];

  test.each([
    ["of a workspace", false, allMoments],
    ["of one that begins with it", true, ["ok   database", "in the proof"]],
  ])(
    "%s, whenever that is, is taken back to the byte",
    async (_, fresh, moments) => {
      await using work = await openWorkspace({ settings, fresh });
      const employees = oldSystem(work.folder, [["erin", "developer", "smart"]]);
      const before = work.tree();
      for (const moment of moments) {
        // The last thing a proof asks Telegram for: it waits there for the end.
        let reached: () => void = () => undefined;
        const inTheProof = new Promise<void>((resolve) => {
          reached = resolve;
        });
        work.telegram.asked = (method) => {
          if (method === "sendChatAction") reached();
        };
        work.telegram.troubles.plan("sendChatAction", "hang");
        const migration = work.migrate("--to", "both", "--import", employees);
        await (moment === "in the proof" ? inTheProof : migration.says(moment));
        migration.child.kill("SIGKILL");
        expect((await migration).code).toBeNull();
        work.telegram.troubles.end();
        const { code, said } = await work.migrate("--rollback");
        // Whoever is killed before there is a backup has changed nothing.
        if (code !== 0) expect(said).toMatch(/There is no backup in|is no complete backup/);
        expect([moment, work.tree()]).toEqual([moment, before]);
      }
    },
    120_000,
  );

  test("between a draft and its name: the draft is removed", async () => {
    await using work = await openWorkspace({ settings });
    const before = work.tree();
    expect((await work.migrateHere(["--to", "websocket", "--websocket-port", "0"])).code).toBe(0);
    writeFileSync(`${work.settings}.migrating`, "half a li");
    chmodSync(`${work.settings}.migrating`, 0o600);
    expect((await work.migrateHere(["--rollback"])).code).toBe(0);
    expect([work.tree(), existsSync(`${work.settings}.migrating`)]).toEqual([before, false]);
  });
});
