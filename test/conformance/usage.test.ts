import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HandClock } from "../support/clock.ts";
import { openHouse } from "../support/house.ts";
import { pieces } from "../support/markup.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let [mira, vera]: [string, string] = ["", ""];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-usage-"));
  {
    using house = openHouse({ path: join(folder, "parley.db") });
    const tasks = [
      house.work(house.person("mira"), "alice", "one"),
      house.work(house.person("vera", "analyst"), "bob", "two"),
    ];
    for (const [index, task] of tasks.entries())
      house.usage.note(task, {
        inputTokens: 12_345 * (index + 1),
        outputTokens: 1_000,
        costUsd: index === 0 ? 0.5 : null,
      });
    house.log.flush();
  }
  server = await startServer({
    folder,
    clock: new HandClock(),
    env: { PARLEY_DAILY_TOKENS: "30000", OPENCODE_SAFE_MODE: "true" },
  });
  [mira, vera] = [await signIn(server, "mira", "developer"), await signIn(server, "vera", "analyst")];
});
afterAll(() => server.stop());

async function got(cookie: string, path: string, accept = "application/json") {
  const answer = await fetch(server.http + path, { headers: { cookie, accept } });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

describe("what agents used", () => {
  test("stands on a page, with shares, budgets and a way to other days", async () => {
    const { status, text } = await got(mira, "/usage", "text/html");
    expect(status).toBe(200);
    const words = (selector: string) => pieces(text, selector).map((piece) => piece.text.replace(/\s+/g, " ").trim());
    expect(words("[data-testid=usage-total]")).toEqual([
      "2025-12-07 to 2026-01-05, days of UTC. 2 tasks: 37k tokens in, 2k out, cost $0.50+.",
    ]);
    expect(words("[data-testid=usage-agents] tbody tr")).toEqual(["bob124.6k1kunknown", "alice112.3k1k$0.50"]);
    expect(words("[data-testid=usage-people] tbody th")).toEqual(["vera", "mira"]);
    expect(words("[data-testid=budgets] li")).toEqual(["the workspace39k of 30k tokens, used up"]);
    expect(text).toContain('href="/usage?from=2025-12-30"');
  });

  test("is told to who manages nothing as far as it was on their behalf", async () => {
    const { text } = await got(vera, "/usage", "text/html");
    expect(text).toContain("Used on your behalf");
    expect(text).not.toMatch(/alice|usage-people|budgets/);
    const { whose, agents } = JSON.parse((await got(vera, "/api/v1/usage")).text);
    expect([whose, agents.map(({ name }: { name: string }) => name)]).toEqual(["own", ["bob"]]);
    const csv = await got(vera, "/usage/export.csv");
    expect(csv.text.split("\n")).toEqual([
      "day,agent,person,tasks,input_tokens,output_tokens,cost_usd",
      '"2026-01-05","bob","vera","1","24690","1000",""',
      "",
    ]);
    expect(csv.headers.get("content-disposition")).toContain("parley-usage.csv");
  });

  test("of days when nothing was, says so", async () => {
    const { text } = await got(mira, "/usage?from=2026-01-01&to=2026-01-04", "text/html");
    expect(text).toContain("Nothing was used.");
    expect(JSON.parse((await got(mira, "/api/v1/usage?to=2026-01-04")).text)).toMatchObject({
      ...{ from: "2025-12-06", to: "2026-01-04", days: [], agents: [], people: [] },
      total: { tasks: 0, cost_usd: null },
    });
  });

  test.each([
    ["from=2026-02-31", "must be a day, such as 2026-11-21"],
    ["from=yesterday", "must be a day, such as 2026-11-21"],
    ["from=2026-01-03&to=2026-01-02", "The first day must not be after the last one."],
    ["from=2024-01-01&to=2026-01-01", "Ask for at most 366 days at once."],
  ])("of %s is refused, with the reason", async (query, reason) => {
    for (const path of ["/api/v1/usage", "/usage/export.csv", "/usage"]) {
      const { status, text } = await got(mira, `${path}?${query}`);
      expect([path, status, JSON.parse(text).message]).toEqual([path, 400, expect.stringContaining(reason)]);
    }
  });
});
