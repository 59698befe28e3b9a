import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { networkOf } from "../../network.ts";
import type { Identity } from "../../people/identity.ts";
import type { Connection } from "./connection.ts";

/** The sockets that are open, and whose they are. */
export interface Connections {
  /** @throws Refusal CONNECTION_LIMIT when there are too many */
  add(connection: Connection): void;
  remove(connection: Connection): void;
  /** A socket is becoming somebody's. @throws Refusal CONNECTION_LIMIT */
  claim(connection: Connection, identity: Identity): void;
  /** Why one more socket of somebody would be one too many, if it would. */
  tooMany(identity: Identity): string | undefined;
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
  /** Sockets of each key of an agent, and by which key each of them is open: what is shown may change while a socket is open. */
  const byAgentKey = new Map<number, number>();
  const agentKeys = new Map<Connection, number>();

  function agentKeyOf({ member, proof }: Identity): number | undefined {
    return member.kind === "agent" && proof.kind === "key" ? proof.id : undefined;
  }

  function countKey(key: number, change: 1 | -1): void {
    const left = (byAgentKey.get(key) ?? 0) + change;
    if (left > 0) byAgentKey.set(key, left);
    else byAgentKey.delete(key);
  }

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

  function tooMany(identity: Identity): string | undefined {
    const { connectionsPerMember, connectionsPerAgentKey } = config.limits;
    if ((byMember.get(identity.member.id)?.size ?? 0) >= connectionsPerMember)
      return `You have ${connectionsPerMember} connections open already.`;
    const key = agentKeyOf(identity);
    if (key !== undefined && (byAgentKey.get(key) ?? 0) >= connectionsPerAgentKey)
      return `That key has ${connectionsPerAgentKey} connections open already.`;
    return undefined;
  }

  function enter(connection: Connection, identity: Identity): void {
    const words = tooMany(identity);
    if (words) throw new Refusal("CONNECTION_LIMIT", words);
    const { id } = identity.member;
    byMember.set(id, (byMember.get(id) ?? new Set()).add(connection));
    const key = agentKeyOf(identity);
    if (key === undefined) return;
    agentKeys.set(connection, key);
    countKey(key, 1);
  }

  return {
    tooMany,
    add(connection) {
      if (open.size >= config.limits.connections) throw new Refusal("CONNECTION_LIMIT");
      // Who showed who they are is counted as that from the beginning, whatever frames come.
      if (connection.shown) enter(connection, connection.shown);
      else count(connection.address, 1);
      open.add(connection);
      connection.whenIdentified = noteEnd;
      const identity = connection.identity ?? connection.shown;
      if (identity) noteEnd(identity);
    },
    remove(connection) {
      if (!open.delete(connection)) return;
      const key = agentKeys.get(connection);
      if (key !== undefined && agentKeys.delete(connection)) countKey(key, -1);
      const id = (connection.identity ?? connection.shown)?.member.id;
      if (id === undefined) {
        count(connection.address, -1);
        return;
      }
      byMember.get(id)?.delete(connection);
      if (byMember.get(id)?.size === 0) byMember.delete(id);
    },
    claim(connection, identity) {
      if (connection.shown) return;
      enter(connection, identity);
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
