import type { Log, LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { may } from "../people/member.ts";
import { standingIn } from "../people/standing.ts";
import type {
  LeaseClaimed,
  LeaseDecided,
  LeaseExpired,
  LeaseReleased,
  LeaseRenewed,
  LeaseRequested,
} from "./events.ts";
import { leaseRows } from "./rows.ts";
import { alreadyDecided, gone, notYours, takenBy } from "./words.ts";

/** How events of leases change the tables. Whether something is taken is decided here, in the transaction, and so once for everybody. */
export function defineLeases(store: Store, log: Log): void {
  const { sqlite } = store;
  const rows = leaseRows(store);
  const standing = standingIn(store);
  const nameOf = sqlite.prepare<{ name: string }, [number]>("SELECT name FROM members WHERE id = ?");
  const insert = sqlite.prepare(
    `INSERT INTO leases (id, path, key, holder_id, room_id, task_id, purpose, claimed_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const renew = sqlite.prepare("UPDATE leases SET expires_at = max(expires_at, ?), task_id = ? WHERE id = ?");
  const remove = sqlite.prepare("DELETE FROM leases WHERE id = ?");
  const lapse = sqlite.prepare(
    "UPDATE lease_requests SET state = 'lapsed', decided_at = ? WHERE lease_id = ? AND state = 'pending'",
  );
  const insertRequest = sqlite.prepare(
    `INSERT INTO lease_requests (id, lease_id, holder_id, requester_id, path, key, room_id, lease_room_id, task_id,
       reason, asked_at, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending')`,
  );
  const asked = sqlite.prepare<{ id: number }, [number, number, string]>(
    "SELECT id FROM lease_requests WHERE lease_id = ? AND requester_id = ? AND key = ? AND state = 'pending'",
  );
  const decide = sqlite.prepare("UPDATE lease_requests SET state = ?, decided_by = ?, decided_at = ? WHERE id = ?");
  const decided = sqlite.prepare<{ state: string; decidedBy: number | null; decidedAt: number | null }, [number]>(
    "SELECT state, decided_by AS decidedBy, decided_at AS decidedAt FROM lease_requests WHERE id = ?",
  );

  /** @throws Refusal CONFLICT naming who has it */
  function refuseTaken(path: string, key: string, holderId: number, at: number): void {
    const [first] = rows.inTheWay(key, holderId, at);
    if (first) throw takenBy(path, nameOf.get(first.holderId)?.name ?? "somebody", first.expiresAt);
  }

  /** Whoever asks may do it for the holder: themselves, or with the right to manage tasks. @throws Refusal PERMISSION_DENIED */
  function needsSay(event: LogEvent, holderId: number): void {
    const actor = standing.needs(event, "write");
    if (actor && actor.id !== holderId && !may(actor, "manage_tasks")) throw notYours();
  }

  const claimed = ({ seq, at, roomId, data }: LogEvent) => {
    const { holderId, path, key, taskId, purpose, expiresAt } = data as LeaseClaimed;
    // Said twice in one moment: the first is the result.
    const own = rows.covering(key, holderId, at);
    if (own?.key === key) return own.id;
    refuseTaken(path, key, holderId, at);
    insert.run(seq, path, key, holderId, roomId, taskId, purpose, at, expiresAt);
    return undefined;
  };
  log.define("lease.claimed", claimed, (event) => {
    const { holderId } = event.data as LeaseClaimed;
    needsSay(event, holderId);
    standing.needsSomebody(holderId);
    if (standing.member(holderId)?.removedAt !== null)
      throw new Refusal("PERMISSION_DENIED", "They are not here any more.");
    if (event.roomId !== null) standing.needsIn(event.roomId, holderId, "write");
  });

  const renewed = ({ at, data }: LogEvent) => {
    const { id, taskId, expiresAt } = data as LeaseRenewed;
    const lease = rows.lease(id);
    // What ended in this moment may have gone to somebody else.
    if (!lease || lease.expiresAt <= at) throw gone();
    renew.run(expiresAt, taskId, id);
  };
  log.define("lease.renewed", renewed, (event) => {
    const lease = rows.lease((event.data as LeaseRenewed).id);
    if (!lease) throw gone();
    needsSay(event, lease.holderId);
  });

  const end = (id: number, at: number) => {
    remove.run(id);
    lapse.run(at, id);
  };
  const released = ({ at, data }: LogEvent) => {
    const { id } = data as LeaseReleased;
    if (!rows.lease(id)) throw gone();
    end(id, at);
  };
  log.define("lease.released", released, (event) => {
    const lease = rows.lease((event.data as LeaseReleased).id);
    if (!lease) throw gone();
    needsSay(event, lease.holderId);
  });

  const expired = ({ at, data }: LogEvent) => {
    const { id } = data as LeaseExpired;
    const lease = rows.lease(id);
    const isOver = lease && (lease.expiresAt <= at || standing.member(lease.holderId)?.removedAt !== null);
    if (!isOver) throw gone();
    end(id, at);
  };
  log.define("lease.expired", expired);

  const requested = ({ seq, at, data }: LogEvent) => {
    const { leaseId, requesterId, path, key, forRoomId, taskId, reason } = data as LeaseRequested;
    const lease = rows.lease(leaseId);
    if (!lease || lease.expiresAt <= at) throw gone();
    const earlier = asked.get(leaseId, requesterId, key);
    if (earlier) return earlier.id;
    const whose = [leaseId, lease.holderId, requesterId] as const;
    insertRequest.run(seq, ...whose, path, key, forRoomId, lease.roomId, taskId, reason, at);
    return undefined;
  };
  log.define("lease.requested", requested, (event) => {
    const { requesterId } = event.data as LeaseRequested;
    needsSay(event, requesterId);
    standing.needsSomebody(requesterId);
  });

  const settled = ({ seq, at, actorId, data }: LogEvent) => {
    const { requestId, approved, expiresAt } = data as LeaseDecided;
    const request = rows.request(requestId);
    const lease = request && rows.lease(request.leaseId);
    if (request?.state !== "pending" || !lease || lease.expiresAt <= at) throw tooLate(requestId);
    decide.run(approved ? "approved" : "denied", actorId, at, requestId);
    if (!approved) return;
    end(lease.id, at);
    const { path, key, requesterId, roomId, taskId, reason } = request;
    const isThere = standing.member(requesterId)?.removedAt === null;
    // Others may have part of it still: then it is theirs to hand over as well.
    if (!isThere || rows.inTheWay(key, requesterId, at).length > 0 || rows.covering(key, requesterId, at)) return;
    insert.run(seq, path, key, requesterId, roomId, taskId, reason, at, expiresAt);
  };
  log.define("lease.decided", settled, (event) => {
    const { requestId } = event.data as LeaseDecided;
    const request = rows.request(requestId);
    if (request?.state !== "pending") throw tooLate(requestId);
    needsSay(event, request.holderId);
  });

  /** Who answered first, and when, for whoever came second. */
  function tooLate(requestId: number): Refusal {
    const row = decided.get(requestId);
    if (!row || row.state === "pending" || row.state === "lapsed") return gone();
    const by = row.decidedBy === null ? undefined : nameOf.get(row.decidedBy)?.name;
    return alreadyDecided(row.state, by ?? "the house", row.decidedAt ?? 0);
  }
}
