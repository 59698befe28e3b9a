import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { marked, markerPrefix } from "../../src/agents/processes/marker.ts";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { type CodingGround, codingGround, hireBuilder } from "../support/coding-team.ts";
import { inspect } from "../support/database.ts";
import { opencodePath } from "../support/opencode.ts";
import { startProcess } from "../support/process.ts";
import { waitFor } from "../support/round.ts";
import { signIn } from "../support/server.ts";
import type { Shown } from "../support/telegram/chats.ts";
import { openTown, type Town } from "../support/telegram/town.ts";

// A real agent of 300 MB, a browser and a server on a small machine: only a test that fails takes all of it.
setDefaultTimeout(120_000);
const patience = { timeout: 60_000 };

interface Row {
  id: number;
  state: string;
  note: string;
}
interface Asked {
  id: number;
  shown: string;
  options: { id: string; kind: string }[];
}
const newestTask = (database: string) =>
  inspect(database, (sqlite) => sqlite.query<Row, []>("SELECT id, state, note FROM tasks ORDER BY id DESC").get());

describe.skipIf(!chromiumPath || !opencodePath)("a real coding agent in the room, on the page and on the phone", () => {
  let ground: CodingGround;
  let town: Town;
  let browser: Browser;
  let mira: Visitor;

  beforeAll(async () => {
    ground = codingGround();
    town = await openTown({ env: ground.env, limits: { agentStartMs: 60_000 } });
    const { http } = town.server;
    await hireBuilder(http, await signIn(town.server, "ada", "admin"), ground.project);
    browser = await openBrowser();
    mira = await Visitor.signIn(browser, http, "mira");
    const headers = { cookie: await signIn(town.server, "mira"), origin: http };
    const { code } = (await (await fetch(`${http}/api/v1/telegram/code`, { method: "POST", headers })).json()) as {
      code: string;
    };
    town.mira.says(town.mira.private, `/link ${code}`);
    await town.telegram.until(
      () => town.telegram.texts(town.mira.private).some((text) => text.startsWith("Linked")),
      "the account linked",
    );
  });
  afterAll(async () => {
    expect(mira.complaints).toEqual([]);
    expect(ground.model.complaints).toEqual([]);
    await browser.close();
    await town[Symbol.asyncDispose]();
    ground[Symbol.dispose]();
  });

  const database = () => town.server.config.databasePath;
  const runs = () => marked(`${markerPrefix(database())}-`);
  /** Asks the agent for something. @returns its task */
  async function ask(words: string): Promise<Row> {
    const before = newestTask(database())?.id ?? 0;
    await mira.say(`@builder ${words}`);
    return waitFor(() => {
      const task = newestTask(database());
      return task && task.id > before ? task : undefined;
    }, "the task");
  }
  const stateOf = (task: Row) => mira.page.locator(`#task-${task.id}`);
  const reached = (task: Row, state: string) =>
    mira.page.waitForSelector(`#task-${task.id}[data-state="${state}"]`, patience);
  const card = () => mira.page.locator('.ask[data-state="open"]').last();
  const asksThere = () =>
    town.telegram.said(town.team).filter(({ keyboard, text }) => keyboard && text.includes("wants to"));

  test("mentioned, it is acknowledged at once, asks on both sides, and does it when somebody taps on the phone: its lines come live", async () => {
    const from = performance.now();
    const task = await ask('RUN: for i in 1 2 3 4; do echo "line $i"; sleep 1; done');
    await stateOf(task).waitFor();
    expect(performance.now() - from).toBeLessThan(2_000);
    await card().waitFor(patience);
    expect(await card().locator(".exact pre").first().innerText()).toBe(
      'for i in 1 2 3 4; do echo "line $i"; sleep 1; done',
    );
    await reached(task, "stuck");
    expect(await stateOf(task).locator(".card-head b").innerText()).toBe("Needs approval");
    await mira.screenshot("coding-asks-light");
    await town.telegram.until(() => asksThere().length === 1, "the same question on the phone", 30_000);
    const [there] = asksThere();
    await town.telegram.until(() => town.telegram.said(town.team).includes(there as Shown), "it");
    town.mira.presses(town.team, there as Shown, "Allow once");
    const terminal = stateOf(task).locator(".terminal");
    await terminal.filter({ hasText: "line 1" }).waitFor(patience);
    expect(await terminal.innerText()).not.toContain("line 4");
    await mira.page
      .locator(
        '#agents [data-name="builder"][data-status="working"], #agents [data-name="builder"][data-state="working"]',
      )
      .waitFor(patience);
    await mira.screenshot("coding-works-light");
    await mira.sees("Done. The tools said: line 1");
    await reached(task, "completed");
    await mira.page
      .locator('#agents [data-name="builder"][data-status="idle"], #agents [data-name="builder"][data-state="idle"]')
      .waitFor(patience);
    await town.telegram.until(() => there?.keyboard === null, "the buttons to go there as well", 30_000);
    expect(there?.text).toContain("Allowed once by mira");
    await mira.screenshot("coding-done-light");
    expect(await runs()).toEqual([]);
  });

  test("rejected, no command ran", async () => {
    const task = await ask("RUN: touch rejected.txt");
    await card().waitFor(patience);
    await card().getByRole("button", { name: "Reject" }).click();
    await reached(task, "completed");
    expect(existsSync(join(ground.project, "rejected.txt"))).toBe(false);
  });

  test("stopped in the middle of a command, nothing of it runs ten seconds later", async () => {
    const task = await ask("RUN: echo begun; setsid sleep 600 & sleep 600");
    await card().waitFor(patience);
    await card().getByRole("button", { name: "Allow once" }).click();
    await stateOf(task).locator(".terminal").filter({ hasText: "begun" }).waitFor(patience);
    expect((await runs()).length).toBeGreaterThan(1);
    await stateOf(task).getByRole("button", { name: "Stop" }).click();
    const from = performance.now();
    await waitFor(async () => (await runs()).length === 0, "the end of all its processes", 15_000);
    expect(performance.now() - from).toBeLessThan(10_000);
    await reached(task, "cancelled");
    expect(newestTask(database())?.note).toContain("mira");
    await mira.screenshot("coding-stopped-light");
  });

  test("what it says and puts out runs nowhere", async () => {
    const task = await ask(
      `RUN: printf '<img src=x onerror=alert(1)>\\033[31mred\\033[0m\\033]8;;javascript:alert(2)\\033\\\\link\\033]8;;\\033\\\\\\n'\nHTML`,
    );
    await card().waitFor(patience);
    await card().getByRole("button", { name: "Allow once" }).click();
    await reached(task, "completed");
    expect(await mira.page.locator("#messages img, #messages a[href^='javascript:']").count()).toBe(0);
    expect(mira.complaints).toEqual([]);
  });
});

