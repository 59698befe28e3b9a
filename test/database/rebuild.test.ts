import { expect, test } from "bun:test";
import { rebuild } from "../../src/database/rebuild.ts";
import type { Member } from "../../src/people/member.ts";
import { asking, question as whichDatabase } from "../support/asks.ts";
import { eventsIn } from "../support/database.ts";
import { type House, openHouse } from "../support/house.ts";

/** Tables that are made by applying events: all but facts of the file, caches and the log itself. */
function derivedTables(house: House): string[] {
  return house.store.sqlite
    .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => name)
    .filter(
      (name) =>
        !name.startsWith("search_") &&
        !["meta", "message_html", "session_seen", "key_seen", "__drizzle_migrations", "sqlite_sequence"].includes(name),
    );
}

function contents(house: House): Record<string, unknown[]> {
  return Object.fromEntries(
    derivedTables(house).map((table) => [table, house.store.sqlite.query(`SELECT * FROM ${table} ORDER BY 1`).all()]),
  );
}

/** A week of everything that can happen, in short. */
async function liveThrough(house: House): Promise<void> {
  const [mira, tomas, ada] = [house.person("mira"), house.person("tomas"), house.person("ada", "admin")];
  await house.rooms.create(mira, "ops", "where it runs");
  const token = await house.enter(mira);
  const question = house.say(mira, "**who** knows @alice?", { clientId: "c1" });
  house.say(mira, "again", { clientId: "c1" });
  const answer = house.say(tomas, "I do", { replyTo: question.id, room: "general" });
  house.say(tomas, "here", { room: "ops" });
  const board = await house.rooms.create(mira, "board", "", "private");
  await house.rooms.bringIn(mira, board, tomas);
  await house.rooms.bringIn(tomas, board, house.agent("alice"));
  house.say(tomas, "between us", { room: "board" });
  await house.rooms.putOut(mira, board, tomas);
  await house.rooms.direct(tomas, [mira, house.agent("bob")]);
  const [shown, gone, left, back] = ["a", "b", "c", "d"].map((name) => house.fileOf(mira, { name }));
  house.say(mira, "", { files: [shown?.id ?? ""] });
  const taken = house.say(mira, "with a file", { files: [gone?.id ?? ""] });
  house.outcomeOf((done) => house.change.remove(mira, taken.id, done));
  await house.files.discard(mira, back?.id ?? "");
  expect(house.files.forReader(mira, left?.id ?? "").messageId).toBeNull();
  house.clock.advance(1_000);
  house.outcomeOf((done) => house.change.edit(tomas, answer.id, "I did", done));
  house.outcomeOf((done) => house.change.remove(ada, question.id, done));
  const streamed = house.say(house.agent("alice"), "", { streaming: true });
  house.outcomeOf((done) => house.change.finish(house.agent("alice"), streamed.id, "*done*", done));
  house.work(
    mira,
    "alice",
    "fix it",
    { state: "accepted" },
    { state: "working", progress: 30 },
    { state: "completed" },
  );
  const asks = house.work(mira, "alice", "ask me", { state: "accepted" });
  const first = asking(house, asks, { diffs: [{ path: "a", before: null, after: "b" }] }).approval;
  await house.approvals.answer(tomas, first.id, { option: "always" }, "web");
  asking(house, asks, { diffs: [{ path: "a", before: null, after: "b" }] });
  await house.approvals.answer(mira, asking(house, asks, whichDatabase).approval.id, { text: "neither" }, "telegram");
  asking(house, asks, { detail: "too late" }).stop();
  asking(house, asks, { detail: "still open" });
  const stuck = house.work(mira, "bob", "draw it", { state: "accepted" }, { state: "stuck", note: "no paper" });
  house.tasks.requestHelp(stuck, "no paper");
  const used = { inputTokens: 1_200, outputTokens: 34, costUsd: 0.02 };
  house.usage.note(stuck, used);
  house.log.flush();
  house.usage.note(stuck, { ...used, inputTokens: 2_400 });
  house.usage.close(stuck);
  const { steps } = house;
  steps.plan(stuck, [{ content: "look for paper", status: "in_progress" }]);
  steps.change(stuck, { id: "call 1", kind: "execute", title: "ls", input: "ls /paper" });
  steps.change(stuck, { id: "call 2", kind: "edit", diffs: [{ path: "a.txt", before: "a", after: "b" }] });
  steps.output(stuck, "call 1", "nothing\n");
  steps.thought(stuck, "Hm.");
  house.clock.advance(1_000);
  steps.change(stuck, { id: "call 1", state: "completed" });
  steps.plan(stuck, [{ content: "look for paper", status: "completed" }]);
  steps.close(stuck, "failed");
  house.log.flush();
  house.work(tomas, "bob", "drop it", { state: "cancelled" });
  runAndBreakOff(house, mira);
  await house.rollout.change(ada, { percent: 50 });
  await house.roster.fire(mira, "diana");
  await house.roster.hire(mira, { name: "eve", role: "writer", expertise: ["text"] });
  await house.roster.hire(mira, { name: "diana", role: "designer" });
  await house.roster.hire(ada, { name: "coder", role: "developer", program: "codex", model: "m" });
  await house.roster.change(ada, "coder", { role: "tester", sandbox: "off", dailyUsd: 2 });
  house.person("mira", "analyst");
  await house.sessions.end(mira, house.sessions.find(token)?.id ?? 0);
}

