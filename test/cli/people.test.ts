import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apikey } from "../../src/cli/apikey.ts";
import { doctor } from "../../src/cli/doctor.ts";
import { user } from "../../src/cli/user.ts";
import { takeWallsDown } from "../support/database.ts";
import { startServer, type TestServer } from "../support/server.ts";

const closed = { OPENCODE_DEV_MODE: "false" };

function inFolder(act: (db: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "parley-cli-"));
  return act(join(folder, "parley.db")).finally(() => rmSync(folder, { recursive: true }));
}

/** The link that a command printed. */
function linkIn(said: string): URL {
  const link = /https?:\/\/\S+/.exec(said)?.[0];
  if (!link) throw new Error(`no link in "${said}"`);
  return new URL(link);
}

/** What a command is refused with. */
async function refusal(command: Promise<unknown>): Promise<string> {
  return command.then(
    () => "it was not refused",
    (error: Error) => error.message,
  );
}

describe("while no server runs", () => {
  test("an owner is made, whose link then opens the workspace", () =>
    inFolder(async (db) => {
      const said = await user(["add", "mira", "--role", "owner", "--db", db]);
      expect(await user(["list", "--db", db])).toContain("mira  owner");
      expect(linkIn(said).host).toBe("localhost:8080");
      const folder = db.replace(/\/parley\.db$/, "");
      const server = await startServer({ env: closed, folder });
      try {
        expect(server.parley.setUpUrl).toBeNull();
        const answer = await fetch(server.http + linkIn(said).pathname, {
          method: "POST",
          body: new URLSearchParams({ password: "a good long password" }),
          headers: { origin: server.http },
          redirect: "manual",
        });
        expect([answer.status, answer.headers.get("location")]).toEqual([303, "/"]);
      } finally {
        await server.parley.stop();
      }
    }));
});

describe("while the server runs", () => {
  let server: TestServer;
  let where: string[];
  beforeAll(async () => {
    server = await startServer({ env: closed });
    where = ["--db", server.config.databasePath, "--port", new URL(server.http).port];
  });
  afterAll(() => server.stop());

  test("people are added, given a role, disabled and let in again, and the server knows at once", async () => {
    await user(["add", "mira", "--role", "owner", ...where]);
    const made = JSON.parse(await user(["add", "tomas", "--json", ...where]));
    expect(made.member).toMatchObject({ name: "tomas", role: "developer", disabled: false });
    await user(["role", "tomas", "viewer", ...where]);
    await user(["disable", "tomas", ...where]);
    expect(await user(["list", ...where])).toMatch(/tomas\s+viewer\s+viewer\s+disabled/);
    await user(["enable", "tomas", ...where]);
    expect(await user(["list", ...where])).not.toContain("disabled");
    expect(await user(["reset", "tomas", ...where])).toContain("/reset/");
    expect(await user(["sign-out", "tomas", ...where])).toContain("signed out");
  });

  test("what is refused is said in the server's own sentence", async () => {
    expect(await refusal(user(["disable", "mira", ...where]))).toContain("last owner");
    expect(await refusal(user(["role", "nobody", "admin", ...where]))).toBe("There is no such person.");
    expect(await refusal(user(["add", "tomas", ...where]))).toContain("somebody's name");
    expect(await refusal(user(["add", ...where]))).toContain("needs a NAME");
    expect(await refusal(user(["promote", "tomas", ...where]))).toContain('no "parley user promote"');
    expect(await refusal(user(["add", "x", "--colour", "red", ...where]))).toContain("--colour");
  });

  test("a key is made, opens what it was given, is replaced, and is revoked", async () => {
    const scopes = ["--scopes", "read", "--rooms", "general", "--days", "3"];
    const made = JSON.parse(await apikey(["create", "--name", "ci", "--for", "alice", ...scopes, "--json", ...where]));
    const asks = async (key: string) =>
      (await fetch(`${server.http}/api/v1/me`, { headers: { "x-api-key": key } })).json();
    expect(await asks(made.key)).toMatchObject({ name: "alice", permissions: ["read"], by: "key" });
    expect(await apikey(["list", ...where])).toMatch(/ci\s+alice\s+ply_/);
    const next = JSON.parse(await apikey(["rotate", String(made.id), "--json", ...where]));
    expect(await asks(next.key)).toMatchObject({ name: "alice" });
    await apikey(["revoke", String(next.id), ...where]);
    expect(await asks(next.key)).toMatchObject({ code: "AUTH_FAILED" });
    expect(await refusal(apikey(["create", "--name", "ci", ...where]))).toContain("--for");
    expect(await refusal(apikey(["revoke", "999999", ...where]))).toContain("no such key");
  });

  test("who has another signing key is nobody", async () => {
    const other = ["--db", server.config.databasePath, "--port", new URL(server.http).port];
    process.env.OPENCODE_SECRET_KEY = "x".repeat(40);
    try {
      expect(await refusal(user(["list", ...other]))).toContain("does not know this signing key");
    } finally {
      delete process.env.OPENCODE_SECRET_KEY;
    }
  });

  test("the server is found by what it says beside its database, whatever port is given or set", async () => {
    expect(await user(["list", "--db", server.config.databasePath, "--port", "1"])).toContain("mira");
  });

  test("nobody else who listens on that port is given a token", async () => {
    const caught: (string | null)[] = [];
    const other = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => {
        caught.push(request.headers.get("authorization"));
        return Response.json({ members: [] });
      },
    });
    try {
      await user(["list", "--db", server.config.databasePath, "--port", String(other.port)]);
      expect(caught).toEqual([]);
    } finally {
      await other.stop(true);
    }
  });

  test("only the server's own user may read where it is, and it is gone when the server is", async () => {
    const file = `${server.config.databasePath}.server`;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const another = await startServer({ env: closed });
    const left = `${another.config.databasePath}.server`;
    expect(existsSync(left)).toBe(true);
    await another.parley.stop();
    expect(existsSync(left)).toBe(false);
  });

  test("a server that has not said where it is, or is not there any more, is told apart", async () => {
    const file = `${server.config.databasePath}.server`;
    const told = readFileSync(file, "utf8");
    try {
      rmSync(file);
      expect(await refusal(user(["list", ...where]))).toContain("has not said where it listens");
      writeFileSync(file, JSON.stringify({ ...JSON.parse(told), url: "http://127.0.0.1:1" }));
      expect(await refusal(user(["list", ...where]))).toContain("does not answer at http://127.0.0.1:1");
      writeFileSync(file, JSON.stringify({ ...JSON.parse(told), run: "of yesterday" }));
      expect(await refusal(user(["list", ...where]))).toContain("does not know this signing key");
    } finally {
      writeFileSync(file, told);
    }
  });
});

