import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startServer, type TestServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into by tests
type Answer = any;
async function ask(method: string, path: string, body?: object): Promise<{ status: number; body: Answer }> {
  const answer = await fetch(server.http + path, { method, ...(body && { body: JSON.stringify(body) }) });
  return { status: answer.status, body: await answer.json() };
}
const get = async (path: string) => (await ask("GET", path)).body;
const lock = async (name: string, ...files: string[]) =>
  (await ask("POST", "/files/lock", { name, files, description: "the login page" })).body.result;

test("with nothing locked the lists are empty, and the project lies where the server was started", async () => {
  expect(await get("/files")).toEqual({ files: [] });
  expect(await get("/files/requests")).toEqual({ requests: [] });
  expect(await get("/status")).toMatchObject({ locked_files: [], pending_requests: [] });
  expect(await get("/project-root")).toEqual({ project_root: process.cwd() });
});

test("the root is got, set and got again; not while something is locked, and not what is no folder", async () => {
  const set = (project_root: unknown) => ask("POST", "/project-root", { project_root });
  expect(await set("/srv/shop")).toMatchObject({ status: 200, body: { project_root: "/srv/shop" } });
  expect(await get("/project-root")).toEqual({ project_root: "/srv/shop" });
  for (const wrong of ["shop", "/", 5, ""]) expect((await set(wrong)).status).toBe(400);
  await lock("alice", "/srv/shop/src/root.ts");
  expect((await set("/srv/other")).status).toBe(409);
  await ask("POST", "/files/release", { name: "alice" });
});

describe("locking", () => {
  test("locks each by itself, and says of each what came of it", async () => {
    expect(await lock("alice", "src/a.ts", "src/b.ts")).toEqual({ "src/a.ts": "locked", "src/b.ts": "locked" });
    expect(await lock("bob", "src/a.ts", "src/c.ts", "../../etc/passwd")).toEqual({
      "src/a.ts": "locked_by_alice",
      "src/c.ts": "locked",
      "../../etc/passwd": "validation_error: A path must not lead out of the project: write it without ..",
    });
    expect(await lock("alice", "src/a.ts")).toEqual({ "src/a.ts": "already_locked" });
    const { files } = await get("/files");
    expect(shapeOf(files[0])).toEqual({
      file_path: "string",
      employee_name: "string",
      task_description: "string",
      locked_at: "time",
    });
    expect(files.map((file: Answer) => [file.file_path, file.employee_name])).toEqual([
      ["src/a.ts", "alice"],
      ["src/b.ts", "alice"],
      ["src/c.ts", "bob"],
    ]);
    expect((await get("/status")).locked_files).toEqual(files);
  });

  test("in three threads at once: one has it", async () => {
    const all = await Promise.all(["alice", "bob", "charlie"].map((name) => lock(name, "src/race.ts")));
    const said = all.map((result) => result["src/race.ts"]).sort();
    expect(said.filter((word) => word === "locked")).toHaveLength(1);
    expect(said.filter((word) => word.startsWith("locked_by_"))).toHaveLength(2);
  });

  test("releases what is named, or all that one has, and says what that was", async () => {
    const release = async (body: object) => (await ask("POST", "/files/release", body)).body;
    expect(await release({ name: "alice", files: ["src/a.ts", "src/c.ts"] })).toEqual({ released: ["src/a.ts"] });
    expect((await release({ name: "bob" })).released).toContain("src/c.ts");
    expect(await release({ name: "diana" })).toEqual({ released: [] });
  });

  test.each([
    ["/files/lock", {}, 400],
    ["/files/lock", { name: "alice" }, 400],
    ["/files/lock", { name: "alice", files: [] }, 400],
    ["/files/lock", { name: "zoe", files: ["x"] }, 404],
    ["/files/release", {}, 400],
    ["/files/release", { name: "zoe" }, 404],
    ["/files/requests", { name: "bob" }, 400],
    ["/files/requests/999999/approve", {}, 404],
    ["/files/requests/x/deny", {}, 404],
  ])("%s with %j is %i", async (path, body, status) => {
    expect((await ask("POST", path, body)).status).toBe(status);
  });
});

describe("asking for a file", () => {
  const request = async (name: string, file: string) =>
    (await ask("POST", "/files/requests", { name, file, reason: "mine" })).body.result;

  test("goes to its owner, once; nobody is asked for what is free or one's own", async () => {
    await lock("alice", "src/shared.ts");
    expect(await request("bob", "src/free.ts")).toBe("file_not_locked");
    expect(await request("alice", "src/shared.ts")).toBe("already_owner");
    expect(await request("bob", "src/shared.ts")).toBe("request_sent_to_alice");
    expect(await request("bob", "src/shared.ts")).toBe("request_already_exists");
    const { requests } = await get("/files/requests");
    expect(requests).toMatchObject([
      { file_path: "src/shared.ts", requester: "bob", owner: "alice", reason: "mine", status: "pending" },
    ]);
    expect((await get("/status")).pending_requests).toEqual(requests);
  });

  test("approved, the lock is theirs who asked; denied, it stays; decided once", async () => {
    const [{ id }] = (await get("/files/requests")).requests;
    const approved = await ask("POST", `/files/requests/${id}/approve`);
    expect(approved).toEqual({ status: 200, body: { message: "bob has src/shared.ts now." } });
    expect((await ask("POST", `/files/requests/${id}/deny`)).status).toBe(409);
    expect(await request("charlie", "src/shared.ts")).toBe("request_sent_to_bob");
    const [{ id: next }] = (await get("/files/requests")).requests;
    await ask("POST", `/files/requests/${next}/deny`);
    expect(await lock("charlie", "src/shared.ts")).toEqual({ "src/shared.ts": "locked_by_bob" });
  });
});

test("firing an agent frees what it had", async () => {
  await ask("POST", "/employees", { name: "erin", role: "tester" });
  await lock("erin", "src/erin.ts");
  await ask("DELETE", "/employees/erin");
  expect(await lock("alice", "src/erin.ts")).toEqual({ "src/erin.ts": "locked" });
});
