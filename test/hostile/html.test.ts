import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Known, learn, offences } from "../support/judge.ts";
import { PageReader } from "../support/page.ts";
import { payloads } from "../support/payloads.ts";
import { waitFor } from "../support/round.ts";
import { agentsAreIdle, startServer, type TestServer } from "../support/server.ts";
import { Talker } from "../support/talker.ts";

/** Everything a browser could be given, by where it came from. */
type Seen = Record<string, string[]>;

const servers: TestServer[] = [];
let known: Known;
afterAll(() => Promise.all(servers.map((server) => server.stop())));

beforeAll(async () => {
  const harmless = ["plain words", "two\n\nlines", "hello @alice", "**bold**", "x".repeat(1_500)];
  known = learn(Object.values(await tour(harmless)).flat());
}, 20_000);

const limits = {
  peopleRate: 100_000,
  peopleBurst: 100_000,
  actRate: 100_000,
  actBurst: 100_000,
  signInRate: 100_000,
  signInBurst: 100_000,
  pageMessages: 40,
};

/** Puts every text into every place that shows one, and collects what the page's doors give out. */
async function tour(texts: readonly string[]): Promise<Seen> {
  const server = await startServer({ limits });
  servers.push(server);
  const reader = await PageReader.open(server, "reader", "general");
  await reader.connect();
  const author = new Talker("mira", "camel");
  await author.connect(server.ws);
  const headers = { cookie: reader.cookie, origin: server.http };
  const post = (path: string, fields: Record<string, string>) =>
    fetch(server.http + path, { method: "POST", headers, body: new URLSearchParams(fields), redirect: "manual" });
  const pages: string[] = [];

  const everywhere = async (text: string, index: number) => {
    author.say(text);
    author.send({ type: "message", data: { text: `client's own id ${index}`, id: text.slice(0, 64) } });
    author.send({ type: "message", data: { text: `client id ${index}`, clientId: text.slice(0, 64) } });
    await post("/rooms", { name: text, topic: text });
    await post("/rooms", { name: `room ${index}`, topic: text });
    // Without the reader's cookie: whoever signs in ends the session their browser had.
    const asked = { method: "POST", headers: { origin: server.http }, redirect: "manual" } as const;
    const body = new URLSearchParams({ name: text, role: text });
    pages.push(await (await fetch(`${server.http}/sign-in`, { ...asked, body })).text());
    const accept = { ...headers, accept: "text/html" };
    pages.push(await (await fetch(`${server.http}/rooms/${encodeURIComponent(text)}`, { headers: accept })).text());
    await asSomebody(server, text, `title ${index}`);
  };
  for (let start = 0; start < texts.length; start += 6) {
    const some = texts.slice(start, start + 6);
    await Promise.all([hire(post, some, start), ...some.map((text, index) => everywhere(text, start + index))]);
  }
  await waitFor(() => author.owed.size === 0, "echoes");
  const ids = [...author.acknowledged.values()];
  for (const [index, id] of ids.entries()) {
    // As the parent of an answer, and as what a message was changed into.
    author.send({ type: "message", data: { text: "an answer", replyTo: id } });
    const changed = author.log.find(({ text }) => text === `client's own id ${index}`)?.id;
    if (changed !== undefined) author.edit(changed, texts[index] ?? "");
  }
  await work(author, texts);
  await waitFor(() => agentsAreIdle(server), "the agents have said everything", 20_000);
  await author.settled();
  // Whoever comes back is given the same by another way.
  reader.cut(false);
  reader.lastSeq = 8;
  await reader.connect();
  reader.send({ type: "ping" });
  await waitFor(() => reader.told.some(({ type }) => type === "pong"), "the replay");

  const offline = async () => (await reader.get("/rooms/general")).match(/data-format="ago"/);
  await waitFor(offline, "those who left are shown so");
  const general = await reader.get("/rooms/general");
  const rooms = [...general.matchAll(/href="(\/rooms\/[^"]+)"/g)].map(([, path = ""]) => path);
  expect(rooms.length).toBeGreaterThan(texts.length / 2);
  for (const path of [...rooms, "/agents"]) pages.push(await reader.get(path));
  const older: string[] = [];
  for (let before = reader.lastSeq; before > 40; before -= 40)
    older.push(await reader.get(`/rooms/general/messages?before=${before}`));
  expect(server.logged.filter(({ level }) => level === "error")).toEqual([]);
  expect(author.closes).toEqual([]);
  return { pages, pushed: reader.pushed, older };
}

