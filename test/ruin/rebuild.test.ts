import type { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { rebuild } from "../../src/database/rebuild.ts";
import { dump, eventsIn, inspect } from "../support/database.ts";
import { samples, sayWith, upload } from "../support/files.ts";
import { openHouse } from "../support/house.ts";
import { PageReader } from "../support/page.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { chance, report, rounds, waitFor } from "../support/round.ts";
import { signIn } from "../support/server.ts";
import { Talker } from "../support/talker.ts";

const steps = rounds(300, 6_000);
const luck = chance();
const env = { PARLEY_PEOPLE_RATE: "100000", PARLEY_PEOPLE_BURST: "100000", PARLEY_FRAME_RATE: "100000" };
const texts = [
  "plain",
  "**bold** & <b>",
  "@alice please fix it",
  "@bob status",
  "/deploy now",
  "héllo 🙂 \u0000 \ud83d",
  "@team x",
];
const requests = [
  "please check the api",
  "done",
  "40%",
  "blocked: no access",
  "cancel",
  "summarise this",
  "search plain",
];

let server: ServerProcess;
afterAll(() => server?.[Symbol.asyncDispose]());

test(`after ${steps} random steps through the doors and crashes in between, the log alone gives the same tables`, async () => {
  server = await startProcess({ env });
  const session = new Session();
  let ids = 0;
  for (let crash = 0; crash < 3; crash += 1) {
    await session.arrive(server);
    const newest = inspect(server.database, lastSeq);
    for (let step = 0; step < steps / 3; step += 1) await session.step(server);
    if (crash === 0) await session.askForHelp(server);
    await session.attach(server);
    await session.settle();
    const now = inspect(server.database, lastSeq);
    // What a new process gives out never existed before, though the newest messages were deleted.
    expect(newest).toBeGreaterThanOrEqual(ids);
    expect(session.smallestNewId).toBeGreaterThan(ids);
    ids = now;
    expect(server.bugs()).toEqual([]);
    if (crash === 1) expect((await server.terminate()).code).toBe(0);
    else await server.kill();
    session.leave();
    server = await server.restart();
  }
  await server.terminate();
  expect(server.bugs()).toEqual([]);

  const { before, events } = inspect(server.database, (sqlite) => ({ before: dump(sqlite), events: eventsIn(sqlite) }));
  const from = performance.now();
  using house = openHouse({ env: { PARLEY_DEMO_TEAM: "false" } });
  rebuild(house.store, house.log, events);
  const rebuilt = performance.now() - from;
  const after = dump(house.store.sqlite);
  expect(Object.keys(after)).toEqual(Object.keys(before));
  for (const [table, rows] of Object.entries(before)) {
    expect({ seed: luck.seed, table, rows: after[table] }).toEqual({ seed: luck.seed, table, rows });
    if (!ofOtherDays.has(table)) expect([table, rows.length > 0]).toEqual([table, true]);
  }
  expect(house.log.seq).toBe(events.at(-1)?.seq ?? 0);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  report("rebuild", {
    events: events.length,
    kinds: new Set(events.map(({ kind }) => kind)).size,
    ms: Math.round(rebuilt),
  });
}, 120_000);

/** Tables of what people do once in a while, which test/database/rebuild.test.ts lives through. */
const ofOtherDays = new Set([
  "agent_sessions",
  "approvals",
  "lease_requests",
  "leases",
  "task_runs",
  "key_seen",
  "api_keys",
  "grants",
  "invitations",
  "outside_identities",
  "password_resets",
  "passwords",
  "refresh_tokens",
  "room_members",
  "task_plans",
  "task_steps",
  "task_thoughts",
  "telegram_links",
  "telegram_messages",
  "telegram_moves",
  "telegram_offsets",
  "telegram_places",
  "usage",
]);

function lastSeq(sqlite: Database): number {
  return sqlite.query<{ seq: number }, []>("SELECT max(seq) AS seq FROM events").get()?.seq ?? 0;
}

/** A few people who do whatever can be done, at random. */
class Session {
  smallestNewId = 0;
  private people: Talker[] = [];
  private cookie = "";
  private count = 0;

  async arrive(server: ServerProcess): Promise<void> {
    this.people = ["mira", "tomas", "Ada Lovelace"].map(
      (name, index) => new Talker(name, index === 1 ? "classic" : "camel"),
    );
    for (const person of this.people) await person.connect(server.ws);
    this.cookie = await signIn(server, "mira");
    const [mira] = this.people;
    const first = mira?.say("I am back") ?? "";
    await waitFor(() => mira?.acknowledged.has(first), "an echo");
    this.smallestNewId = mira?.acknowledged.get(first) ?? 0;
  }

  leave(): void {
    for (const person of this.people) person.cut(true);
  }

  /** The one thing that chance seldom brings about: an agent with one open task, and that one blocked. */
  async askForHelp(server: ServerProcess): Promise<void> {
    const [mira] = this.people;
    mira?.say("@charlie please look after the disks");
    mira?.say("@charlie blocked: no disks");
    const asked = (sqlite: Database) => sqlite.query("SELECT 1 FROM help_requests").all().length > 0;
    await waitFor(() => inspect(server.database, asked), "a request for help");
  }

  /** Three files: one is said, one taken back, one left. */
  async attach(server: ServerProcess): Promise<void> {
    const shown = { cookie: this.cookie };
    const [said, back] = [
      await upload(server, shown, "a.png", samples.png),
      await upload(server, shown, "b", samples.pdf),
    ];
    await upload(server, shown, "c", samples.text);
    await sayWith(server, shown, [said]);
    const headers = { cookie: this.cookie, origin: server.http };
    await fetch(`${server.http}/api/v1/files/${back.id}`, { method: "DELETE", headers });
  }

  async settle(): Promise<void> {
    const [mira, tomas] = this.people;
    // The newest of all is deleted, so that its number would be the first to come again.
    const last = mira?.say("the last word") ?? "";
    await waitFor(() => mira?.acknowledged.has(last) && tomas?.owed.size === 0, "echoes");
    mira?.remove(mira.acknowledged.get(last) ?? 0);
    await waitFor(
      () => mira?.log.some(({ type, id }) => type === "change" && id === mira.acknowledged.get(last)),
      "gone",
    );
  }

  async step(server: ServerProcess): Promise<void> {
    const person = luck.pick(this.people);
    const own = [...person.acknowledged.values()];
    const any = this.people[0]?.log.filter(({ type }) => type === "message").map(({ id }) => id) ?? [];
    const dice = luck.between(0, 99);
    if (dice < 40) person.say(luck.pick(texts));
    else if (dice < 50 && any.length > 0) person.say("an answer", { replyTo: luck.pick(any), data: undefined });
    else if (dice < 60 && any.length > 0) this.reply(person, luck.pick(any));
    else if (dice < 70 && own.length > 0) person.edit(luck.pick(own), luck.pick(texts));
    else if (dice < 76 && own.length > 0) person.remove(luck.pick(own));
    else if (dice < 84) person.say(`@${luck.pick(["alice", "bob", "diana"])} ${luck.pick(requests)}`);
    else if (dice < 88) person.repeat();
    else await this.request(server, dice);
    if (luck.often(20)) await person.settled();
  }

  private reply(person: Talker, replyTo: number): void {
    const clientId = `${person.name} answers ${this.count++} ${crypto.randomUUID().slice(0, 8)}`;
    person.send({ type: "message", data: { text: luck.pick(texts), clientId, replyTo } });
  }

  private async request(server: ServerProcess, dice: number): Promise<void> {
    const headers = { cookie: this.cookie, origin: server.http };
    const json = { ...headers, "content-type": "application/json" };
    const name = luck.pick(["eve", "diana", "frank"]);
    if (dice < 91) {
      const body = JSON.stringify({ name, role: "writer", expertise: ["text", luck.pick(["api", "css"])] });
      await fetch(`${server.http}/employees`, { method: "POST", headers: json, body });
    } else if (dice < 94) await fetch(`${server.http}/employees/${name}`, { method: "DELETE", headers });
    else if (dice < 96) {
      const body = new URLSearchParams({ name: `room ${this.count++}`, topic: "made in passing" });
      await fetch(`${server.http}/rooms`, { method: "POST", headers, body });
    } else if (dice < 98) {
      const page = await PageReader.open(server, `guest${luck.between(0, 5)}`);
      const ended = { cookie: page.cookie, origin: server.http };
      await fetch(`${server.http}/sign-out`, { method: "POST", headers: ended, redirect: "manual" });
    } else await signIn(server, "mira", luck.pick(["Developer", "Analyst", "Manager"]));
  }
}
