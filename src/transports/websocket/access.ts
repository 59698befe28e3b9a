import type { Clock } from "../../clock.ts";
import type { Log, LogEvent } from "../../database/log.ts";
import type { Store } from "../../database/open.ts";
import { closeCodes, Refusal } from "../../errors.ts";
import type { Limits } from "../../limits.ts";
import type { Hub } from "../../live/hub.ts";
import type { Credentials } from "../../people/credentials.ts";
import type { Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";

interface Parts {
  hub: Hub;
  clock: Clock;
  limits: Limits;
  connections: Connections;
  credentials: Credentials;
  log: Pick<Log, "seq">;
  store: Pick<Store, "epoch">;
}

/** Events after which what somebody showed may be worth nothing any more. */
const ending = new Set([
  "session.ended",
  "sessions.ended",
  "password.set",
  "reset.created",
  "owner.made",
  "member.disabled",
  "guest.renamed",
  "agent.fired",
  "key.revoked",
  "grant.revoked",
]);

/** The longest that a timer can be set for, ms. */
const longestTimer = 2 ** 31 - 1;

/**
 * Keeps open sockets true to what their members may do: closed with 4401 in the very commit that takes their access away; at the
 * moment at which it is over by itself, and before anything of that moment or later is told; and within a second after a session was
 * idle too long. From the commit that changes somebody's role on, each socket acts with the new one. Must listen before what tells.
 */
export function watchAccess(parts: Parts): { stop(): void } {
  const { hub, clock, limits, connections, credentials, log, store } = parts;
  /** When the first of all open sockets is over; none is over before that. */
  let nearest = Number.POSITIVE_INFINITY;
  let alarm: Timer | undefined;
  connections.onEnding((at) => {
    if (at >= nearest) return;
    nearest = at;
    wait();
  });

  function wait(): void {
    clearTimeout(alarm);
    if (nearest === Number.POSITIVE_INFINITY) return;
    const ms = Math.min(Math.max(nearest - clock.now(), 1), longestTimer);
    alarm = setTimeout(() => (clock.now() >= nearest ? endThose() : wait()), ms);
  }

  /** Closes whose time is up, and looks whose is next. */
  function endThose(): void {
    nearest = Number.POSITIVE_INFINITY;
    for (const connection of [...connections.all()]) {
      const { expiresAt = null } = connection.identity ?? connection.shown ?? {};
      if (expiresAt === null || connection.closed) continue;
      if (expiresAt <= clock.now()) close(connection);
      else nearest = Math.min(nearest, expiresAt);
    }
    wait();
  }

  hub.onTell(() => {
    if (clock.now() >= nearest) endThose();
  });
  hub.onCommit((events) => {
    if (clock.now() >= nearest) endThose();
    for (const event of events) {
      if (ending.has(event.kind)) closeUnless(subjectOf(event), credentials.holds);
      if (event.kind === "member.changed" || event.kind === "owner.made") renew();
      if (event.kind === "key.created") shorten(event);
    }
  });

  const timer = setInterval(() => {
    for (const connection of connections.all()) {
      const { used } = connection;
      connection.used = false;
      const identity = connection.identity ?? connection.shown;
      if (identity && credentials.isOver(identity, used)) close(connection);
    }
  }, limits.expiryCheckMs);

  function closeUnless(memberId: number | undefined, holds: Credentials["holds"]): void {
    for (const connection of [...connections.all()]) {
      const identity = connection.identity ?? connection.shown;
      if (!identity || (memberId !== undefined && identity.member.id !== memberId)) continue;
      if (!holds(identity)) close(connection);
    }
  }

  function renew(): void {
    for (const connection of connections.all()) {
      const was = connection.identity;
      if (!was) continue;
      connection.identity = credentials.renewed(was);
      // A page offers what its reader might when it was made: with another role it is made anew.
      if (connection.door === "page" && connection.identity.member.role !== was.member.role)
        connection.wire.send(connection.dialect.answer({ type: "resync", seq: log.seq, epoch: store.epoch }));
    }
  }

  /** A key that is being replaced ends earlier than its sockets were told. */
  function shorten({ data }: LogEvent): void {
    const { replaces, replacedUntil } = data as { replaces: number | null; replacedUntil: number | null };
    if (replaces === null || replacedUntil === null) return;
    for (const connection of connections.all()) {
      const { identity } = connection;
      if (identity?.proof.kind === "key" && identity.proof.id === replaces)
        connection.identity = { ...identity, expiresAt: Math.min(identity.expiresAt ?? replacedUntil, replacedUntil) };
    }
  }

  function close(connection: Connection): void {
    const refusal = new Refusal("SESSION_EXPIRED");
    if (connection.door === "chat") {
      const told = { type: "error", refusal, clientId: null, now: clock.now(), closing: true } as const;
      connection.wire.send(connection.dialect.answer(told));
    }
    connection.wire.close(closeCodes.sessionOver, refusal.code);
  }

  return {
    stop() {
      clearInterval(timer);
      clearTimeout(alarm);
    },
  };
}

function subjectOf({ data }: LogEvent): number | undefined {
  const { memberId, id } = data as { memberId?: number; id?: number };
  return memberId ?? id;
}
