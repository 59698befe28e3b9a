import type { Config } from "../../config.ts";
import { closeCodes, Refusal } from "../../errors.ts";
import type { Hub } from "../../live/hub.ts";
import type { Member } from "../../people/member.ts";
import type { SessionEnded } from "../../people/sessions.ts";
import type { Connection } from "./connection.ts";

/** The sockets that are open, and whose they are. */
export interface Connections {
  /** @throws Refusal CONNECTION_LIMIT when there are too many */
  add(connection: Connection): void;
  remove(connection: Connection): void;
  /** A socket is becoming somebody's. @throws Refusal CONNECTION_LIMIT */
  claim(connection: Connection, member: Member): void;
  of(memberId: number): Iterable<Connection>;
  /** How many sockets somebody has open. */
  count(memberId: number): number;
  all(): Iterable<Connection>;
  readonly size: number;
}

/** Closes the sockets of a session the moment it ends, on whichever device it was ended. */
export function closeEndedSessions(hub: Hub, connections: Connections): void {
  hub.onCommit((events) => {
    for (const event of events) {
      if (event.kind !== "session.ended") continue;
      const { id } = event.data as SessionEnded;
      for (const connection of [...connections.all()]) {
        if ((connection.identity ?? connection.shown)?.sessionId === id)
          connection.wire.close(closeCodes.sessionOver, "SESSION_EXPIRED");
      }
    }
  });
}

export function createConnections(config: Config): Connections {
  const open = new Set<Connection>();
  const byMember = new Map<number, Set<Connection>>();
  return {
    add(connection) {
      if (open.size >= config.limits.connections) throw new Refusal("CONNECTION_LIMIT");
      open.add(connection);
    },
    remove(connection) {
      open.delete(connection);
      const id = connection.identity?.member.id;
      if (id === undefined) return;
      byMember.get(id)?.delete(connection);
      if (byMember.get(id)?.size === 0) byMember.delete(id);
    },
    claim(connection, { id }) {
      const own = byMember.get(id) ?? new Set();
      if (own.size >= config.limits.connectionsPerMember) throw new Refusal("CONNECTION_LIMIT");
      byMember.set(id, own.add(connection));
    },
    count: (memberId) => byMember.get(memberId)?.size ?? 0,
    of: (memberId) => byMember.get(memberId) ?? [],
    all: () => open,
    get size() {
      return open.size;
    },
  };
}
