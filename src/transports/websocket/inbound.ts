import { closeCodeOf, closeCodes, Refusal, type RefusalCode, refusalFrom } from "../../errors.ts";
import { wordsOnAbsent } from "../../messages/absent.ts";
import { cleanText, renderBody } from "../../messages/body.ts";
import { type Member, may } from "../../people/member.ts";
import { generalSlug } from "../../rooms/names.ts";
import type { Room } from "../../rooms/room.ts";
import { answerQuestion } from "./answers.ts";
import { type Asked, createAuthenticate } from "./authenticate.ts";
import type { Connection } from "./connection.ts";
import { classic } from "./dialects/classic.ts";
import { clientIdOf, decode, isOfLater, parseFrame } from "./dialects/decode.ts";
import type { Answer, Command } from "./dialects/dialect.ts";
import { neededFor } from "./needs.ts";
import { measured } from "./notes.ts";
import type { InboundParts } from "./parts.ts";

export interface Inbound {
  open(connection: Connection): void;
  receive(connection: Connection, raw: string): void;
  /** What a stream asks for in its request. @returns false when it must load a snapshot first. @throws Refusal */
  follow(connection: Connection, asked: Asked): boolean;
  /** @param code the WebSocket close code it ended with */
  close(connection: Connection, code: number): void;
}

/** Refusals of frames that could not be read, or were not for their length, as against those that were read and refused. */
const incomprehensible = new Set<RefusalCode>([
  "INVALID_JSON",
  "INVALID_MESSAGE",
  "UNKNOWN_MESSAGE_TYPE",
  "MESSAGE_TOO_LARGE",
]);

