import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answering, type ChatModel, calling, failing, startChatModel } from "../support/chat-model.ts";
import { inspect } from "../support/database.ts";
import { waitFor } from "../support/round.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

const key = "the-key-of-the-lab";
let server: TestServer;
let model: ChatModel;
let cookie: string;

/** Whoever manages the server sets up an agent whose model is on this machine. */
beforeAll(async () => {
  model = startChatModel([
    calling(["post_message", { text: "On it." }], ["update_progress", { progress: 50 }]),
    answering("The lamp ", "is in the attic."),
    failing(401),
    calling(["list_team", {}]),
    answering("Never reached."),
  ]);
  const folder = mkdtempSync(join(tmpdir(), "parley-model-"));
  const lab = {
    name: "lab",
    title: "The lab",
    backend: "openai",
    endpoint: model.url,
    keyVariable: "LAB_KEY",
    model: "small",
  };
  writeFileSync(join(folder, "agents.json"), JSON.stringify({ programs: [lab] }));
  const env = { LAB_KEY: key, PARLEY_DAILY_TOKENS: "400", PARLEY_AGENTS_FILE: join(folder, "agents.json") };
  server = await startServer({ env, folder });
  cookie = await signIn(server, "ada", "admin");
  const hired = await ask("POST", "/employees", { name: "luna", role: "writer", program: "lab" });
  expect([hired.status, JSON.stringify(hired.json)]).toEqual([201, expect.any(String)]);
});
afterAll(async () => {
  await server.stop();
  model[Symbol.dispose]();
});

async function ask(method: string, path: string, body?: object) {
  const answer = await fetch(server.http + path, {
    method,
    headers: { cookie, origin: server.http, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
}

interface Said {
  readonly sender: string;
  readonly text: string;
}

async function saidByLuna(): Promise<string[]> {
  const { json } = await ask("GET", "/api/v1/rooms/general/messages?limit=50");
  return (json.messages as Said[]).filter(({ sender }) => sender === "luna-bot").map(({ text }) => text);
}

/** Asks luna, and waits for words of hers. */
async function answered(words: string, expected: string): Promise<void> {
  await ask("POST", "/api/v1/rooms/general/messages", { text: `@luna ${words}` });
  await waitFor(async () => (await saidByLuna()).some((text) => text.includes(expected)), expected);
}

describe("an agent with a model", () => {
  test("uses the room's tools, answers, and what it used is counted for who asked", async () => {
    await answered("where is the lamp?", "The lamp is in the attic.");
    expect(await saidByLuna()).toContain("On it.");
    expect(model.asked.map(({ model: name }) => name)).toEqual(["small", "small"]);
    expect(model.keys).toEqual([`Bearer ${key}`, `Bearer ${key}`]);
    await waitFor(async () => {
      const { json } = await ask("GET", "/api/v1/usage");
      return (json.total as { output_tokens: number }).output_tokens === 30;
    }, "the usage");
    const { json } = await ask("GET", "/api/v1/usage");
    expect(json).toMatchObject({
      total: { tasks: 1, input_tokens: 300, output_tokens: 30, cost_usd: null },
      agents: [{ name: "luna" }],
      people: [{ name: "ada" }],
      budgets: [{ of: "the workspace", unit: "tokens", budget: 400, spent: 330 }],
    });
  });

  test("whose key is not taken says so in the room, and the key is in no log", async () => {
    await answered("and the other one?", "does not accept the key in LAB_KEY");
    expect(JSON.stringify(server.logged)).not.toContain(key);
    expect(server.logged.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("is stopped when the budget is used up, and is not even begun after that; both say so", async () => {
    const before = model.asked.length;
    await ask("POST", "/api/v1/rooms/general/messages", { text: "@luna look around" });
    const isOver = () => lastTask().description === "look around" && lastTask().state === "failed";
    await waitFor(isOver, "the end of the task");
    expect(lastTask().note).toMatch(/^Today's budget of the workspace is used up: 550 of 400 tokens\. It begins anew/);
    expect(model.asked).toHaveLength(before + 1);
    await answered("again", "I could not do that: Today's budget of the workspace is used up: 550 of 400 tokens.");
    expect(model.asked).toHaveLength(before + 1);
  });
});

interface Ended {
  readonly description: string;
  readonly state: string;
  readonly note: string;
}

function lastTask(): Ended {
  const newest = "SELECT description, state, note FROM tasks ORDER BY id DESC LIMIT 1";
  return (
    inspect(server.config.databasePath, (sqlite) => sqlite.query<Ended, []>(newest).get()) ?? {
      description: "",
      state: "",
      note: "",
    }
  );
}
