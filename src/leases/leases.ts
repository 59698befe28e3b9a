import type { Clock } from "../clock.ts";
import { appendedAll, type Log, type Proposal } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { doneBy } from "../people/identity.ts";
import { type Member, may } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { LeaseClaimed, LeaseReleased, LeaseRenewed } from "./events.ts";
import type { Claim, Lease } from "./lease.ts";
import { type LeasePath, leasePath } from "./path.ts";
import type { Project } from "./project.ts";
import { type LeaseRow, leaseOf, leaseRows } from "./rows.ts";
import { gone, notYours, takenBy, takenWords } from "./words.ts";

/** Who works on which files of the project, so that nobody undoes what another one does. */
export interface Leases {
  /** Whether a member may know of one: what is claimed for a room is that room's. */
  mayKnow(reader: Member, lease: Pick<Lease, "roomId">): boolean;
  /** What is claimed now and the reader may know of, by path. */
  list(reader: Member): readonly Lease[];
  /** One of those. @throws Refusal NOT_FOUND */
  forReader(reader: Member, id: number): Lease;
  /** What a member has now. */
  heldBy(holderId: number): readonly Lease[];
  /** How much is claimed for a task. */
  countOf(taskId: number): number;
  /** Who else has a path, or something in it, or what it lies in. @throws Refusal INVALID_MESSAGE */
  inTheWay(path: string, holderId: number): readonly Lease[];
  /** A path as it is kept. @throws Refusal INVALID_MESSAGE */
  pathOf(given: string): LeasePath;
  /** Until when a claim of so many minutes holds. @throws Refusal INVALID_MESSAGE */
  until(minutes: number | undefined): number;
  /** All of it or nothing; what one has already is renewed. @throws Refusal CONFLICT naming who has what, INVALID_MESSAGE, PERMISSION_DENIED */
  claim(by: Member, claim: Claim): Promise<readonly Lease[]>;
  /** @throws Refusal NOT_FOUND or PERMISSION_DENIED */
  renew(by: Member, id: number, minutes?: number): Promise<Lease>;
  /** @throws Refusal NOT_FOUND or PERMISSION_DENIED */
  release(by: Member, id: number): Promise<Lease>;
  /** By paths, or everything that somebody has. What they do not have is passed over. @returns what came free */
  releasePaths(by: Member, holder: Member, paths: readonly string[] | null): Promise<readonly Lease[]>;
}

interface Parts {
  store: Store;
  log: Log;
  clock: Clock;
  limits: Limits;
  members: Members;
  rooms: Rooms;
  project: Project;
}