/** Frames in: each becomes a command, the command is carried out by the core, and what it refuses is answered. Never throws. */
export function createInbound(parts: InboundParts): Inbound {
  const { config, clock, connections, typing } = parts;
  /** Below every stored message: what the house says to one person only is not stored. */
  let noticeId = 0;
  const { authenticate, follow, refresh } = createAuthenticate(parts, {
    proceed(connection, waiting) {
      for (const raw of waiting) receive(connection, raw);
    },
    refuse: (connection, thrown) => refuseThrown(connection, thrown, null),
  });

  function receive(connection: Connection, raw: string): void {
    if (connection.closed) return;
    if (connection.admitting) {
      const held = connection.admitting.reduce((sum, frame) => sum + frame.length, raw.length);
      const fits =
        connection.admitting.length < config.limits.outboxMessages && held <= 4 * config.limits.chatFrameBytes;
      if (fits) connection.admitting.push(raw);
      else
        refuse(
          connection,
          new Refusal("RATE_LIMITED", "Wait for the answer to your auth frame.", { retryAfter: 1_000 }),
          null,
        );
      return;
    }
    let clientId: string | number | null = null;
    let understood = false;
    try {
      const now = clock.now();
      connection.lastActivity = now;
      connection.hasSpoken = true;
      // Nothing is accepted after its time, however soon the socket itself is closed.
      const { expiresAt = null } = connection.identity ?? {};
      if (expiresAt !== null && expiresAt <= now) throw new Refusal("SESSION_EXPIRED");
      // UTF-8 needs at most three bytes for a UTF-16 unit, so only texts near the limit are measured exactly.
      const { chatFrameBytes } = config.limits;
      if (raw.length > chatFrameBytes || (raw.length * 3 > chatFrameBytes && Buffer.byteLength(raw) > chatFrameBytes)) {
        throw new Refusal("MESSAGE_TOO_LARGE", `A chat frame may have at most ${chatFrameBytes} bytes.`);
      }
      // What is no ping by its length is counted before it is read: reading it is what it costs.
      const isLong = raw.length > config.limits.pingCharacters;
      if (isLong) takeFrame(connection);
      const frame = parseFrame(raw);
      // A ping is answered whatever else goes on.
      const isFree = frame.type === "ping" && !isLong && connection.takePing(clock.monotonic());
      if (!isFree && !isLong) takeFrame(connection);
      if (connection.door === "chat" && !connection.identity && "user_id" in frame) connection.dialect = classic;
      clientId = clientIdOf(frame);
      understood = isOfLater(frame);
      const command = decode(frame);
      understood = true;
      if (command.type !== "ping") connection.used = true;
      if (command.type === "auth" || command.type === "resume") authenticate(connection, command);
      else if (command.type === "refresh") refresh(connection, command.token);
      else obey(connection, command);
    } catch (thrown) {
      refuseThrown(connection, thrown, clientId, understood);
    }
  }

  /** @throws Refusal RATE_LIMITED */
  function takeFrame(connection: Connection): void {
    const wait = connection.takeFrame(clock.monotonic());
    if (wait > 0) throw new Refusal("RATE_LIMITED", "Too many frames: slow down.", { retryAfter: wait });
  }

  function obey(connection: Connection, command: Exclude<Command, { type: "auth" | "resume" | "refresh" }>): void {
    if (command.type === "ping") {
      answer(connection, {
        type: "pong",
        at: command.at,
        now: clock.now(),
        seq: parts.log.seq,
        epoch: parts.store.epoch,
      });
      return;
    }
    const member = connection.identity?.member;
    if (!member) throw new Refusal("NOT_AUTHENTICATED");
    if (!may(member, neededFor[command.type])) throw new Refusal("PERMISSION_DENIED");
    switch (command.type) {
      case "post":
        post(connection, command.room, command.text, command);
        return;
      case "agent_message": {
        const agent = parts.roster.byName(command.name);
        if (!agent) throw new Refusal("AGENT_NOT_FOUND", `No agent called "${command.name}" works here.`);
        post(
          connection,
          undefined,
          `@${agent.member.handle} ${command.text}`,
          { files: [], replyTo: null, clientId: command.clientId, echoId: null },
          (id) => answer(connection, { type: "message_sent", id, agent: agent.member.name }),
        );
        return;
      }
      case "edit":
        parts.change.edit(member, command.id, command.text, orRefuse(connection));
        return;
      case "delete":
        parts.change.remove(member, command.id, orRefuse(connection));
        return;
      case "task":
        if (command.action === "resume")
          parts.tasks.resume(member, command.id, (task) => {
            if (task instanceof Refusal) refuse(connection, task, null);
          });
        else parts.tasks.decide(member, command.id, command.action, orRefuse(connection));
        return;
      case "answer":
        respond(connection, member, command);
        return;
      case "report":
        parts.measures.reported(measured(connection), command);
        return;
      case "typing":
        if (command.isTyping) parts.limiter.typing(member);
        typing.set(member, meant(connection, member, command.room), command.isTyping);
        return;
      default:
        answerQuestion(parts, connection, member, command, (given) => answer(connection, given));
    }
  }

  /** Who hears of approvals hears of their own answer by that; a program that does not gets it by itself. */
  function respond(connection: Connection, member: Member, { id, choice }: Extract<Command, { type: "answer" }>): void {
    const origin = connection.door === "page" ? "web" : "ws";
    parts.approvals.answer(member, id, choice, origin).then(
      (approval) => {
        const hears = connection.topics.has("approvals") || connection.agents.has(approval.agent.id);
        if (connection.door === "page" || hears || connection.closed) return;
        const { seq } = approval;
        connection.deliver(connection.dialect.encode({ type: "approval", seq, approval, isNew: false }));
      },
      (thrown: unknown) => refuseThrown(connection, thrown, null),
    );
  }

  function post(
    connection: Connection,
    room: string | undefined,
    text: string,
    {
      files,
      replyTo,
      clientId,
      echoId,
    }: Pick<Extract<Command, { type: "post" }>, "files" | "replyTo" | "clientId" | "echoId">,
    sent?: (id: number) => void,
  ): void {
    const member = connection.identity?.member;
    if (!member) throw new Refusal("NOT_AUTHENTICATED");
    const origin = connection.door === "page" ? "web" : "ws";
    const target = meant(connection, member, room);
    const hears = connection.rooms.has(target);
    const from = clock.monotonic();
    parts.post(member, { room: target.slug, text, files, replyTo, clientId, echoId, origin }, (outcome) => {
      if (!outcome.ok) return refuse(connection, outcome.refusal, clientId ?? echoId);
      parts.measures.acknowledged(measured(connection), clock.monotonic() - from);
      const isPublic = target.visibility === "public";
      // The figure is shown to everybody.
      if (isPublic) connection.sent += 1;
      sent?.(outcome.seq);
      if (!outcome.repeated && text.includes("/")) runCommand(connection, member, target, text);
      if (!isPublic && !outcome.repeated) tellOfAbsent(connection, target, outcome.seq);
      // The echo to the room is the acknowledgement; who repeats a message, or does not hear that room, gets it by itself.
      if (!outcome.repeated && hears) return;
      const message = parts.history.message(outcome.seq);
      if (!message || connection.closed || !parts.rooms.mayRead(member, parts.rooms.byId(message.roomId))) return;
      connection.deliver(connection.dialect.encode({ type: "posted", seq: message.seq, message, card: null }));
    });
    typing.set(member, target, false);
  }

  /** The room a frame is for: a page says so by the slug of the one it shows, a program by any name. @throws Refusal */
  function meant(connection: Connection, member: Member, room: string | undefined): Room {
    if (room === undefined) return parts.rooms.forWriter(member, generalSlug);
    if (connection.door === "chat") return parts.rooms.named(member, room);
    return parts.rooms.forWriter(member, room);
  }

  /** Whoever mentions somebody who is not in the room is told so, and nobody else. */
  function tellOfAbsent(connection: Connection, room: Room, messageId: number): void {
    const message = parts.history.message(messageId);
    const text = message && wordsOnAbsent(message, parts.members, parts.rooms);
    if (text) notify(connection, room, text);
  }

  /** What a command answers goes to this socket and no other. */
  function runCommand(connection: Connection, member: Member, room: Room, written: string): void {
    parts.slash.run(member, room, cleanText(written, config.limits.messageCharacters), (said) =>
      notify(connection, room, said, renderBody(said, () => false).html),
    );
  }

  function notify(connection: Connection, room: Room, text: string, html: string | null = null): void {
    noticeId -= 1;
    answer(connection, { type: "notice", id: noticeId, text, html, room: room.slug, now: clock.now() });
  }

  function orRefuse(connection: Connection) {
    return (outcome: { ok: true } | { ok: false; refusal: Refusal }) => {
      if (!outcome.ok) refuse(connection, outcome.refusal, null);
    };
  }

  function answer(connection: Connection, given: Answer): void {
    if (!connection.closed) connection.wire.send(connection.dialect.answer(given));
  }

  function endUnauthenticated(connection: Connection): void {
    if (!connection.identity) refuse(connection, new Refusal("AUTH_TIMEOUT"), null);
  }

  function refuseThrown(
    connection: Connection,
    thrown: unknown,
    clientId: string | number | null,
    understood = true,
  ): void {
    const refusal = refusalFrom(thrown, (reference, error) =>
      parts.logger.error("socket.bug", { reference, connection: connection.id, error }),
    );
    refuse(connection, refusal, clientId, understood);
  }

  /** Tells a socket what was refused; closes it only when the refusal says so or it sends little that can be understood. */
  function refuse(connection: Connection, refusal: Refusal, clientId: string | number | null, understood = true): void {
    // Somebody we know may be in a hurry; who has not even said who they are has no reason to be.
    const haste = refusal.code === "RATE_LIMITED" && !understood && !connection.identity;
    const rubbish = haste || (!understood && incomprehensible.has(refusal.code));
    const abuse = rubbish && connection.isAbuse(clock.monotonic());
    const close = abuse ? closeCodes.abuse : closeCodeOf(refusal.code);
    const closing = close !== undefined || refusal.code === "MISSING_USER_ID";
    parts.notes.refused(connection, refusal);
    if (refusal.code === "AUTH_FAILED") answer(connection, { type: "auth_failed", refusal, now: clock.now() });
    else answer(connection, { type: "error", refusal, clientId, now: clock.now(), closing });
    if (close !== undefined) connection.wire.close(close, refusal.code);
  }

  return {
    receive,
    follow,
    open(connection) {
      connections.add(connection);
      const { authTimeoutMs, authTimeoutDevelopmentMs } = config.limits;
      connection.authTimer = setTimeout(() => {
        const more = config.development && !connection.hasSpoken ? authTimeoutDevelopmentMs - authTimeoutMs : 0;
        if (more > 0) connection.authTimer = setTimeout(endUnauthenticated, more, connection);
        else endUnauthenticated(connection);
      }, authTimeoutMs);
    },
    close(connection, code) {
      connection.end();
      parts.notes.closed(connection, code);
      clearTimeout(connection.authTimer);
      connections.remove(connection);
      connection.leave?.();
      const member = connection.identity?.member;
      if (member && connections.count(member.id) === 0) typing.clear(member);
    },
  };
}
