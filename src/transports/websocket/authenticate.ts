import { closeCodes, Refusal } from "../../errors.ts";
import type { Identity } from "../../people/identity.ts";
import { type Member, may } from "../../people/member.ts";
import { generalSlug } from "../../rooms/names.ts";
import type { Room } from "../../rooms/room.ts";
import type { Task } from "../../tasks/task.ts";
import { setTopics } from "./answers.ts";
import type { Connection } from "./connection.ts";
import { userStatus } from "./dialects/classic.ts";
import type { AuthFields, Broadcast, Command } from "./dialects/dialect.ts";
import { html, pageSnapshot, replay, snapshot, workSnapshot } from "./dialects/html.tsx";
import { createIdentify, type Then } from "./identify.ts";
import { keepToReach } from "./membership.ts";
import { measured } from "./notes.ts";
import type { InboundParts } from "./parts.ts";
import { sendGrowing } from "./sofar.ts";

/** The topic under which something is told that not everybody wants to hear. */
function topicOf({ type }: Broadcast): string | undefined {
  if (type === "task" || type === "step" || type === "plan") return "tasks";
  if (type === "approval") return "approvals";
  return type === "help" ? "help" : undefined;
}

/** What JSON clients hear of a room beside its messages, by the topic under which they ask for it. */
const besideTopics = ["tasks", "help", "approvals"];
/** What the page hears without asking. */
const pageTopics = ["presence", "typing", "agents", "lists"];
/** What a classic client hears without asking: it knows no subscriptions for them. */
const classicTopics = ["presence", "typing"];
/** Names in the welcome: it greets, a directory is asked for. */
const welcomeNames = 200;
/** Messages that a classic client is given when it does not say where it left off. */
const classicReplay = 50;

type FirstFrame = Extract<Command, { type: "auth" | "resume" }>;

/** What a stream asks for in its request, as others do in their first frame. */
export interface Asked {
  readonly topics: readonly string[];
  readonly lastSeq: number | undefined;
  readonly epoch: string | undefined;
}

/**
 * The first frame of a socket: who it is, what it missed, and from there on live. Everything after the admission happens in one
 * tick: welcome, subscriptions, what was missed.
 */