/** What an agent that does real work was asked, in another order than it was asked, and taken up again after a crash. */
function runAndBreakOff(house: House, mira: Member): void {
  const agentId = house.agent("alice").id;
  const ids = ["one", "two"].map((description) => {
    const request = house.say(mira, `@alice ${description}`);
    const asked = { agentId, requestId: request.id, requesterId: mira.id, description };
    const scope = { permissions: ["read", "write"], rooms: null } as const;
    house.tasks.open({ ...asked, roomId: request.roomId, run: { reason: "mention", hops: 0, scope } }, () => {});
    house.log.flush();
    return house.tasks.ofRequest(request.id)[0]?.id ?? 0;
  });
  const [first = 0, second = 0] = ids;
  house.outcomeOf((done) => house.tasks.place(mira, second, "first", done));
  house.outcomeOf((done) => house.tasks.move(first, { state: "accepted" }, house.agent("alice"), done));
  const task = house.tasks.byId(first);
  if (task) house.agentSessions.keep(task, task.requestId, "ses-1");
  house.outcomeOf((done) => house.tasks.move(first, { state: "failed", resumable: true }, house.agent("alice"), done));
  house.tasks.resume(mira, first);
  house.log.flush();
}

/** How people come to be there, and lose what they had. */
async function comeAndGo(house: House): Promise<void> {
  const { setUp, invitations, passwords, keys, grants, members, sessions, rooms, audit, log } = house;
  const address = "10.0.0.1";
  const olga = await setUp.makeOwner(setUp.code ?? "", "olga", "a good long password", address);
  const attic = await rooms.create(olga, "attic", "", "private");
  const invited = { role: "developer", rooms: [attic], note: "welcome", uses: 2, days: 7 } as const;
  const { token } = await invitations.create(olga, invited);
  const nils = await invitations.accept(token, "nils", "another good password", address);
  const { id } = await invitations.create(olga, { ...invited, uses: 1 });
  await invitations.revoke(olga, id);
  await passwords.set(nils, await passwords.hash("the third password", "nils"), nils);
  const link = await passwords.createReset(nils, olga);
  const found = passwords.findReset(link);
  await passwords.set(nils, await passwords.hash("the fourth password", "nils"), nils, found.id);
  const request = { name: "script", member: nils, permissions: ["read"] as const, rooms: [attic.id], days: 30 };
  const key = await keys.create(nils, request);
  await keys.revoke(nils, (await keys.rotate(nils, key.id)).id);
  const made = await grants.make(nils, "laptop", "chat", address);
  const next = await grants.refresh(made.refreshToken, address);
  await grants.refresh(made.refreshToken, address).catch(() => undefined);
  expect(grants.byRefreshToken(next.refreshToken)).toBeUndefined();
  await grants.make(nils, "phone", "chat", address);
  const outside = { issuer: "https://id.example.org", subject: "s-1" };
  await members.join({ kind: "person", handle: "ines", name: "ines", title: "analyst", role: "analyst", outside });
  await members.setRole(olga, nils, "viewer");
  await members.disable(olga, nils);
  await members.enable(olga, nils);
  await house.enter(nils, "password");
  await sessions.endAll(nils, olga);
  const switched = { from: "websocket", to: "both", reason: "more of us", durationMs: 5, automatic: false } as const;
  await house.switches.switched(olga, switched);
  await house.switches.turned(olga, false, "both");
  await house.switches.turned(olga, true, "both");
  const data = { kind: "person", handle: "gus", name: "gus", title: "guest", role: "guest" };
  log.append([{ kind: "member.joined", roomId: null, actorId: null, data }]);
  log.flush();
  const gus = { kind: "person", handle: "gus", name: "gus", title: "viewer", role: "viewer" } as const;
  await members.join({ ...gus, passwordHash: "a hash of some password" }, olga);
  log.append([{ kind: "room.renamed", roomId: null, actorId: null, data: { id: attic.id, slug: "loft" } }]);
  audit.note({ action: "sign-in refused", actorId: null, target: "nils", address, result: "failed" });
  audit.flush();
  log.flush();
}

