import type { Clock } from "../clock.ts";
import { createLater } from "../database/later.ts";
import { appended, type Log, type LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { type DoneBy, doneBy } from "./identity.ts";
import { type Member, may, mayManage, type Permission, permissionsOf, type Scope } from "./member.ts";
import type { Members } from "./members.ts";
import { hashOf, newSecret } from "./secrets.ts";
import { standingIn } from "./standing.ts";

/** How an API key begins: secret scanners find it, and it is never taken for another kind of token. */
export const keyPrefix = "ply_";

/** A replaced key works this much longer, so that nothing stands still while the new one is put in its place: 24 h. */
const overlapMs = 24 * 60 * 60 * 1000;

/** `key.created`. */
interface KeyCreated extends DoneBy {
  readonly memberId: number;
  readonly name: string;
  readonly prefix: string;
  readonly keyHash: string;
  readonly permissions: readonly Permission[];
  readonly rooms: readonly number[] | null;
  readonly expiresAt: number | null;
  /** The key it takes the place of, which ends at `replacedUntil`. */
  readonly replaces: number | null;
  readonly replacedUntil: number | null;
}

/** `key.revoked`. */
interface KeyRevoked {
  readonly id: number;
  readonly memberId: number;
  readonly address: string;
}

interface KeyRow {
  readonly id: number;
  readonly memberId: number;
  readonly name: string;
  readonly prefix: string;
  readonly permissions: string;
  readonly rooms: string | null;
  readonly createdBy: number;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly seenAt: number | null;
}

/** A key as the list shows it: everything but the key. */
export interface Key extends Omit<KeyRow, "memberId" | "permissions" | "rooms">, Scope {
  readonly member: Member;
}

/** What somebody asks for. */
export interface KeyRequest extends Scope {
  readonly name: string;
  /** Of the member it acts as: oneself or, with the right to manage people, an agent. */
  readonly member: Member;
  /** Days until it ends; null for never. */
  readonly days: number | null;
}

export interface Keys {
  /** @returns the key itself, shown this once. @throws Refusal PERMISSION_DENIED for more than one has oneself, INVALID_MESSAGE */
  create(by: Member, request: KeyRequest): Promise<{ id: number; secret: string }>;
  /** A new key of the same kind; the old one works a day more. @throws Refusal NOT_FOUND */
  rotate(by: Member, id: number): Promise<{ id: number; secret: string; name: string }>;
  /** @throws Refusal NOT_FOUND, also for keys that are none of theirs */
  revoke(by: Member, id: number): Promise<void>;
  /** The key that is good now, or undefined; this use is noted. */
  find(secret: string): Key | undefined;
  holds(id: number): boolean;
  /** When it ends, as of now; null for never. */
  endOf(id: number): number | null;
  /** Those one may revoke, the newest first: one's own, and with the right to manage people the agents' as well. */
  visibleTo(member: Member): readonly Key[];
  flush(): void;
}

const columns = `id, member_id AS memberId, name, prefix, permissions, rooms, created_by AS createdBy, created_at AS createdAt,
  expires_at AS expiresAt, revoked_at AS revokedAt, seen_at AS seenAt`;
const joined = "api_keys LEFT JOIN key_seen ON key_id = id";

export function createKeys(store: Store, log: Log, members: Members, clock: Clock): Keys {
  const { sqlite } = store;
  // Rooms stand above people: what is asked here is only whether somebody is in one, or whether it is everybody's.
  const open = sqlite.prepare<{ id: number }, [number, number]>(
    `SELECT id FROM rooms WHERE id = ?1
     AND (visibility = 'public' OR id IN (SELECT room_id FROM room_members WHERE member_id = ?2))`,
  );
  const mayRead = (by: Member, roomId: number) => may(by, "read") && open.get(roomId, by.id) !== null;
  const byHash = sqlite.prepare<KeyRow, [string]>(`SELECT ${columns} FROM ${joined} WHERE key_hash = ?`);
  const byId = sqlite.prepare<KeyRow, [number]>(`SELECT ${columns} FROM ${joined} WHERE id = ?`);
  /** Of one member, and where asked for of all agents or of everybody. */
  const listed = sqlite.prepare<KeyRow, [number, number, number]>(
    `SELECT ${columns} FROM ${joined} WHERE member_id = ?1 OR ?3 = 1
     OR (?2 = 1 AND member_id IN (SELECT id FROM members WHERE kind = 'agent')) ORDER BY id DESC LIMIT 500`,
  );
  const seen = createLater(sqlite, "INSERT OR REPLACE INTO key_seen (key_id, seen_at) VALUES (?, ?)");
  defineKeys(store, log);

  const complete = (row: KeyRow): Key => ({
    ...row,
    member: members.byId(row.memberId),
    permissions: JSON.parse(row.permissions) as Permission[],
    rooms: row.rooms === null ? null : (JSON.parse(row.rooms) as number[]),
  });
  const isGood = (row: KeyRow) =>
    row.revokedAt === null &&
    (row.expiresAt === null || row.expiresAt > clock.now()) &&
    members.byId(row.memberId).removedAt === null &&
    // What somebody made who entered by their name alone is gone with the way they came in.
    (row.createdBy === members.system.id || members.stands(row.memberId));

  function mayTouch(by: Member, { member }: { member: Member }): boolean {
    // A key opens what its holder may; it does not mint or end others.
    if (by.scope) return false;
    if (by.kind === "system") return true;
    return member.id === by.id || (member.kind === "agent" && may(by, "manage_users"));
  }

  function own(by: Member, id: number): Key {
    const row = byId.get(id);
    const key = row ? complete(row) : undefined;
    if (!key || !mayTouch(by, key) || key.revokedAt !== null)
      throw new Refusal("NOT_FOUND", "There is no such key, or it is not yours.");
    return key;
  }

  /** Who manages an agent's keys gets no view into rooms they are not in: they name the rooms, and only such as they read themselves. */
  function refuseForeignRooms(by: Member, member: Member, rooms: readonly number[] | null): void {
    if (member.id === by.id || by.kind === "system") return;
    if (rooms === null)
      throw new Refusal("INVALID_MESSAGE", `Choose the rooms that a key for ${member.name} opens, of those you read.`, {
        field: "rooms",
      });
    if (rooms.some((id) => !mayRead(by, id)))
      throw new Refusal(
        "PERMISSION_DENIED",
        "You are not in all of that key's rooms: make a new one for those you are in.",
      );
  }

  async function issue(by: Member, data: Omit<KeyCreated, "prefix" | "keyHash" | keyof DoneBy>) {
    const secret = newSecret(keyPrefix);
    const stored: KeyCreated = {
      ...data,
      prefix: secret.slice(0, keyPrefix.length + 6),
      keyHash: hashOf(secret),
      ...doneBy(by),
    };
    const { seq } = await appended(log, { kind: "key.created", roomId: null, actorId: by.id, data: stored });
    return { id: seq, secret };
  }

  return {
    async create(by, { name: rawName, member, permissions, rooms, days }) {
      const name = rawName.replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
      const wrong = (field: string, message: string) => new Refusal("INVALID_MESSAGE", message, { field });
      if (name === "" || name.length > 60)
        throw wrong("name", "A key needs a name of 1 to 60 characters, so that it can be recognised.");
      if (days !== null && !(Number.isInteger(days) && days >= 1 && days <= 3_650))
        throw wrong("days", "A key lives 1 to 3650 days, or for ever.");
      if (!mayTouch(by, { member }) || (member.role === "owner" && !mayManage(by, member)))
        throw new Refusal("PERMISSION_DENIED", "You may make keys for yourself only.");
      const most = permissionsOf(member);
      if (permissions.length === 0) throw wrong("permissions", "Choose at least one permission for the key.");
      const beyond = permissions.filter((permission) => !most.includes(permission));
      if (beyond.length > 0)
        throw new Refusal("PERMISSION_DENIED", `${member.name} may not ${beyond.join(", ")}, and neither may a key.`, {
          field: "permissions",
        });
      refuseForeignRooms(by, member, rooms);
      const expiresAt = days === null ? null : clock.now() + days * 24 * 60 * 60 * 1000;
      return issue(by, {
        memberId: member.id,
        name,
        permissions,
        rooms,
        expiresAt,
        replaces: null,
        replacedUntil: null,
      });
    },
    async rotate(by, id) {
      const { name, member, permissions, rooms, expiresAt, createdAt } = own(by, id);
      refuseForeignRooms(by, member, rooms);
      const now = clock.now();
      const made = await issue(by, {
        memberId: member.id,
        name,
        permissions,
        rooms,
        expiresAt: expiresAt === null ? null : now + (expiresAt - createdAt),
        replaces: id,
        replacedUntil: now + overlapMs,
      });
      return { ...made, name };
    },
    async revoke(by, id) {
      const data: KeyRevoked = { id, memberId: own(by, id).member.id, ...doneBy(by) };
      await appended(log, { kind: "key.revoked", roomId: null, actorId: by.id, data });
    },
    find(secret) {
      const row = byHash.get(hashOf(secret));
      if (!row || !isGood(row)) return undefined;
      const now = clock.now();
      if (now - (row.seenAt ?? 0) > 60_000) seen.put(row.id, [row.id, now]);
      return complete(row);
    },
    holds(id) {
      const row = byId.get(id);
      return row !== null && isGood(row);
    },
    endOf: (id) => byId.get(id)?.expiresAt ?? null,
    visibleTo: (member) =>
      listed
        .all(member.id, may(member, "manage_users") ? 1 : 0, member.kind === "system" ? 1 : 0)
        .map(complete)
        .filter((key) => mayTouch(member, key)),
    flush: seen.flush,
  };
}

/** How events of keys change the table. Disabling a member revokes theirs: members.ts. */
function defineKeys(store: Store, log: Log): void {
  const { sqlite } = store;
  const standing = standingIn(store);
  const insert = sqlite.prepare(
    `INSERT INTO api_keys (id, member_id, name, prefix, key_hash, permissions, rooms, created_by, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const shorten = sqlite.prepare("UPDATE api_keys SET expires_at = min(coalesce(expires_at, ?1), ?1) WHERE id = ?2");
  const revoke = sqlite.prepare("UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL");
  const goes = sqlite.prepare<{ id: number }, [number]>("SELECT id FROM api_keys WHERE id = ? AND revoked_at IS NULL");
  const created = (event: LogEvent) => {
    const data = event.data as KeyCreated;
    const { memberId, name, prefix, keyHash, permissions, rooms, expiresAt, replaces, replacedUntil } = data;
    const lists = [JSON.stringify(permissions), rooms === null ? null : JSON.stringify(rooms)];
    insert.run(event.seq, memberId, name, prefix, keyHash, ...lists, event.actorId, event.at, expiresAt);
    if (replaces !== null) shorten.run(replacedUntil, replaces);
  };
  log.define("key.created", created, (event) => {
    const { memberId, rooms, replaces } = event.data as KeyCreated;
    const actor = standing.actorOf(event);
    const holder = standing.member(memberId);
    if (!holder || holder.removedAt !== null) throw new Refusal("NOT_FOUND", "There is no such member.");
    if (replaces !== null && goes.get(replaces) === null)
      throw new Refusal("NOT_FOUND", "There is no such key, or it is not yours.");
    if (!actor || actor.id === memberId) return;
    standing.needs(event, "manage_users");
    if (holder.kind !== "agent" || !rooms?.every((id) => standing.isIn(id, actor.id)))
      throw new Refusal("PERMISSION_DENIED", "You may make keys for yourself only.");
  });
  log.define("key.revoked", (event) => {
    const { changes } = revoke.run(event.at, (event.data as KeyRevoked).id);
    if (changes === 0) throw new Refusal("NOT_FOUND", "That key is revoked already.");
  });
}