describe("parley doctor", () => {
  test("finds nothing wrong with a workspace that is well, also while it is in use", async () => {
    const server = await startServer({ env: closed });
    try {
      const { ok, said } = await doctor(["--db", server.config.databasePath]);
      expect([ok, said.includes("none changed or taken out")]).toEqual([true, true]);
    } finally {
      await server.stop();
    }
  });

  test("finds an audit entry that was changed, and files that others may read", () =>
    inFolder(async (db) => {
      await user(["add", "mira", "--role", "owner", "--db", db]);
      const { Database } = await import("bun:sqlite");
      const sqlite = new Database(db);
      takeWallsDown(sqlite);
      sqlite.run("UPDATE audit SET actor_id = 1 WHERE id = 3");
      sqlite.close();
      chmodSync(`${db}.key`, 0o644);
      const { ok, said } = await doctor(["--db", db, "--json"]);
      expect(ok).toBe(false);
      const bad = (JSON.parse(said).findings as { what: string; ok: boolean; words: string }[]).filter(
        (each) => !each.ok,
      );
      expect(bad.map(({ what }) => what)).toEqual([`${db}.key`, "audit"]);
      expect(bad.map(({ words }) => words).join()).toMatch(/chmod 600.*entry 3 does not follow/);
    }));

  test("finds an audit of which nothing is left", () =>
    inFolder(async (db) => {
      await user(["add", "mira", "--role", "owner", "--db", db]);
      const { Database } = await import("bun:sqlite");
      const sqlite = new Database(db);
      takeWallsDown(sqlite);
      sqlite.run("DELETE FROM audit");
      sqlite.close();
      const { ok, said } = await doctor(["--db", db]);
      expect([ok, said]).toEqual([false, expect.stringMatching(/BAD {2}audit: entry 1 does not follow/)]);
    }));

  test("says that a file is no workspace, and leaves it as it is", () =>
    inFolder(async (db) => {
      writeFileSync(db, "these are somebody's notes", { mode: 0o600 });
      expect(await refusal(doctor(["--db", db]))).toContain("not a Parley database");
    }));
});
