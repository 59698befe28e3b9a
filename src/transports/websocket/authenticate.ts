import { closeCodes, Refusal } from "../../errors.ts";
import { acting, type Identity } from "../../people/identity.ts";
import type { Member } from "../../people/member.ts";
import { generalSlug } from "../../rooms/names.ts";
import type { Room } from "../../rooms/room.ts";
import { cardOf } from "../../tasks/card.ts";
import { sendWriting, setTopics } from "./answers.ts";
import type { Connection } from "./connection.ts";
import { userStatus } from "./dialects/classic.ts";
import type { AuthFields, Command } from "./dialects/dialect.ts";
import { replay, snapshot } from "./dialects/html.tsx";
import { keepToReach } from "./membership.ts";
import type { InboundParts } from "./parts.ts";

/** What the page hears without asking. */
const pageTopics = ["presence", "typing", "agents", "lists"];
/** What a classic client hears without asking: it knows no subscriptions for them. */
const classicTopics = ["presence", "typing"];
/** Names in the welcome: it greets, a directory is asked for. */
const welcomeNames = 200;
/** Messages that a classic client is given when it does not say where it left off. */
const classicReplay = 50;

type FirstFrame = Extract<Command, { type: "auth" | "resume" }>;

/** Ends the wait for an identity: with one, and the token of a session that was made for it, or with what was thrown. */
type Settle = (found: Identity | unknown, token?: string) => void;

/** What the inbound side does when an admission that went through the log is decided. */
interface Then {
  /** Takes up the frames that waited. */
  proceed(connection: Connection, waiting: readonly string[]): void;
  refuse(connection: Connection, thrown: unknown): void;
}

/**
 * The first frame of a socket: who it is, what it missed, and from there on live. Everything after the admission happens in one
 * tick: welcome, subscriptions, what was missed.
 */