export function createAuthenticate(parts: InboundParts, then: Then) {
  const { clock, log, store, connections, credentials, presence, rooms } = parts;
  const { history, tasks, cards, runs, outbound } = parts;
  const identify = createIdentify(parts, then);

  function authenticate(connection: Connection, command: FirstFrame): void {
    if (command.type === "resume") {
      if (connection.door !== "page" || !connection.shown) throw new Refusal("NOT_AUTHENTICATED");
      const wait = connection.takeResume(clock.monotonic());
      if (wait > 0)
        throw new Refusal("RATE_LIMITED", "You were told what you missed a moment ago.", { retryAfter: wait });
      if (!connection.identity) become(connection, connection.shown);
      const { member } = connection.identity ?? connection.shown;
      const room = rooms.find(member, command.room);
      const task = command.task === undefined ? undefined : tasks.byId(command.task);
      connection.task = task?.id ?? null;
      if (room && task && task.roomId === room.id) resumeTask(connection, room, task);
      else if (room && command.task === undefined) resumePage(connection, room, command.lastSeq, command.epoch);
      else connection.wire.close(closeCodes.accessRemoved, "ACCESS_REMOVED");
      return;
    }
    if (connection.identity) {
      repeat(connection, command);
      return;
    }
    identify.first(connection, command, (found, token) => {
      become(connection, found);
      welcome(connection, command, token);
    });
  }

  function become(connection: Connection, identity: Identity): void {
    // What was shown at the upgrade was counted there.
    if (!connection.shown) parts.limiter.socket(identity.member);
    connections.claim(connection, identity);
    clearTimeout(connection.authTimer);
    // What was shown at the upgrade may be of a while ago, and the member another since.
    connection.identity = credentials.renewed(identity);
    connection.reachOf = rooms.reachOf;
    parts.notes.opened(connection, connection.identity);
    connection.leave = presence.arrive(identity.member);
  }

  function repeat(connection: Connection, fields: AuthFields): void {
    const name = connection.identity?.member.name;
    if (fields.userId !== undefined && fields.userId !== name) {
      throw new Refusal("CONFLICT", `This socket is ${name}'s: open another one for somebody else.`);
    }
    sendWelcome(connection);
  }

  function welcome(connection: Connection, fields: AuthFields, token?: string): void {
    const member = connection.identity?.member;
    if (!member) return;
    connection.batch = fields.batch;
    sendWelcome(connection, token);
    // Who may not read is told nothing, whatever they ask for in the same frame.
    if (!may(member, "read")) {
      if (fields.subscribe.length > 0) then.refuse(connection, new Refusal("PERMISSION_DENIED"));
      return;
    }
    const general = rooms.find(member, generalSlug);
    if (general) connection.rooms.add(general);
    const isClassic = connection.dialect.name === "classic";
    if (isClassic) for (const topic of classicTopics) connection.topics.add(topic);
    const refusal = setTopics(parts, connection, member, fields.subscribe);
    if (refusal) then.refuse(connection, refusal);
    if (isClassic) sendPresence(connection, member);
    if (fields.lastSeq !== undefined) {
      parts.measures.reconnected(measured(connection));
      sendMissed(connection, member, fields.lastSeq, fields.epoch);
    } else if (isClassic) sendRecent(connection, member);
    sendGrowing(parts, connection);
    connection.subscribe();
  }

  /**
   * The same for a stream: who it is was shown with the request.
   * @returns false when it must load a snapshot first: a stream is told so, a poll is answered so
   * @throws Refusal for a topic or room that there is not
   */
  function follow(connection: Connection, { topics, lastSeq, epoch }: Asked): boolean {
    if (!connection.shown) throw new Refusal("NOT_AUTHENTICATED");
    // Before anybody hears that they are here.
    const refusal = setTopics(parts, connection, connection.shown.member, topics);
    if (refusal) throw refusal;
    become(connection, connection.shown);
    const isStream = connection.carrier === "stream";
    // Whoever says where they left off must not come back with a later seq before they were told what was between.
    if (isStream) sendWelcome(connection, undefined, lastSeq === undefined ? log.seq : 0);
    if (isStream && lastSeq !== undefined) parts.measures.reconnected(measured(connection));
    const isComplete = lastSeq === undefined || sendMissed(connection, connection.shown.member, lastSeq, epoch);
    if (isStream) sendGrowing(parts, connection);
    connection.subscribe();
    return isComplete;
  }

  /** @param seq what a stream may come back with when it has heard nothing else */
  function sendWelcome(connection: Connection, sessionToken?: string, seq = 0): void {
    const identity = connection.identity;
    if (!identity) return;
    const { proof } = identity;
    connection.wire.send(
      connection.dialect.answer({
        type: "authenticated",
        member: identity.member,
        sessionId: proof.kind === "session" ? `session-${proof.id}` : `connection-${connection.id}`,
        sessionToken,
        names: () => (may(identity.member, "read") ? namesHere() : []),
        seq: log.seq,
        epoch: store.epoch,
        expiresAt: identity.expiresAt,
        now: clock.now(),
        websocket: parts.rollout.includes(identity.member.id),
      }),
      seq,
      sessionToken !== undefined,
    );
  }

  function namesHere(): string[] {
    const people = presence.online(welcomeNames).map(({ name }) => name);
    return [...people, ...parts.roster.list().map(({ member }) => member.name)];
  }

  function sendPresence(connection: Connection, self: Member): void {
    const now = clock.now();
    for (const person of presence.online(1_000)) {
      if (person.id !== self.id) connection.wire.send(userStatus(person, "connected", now));
    }
    for (const agent of parts.roster.list()) connection.wire.send(userStatus(agent.member, "connected", now));
  }

  function sendRecent(connection: Connection, member: Member): void {
    for (const room of connection.rooms) {
      const { messages, characters } = history.page(room.id, { limit: classicReplay });
      parts.limiter.haveRead(member, characters);
      const frames = messages
        .filter((message) => message.deletedAt === null)
        .flatMap((message) => connection.dialect.encode({ type: "posted", seq: message.seq, message, card: null }));
      connection.deliver(frames);
    }
  }

  /**
   * What somebody comes back to is never refused, only counted: whoever reconnects must not be left without it.
   * @returns false when it is too much, or of another epoch
   */
  function sendMissed(connection: Connection, member: Member, lastSeq: number, epoch: string | undefined): boolean {
    const { topics, dialect } = connection;
    const missed = parts.resumeFrom(connection.rooms, lastSeq, epoch, heardBeside(connection));
    if (missed.resync) {
      if (connection.carrier !== "poll")
        connection.wire.send(dialect.answer({ type: "resync", seq: log.seq, epoch: store.epoch }), log.seq);
      return false;
    }
    parts.limiter.haveRead(member, missed.characters);
    const frames: string[] = [];
    const seqs: number[] = [];
    for (const broadcast of missed.broadcasts) {
      const topic = topicOf(broadcast);
      if (topic !== undefined && !topics.has(topic)) continue;
      const encoded = dialect.encode(broadcast);
      frames.push(...encoded);
      // Of several frames that say one event, only who has the last has heard it.
      seqs.push(...encoded.map((_, index) => (index === encoded.length - 1 ? broadcast.seq : 0)));
    }
    connection.deliver(frames, seqs);
    return true;
  }

  /** Rooms whose messages it does not get, but whose tasks, help requests or approvals it hears. */
  function heardBeside({ topics, identity, rooms: own }: Connection): readonly Room[] {
    if (!identity || !besideTopics.some((topic) => topics.has(topic))) return [];
    return rooms.readableBy(identity.member).filter((room) => !own.has(room));
  }

  function resumePage(
    connection: Connection,
    room: Room,
    lastSeq: number | undefined,
    epoch: string | undefined,
  ): void {
    outbound.flushDeltas();
    connection.rooms.clear();
    connection.rooms.add(room);
    for (const topic of pageTopics) connection.topics.add(topic);
    const missed = parts.resumeFrom([room], lastSeq ?? log.seq, epoch);
    sendWelcome(connection);
    if (missed.resync) {
      connection.wire.send(connection.dialect.answer({ type: "resync", seq: log.seq, epoch: store.epoch }));
      return;
    }
    const member = connection.identity?.member;
    if (member) parts.limiter.haveRead(member, missed.characters);
    if (missed.broadcasts.length > 0) connection.wire.send(replay(missed.broadcasts, log.seq));
    const writing = runs.writing(room.id).map(({ message, text }) => {
      const card = cards.on(message);
      return snapshot(message, text, card, card ? parts.approvals.ofTask(card.task.id) : []);
    });
    const working = parts.steps.live().filter(({ task }) => task.roomId === room.id);
    for (const { task } of working) writing.push(workSnapshot(cards.of(tasks.byId(task.id) ?? task)));
    const isStale = member && lastSeq !== undefined && rooms.changedSince(member, lastSeq);
    const lists = isStale ? outbound.roomsSnapshot(member, room) : "";
    const count = member ? parts.approvals.waitingFor(member).length : 0;
    const waiting = html.encode({ type: "waiting", seq: 0, count, to: [] }).join("");
    connection.wire.send(writing.join("") + lists + outbound.listsSnapshot() + waiting);
    connection.subscribe();
  }

  /** A task's own page was loaded a moment ago, and is told all of what changes by itself once more. */
  function resumeTask(connection: Connection, room: Room, task: Task): void {
    outbound.flushDeltas();
    connection.rooms.clear();
    connection.rooms.add(room);
    connection.topics.clear();
    sendWelcome(connection);
    connection.wire.send(pageSnapshot(cards.of(task), cards.steps(task.id)));
    connection.subscribe();
  }

  /** Another proof of the same person; nothing else about the socket changes. */
  function refresh(connection: Connection, secret: string): void {
    identify.again(connection, secret, () => {
      // It may open fewer rooms than the one before.
      keepToReach(connection, rooms);
      sendWelcome(connection);
    });
  }

  return { authenticate, follow, refresh };
}
