import type { Ask } from "../../src/approvals/ask.ts";
import { Refusal } from "../../src/errors.ts";
import { topicOf } from "../../src/rooms/names.ts";
import { broadcastOf } from "../../src/transports/websocket/broadcast.ts";
import type { Answer, Broadcast } from "../../src/transports/websocket/dialects/dialect.ts";
import { asking } from "./asks.ts";
import type { House } from "./house.ts";

/** What somebody would write who wants to break out of where it is shown. */
export const hostile = `<script>alert("1")</script> & 'x' </li></hx-partial> ${"`"}`;

/** One of everything that is told to many, made by a house in which somebody said these words. `seq` says which event it came from, 0 for none. */
export function everythingTold(house: House, words = hostile): Broadcast[] {
  const { history, members, tasks, steps, cards, approvals, rooms, status } = house;
  const mira = house.person("mira");
  const alice = house.agent("alice");
  void rooms.create(mira, "ops", words.slice(0, 200));
  house.log.flush();
  const stored: Broadcast[] = [];
  house.hub.onCommit((events) => {
    for (const event of events) {
      const broadcast = broadcastOf(event, { history, members, tasks, steps, cards, approvals, rooms, status });
      if (broadcast) stored.push(broadcast);
    }
  });
  const question = house.say(mira, `*so* @alice ${words}`, { clientId: '"><b>' });
  house.outcomeOf((done) => house.change.edit(mira, question.id, "/assign bob 'it'", done));
  const streamed = house.say(alice, "", { streaming: true, replyTo: question.id });
  house.outcomeOf((done) => house.change.finish(alice, streamed.id, `**done** ${words}`, done));
  house.say(mira, "thanks", { replyTo: streamed.id });
  const picture = { name: `${words}.png`, type: "image/png", width: 640, height: 480 };
  const files = [house.fileOf(mira, picture), house.fileOf(mira, { name: words })].map(({ id }) => id);
  const shown = house.say(mira, "", { files });
  house.say(mira, "nice", { replyTo: shown.id });
  house.outcomeOf((done) => house.change.remove(mira, question.id, done));
  const asked = house.work(mira, "alice", words, { state: "accepted" });
  house.say(alice, "On it", { taskId: asked.id });
  const option = { id: words, label: words, kind: "allow_always" as const };
  const both = {
    title: words,
    detail: words,
    directory: words,
    diffs: [{ path: words, before: words, after: `${words}\n${words}` }],
    options: [option],
    takesText: true,
    alike: words,
  };
  const [first, second] = ["question", "approval"].map(
    (kind) => asking(house, asked, { ...both, kind: kind as Ask["kind"] }).approval,
  );
  void approvals.answer(mira, first?.id ?? 0, { text: words }, "web");
  void approvals.answer(mira, second?.id ?? 0, { option: words }, "web");
  house.log.flush();
  asking(house, asked, { ...both, kind: "approval" });
  asking(house, asked, { ...both, alike: "something else" }).stop();
  const task = house.work(
    mira,
    "alice",
    words,
    { state: "accepted" },
    { state: "stuck", progress: 40, note: words },
    { state: "completed" },
  );
  house.say(alice, "Got it", { taskId: task.id });
  house.work(mira, "alice", "two", { state: "failed" });
  house.work(mira, "alice", "three", { state: "cancelled" });
  house.tasks.requestHelp(task, words);
  const worked = house.work(mira, "alice", "four", { state: "accepted" }, { state: "working" });
  const diffs = [{ path: words, before: `${words}\nsame\n`, after: `same\n${words}\n` }];
  house.steps.change(worked, { id: words, kind: "edit", title: words, input: words, diffs });
  house.steps.output(worked, words, `\u001b[31m${words}\u001b]8;;javascript:alert(1)\u0007${words}\u001b]8;;\u0007\n`);
  house.steps.plan(worked, [{ content: words, status: "in_progress" }]);
  house.steps.thought(worked, words);
  house.log.flush();
  const running = house.steps.of(worked.id)[0];
  if (!running) throw new Error("no step");
  const lines = house.steps.running(worked.id, running.id)?.screen.lines(9) ?? [];
  const inFull = house.cards.step(worked.id, running.id);
  house.steps.change(worked, { id: words, state: "completed" });
  house.steps.close(worked, "completed");
  void house.roster.fire(mira, "diana");
  void rooms.create(mira, "late", "");
  // Under a slug that is the same each time.
  const board = {
    slug: "board~bcdfgh",
    topic: topicOf(words.slice(0, 200)),
    visibility: "private",
    members: [mira.id],
  };
  house.log.append([{ kind: "room.created", roomId: null, actorId: mira.id, data: board }]);
  void rooms.direct(mira, [alice]);
  house.log.flush();
  void rooms.bringIn(mira, rooms.forReader(mira, "board"), alice);
  house.log.flush();

  const at = house.clock.now();
  const states = status.all();
  const [state] = states;
  if (!state) throw new Error("no agents");
  const { roomId, room } = question;
  return [
    ...stored,
    { type: "presence", seq: 0, member: mira, online: true, at },
    { type: "presence", seq: 0, member: mira, online: false, at },
    { type: "presence", seq: 0, member: alice, online: true, at },
    { type: "typing", seq: 0, member: mira, roomId, room, isTyping: true, everybody: [mira] },
    { type: "typing", seq: 0, member: mira, roomId, room, isTyping: false, everybody: [] },
    { type: "delta", seq: 0, roomId, messageId: streamed.id, taskId: null, agent: alice, offset: 0, delta: words },
    { type: "delta", seq: 0, roomId, messageId: streamed.id, taskId: task.id, agent: alice, offset: 3, delta: "x" },
    ...[undefined, 900].map((end): Broadcast => {
      const grown = { taskId: worked.id, roomId, agent: alice, offset: 0, ...(end && { end }) };
      return { type: "output", seq: 0, stepId: running.id, data: words, ...grown };
    }),
    { type: "thought", seq: 0, taskId: worked.id, roomId, agent: alice, offset: 7, delta: words },
    { type: "work", seq: 0, taskId: worked.id, card: () => cards.of(worked), step: () => inFull },
    { type: "work", seq: 0, taskId: worked.id, card: () => cards.of(task), step: () => undefined },
    ...[true, false].map(
      (whole): Broadcast => ({ type: "terminal", seq: 0, roomId, taskId: worked.id, number: 1, lines, whole }),
    ),
    { type: "thinking", seq: 0, roomId, taskId: worked.id, text: words },
    { type: "agent", seq: 0, state, connected: ["mira"] },
    { type: "room_gone", seq: 0, roomId, to: [mira.id] },
    { type: "unseen", seq: 0, roomId, to: [mira.id] },
    { type: "member_status", seq: 0, state },
    { type: "server_status", seq: 0, at, working: 1, agents: 4 },
    { type: "people", seq: 0, people: [{ member: mira, online: false, lastSeen: at }], all: true, online: 1 },
    { type: "people", seq: 0, people: [{ member: mira, online: true, lastSeen: null }], all: false, online: 2 },
  ];
}