export function createAuthenticate(parts: InboundParts, then: Then) {
  const { clock, log, store, connections, signIn, credentials, sessions, presence, rooms } = parts;
  const { history, tasks, runs, outbound, audit, config } = parts;

  function authenticate(connection: Connection, command: FirstFrame): void {
    if (command.type === "resume") {
      if (connection.door !== "page" || !connection.shown) throw new Refusal("NOT_AUTHENTICATED");
      if (!connection.identity) become(connection, connection.shown);
      const room = rooms.find(connection.shown.member, command.room);
      if (room) resumePage(connection, room, command.lastSeq, command.epoch);
      else connection.wire.close(closeCodes.accessRemoved, "ACCESS_REMOVED");
      return;
    }
    if (connection.identity) {
      repeat(connection, command);
      return;
    }
    identify(connection, command, (found, token) => {
      become(connection, found);
      welcome(connection, command, token);
    });
  }

  /** @throws Refusal for what was shown and is not accepted, when that is known at once */
  function identify(
    connection: Connection,
    fields: AuthFields,
    done: (identity: Identity, token?: string) => void,
  ): void {
    if (connection.shown) {
      done(connection.shown);
      return;
    }
    const secret = secretOf(fields);
    if (secret !== undefined) {
      const found = credentials.identify(secret, connection.address);
      if (found instanceof Promise) hold(connection, (settle) => void found.then(settle, settle), done);
      else done(found);
      return;
    }
    hold(connection, (settle) => admit(connection, fields, settle), done);
  }

  /**
   * Waits for an identity that takes a commit or a computation; frames that follow wait their turn.
   * @throws Refusal when it is refused at once; what is refused later is answered
   */
  function hold(
    connection: Connection,
    begin: (settle: Settle) => void,
    done: (identity: Identity, token?: string) => void,
  ): void {
    connection.admitting = [];
    const settle: Settle = (found, token) => {
      const waiting = connection.admitting ?? [];
      connection.admitting = null;
      if (connection.closed) return;
      try {
        if (!isIdentity(found)) throw found;
        done(found, token);
      } catch (thrown) {
        // Not always in the turn of the auth frame, so nobody further up would answer it.
        then.refuse(connection, thrown);
      }
      then.proceed(connection, waiting);
    };
    try {
      begin(settle);
    } catch (error) {
      connection.admitting = null;
      throw error;
    }
  }

  /** Somebody who gave a name and nothing else. A guest, and whoever asks for it by naming the method, gets a session to come back with. */
  function admit(connection: Connection, fields: AuthFields, settle: Settle): void {
    const { address } = connection;
    signIn.byName(fields, address, (admitted) => {
      if (admitted instanceof Refusal) return settle(admitted);
      const member = acting(admitted, address);
      if (fields.method === undefined && config.development)
        return settle({ member, proof: { kind: "name", id: null }, expiresAt: null });
      const method = admitted.role === "guest" ? "guest" : "development";
      sessions
        .open(member, { method, device: "WebSocket", address })
        .then(
          ({ token, id, expiresAt }) => settle({ member, proof: { kind: "session", id }, expiresAt }, token),
          settle,
        );
    });
  }

  /** Another proof of the same person takes the place of the one that is running out; nothing else about the socket changes. */
  function refresh(connection: Connection, secret: string): void {
    const before = connection.identity;
    if (!before) throw new Refusal("NOT_AUTHENTICATED");
    const settle = (found: unknown) => {
      if (connection.closed) return;
      if (isIdentity(found) && found.member.id === before.member.id) {
        connection.identity = found;
        // It may open fewer rooms than the one before.
        keepToReach(connection, rooms);
        sendWelcome(connection);
        return;
      }
      const refusal = isIdentity(found)
        ? new Refusal("CONFLICT", `That token is not ${before.member.name}'s.`)
        : found instanceof Refusal
          ? found
          : new Refusal("AUTH_FAILED");
      noteRefusal(connection, refusal);
      // What is there still holds until its time: the socket stays open.
      const told = { type: "error", refusal, clientId: null, now: clock.now(), closing: false } as const;
      connection.wire.send(connection.dialect.answer(told));
    };
    try {
      const found = credentials.identify(secret, connection.address);
      if (found instanceof Promise) found.then(settle, settle);
      else settle(found);
    } catch (refusal) {
      settle(refusal);
    }
  }

  function noteRefusal(connection: Connection, { code }: Refusal): void {
    const { address } = connection;
    audit.note({ action: "credential refused", actorId: null, address, result: "failed", detail: { code } });
  }

  function become(connection: Connection, identity: Identity): void {
    connections.claim(connection, identity.member);
    clearTimeout(connection.authTimer);
    connection.identity = identity;
    connection.reachOf = rooms.reachOf;
    const { door, address } = connection;
    const detail = { door, by: identity.proof.kind };
    audit.note({ action: "socket opened", actorId: identity.member.id, address, result: "ok", detail });
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
    const general = rooms.find(member, generalSlug);
    if (general) connection.rooms.add(general);
    const isClassic = connection.dialect.name === "classic";
    if (isClassic) for (const topic of classicTopics) connection.topics.add(topic);
    const refusal = setTopics(parts, connection, member, fields.subscribe);
    if (refusal) then.refuse(connection, refusal);
    if (isClassic) sendPresence(connection, member);
    if (fields.lastSeq !== undefined) sendMissed(connection, fields.lastSeq, fields.epoch);
    else if (isClassic) sendRecent(connection);
    sendWriting(parts, connection);
    connection.subscribe();
  }

  function sendWelcome(connection: Connection, sessionToken?: string): void {
    const identity = connection.identity;
    if (!identity) return;
    const { proof } = identity;
    connection.wire.send(
      connection.dialect.answer({
        type: "authenticated",
        member: identity.member,
        sessionId: proof.kind === "session" ? `session-${proof.id}` : `connection-${connection.id}`,
        sessionToken,
        names: () => [
          ...presence.online(welcomeNames).map(({ name }) => name),
          ...parts.roster.list().map(({ member }) => member.name),
        ],
        seq: log.seq,
        epoch: store.epoch,
        expiresAt: identity.expiresAt,
        now: clock.now(),
      }),
    );
  }

  function sendPresence(connection: Connection, self: Member): void {
    const now = clock.now();
    for (const person of presence.online(1_000)) {
      if (person.id !== self.id) connection.wire.send(userStatus(person, "connected", now));
    }
    for (const agent of parts.roster.list()) connection.wire.send(userStatus(agent.member, "connected", now));
  }

  function sendRecent(connection: Connection): void {
    for (const room of connection.rooms) {
      const frames = history
        .page(room.id, { limit: classicReplay })
        .messages.filter((message) => message.deletedAt === null)
        .flatMap((message) => connection.dialect.encode({ type: "posted", seq: message.seq, message, card: null }));
      connection.deliver(frames);
    }
  }

  function sendMissed(connection: Connection, lastSeq: number, epoch: string | undefined): void {
    const missed = parts.resumeFrom(connection.rooms, lastSeq, epoch);
    if (missed.resync) {
      connection.wire.send(connection.dialect.answer({ type: "resync", seq: log.seq, epoch: store.epoch }));
      return;
    }
    const heard = missed.broadcasts.filter(
      ({ type }) =>
        (type !== "task" || connection.topics.has("tasks")) && (type !== "help" || connection.topics.has("help")),
    );
    connection.deliver(heard.flatMap((broadcast) => connection.dialect.encode(broadcast)));
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
    if (missed.broadcasts.length > 0) connection.wire.send(replay(missed.broadcasts, log.seq));
    const writing = runs
      .writing(room.id)
      .map(({ message, text }) => snapshot(message, text, cardOf(message, history, tasks)));
    const member = connection.identity?.member;
    const isStale = member && lastSeq !== undefined && rooms.changedSince(member, lastSeq);
    const lists = isStale ? outbound.roomsSnapshot(member, room) : "";
    connection.wire.send(writing.join("") + lists + outbound.listsSnapshot());
    connection.subscribe();
  }
  return { authenticate, refresh, noteRefusal };
}

function isIdentity(found: unknown): found is Identity {
  return typeof found === "object" && found !== null && "proof" in found;
}

/** What was given to show who it is: a method that is named decides, without one whatever is there. @throws Refusal AUTH_FAILED when it is named and not there */
function secretOf({ method, token, apiKey, sessionToken }: AuthFields): string | undefined {
  if (method === undefined) return token ?? apiKey ?? sessionToken;
  if (method === "guest" || method === "development") return undefined;
  const given = { token, jwt: token, api_key: apiKey, session: sessionToken }[method];
  if (given === undefined && ["token", "jwt", "api_key", "session"].includes(method))
    throw new Refusal("AUTH_FAILED", `The method "${method}" needs its credential in the same frame.`);
  return given;
}