/** What comes and goes by Telegram. */
async function talkThere(house: House): Promise<void> {
  const { linking, log, memory } = house;
  const [mira, alice] = [house.person("mira"), house.agent("alice")];
  const general = house.rooms.forReader(mira, "general");
  const append = (kind: string, data: unknown) => {
    log.append([{ kind, roomId: null, actorId: mira.id, data }]);
    log.flush();
  };
  const bound = { threadId: 0, roomId: general.id, memberId: null, after: null };
  append("telegram.bound", { chatId: -100, ...bound });
  append("telegram.bound", { chatId: -200, ...bound });
  const [place] = memory.places();
  if (!place) throw new Error("no place");
  await linking.link({ id: 4711, first_name: "Mira" }, linking.codeFor(mira).code);
  await linking.link({ id: 4712, first_name: "Mira's tablet" }, linking.codeFor(mira).code);
  await linking.unlink(mira, 4712);
  house.say(mira, "from there", { origin: "telegram", clientId: "telegram:-100:1" });
  const state = { chatId: -100, telegramId: 1, edited: 0, said: "a digest", missing: "(a film was left behind)" };
  const became = { authorId: mira.id, clientId: "telegram:-100:1", ...state };
  append("telegram.received", { botId: 7, updateId: 1, became });
  append("telegram.received", { botId: 7, updateId: null, became: null, edited: { ...state, edited: 9 } });
  append("telegram.received", { botId: 7, updateId: 2, became: null });
  const answer = house.say(alice, "from here");
  const sent = [{ telegramId: 2, messageId: answer.id, part: -1 }];
  append("telegram.sent", { placeId: place.id, cursor: null, sent, gone: [] });
  append("telegram.sent", { placeId: place.id, cursor: answer.id, sent: [{ ...sent[0], part: 0 }], gone: [2] });
  append("telegram.moved", { from: -200, to: -300 });
  append("telegram.unbound", { placeId: memory.placeAt(-300, 0)?.id });
}

/** Files that change hands. */
async function handOver(house: House): Promise<void> {
  const { leases, leaseRequests, leaseEndings, project, clock, log } = house;
  const [mira, ada, alice] = [house.person("mira", "developer"), house.person("ada", "admin"), house.agent("alice")];
  const task = house.work(mira, "alice", "paint it", { state: "accepted" });
  await project.move(ada, "/srv/elsewhere");
  await leases.claim(alice, { paths: ["src", "docs"], task, purpose: "paint" });
  await leases.claim(alice, { paths: ["src/app.ts"], minutes: 60 });
  const [asked] = await leaseRequests.ask(mira, { path: "docs/a.md", reason: "a word" });
  await leaseRequests.ask(mira, { path: "src" });
  await leaseRequests.decide(ada, asked?.id ?? 0, true);
  await leases.claim(ada, { paths: ["brief"], minutes: 1 });
  clock.advance(120_000);
  leaseEndings.sweep();
  leaseEndings.releaseOf(alice.id, task.id);
  log.flush();
  expect(leases.list(ada).map(({ path }) => path)).toEqual(["docs/a.md"]);
}

test("the tables can be rebuilt from the log, and are then what they were", async () => {
  using house = openHouse();
  await liveThrough(house);
  await comeAndGo(house);
  await talkThere(house);
  await handOver(house);
  const before = contents(house);
  const kinds = new Set(before.events?.map((row) => (row as { kind: string }).kind));
  expect([...kinds].sort()).toEqual([
    "agent.changed",
    "agent.fired",
    "agent.hired",
    "agent.session",
    "approval.answered",
    "approval.asked",
    "audit.noted",
    "file.removed",
    "file.stored",
    "grant.made",
    "grant.refreshed",
    "grant.revoked",
    "guest.renamed",
    "help.requested",
    "invitation.accepted",
    "invitation.created",
    "invitation.revoked",
    "key.created",
    "key.revoked",
    "lease.claimed",
    "lease.decided",
    "lease.expired",
    "lease.released",
    "lease.renewed",
    "lease.requested",
    "member.changed",
    "member.disabled",
    "member.enabled",
    "member.joined",
    "message.deleted",
    "message.edited",
    "message.finished",
    "message.posted",
    "owner.made",
    "password.set",
    "project.moved",
    "reset.created",
    "rollout.changed",
    "room.created",
    "room.entered",
    "room.left",
    "room.renamed",
    "session.ended",
    "session.opened",
    "sessions.ended",
    "task.kept",
    "task.moved",
    "task.opened",
    "task.placed",
    "task.planned",
    "task.resumed",
    "task.stepped",
    "task.thought",
    "task.used",
    "telegram.bound",
    "telegram.linked",
    "telegram.moved",
    "telegram.received",
    "telegram.sent",
    "telegram.unbound",
    "telegram.unlinked",
    "transport.started",
    "transport.stopped",
    "transport.switched",
  ]);
  const empty = Object.keys(before).filter((table) => before[table]?.length === 0);
  expect(empty).toEqual([]);

  const events = eventsIn(house.store.sqlite);
  rebuild(house.store, house.log, events);

  expect(contents(house)).toEqual(before);
  expect(house.switches.remembered()).toBe("both");
  expect(house.log.seq).toBe(events.at(-1)?.seq ?? 0);
});