/** One of everything that is answered to one socket. */
export function everythingAnswered(house: House): Answer[] {
  const mira = house.person("mira");
  const now = house.clock.now();
  const message = house.say(house.agent("alice"), `*so* ${hostile}`);
  const task = house.work(mira, "alice", "fix it");
  const state = house.status.all()[0];
  if (!state) throw new Error("no agents");
  const refusal = new Refusal("RATE_LIMITED", hostile, { retryAfter: 250 });
  const here = { seq: 7, epoch: "e", now };
  return [
    {
      type: "authenticated",
      member: mira,
      sessionId: "s",
      names: () => ["mira", "alice"],
      expiresAt: null,
      websocket: true,
      ...here,
    },
    { type: "authenticated", member: mira, sessionId: "s", names: () => [], expiresAt: now, websocket: false, ...here },
    { type: "auth_failed", refusal, now },
    { type: "error", refusal, clientId: null, now, closing: false },
    { type: "error", refusal: new Refusal("AUTH_TIMEOUT"), clientId: "c", now, closing: true },
    { type: "pong", at: 5, ...here },
    { type: "history", conversation: "main", messages: [message], hasMore: true },
    { type: "agent_status", state, connected: ["mira"] },
    { type: "agent_statuses", states: house.status.all(), connected: ["mira"] },
    { type: "active_tasks", tasks: [task] },
    { type: "message_sent", id: 9, agent: "alice" },
    { type: "resync", seq: 7, epoch: "e" },
    { type: "notice", html: null, id: -1, text: hostile, room: "general", now },
  ];
}

/** The kind of broadcast that a type belongs to. */
export type Told<T extends Broadcast["type"], B = Broadcast> = B extends { type: infer K }
  ? T extends K
    ? B
    : never
  : never;

/** What was told under a type, in order. */
export function ofType<T extends Broadcast["type"]>(all: readonly Broadcast[], type: T): Told<T>[] {
  return all.filter((broadcast) => broadcast.type === type) as Told<T>[];
}

/** The first of a type. Fails when there is none. */
export function firstOf<T extends Broadcast["type"]>(all: readonly Broadcast[], type: T): Told<T> {
  const [first] = ofType(all, type);
  if (!first) throw new Error(`nothing of type ${type}`);
  return first;
}