describe.skipIf(!opencodePath)("a server that dies under a real coding agent", () => {
  test("its run has crashed, nothing of it runs any more, and it is taken up again where it was", async () => {
    using ground = codingGround();
    let server = await startProcess({ env: ground.env });
    const { database } = server;
    const cookie = await signIn(server, "ada", "admin");
    await hireBuilder(server.http, cookie, ground.project);
    const call = async (method: string, path: string, body?: object) => {
      const answer = await fetch(`${server.http}${path}`, {
        method,
        headers: { "content-type": "application/json", cookie, origin: server.http },
        ...(body && { body: JSON.stringify(body) }),
      });
      return (await answer.json()) as Record<string, unknown>;
    };
    const isAsked = () =>
      inspect(database, (sqlite) => sqlite.query("SELECT id FROM approvals WHERE answered_at IS NULL").get() !== null);
    const allow = async () => {
      await waitFor(isAsked, "what it asks", 60_000);
      const { approvals } = (await call("GET", "/api/v1/approvals")) as { approvals: Asked[] };
      const [open] = approvals;
      const option = open?.options.find(({ kind }) => kind === "allow_once")?.id;
      await call("POST", `/api/v1/approvals/${open?.id}/answer`, { option, shown: open?.shown });
    };
    const mark = `${markerPrefix(database)}-`;
    await call("POST", "/api/v1/rooms/general/messages", { text: "@builder RUN: echo begun; sleep 600" });
    await allow();
    await waitFor(async () => (await marked(mark)).length > 1, "its command", 30_000);
    await server.kill();
    server = await server.restart();
    await waitFor(async () => (await marked(mark)).length === 0, "the end of what was left", 15_000);
    const crashed = newestTask(database);
    expect(crashed?.state).toBe("failed");
    expect(crashed?.note).toStartWith("crashed");
    const { task } = (await call("POST", `/api/v1/tasks/${crashed?.id}/resume`)) as { task: { id: number } };
    expect(task.id).toBeGreaterThan(crashed?.id ?? 0);
    // Its own session, in another process: the model is shown what was said in it before.
    await waitFor(
      () => ground.model.seen.at(-1)?.messages.filter(({ text }) => text.includes("RUN: echo begun")).length,
      "that it goes on",
      60_000,
    );
    await call("POST", `/api/v1/tasks/${task.id}/cancel`);
    await waitFor(() => ["cancelled", "completed"].includes(newestTask(database)?.state ?? ""), "its end", 30_000);
    expect(await marked(mark)).toEqual([]);
    await server.kill();
  });
});
