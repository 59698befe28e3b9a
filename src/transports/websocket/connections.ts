import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { networkOf } from "../../network.ts";
import type { Identity } from "../../people/identity.ts";
import type { Member } from "../../people/member.ts";
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
  /** How many sockets of an address have not said whose they are. */
  strangers(address: string): number;
  all(): Iterable<Connection>;
  /** Calls a listener whenever a socket has an identity that ends at some time. */
  onEnding(listener: (at: number) => void): void;
  readonly size: number;
}

export function createConnections(config: Config): Connections {
  const open = new Set<Connection>();
  const byMember = new Map<number, Set<Connection>>();
  const strangers = new Map<string, number>();
  const ending: ((at: number) => void)[] = [];
  const noteEnd = ({ expiresAt }: Identity) => {
    if (expiresAt !== null) for (const listener of ending) listener(expiresAt);
  };

  function count(from: string, change: 1 | -1): void {
    const address = networkOf(from);
    const left = (strangers.get(address) ?? 0) + change;
    if (left > 0) strangers.set(address, left);
    else strangers.delete(address);
  }

  function enter(connection: Connection, memberId: number): void {
    const own = byMember.get(memberId) ?? new Set();
    if (own.size >= config.limits.connectionsPerMember) throw new Refusal("CONNECTION_LIMIT");
    byMember.set(memberId, own.add(connection));
  }

  return {
    add(connection) {
      if (open.size >= config.limits.connections) throw new Refusal("CONNECTION_LIMIT");
      // Who showed who they are is counted as that from the beginning, whatever frames come.
      if (connection.shown) enter(connection, connection.shown.member.id);
      else count(connection.address, 1);
      open.add(connection);
      connection.whenIdentified = noteEnd;
      const identity = connection.identity ?? connection.shown;
      if (identity) noteEnd(identity);
    },
    remove(connection) {
      if (!open.delete(connection)) return;
      const id = (connection.identity ?? connection.shown)?.member.id;
      if (id === undefined) {
        count(connection.address, -1);
        return;
      }
      byMember.get(id)?.delete(connection);
      if (byMember.get(id)?.size === 0) byMember.delete(id);
    },
    claim(connection, { id }) {
      if (connection.shown) return;
      enter(connection, id);
      count(connection.address, -1);
    },
    strangers: (address) => strangers.get(networkOf(address)) ?? 0,
    count: (memberId) => byMember.get(memberId)?.size ?? 0,
    of: (memberId) => byMember.get(memberId) ?? [],
    all: () => open,
    onEnding: (listener) => void ending.push(listener),
    get size() {
      return open.size;
    },
  };
}