export function createLeases({ store, log, clock, limits, members, rooms, project }: Parts): Leases {
  const rows = leaseRows(store);
  const known = (row: LeaseRow) => leaseOf(row, members);

  /** @throws Refusal PERMISSION_DENIED */
  function refuseFor(by: Member, holder: Member): void {
    if (!may(by, "write")) throw new Refusal("PERMISSION_DENIED", "What you may here does not include claiming files.");
    if (by.id !== holder.id && (holder.kind !== "agent" || !may(by, "manage_tasks"))) throw notYours();
  }

  /** @throws Refusal NOT_FOUND for what there is not and what they may not know of alike */
  function forOwner(by: Member, id: number): Lease {
    const lease = leases.forReader(by, id);
    if (lease.holder.id !== by.id && !may(by, "manage_tasks")) throw notYours();
    return lease;
  }

  const leases: Leases = {
    mayKnow: (reader, { roomId }) =>
      may(reader, "read") && (roomId === null || rooms.mayRead(reader, rooms.byId(roomId))),
    list: (reader) =>
      rows
        .all(clock.now())
        .filter((row) => leases.mayKnow(reader, row))
        .map(known),
    forReader(reader, id) {
      const row = rows.lease(id);
      if (!row || row.expiresAt <= clock.now() || !leases.mayKnow(reader, row)) throw gone();
      return known(row);
    },
    heldBy: (holderId) => rows.heldBy(holderId, clock.now()).map(known),
    countOf: (taskId) => rows.ofTask(taskId).length,
    inTheWay: (path, holderId) => rows.inTheWay(leases.pathOf(path).key, holderId, clock.now()).map(known),
    pathOf: (given) => leasePath(given, project.root()),
    until(minutes) {
      const ms = minutes === undefined ? limits.leaseMs : minutes * 60_000;
      if (!Number.isInteger(ms) || ms < 60_000 || ms > limits.leaseMostMs)
        throw new Refusal("INVALID_MESSAGE", `Files are claimed for 1 to ${limits.leaseMostMs / 60_000} minutes.`, {
          field: "minutes",
        });
      return clock.now() + ms;
    },
    async claim(by, { paths, minutes, purpose = "", holder = by, task = null, roomId = null }) {
      refuseFor(by, holder);
      const wanted = new Map(paths.map((path) => leases.pathOf(path)).map((each) => [each.key, each]));
      if (wanted.size === 0) throw new Refusal("INVALID_MESSAGE", "Say which files.", { field: "path" });
      if (paths.length > limits.leasesPerClaim)
        throw new Refusal("INVALID_MESSAGE", `One claim names at most ${limits.leasesPerClaim} files.`);
      const expiresAt = leases.until(minutes);
      refuseTaken([...wanted.values()], holder);
      const ofRoom = task?.roomId ?? roomId;
      const proposals = [...wanted.values()].map(({ path, key }): Proposal => {
        const own = rows.covering(key, holder.id, clock.now());
        // Whoever has it, or the folder it lies in, has it for longer now.
        if (own) {
          const data: LeaseRenewed = { id: own.id, taskId: task?.id ?? own.taskId, expiresAt, ...doneBy(by) };
          return { kind: "lease.renewed", roomId: own.roomId, actorId: by.id, data };
        }
        const what = purpose.replace(/\s+/g, " ").trim().slice(0, 200).toWellFormed();
        const data: LeaseClaimed = {
          ...{ holderId: holder.id, path, key, expiresAt, purpose: what },
          ...{ taskId: task?.id ?? null, ...doneBy(by) },
        };
        return { kind: "lease.claimed", roomId: ofRoom, actorId: by.id, data };
      });
      const isNew = proposals.filter(({ kind }) => kind === "lease.claimed").length;
      if (rows.heldBy(holder.id, clock.now()).length + isNew > limits.leasesPerMember)
        throw new Refusal("CONFLICT", `Nobody has more than ${limits.leasesPerMember} files: release some first.`);
      await appendedAll(log, proposals);
      const keys = [...wanted.keys()];
      const have = keys.flatMap((key) => rows.covering(key, holder.id, clock.now()) ?? []);
      return [...new Map(have.map((row) => [row.id, known(row)])).values()];
    },
    async renew(by, id, minutes) {
      const lease = forOwner(by, id);
      const data: LeaseRenewed = { id, taskId: lease.taskId, expiresAt: leases.until(minutes), ...doneBy(by) };
      await appendedAll(log, [{ kind: "lease.renewed", roomId: lease.roomId, actorId: by.id, data }]);
      return leases.forReader(by, id);
    },
    async release(by, id) {
      const lease = forOwner(by, id);
      await appendedAll(log, [releasing(lease, by)]);
      return lease;
    },
    async releasePaths(by, holder, paths) {
      refuseFor(by, holder);
      const wanted = paths && new Set(paths.map((path) => leases.pathOf(path).key));
      const held = rows
        .heldBy(holder.id, clock.now())
        .filter((row) => leases.mayKnow(by, row) && (!wanted || wanted.has(row.key)))
        .map(known);
      if (held.length > 0)
        await appendedAll(
          log,
          held.map((lease) => releasing(lease, by)),
        );
      return held;
    },
  };
  return leases;

  /** All that is in the way at once: whoever asked for ten files need not find out one after the other. @throws Refusal CONFLICT */
  function refuseTaken(wanted: readonly LeasePath[], holder: Member): void {
    const taken = wanted.flatMap(({ path, key }) => {
      const [first] = rows.inTheWay(key, holder.id, clock.now());
      return first ? [{ path, holder: members.byId(first.holderId).name, expiresAt: first.expiresAt }] : [];
    });
    const [only] = taken;
    if (only && taken.length === 1) throw takenBy(only.path, only.holder, only.expiresAt);
    if (only)
      throw new Refusal(
        "CONFLICT",
        `${taken.map((each) => takenWords(each.path, each.holder, each.expiresAt)).join("; ")}.`,
      );
  }
}

/** What ends a lease by somebody's wish. */
function releasing(lease: Lease, by: Member): Proposal {
  const { id, holder, taskId, path, roomId } = lease;
  const data: LeaseReleased = { id, holderId: holder.id, taskId, path, ...doneBy(by) };
  return { kind: "lease.released", roomId, actorId: by.id, data };
}
