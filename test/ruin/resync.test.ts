import { afterAll, beforeAll, expect, test } from "bun:test";
import { PageReader, swapsOf } from "../support/page.ts";
import { waitFor } from "../support/round.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { kinds, Talker } from "../support/talker.ts";

/** So many missed events are replayed; one more is a resync. */
const most = 20;

let server: TestServer;
let author: Talker;
beforeAll(async () => {
  server = await startServer({
    env: { PARLEY_DEMO_TEAM: "false" },
    limits: { resumeEvents: most, resumeBytes: 60_000, peopleRate: 100_000, peopleBurst: 100_000 },
  });
  author = new Talker("mira", "camel");
  await author.connect(server.ws);
});
afterAll(() => server.stop());

async function say(texts: readonly string[]): Promise<number[]> {
  const ids = texts.map((text) => author.say(text));
  await waitFor(() => author.owed.size === 0, "acknowledged");
  return ids.map((clientId) => author.acknowledged.get(clientId) ?? 0);
}

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);

test.each(kinds)(
  "%s: as many as the limit are replayed exactly, one more is a resync and nothing else",
  async (kind) => {
    const reader = new Talker(`reader ${kind}`, kind);
    await reader.connect(server.ws);
    await reader.settled();
    reader.log.length = 0;

    reader.cut(false);
    const missed = await say(lines(most));
    await reader.connect(server.ws);
    await reader.settled();
    expect([reader.seqs(), reader.resyncs]).toEqual([missed, 0]);

    reader.cut(true);
    const tooMany = await say(lines(most + 1));
    await reader.connect(server.ws);
    await reader.settled();
    // Never a part of it: who has holes in the middle does not know.
    expect([reader.seqs(), reader.resyncs]).toEqual([missed, 1]);

    // It loads what it wants, takes the seq of its welcome as its own, and is live.
    reader.lastSeq = tooMany.at(-1);
    const [next] = await say(["live again"]);
    await reader.settled();
    expect(reader.seqs().at(-1)).toBe(next ?? 0);
  },
);

test("few events that are too many bytes are a resync too", async () => {
  const reader = new Talker("counting bytes", "camel");
  await reader.connect(server.ws);
  reader.cut(false);
  await say(Array.from({ length: 9 }, () => "x".repeat(7_900)));
  await reader.connect(server.ws);
  await reader.settled();
  expect([reader.seqs(), reader.resyncs]).toEqual([[], 1]);
});

test.each([
  ["another history", (reader: Talker) => (reader.epoch = crypto.randomUUID())],
  ["a future this history does not have", (reader: Talker) => (reader.lastSeq = (reader.lastSeq ?? 0) + 1_000)],
])("a client that remembers %s gets a resync", async (_, remember) => {
  for (const kind of kinds) {
    const reader = new Talker(`back from ${kind}`, kind);
    await reader.connect(server.ws);
    reader.cut(false);
    remember(reader);
    await say(["meanwhile"]);
    reader.log.length = 0;
    await reader.connect(server.ws);
    await reader.settled();
    expect([reader.seqs(), reader.resyncs]).toEqual([[], 1]);
  }
});

test("the page is told to load itself again in the same three cases", async () => {
  const page = await PageReader.open(server, "Noor");
  const comesBack = async () => {
    page.told.length = 0;
    await page.connect();
    page.send({ type: "ping" });
    await waitFor(() => page.told.some(({ type }) => type === "pong"), "the page's pong");
    page.cut(false);
    return page.told.map(({ type }) => type).filter((type) => type === "resync").length;
  };
  await say(lines(most));
  expect(await comesBack()).toBe(0);
  await say(lines(most + 1));
  expect(await comesBack()).toBe(1);

  await page.load();
  expect(await comesBack()).toBe(0);
  page.lastSeq += 1_000;
  expect(await comesBack()).toBe(1);

  await page.load();
  page.epoch = "another";
  expect(await comesBack()).toBe(1);
});

test("a page that was away finds the rooms that were made meanwhile in its list", async () => {
  const page = await PageReader.open(server, "Noor");
  await page.connect();
  page.cut(true);
  const body = new URLSearchParams({ name: "Release", topic: "" });
  await fetch(`${server.http}/rooms`, { method: "POST", headers: { cookie: page.cookie, origin: server.http }, body });
  page.pushed.length = 0;
  await page.connect();
  await waitFor(() => page.pushed.length > 0, "the lists");
  const lists = page.pushed.flatMap(swapsOf).filter(({ target }) => target === "#rooms");
  expect(lists.map(({ content }) => [...content.matchAll(/data-slug="([^"]+)"/g)].map(([, slug]) => slug))).toEqual([
    ["general", "release"],
  ]);
});
