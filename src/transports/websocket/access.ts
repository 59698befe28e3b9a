import type { Clock } from "../../clock.ts";
import type { Limits } from "../../config.ts";
import type { LogEvent } from "../../database/log.ts";
import { closeCodes, Refusal } from "../../errors.ts";
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

/**
 * Keeps open sockets true to what their members may do: closed with 4401 in the very commit that takes their access away, or within a
 * moment after it ended by itself; and from the commit that changes somebody's role on, each socket acts with the new one.
 */
export function watchAccess({ hub, clock, limits, connections, credentials }: Parts): { stop(): void } {
  hub.onCommit((events) => {
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
      if (connection.identity) connection.identity = credentials.renewed(connection.identity);
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

  return { stop: () => clearInterval(timer) };
}

function subjectOf({ data }: LogEvent): number | undefined {
  const { memberId, id } = data as { memberId?: number; id?: number };
  return memberId ?? id;
}
