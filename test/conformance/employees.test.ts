import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into
  body: any;
}

/** A program's request; without `headers` it shows no identity, which is enough in development mode. */
async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`${server.http}${path}`, {
    method,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}
const names = async () => (await ask("GET", "/employees")).body.employees.map(({ name }: { name: string }) => name);

describe("/employees", () => {
  test("GET lists who works here", async () => {
    const { status, body } = await ask("GET", "/employees");
    expect(status).toBe(200);
    expect(shapeOf(body)).toMatchObject({
      employees: [{ name: "string", role: "string", smartness: "string", hired_at: "time" }],
    });
    expect(body.employees.slice(0, 4)).toMatchObject([
      { name: "alice", role: "developer", smartness: "normal" },
      { name: "bob", role: "designer" },
      { name: "charlie", role: "devops" },
      { name: "diana", role: "qa" },
    ]);
  });

  test("POST hires: 201, and the agent is in the room at once", async () => {
    const { status, body } = await ask("POST", "/employees", { name: "erin", role: "tester", smartness: "smart" });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      message: expect.any(String),
      employee: { name: "erin", role: "tester", smartness: "smart" },
    });
    expect(await names()).toContain("erin");
    expect((await ask("GET", "/employees/erin")).body.employee).toMatchObject({ name: "erin", role: "tester" });
    const mira = await Client.camel(server.ws, "mira");
    const { data } = await mira.say("@erin hello");
    const answer = await mira.next("agent_response", (frame) => frame.data.replyTo === data.id);
    expect(answer.data.sender).toBe("erin");
  });

  test("POST of a name that works here already is 409, in whatever case it is written", async () => {
    for (const name of ["alice", "ALICE", "alice-bot"])
      expect(await ask("POST", "/employees", { name, role: "developer" })).toMatchObject({
        status: 409,
        body: { code: "CONFLICT" },
      });
  });

  test.each([
    ["no name", { role: "developer" }],
    ["no role", { name: "finn" }],
    ["a name that is no string", { name: 7, role: "developer" }],
    ["a name that is a path", { name: "../finn", role: "developer" }],
    ["a name with a space", { name: "finn the human", role: "developer" }],
    ["a smartness nobody has", { name: "finn", role: "developer", smartness: "genius" }],
    ["a backend that does not exist", { name: "finn", role: "developer", backend: "oracle" }],
    ["a body that is not JSON", "{"],
  ])("POST with %s is 400 and hires nobody", async (_, body) => {
    const before = await names();
    const answer = await ask("POST", "/employees", body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: expect.any(String), code: expect.stringMatching(/^INVALID_/) });
    expect(await names()).toEqual(before);
  });

  test("DELETE fires: the agent answers no more, and may be hired again", async () => {
    await ask("POST", "/employees", { name: "gwen", role: "developer" });
    const { status, body } = await ask("DELETE", "/employees/gwen");
    expect(status).toBe(200);
    expect(body).toEqual({ message: expect.stringContaining("gwen") });
    expect(await names()).not.toContain("gwen");
    const again = await ask("POST", "/employees", { name: "gwen", role: "designer" });
    expect(again).toMatchObject({ status: 201, body: { employee: { role: "designer" } } });
  });

  test("who is hired and fired is told live to those who hear of presence", async () => {
    const camel = await Client.camel(server.ws, "omar", { subscribe: ["presence"] });
    const classic = await Client.classic(server.ws, "ana");
    await ask("POST", "/employees", { name: "ivy", role: "qa" });
    expect((await camel.next("user_presence", ({ data }) => data.userId === "ivy")).data.status).toBe("online");
    const comes = await classic.next("user_status", ({ data }) => data.user_id === "ivy-bot");
    expect(comes.data).toMatchObject({ status: "connected", role: "qa-bot" });
    await ask("DELETE", "/employees/ivy");
    expect((await camel.next("user_presence", ({ data }) => data.userId === "ivy")).data.status).toBe("offline");
    const goes = await classic.next("user_status", ({ data }) => data.user_id === "ivy-bot");
    expect(goes.data).toMatchObject({ status: "disconnected" });
  });

  test("DELETE of somebody unknown is 404", async () => {
    expect(await ask("DELETE", "/employees/zoe")).toMatchObject({ status: 404, body: { code: "AGENT_NOT_FOUND" } });
    expect((await ask("DELETE", "/employees/..%2Falice")).status).toBe(404);
    expect(await names()).toContain("alice");
  });

  test("only who manages tasks can hire and fire: a viewer may look", async () => {
    const headers = { cookie: await signIn(server, "vera", "viewer"), origin: server.http };
    const refused = { status: 403, body: { code: "PERMISSION_DENIED" } };
    expect(await ask("POST", "/employees", { name: "hank", role: "developer" }, headers)).toMatchObject(refused);
    expect(await ask("DELETE", "/employees/alice", undefined, headers)).toMatchObject(refused);
    expect((await ask("GET", "/employees", undefined, headers)).status).toBe(200);
    expect(await names()).toContain("alice");
  });
});

describe("/agents", () => {
  test("GET maps each agent's name to its status, for programs", async () => {
    const { status, body } = await ask("GET", "/agents");
    expect(status).toBe(200);
    expect(Object.keys(body.agents)).toEqual(expect.arrayContaining(["alice", "bob", "charlie", "diana"]));
    expect(shapeOf(body.agents.alice)).toMatchObject({
      employee_name: "string",
      role: "string",
      expertise: ["string"],
      worker_status: "string",
      current_task: "null",
      active_tasks: [],
      last_response: "null",
    });
    expect(body.agents.alice).toMatchObject({ employee_name: "alice", worker_status: "idle" });
  });

  test("GET shows the work of an agent", async () => {
    const mira = await Client.camel(server.ws, "mira");
    await mira.say("@bob please design the poster");
    await mira.next("agent_response", ({ data }) => data.sender === "bob" && data.text.includes("50%"));
    const { bob } = (await ask("GET", "/agents")).body.agents;
    expect(bob).toMatchObject({ worker_status: "idle", current_task: "design the poster" });
    expect(bob.active_tasks).toEqual(["design the poster"]);
    expect(shapeOf(bob.last_response)).toBe("time");
  });

  test("a browser gets the roster's page, and only after signing in", async () => {
    const page = (headers: Record<string, string>) =>
      fetch(`${server.http}/agents`, { headers: { accept: "text/html", ...headers }, redirect: "manual" });
    expect((await page({})).headers.get("location")).toBe("/sign-in?next=%2Fagents");
    const answer = await page({ cookie: await signIn(server, "mira") });
    expect(answer.headers.get("content-type")).toContain("text/html");
    expect(await answer.text()).toContain("charlie");
  });
});
