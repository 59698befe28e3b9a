import { afterAll, beforeAll, describe, expect, setDefaultTimeout, spyOn, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser } from "../support/browser.ts";
import { Mallory } from "../support/mallory.ts";
import { corpus } from "../support/payloads/corpus.ts";
import { slippery } from "../support/payloads/naughty.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { sinks } from "../support/sinks.ts";
import { nowhereElse, Witness } from "../support/witness.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(60_000);

const texts = [...corpus, ...slippery];

/** What the same places look like with words that mean no harm: the measure for all others. */
const harmless = [
  "plain words",
  "two\n\nlines",
  "hello @mallory",
  "**bold**, `code`, [a link](https://a.test) and https://a.test",
  "```js\nlet a = 1;\n```",
  `| a | b |\n|---|---|\n| c | d |\n\n> # quote\n\n1. one\n- two\n\n---\n\n${"x".repeat(1_500)}`,
];

const many = 1_000_000;
const limits = {
  actRate: 100_000,
  actBurst: 100_000,
  ...{ peopleRate: many, peopleBurst: many, agentRate: many, agentBurst: many, frameRate: many, frameBurst: many },
  ...{ readRate: many, readBurst: many },
  ...{ signInRate: many, signInBurst: many, badFrames: many, queuedTasks: many, rooms: many },
  ...{ peopleBeside: many, pageMessages: 500, devicesPerAddress: many, pendingDevices: many, addressAttempts: many },
  ...{ signInAttempts: many, nameAttempts: many, deviceCodeAttempts: many },
};

describe.skipIf(!chromiumPath)(`what Mallory puts in, ${texts.length} texts, runs nowhere`, () => {
  let server: TestServer;
  let browser: Browser;
  /** Vera has the room open; Walter comes later, and his browser does without the policy. */
  let vera: Witness;
  let walter: Witness;
  let mallory: Mallory;
  let known: ReadonlySet<string>;

  beforeAll(async () => {
    const { sleep } = Bun;
    // Agents write as fast as they can: their pace is not what this is about.
    spyOn(Bun, "sleep").mockImplementation((ms) => sleep(ms === 25 ? 1 : ms));
    server = await startServer({ limits, env: { PARLEY_DEMO_TEAM: "false" } });
    browser = await openBrowser(nowhereElse);
    vera = await Witness.open(browser, server.http);
    walter = await Witness.open(browser, server.http, { bypassCSP: true });
    await withoutPolicy("/sign-in");
    await Promise.all([vera.signIn("vera"), walter.signIn("walter", "Admin")]);
    mallory = await Mallory.at(server, vera.page);
    // Places that there are only when there is much, or when there is something of the kind.
    await mallory.posts("/sign-in", ["v\u0435ra", ...Array<string>(120).fill("walter")], { name: "{text}" });
    for (const room of ["private", "direct", "general"]) await mallory.enters(room);
    await mallory.hires("helper", 1);
    await mallory.opens([`/rooms/${mallory.slugOf("private")}`]);
    await vera.show([...mallory.documents, ...mallory.documents]);
    for (const { put } of new Set(Object.values(sinks).flat())) {
      mallory.begins();
      await put(mallory, harmless);
      // Twice, because several are shown as one.
      await vera.show([...mallory.documents, ...mallory.documents]);
    }
    await mallory.isSeen();
    await vera.look();
    for (const slug of [mallory.slugOf("private"), mallory.direct]) await vera.visit(`/rooms/${slug}`);
    await vera.look();
    await withoutPolicy("/agents", "/members", "/audit", "/rooms/plain-words");
    known = new Set([...vera.takes().kinds, ...walter.takes().kinds]);
  });
  afterAll(async () => {
    spyOn(Bun, "sleep").mockRestore();
    await browser.close();
    await server.stop();
  });

  /** The room, read to its beginning by somebody who was not there when it came. */
  async function afresh(room: string): Promise<void> {
    await vera.visit(`/rooms/${room}`);
    await vera.readBack();
    await vera.look();
  }

  async function withoutPolicy(...paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      await walter.visit(path);
      await walter.look();
    }
  }

  function nothingHappened(): void {
    for (const witness of [vera, walter]) {
      const { noticed, kinds } = witness.takes();
      expect(noticed).toEqual([]);
      expect(kinds.filter((kind) => !known.has(kind))).toEqual([]);
    }
    expect([...mallory.faults]).toEqual([]);
    expect(server.logged.filter(({ level }) => level === "error")).toEqual([]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  }

  describe.each(Object.entries(sinks))("with #%s open,", (room, here) => {
    beforeAll(async () => {
      await mallory.enters(room);
      await vera.visit(`/rooms/${mallory.room}`);
      await vera.draws(room === "said");
    });

    test.each(here)("as $name", async ({ put, takes }) => {
      mallory.begins();
      await put(mallory, texts);
      await mallory.isSeen();
      await vera.look();
      await vera.show([...mallory.documents]);
      nothingHappened();
      expect([mallory.taken > 0, mallory.refused > 0]).toEqual([takes !== "none", takes !== "all"]);
    });

    test("and when it is opened afterwards", async () => {
      await afresh(mallory.room);
      nothingHappened();
    });
  });

  test("without the policy either, in rooms and on the roster", async () => {
    const rooms = [...mallory.ledTo].filter((path) => path.startsWith("/rooms/"));
    await withoutPolicy("/rooms/said", "/rooms/asked", "/agents", "/members", "/audit", ...rooms.slice(-2));
    nothingHappened();
  });

  test("typed at the door, and shown again with the refusal", async () => {
    await walter.context.clearCookies();
    await walter.visit("/sign-in");
    for (const text of corpus.filter((_, nth) => nth % 80 === 0)) {
      await walter.page.fill("input[name=name]", text);
      await walter.page.click("button[type=submit]");
      await walter.page.locator("[role=alert]").waitFor();
      await walter.look();
    }
    nothingHappened();
  });
});
