import type { Clock } from "../clock.ts";
import { appendedAll, type Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { doneBy } from "../people/identity.ts";
import { type Member, may } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Announcements } from "./announce.ts";
import type { LeaseDecided, LeaseRequested } from "./events.ts";
import type { Claim, LeaseRequest } from "./lease.ts";
import type { Leases } from "./leases.ts";
import { leaseRows, type RequestRow, requestOf } from "./rows.ts";
import { gone, notYours } from "./words.ts";

/** What somebody asks others to hand over. */
export interface Asking extends Pick<Claim, "holder" | "task" | "roomId"> {
  readonly path: string;
  readonly reason?: string | undefined;
}

/** Asking for what another one has, and what they say to that. */
export interface LeaseRequests {
  /** Those that wait and the reader has to do with: asked by them, of them, or theirs to decide. The oldest first. */
  waiting(reader: Member): readonly LeaseRequest[];
  /** One that the reader has to do with, also when it was decided. @throws Refusal NOT_FOUND */
  forReader(reader: Member, id: number): LeaseRequest;
  /** Whether a member may approve or deny it. */
  mayDecide(member: Member, request: LeaseRequest): boolean;
  /** Asks everybody who has a part of it. @throws Refusal CONFLICT when nobody has, or the one who asks does */
  ask(by: Member, asking: Asking): Promise<readonly LeaseRequest[]>;
  /**
   * Approved, the holder's claim ends and whoever asked has what they wanted, unless others have part of it still. The first answer is the answer.
   * @throws Refusal NOT_FOUND, PERMISSION_DENIED, or CONFLICT saying who decided
   */
  decide(by: Member, id: number, approved: boolean): Promise<LeaseRequest>;
}

interface Parts {
  store: Store;
  log: Log;
  clock: Clock;
  limits: Limits;
  members: Members;
  leases: Leases;
  announcements: Announcements;
}

export function createLeaseRequests({
  store,
  log,
  clock,
  limits,
  members,
  leases,
  announcements,
}: Parts): LeaseRequests {
  const rows = leaseRows(store);
  const known = (row: RequestRow) => requestOf(row, members);

  /** A lease's room hides what is asked of it from all but the two whom it is about. */
  function concerns(reader: Member, { requesterId, holderId, leaseRoomId, roomId }: RequestRow): boolean {
    if (reader.id === requesterId) return leases.mayKnow(reader, { roomId });
    // Whoever asks shows it to the one who has it; others must be where it is asked from.
    const isTheirs = reader.id === holderId || (may(reader, "manage_tasks") && leases.mayKnow(reader, { roomId }));
    return isTheirs && leases.mayKnow(reader, { roomId: leaseRoomId });
  }

  const requests: LeaseRequests = {
    waiting(reader) {
      const now = clock.now();
      return rows
        .pending()
        .filter((row) => (rows.lease(row.leaseId)?.expiresAt ?? 0) > now && concerns(reader, row))
        .map(known);
    },
    forReader(reader, id) {
      const row = rows.request(id);
      if (!row || !concerns(reader, row)) throw new Refusal("NOT_FOUND", "There is no such request.");
      return known(row);
    },
    mayDecide: (member, { holder }) => may(member, "write") && (member.id === holder.id || may(member, "manage_tasks")),
    async ask(by, { path: given, reason = "", holder: requester = by, task = null, roomId = null }) {
      if (by.id !== requester.id && (requester.kind !== "agent" || !may(by, "manage_tasks"))) throw notYours();
      if (!may(by, "write"))
        throw new Refusal("PERMISSION_DENIED", "What you may here does not include asking for files.");
      const { path, key } = leases.pathOf(given);
      const now = clock.now();
      const taken = rows.inTheWay(key, requester.id, now);
      if (taken.length === 0)
        throw new Refusal(
          "CONFLICT",
          rows.covering(key, requester.id, now) ? `${path} is yours already.` : `Nobody has ${path}: claim it.`,
        );
      const mine = rows.pending().filter(({ requesterId }) => requesterId === requester.id);
      const before = new Set(mine.map(({ id }) => id));
      if (mine.length + taken.length > limits.leaseRequestsPerMember)
        throw new Refusal("CONFLICT", `Nobody has more than ${limits.leaseRequestsPerMember} requests waiting.`);
      const what = reason.replace(/\s+/g, " ").trim().slice(0, 200).toWellFormed();
      await appendedAll(
        log,
        taken.map((lease) => {
          const data: LeaseRequested = {
            ...{ leaseId: lease.id, requesterId: requester.id, path, key, reason: what },
            ...{ forRoomId: task?.roomId ?? roomId, taskId: task?.id ?? null, ...doneBy(by) },
          };
          return { kind: "lease.requested", roomId: lease.roomId, actorId: by.id, data };
        }),
      );
      const asked = rows
        .pending()
        .filter((row) => row.requesterId === requester.id && row.key === key)
        .map(known);
      for (const request of asked) if (!before.has(request.id)) await announcements.asked(request);
      return asked;
    },
    async decide(by, id, approved) {
      const request = requests.forReader(by, id);
      if (!requests.mayDecide(by, request)) throw notYours();
      const row = rows.request(id);
      const lease = rows.lease(request.leaseId);
      if (!row) throw gone();
      const data: LeaseDecided = {
        ...{ requestId: id, requesterId: request.requester.id, approved },
        ...{ taskId: lease?.taskId ?? null, forTaskId: row.taskId },
        ...{ expiresAt: leases.until(undefined), ...doneBy(by) },
      };
      await appendedAll(log, [{ kind: "lease.decided", roomId: request.roomId, actorId: by.id, data }]);
      const decided = requests.forReader(by, id);
      await announcements.decided(decided, by);
      return decided;
    },
  };
  return requests;
}
