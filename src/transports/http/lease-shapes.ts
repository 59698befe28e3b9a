import type { Lease, LeaseRequest } from "../../leases/lease.ts";
import { nameOf } from "./json.ts";

export function leaseJson({ id, path, holder, purpose, taskId, claimedAt, expiresAt }: Lease) {
  return {
    ...{ id, path, holder: nameOf(holder), purpose },
    taskId: taskId === null ? null : String(taskId),
    claimedAt: iso(claimedAt),
    expiresAt: iso(expiresAt),
  };
}

export function requestJson({ id, leaseId, path, holder, requester, reason, state, askedAt, decidedAt }: LeaseRequest) {
  return {
    ...{ id, leaseId, path, holder: nameOf(holder), requester: nameOf(requester), reason, state },
    askedAt: iso(askedAt),
    decidedAt: decidedAt === null ? null : iso(decidedAt),
  };
}

/** A claim as a lock, in the terms of the system Parley replaces. */
export function lockJson({ path, holder, purpose, claimedAt }: Lease) {
  return { file_path: path, employee_name: holder.name, task_description: purpose, locked_at: iso(claimedAt) };
}

export function lockRequestJson({ id, path, requester, holder, reason, state, askedAt }: LeaseRequest) {
  return {
    ...{ id, file_path: path, requester: requester.name, owner: holder.name, reason },
    ...{ status: state, requested_at: iso(askedAt) },
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
