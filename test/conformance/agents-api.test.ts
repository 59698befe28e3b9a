import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { fakeProgram } from "../support/fake-program.ts";
import { openFolder } from "../support/folder.ts";
import { RoomClient } from "../support/rooms.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let folder: ReturnType<typeof openFolder>;
let ada: RoomClient;
let mira: RoomClient;
beforeAll(async () => {
  folder = openFolder();
  fakeProgram(folder.make("bin"), "gemini");
  folder.make("projects", "site");
  const env = {
    PATH: `${folder.at("bin")}:/usr/bin:/bin`,
    PARLEY_PROJECTS: folder.at("projects"),
    GEMINI_API_KEY: "g-secret",
  };
  server = await startServer({ env });
  ada = new RoomClient(server, await signIn(server, "ada", "admin"));
  mira = new RoomClient(server, await signIn(server, "mira", "developer"));
});
afterAll(async () => {
  await server.stop();
  folder[Symbol.dispose]();
});

const coder = { name: "coder", role: "Developer", program: "gemini" };

describe("agents over the clean API", () => {
  test("the catalogue says what can work here, and of none what it starts", async () => {
    const { programs } = await mira.must("GET", "/api/v1/programs");
    expect(programs.map(({ name }: { name: string }) => name)).toContain("opencode");
    expect(Object.keys(programs[0]).sort()).toEqual(["backend", "hint", "model", "name", "title"]);
  });

  test("ada hires one with a program in a project, sets it up anew, and lets it go", async () => {
    const { agent } = await ada.must("POST", "/api/v1/agents", {
      ...coder,
      directory: folder.at("projects", "site"),
      daily_usd: 2,
    });
    expect(agent).toMatchObject({
      name: "coder",
      role: "developer",
      backend: "acp",
      program: "gemini",
      status: "idle",
    });
    expect(agent.settings).toEqual({
      program: "gemini",
      directory: folder.at("projects", "site"),
      model: null,
      sandbox: "auto",
      approvals: "ask",
      daily_tokens: null,
      daily_usd: 2,
    });
    const changed = await ada.must("PATCH", `/api/v1/agents/${agent.id}`, {
      model: "gemini-pro",
      daily_usd: null,
      sandbox: "off",
    });
    expect(changed.agent.settings).toMatchObject({
      model: "gemini-pro",
      daily_usd: null,
      directory: folder.at("projects", "site"),
    });
    expect(changed.agent.isolation).toEqual({ sandboxed: false, words: "not sandboxed: turned off" });
    expect((await ada.must("GET", "/api/v1/agents/coder")).agent).toEqual(changed.agent);
    expect(await ada.must("DELETE", "/api/v1/agents/coder-bot")).toEqual({ message: "coder was fired." });
    expect((await ada.ask("GET", `/api/v1/agents/${agent.id}`)).status).toBe(404);
  });

  test("mira is told why not; she sees what works for it and how it is walled in, and not where", async () => {
    const refused = await mira.ask("POST", "/api/v1/agents", coder);
    expect([refused.status, (await refused.json()).message]).toEqual([
      403,
      expect.stringContaining("acts on this machine"),
    ]);
    await ada.must("POST", "/api/v1/agents", { ...coder, directory: folder.at("projects", "site") });
    const { agent } = await mira.must("GET", "/api/v1/agents/coder");
    expect(agent).toMatchObject({ program: "gemini", isolation: { words: expect.any(String) } });
    expect(agent.settings).toBeUndefined();
    const all = await (await mira.ask("GET", "/api/v1/agents")).text();
    expect(all).toContain('"program":"gemini"');
    expect(all).not.toContain(folder.path);
    expect((await mira.ask("GET", "/api/v1/agents/coder/check")).status).toBe(403);
    expect((await mira.ask("PATCH", "/api/v1/agents/coder", { sandbox: "off" })).status).toBe(403);
    const page = await fetch(`${server.http}/agents/coder`, {
      headers: { cookie: await signIn(server, "mira", "developer"), accept: "text/html" },
    });
    expect([page.status, (await page.text()).includes(folder.path)]).toEqual([200, false]);
  });

  test("the check says what is there and what is missing, and no secret", async () => {
    const checked = await ada.must("GET", "/api/v1/agents/coder/check");
    const of = (what: string) => checked.findings.find((finding: { what: string }) => finding.what === what);
    expect(of("program")).toEqual({
      what: "program",
      state: "ok",
      words: `Gemini CLI 9.8.7 at ${folder.at("bin", "gemini")}.`,
    });
    expect(of("key")).toEqual({ what: "key", state: "ok", words: "GEMINI_API_KEY is set." });
    expect(JSON.stringify(checked)).not.toContain("g-secret");
  });

  test.each([
    [{ ...coder, name: "x", program: "/bin/sh" }, 400],
    [{ ...coder, name: "x", command: ["/bin/sh"], program: "sh" }, 400],
    [{ ...coder, name: "x", directory: "/etc" }, 400],
    [{ ...coder, name: "x", approvals: "allow" }, 400],
    [{ ...coder, name: "x", daily_usd: "5" }, 400],
    [{ ...coder, name: "x", daily_tokens: -1 }, 400],
    [{ ...coder }, 409],
    [{ name: "x" }, 400],
  ])("%j is refused with %i", async (body, status) => {
    expect((await ada.ask("POST", "/api/v1/agents", body)).status).toBe(status);
  });

  test("older programs hire with a program as well, and are told of it", async () => {
    const { employee } = await ada.must("POST", "/employees", { name: "older", role: "qa", backend: "codex" });
    expect(employee).toMatchObject({ name: "older", backend: "acp", program: "codex" });
    expect((await mira.must("GET", "/employees/older")).employee.program).toBe("codex");
  });
});
