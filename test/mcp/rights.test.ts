import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { request } from "node:http";
import { waitFor } from "../support/round.ts";
import { eras, openWorkbench, post, type Workbench } from "../support/toolbox.ts";

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
const shown = (token: string) => ({ authorization: `Bearer ${token}` });
async function comeTo(headers: Record<string, string>): Promise<[number, string | undefined]> {
  const answer = await post(bench.url, headers, list);
  const isJson = answer.headers.get("content-type")?.includes("application/json");
  return [answer.status, isJson ? ((await answer.json()) as { code?: string }).code : undefined];
}

describe("who comes in", () => {
  test("nobody without a token, whoever's cookie comes along; and it says how", async () => {
    expect(await comeTo({})).toEqual([401, "NOT_AUTHENTICATED"]);
    const cookie = await bench.ann.ask("GET", "/api/v1/me");
    expect(cookie.status).toBe(200);
    const withCookie = await bench.ann.ask("POST", "/mcp", list);
    expect([withCookie.status, withCookie.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="parley"']);
    const { key } = await bench.keyFor("alice");
    expect(await comeTo({ "x-api-key": key })).toEqual([401, "NOT_AUTHENTICATED"]);
    expect(await comeTo({ authorization: `Basic ${key}` })).toEqual([401, "NOT_AUTHENTICATED"]);
    expect(await comeTo(shown(key))).toEqual([200, undefined]);
  });

  test("nobody by what is no token, or a token of something else", async () => {
    for (const token of ["x", "plr_", `plr_${"A".repeat(43)}`, `ply_${"A".repeat(43)}`, "a.b.c"])
      expect(await comeTo(shown(token))).toEqual([401, "AUTH_FAILED"]);
  });

  test("no person, and no agent that may not read", async () => {
    const own = await bench.ann.must("POST", "/api/v1/api-keys", { name: "mine", permissions: ["read", "write"] });
    expect(await comeTo(shown(own.key))).toEqual([403, "PERMISSION_DENIED"]);
    const blind = await bench.keyFor("alice", { permissions: ["execute"] });
    expect(await comeTo(shown(blind.key))).toEqual([403, "PERMISSION_DENIED"]);
  });

  test("nobody by a key that was revoked, or whose agent was fired", async () => {
    const revoked = await bench.keyFor("alice");
    expect(await comeTo(shown(revoked.key))).toEqual([200, undefined]);
    await bench.ann.must("DELETE", `/api/v1/api-keys/${revoked.id}`);
    expect(await comeTo(shown(revoked.key))).toEqual([401, "AUTH_FAILED"]);
    await bench.dora.must("POST", "/employees", { name: "frida", role: "writer" });
    const fired = await bench.keyFor("frida");
    await bench.dora.must("DELETE", "/employees/frida");
    expect(await comeTo(shown(fired.key))).toEqual([401, "AUTH_FAILED"]);
  });

  test("a key for reading is offered what reads, and may not do more by knowing its name", async () => {
    const { key } = await bench.keyFor("alice", { permissions: ["read"] });
    const reader = await bench.overHttp(key, "legacy");
    expect(await reader.names()).toEqual(["read_history", "search", "list_team", "list_files_claimed"]);
    expect(await reader.refused("post_message", { room: "general", text: "hello" })).toContain("no tool");
    expect(await reader.refused("claim_files", { paths: ["x"] })).toContain("no tool");
  });
});

describe("the pass of a run", () => {
  test.each(eras)("opens the tools for that run, and nothing when it is over, %s", async (_, era) => {
    const run = await bench.run(bench.dora);
    const offer = bench.mcpFor(run.request, true, run.desk);
    if (!("url" in offer)) throw new Error("no address");
    expect(offer.url).toBe(bench.url);
    const hers = await bench.overHttp(offer.token, era);
    expect(await hers.use("update_progress", { progress: 40, note: "halfway" })).toContain("40 %");
    expect(await hers.use("claim_files", { paths: [`run/${run.request.marker}`] })).toContain("until");
    expect((await bench.dora.must("GET", "/files")).files).toHaveLength(1);
    run.end();
    await waitFor(async () => (await comeTo(shown(offer.token)))[0] === 401, "the end of the pass");
    // What it claimed came free with it.
    await waitFor(async () => (await bench.dora.must("GET", "/files")).files.length === 0, "the release");
  });

  test("is of one run: a new one for the same run ends the first", async () => {
    const run = await bench.run(bench.dora);
    const [first, second] = [bench.mcpFor(run.request), bench.mcpFor(run.request, false)];
    expect(await comeTo(shown(first.token))).toEqual([401, "AUTH_FAILED"]);
    expect(await comeTo(shown(second.token))).toEqual([200, undefined]);
    if (!("argv" in second)) throw new Error("no command");
    expect(second.argv.at(-1)).toBe("mcp");
    expect(second.argv.join(" ")).not.toContain(second.token);
    expect(second.env).toEqual({ PARLEY_MCP_URL: bench.url, PARLEY_MCP_TOKEN: second.token });
    run.end();
  });

  test("opens no other door", async () => {
    const run = await bench.run(bench.dora);
    const { token } = bench.mcpFor(run.request);
    for (const path of ["/api/v1/me", "/api/v1/rooms", "/files"])
      expect((await fetch(bench.server.http + path, { headers: shown(token) })).status).toBe(401);
    run.end();
  });
});

describe("what a token may not read does not exist", () => {
  test("a key for #general knows nothing of a private room that its agent is in", async () => {
    const vault = await bench.dora.privateRoom("vault", "alice-bot");
    await bench.dora.must("POST", `/api/v1/rooms/${vault}/messages`, { text: "the merger is on friday" });
    const narrow = await bench.overHttp((await bench.keyFor("alice")).key, "legacy");
    for (const room of ["vault", vault])
      expect(await narrow.refused("read_history", { room })).toContain(`There is no room "${room}"`);
    expect(await narrow.use("search", { query: "merger" })).not.toContain("friday");
    expect(await narrow.refused("post_message", { room: "vault", text: "x" })).toContain("no such room");
  });

  test("an agent at dora's word reads the room it was asked in, and no other private one of theirs", async () => {
    const [attic, cellar] = [
      await bench.dora.privateRoom("attic", "wanda-bot"),
      await bench.dora.privateRoom("cellar", "wanda-bot"),
    ];
    await bench.dora.must("POST", `/api/v1/rooms/${cellar}/messages`, { text: "the wine is here" });
    const run = await bench.run(bench.dora, attic, "count the boxes");
    const hers = await bench.overHttp(bench.mcpFor(run.request).token, "legacy");
    expect(await hers.use("read_history")).toContain("count the boxes");
    expect(await hers.refused("read_history", { room: "cellar" })).toContain("no room");
    expect(await hers.use("search", { query: "wine" })).not.toContain("here");
    // What is claimed for that room is that room's.
    await hers.use("claim_files", { paths: ["attic/boxes.txt"] });
    expect(JSON.stringify(await bench.dora.must("GET", "/api/v1/leases"))).toContain("boxes");
    expect(JSON.stringify(await bench.ann.must("GET", "/api/v1/leases"))).not.toContain("boxes");
    run.end();
  });
});

describe("what comes to it is bounded", () => {
  const bounded = async () => shown((await bench.keyFor("bob")).key);

  test("in size and depth", async () => {
    const headers = await bounded();
    const large = { ...list, params: { _meta: { x: "y".repeat(70_000) } } };
    expect((await post(bench.url, headers, large)).status).toBe(413);
    expect((await post(bench.url, headers, `${"[".repeat(100)}${"]".repeat(100)}`)).status).toBe(400);
    expect((await post(bench.url, headers, "no json")).status).toBe(400);
    expect((await post(bench.url, { ...headers, "content-type": "text/plain" }, list)).status).toBe(415);
  });

  test("to its own origin and host", async () => {
    const headers = await bounded();
    expect((await post(bench.url, { ...headers, origin: "https://evil.example" }, list)).status).toBe(403);
    const { hostname, port } = new URL(bench.url);
    const status = await new Promise((resolve, reject) => {
      const options = { hostname, port, path: "/mcp", method: "POST", headers: { ...headers, host: "evil.example" } };
      request(options, (answer) => resolve(answer.statusCode))
        .on("error", reject)
        .end();
    });
    expect(status).toBe(421);
  });

  test("there are no sessions to listen to or to end", async () => {
    for (const method of ["GET", "DELETE"]) {
      const answer = await fetch(bench.url, { method, headers: await bounded() });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
    }
  });

  test("in pace: an agent in a loop is told to wait", async () => {
    await using slow = await openWorkbench({ limits: { actRate: 0.01, actBurst: 3 } });
    const { key } = await slow.keyFor("alice");
    const { use, refused } = await slow.overHttp(key, "legacy");
    for (const path of ["a", "b", "c"]) await use("claim_files", { paths: [path] });
    expect(await refused("claim_files", { paths: ["d"] })).toContain("Too fast");
    expect(await use("list_files_claimed")).toContain("c: you");
  });
});

test("and none of all this found a bug of ours", () => {
  expect(bench.server.logged.filter(({ level }) => level === "error")).toEqual([]);
});
