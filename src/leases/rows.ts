import type { Store } from "../database/open.ts";
import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Lease, LeaseRequest, RequestState } from "./lease.ts";
import { coveringKeys } from "./path.ts";

/** A lease as the table holds it. */
export interface LeaseRow extends Omit<Lease, "holder"> {
  readonly key: string;
  readonly holderId: number;
}

/** A request as the table holds it. */
export interface RequestRow extends Omit<LeaseRequest, "holder" | "requester" | "state"> {
  readonly key: string;
  readonly holderId: number;
  readonly requesterId: number;
  readonly taskId: number | null;
  readonly state: string;
}

const columns = `id, path, key, holder_id AS holderId, room_id AS roomId, task_id AS taskId, purpose, claimed_at AS claimedAt,
  expires_at AS expiresAt`;
const requestColumns = `id, lease_id AS leaseId, holder_id AS holderId, requester_id AS requesterId, path, key, room_id AS roomId,
  lease_room_id AS leaseRoomId, task_id AS taskId, reason, asked_at AS askedAt, state, decided_at AS decidedAt`;

/** A lease in which a path lies, or that lies in it; what was let go is nobody's in the way. */
const overlapping = `(key IN (SELECT value FROM json_each(?1)) OR (key > ?2 || '/' AND key < ?2 || '0'))
  AND holder_id NOT IN (SELECT id FROM members WHERE removed_at IS NOT NULL)`;

/** Questions to the tables, asked before an event is proposed and again in its transaction. */
export function leaseRows({ sqlite }: Pick<Store, "sqlite">) {
  const others = sqlite.query<LeaseRow, [string, string, number, number]>(
    `SELECT ${columns} FROM leases WHERE ${overlapping} AND holder_id <> ?3 AND expires_at > ?4 ORDER BY id`,
  );
  const covering = sqlite.query<LeaseRow, [string, number, number]>(
    `SELECT ${columns} FROM leases WHERE key IN (SELECT value FROM json_each(?1)) AND holder_id = ?2 AND expires_at > ?3
     ORDER BY length(key) DESC LIMIT 1`,
  );
  const byId = sqlite.query<LeaseRow, [number]>(`SELECT ${columns} FROM leases WHERE id = ?`);
  const all = sqlite.query<LeaseRow, [number]>(
    `SELECT ${columns} FROM leases WHERE expires_at > ?
     AND holder_id NOT IN (SELECT id FROM members WHERE removed_at IS NOT NULL) ORDER BY key`,
  );
  const held = sqlite.query<LeaseRow, [number, number]>(
    `SELECT ${columns} FROM leases WHERE holder_id = ? AND expires_at > ? ORDER BY key`,
  );
  const ofTask = sqlite.query<LeaseRow, [number]>(`SELECT ${columns} FROM leases WHERE task_id = ? ORDER BY key`);
  const due = sqlite.query<LeaseRow, [number]>(
    `SELECT ${columns} FROM leases WHERE expires_at <= ?
     OR holder_id IN (SELECT id FROM members WHERE removed_at IS NOT NULL) ORDER BY id`,
  );
  const requestById = sqlite.query<RequestRow, [number]>(`SELECT ${requestColumns} FROM lease_requests WHERE id = ?`);
  const pending = sqlite.query<RequestRow, []>(
    `SELECT ${requestColumns} FROM lease_requests WHERE state = 'pending' ORDER BY id`,
  );

  return {
    /** Leases of others that stand in the way of somebody's claim at a moment. */
    inTheWay: (key: string, holderId: number, at: number) =>
      others.all(JSON.stringify(coveringKeys(key)), key, holderId, at),
    /** The narrowest lease of somebody's own that covers a path. */
    covering: (key: string, holderId: number, at: number) =>
      covering.get(JSON.stringify(coveringKeys(key)), holderId, at),
    lease: (id: number) => byId.get(id),
    all: (at: number) => all.all(at),
    heldBy: (holderId: number, at: number) => held.all(holderId, at),
    ofTask: (taskId: number) => ofTask.all(taskId),
    /** Those whose time is over, or whose holder is gone. */
    due: (at: number) => due.all(at),
    request: (id: number) => requestById.get(id),
    pending: () => pending.all(),
  };
}

export type LeaseRows = ReturnType<typeof leaseRows>;

export function leaseOf({ key: _, holderId, ...row }: LeaseRow, members: Members): Lease {
  return { ...row, holder: members.byId(holderId) };
}

export function requestOf(row: RequestRow, members: Members): LeaseRequest {
  const { key: _key, taskId: _task, holderId, requesterId, state, ...rest } = row;
  const named: { holder: Member; requester: Member } = {
    holder: members.byId(holderId),
    requester: members.byId(requesterId),
  };
  return { ...rest, ...named, state: state as RequestState };
}
