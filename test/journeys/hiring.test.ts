import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { fakeProgram } from "../support/fake-program.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

setDefaultTimeout(60_000);

describe.skipIf(!chromiumPath)("hiring on pages", () => {
  let server: TestServer;
  let browser: Browser;
  let folder: string;
  let ada: Visitor;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "parley-hiring-"));
    for (const name of ["site", "docs"]) mkdirSync(join(folder, "projects", name), { recursive: true });
    const env = { PATH: `${join(folder, "bin")}:/usr/bin:/bin`, PARLEY_PROJECTS: join(folder, "projects") };
    server = await startServer({ env: { ...env, OPENCODE_SAFE_MODE: "false" } });
    browser = await openBrowser();
    ada = await Visitor.arrive(browser, server.http, "ada");
    await enter(ada, "ada", "Admin");
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  async function enter(visitor: Visitor, name: string, role: string) {
    const [cookie = "", value = ""] = (await signIn(server, name, role)).split("=");
    await visitor.context.addCookies([{ name: cookie, value, url: server.http }]);
    await visitor.page.goto(`${server.http}/`);
    await visitor.inRoom();
  }

  const finding = ({ page }: Visitor, what: string) => page.locator(`[data-testid="checkup"] [data-what="${what}"]`);

  test("ada sees that opencode is not there; she gets it, checks again, hires it and says hello: six clicks", async () => {
    const { page } = ada;
    let clicks = 0;
    const click = async (act: Promise<void>) => {
      clicks += 1;
      await act;
    };
    await page.goto(`${server.http}/agents`);
    await click(page.getByTestId("hire").click());
    await click(page.locator('[data-program="opencode"]').click());
    expect(await finding(ada, "program").getAttribute("data-state")).toBe("missing");
    expect(await finding(ada, "program").innerText()).toContain("npm install -g opencode-ai");

    const program = fakeProgram(join(folder, "bin"), "opencode");
    await page.fill("#agent-name", "builder");
    await page.fill("#directory", join(folder, "projects", "site"));
    await click(page.getByRole("button", { name: "Check again" }).click());
    await page.locator('[data-what="program"][data-state="ok"]').waitFor();
    expect(await finding(ada, "program").innerText()).toContain(`opencode 9.8.7 at ${program}`);
    expect(await finding(ada, "directory").innerText()).toContain("projects/site is there and can be written to");
    expect(await page.inputValue("#agent-name")).toBe("builder");

    await click(page.getByRole("button", { name: "Hire", exact: true }).click());
    await page.waitForURL(/\/agents\/\d+(\?hired=1)?$/);
    await page.getByTestId("hired").waitFor();
    await click(page.getByRole("link", { name: "Say hello" }).click());
    await ada.inRoom();
    expect(await page.inputValue("#text")).toBe("@builder hello ");
    expect(page.url()).not.toContain("say=");
    expect(clicks).toBeLessThan(10);
    await page.locator('#agents [data-handle="builder"]').waitFor();
  });

  test("what was refused is said at its field, with all that was typed", async () => {
    const { page } = ada;
    await page.goto(`${server.http}/agents/hire?program=opencode`);
    await page.fill("#agent-name", "writer");
    await page.fill("#directory", "/etc");
    await page.getByRole("button", { name: "Hire", exact: true }).click();
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").innerText()).toContain("where agents may work");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("directory");
    expect(await page.inputValue("#agent-name")).toBe("writer");
  });

  test("she sets it up anew on its page; the roster says what works for it", async () => {
    const { page } = ada;
    await page.goto(`${server.http}/agents`);
    await page.locator('[data-handle="builder"] .roster-name').click();
    await page.selectOption("#program", "gemini");
    await page.locator("summary", { hasText: "Approvals" }).click();
    await page.selectOption("#approvals", "deny");
    await page.selectOption("#sandbox", "off");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("status").filter({ hasText: "Saved" }).waitFor();
    expect(await page.getByTestId("isolation").innerText()).toBe("not sandboxed: turned off");
    await page.getByRole("link", { name: "Check", exact: true }).click();
    await page.locator('[data-what="key"][data-state="missing"]', { hasText: "GEMINI_API_KEY is not set" }).waitFor();
    await page.goto(`${server.http}/agents`);
    expect(await page.locator('[data-handle="builder"] [data-testid="set-up"]').innerText()).toBe(
      "Gemini CLI, not sandboxed: turned off",
    );
  });

  test("tomas, a developer, can hire the built-in one and no program, and neither sees nor changes how builder is set up", async () => {
    const tomas = await Visitor.arrive(browser, server.http, "tomas");
    await enter(tomas, "tomas", "Developer");
    const { page } = tomas;
    await page.goto(`${server.http}/agents/hire`);
    expect(
      await page.locator("a[data-program]").evaluateAll((cards) => cards.map((card) => card.dataset.program)),
    ).toEqual(["builtin"]);
    await page.goto(`${server.http}/agents`);
    await page.locator('[data-handle="builder"] .roster-name').click();
    await page.getByTestId("agent-page").waitFor();
    expect(await page.getByTestId("settings-form").count()).toBe(0);
    expect(await page.getByTestId("agent-page").innerText()).not.toContain("projects/site");
    expect(tomas.complaints).toEqual([]);
    await tomas.leave();
  });

  test.each([
    ["light", 1280, false],
    ["dark", 1280, true],
    ["light", 390, false],
    ["dark", 390, true],
  ] as const)("the pages fit, %s at %d", async (look, width, dark) => {
    const eva = await Visitor.arrive(browser, server.http, "eva", { width, dark });
    await enter(eva, `eva${width}${look}`, "Admin");
    const pages = [
      ["hire", "/agents/hire"],
      ["hire-codex", "/agents/hire?program=codex"],
      ["agents", "/agents"],
      ["agent", "/agents/builder?check=1"],
    ] as const;
    for (const [name, path] of pages) {
      await eva.page.goto(server.http + path);
      for (const summary of await eva.page.locator("main details.unfold > summary").all()) await summary.click();
      const isTooWide = await eva.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      expect([name, isTooWide]).toEqual([name, false]);
      await eva.screenshot(`hiring-${name}-${width}-${look}`, { fullPage: true });
    }
    expect(eva.complaints).toEqual([]);
    await eva.leave();
  });
});