/** Each text as a role, as a name, and all together as what an agent knows. */
async function hire(
  post: (path: string, fields: Record<string, string>) => Promise<Response>,
  texts: readonly string[],
  index: number,
) {
  for (const text of texts) {
    await post("/agents", { name: "helper", role: text, expertise: "x" });
    await post("/agents", { name: text, role: "writer", expertise: "x" });
  }
  const expertise = texts.map((text) => text.slice(0, 40).replaceAll(",", " ")).join(",");
  const answer = await post("/agents", { name: `other${index}`, role: "writer", expertise });
  expect(answer.status).toBe(303);
}

/** A name is refused when it is not one; where it is taken, it is shown beside a message and as somebody typing. */
async function asSomebody(server: TestServer, name: string, other: string): Promise<void> {
  for (const [userId, role] of [
    [name, "user"],
    [other, name],
  ] as const) {
    const person = new Talker(userId, "camel", { more: {} });
    person.send = (
      (send) => (frame: unknown) =>
        send.call(person, withRole(frame, role))
    )(person.send);
    const welcomed = await person.connect(server.ws).then(
      () => true,
      () => false,
    );
    if (!welcomed) continue;
    person.send({ type: "typing", data: { isTyping: true } });
    // The name may come back as another spelling of itself.
    const said = person.say(`I am ${userId.length} letters long`);
    await waitFor(() => person.log.some(({ clientId }) => clientId === said), "an echo");
    person.cut(false);
  }
}

function withRole(frame: unknown, role: string): unknown {
  const { type, data } = frame as { type: string; data?: object };
  return type === "auth" ? { type, data: { ...data, role } } : frame;
}

/** Each hired agent gets a task with some of the words; two more are blocked for such a reason, and search for them. */
async function work(author: Talker, texts: readonly string[]): Promise<void> {
  for (let start = 0; start < texts.length; start += 6) {
    const [first = "", ...others] = texts.slice(start, start + 6);
    author.say(`@other${start} please ${first} ${others.slice(0, 2).join(" ")}`);
    author.say(`@other${start} blocked: ${others.slice(2).join(" ")}`);
  }
  author.say(`@alice search ${texts[4] ?? ""}`);
  author.say("@bob status");
  await waitFor(() => author.owed.size === 0, "echoes");
}

test(`${payloads.length} texts that would break out somewhere break out nowhere`, async () => {
  const seen = await tour(payloads);
  for (const [where, pieces] of Object.entries(seen)) {
    expect([where, pieces.length > 5]).toEqual([where, true]);
    const found = [...new Set(pieces.flatMap((piece) => offences(piece, known)))];
    expect({ where, found }).toEqual({ where, found: [] });
  }
  // What is written into an answer under way are words only.
  const streamed = seen.pushed?.flatMap((frame) => [
    ...frame.matchAll(/hx-target="#stream-\d+"[^>]*>([\s\S]*?)<\/hx-partial>/g),
  ]);
  expect(streamed?.length).toBeGreaterThan(10);
  for (const [, words] of streamed ?? []) expect(words).not.toContain("<");
}, 60_000);

test("the judge is not blind: each payload, put in as it is, is found", () => {
  const parsed = payloads.filter((payload) => /^<[a-z][\s\S]*>$/i.test(payload) && !payload.startsWith("<hx-"));
  expect(parsed.length).toBeGreaterThan(20);
  for (const payload of parsed) expect([payload, offences(payload, known).length > 0]).toEqual([payload, true]);
  expect(offences('<p class="body"><a href="javascript:alert(1)">x</a></p>', known).length).toBeGreaterThan(0);
  expect(offences('<p class="body"><span id="m-1">x</span></p>', known).length).toBeGreaterThan(0);
});
