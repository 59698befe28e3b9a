import type { Member } from "../people/member.ts";

/** A file or folder that somebody works on for a while, so that nobody else changes it meanwhile. A folder covers what is in it. */
export interface Lease {
  /** The seq of the event that made it. */
  readonly id: number;
  readonly path: string;
  readonly holder: Member;
  /** The room of the work it is for; null when everybody may know of it. */
  readonly roomId: number | null;
  /** The task it is for. */
  readonly taskId: number | null;
  /** What for, in the holder's words. */
  readonly purpose: string;
  /** Ms since the epoch. */
  readonly claimedAt: number;
  readonly expiresAt: number;
}

export type RequestState = "pending" | "approved" | "denied" | "lapsed";

/** Somebody would like what another one has. */
export interface LeaseRequest {
  /** The seq of the event that made it. */
  readonly id: number;
  /** What it is asked of: it may be gone by now. */
  readonly leaseId: number;
  /** Who had it when it was asked for. */
  readonly holder: Member;
  readonly requester: Member;
  /** What is wanted: the same, something in it, or a folder that it lies in. */
  readonly path: string;
  /** The room of the work it is wanted for, as a lease has it; and that of the lease it is asked of. */
  readonly roomId: number | null;
  readonly leaseRoomId: number | null;
  readonly reason: string;
  readonly askedAt: number;
  /** `lapsed`: what was asked for came free by itself. */
  readonly state: RequestState;
  readonly decidedAt: number | null;
}

/** What somebody wants to work on. */
export interface Claim {
  readonly paths: readonly string[];
  readonly minutes?: number | undefined;
  readonly purpose?: string | undefined;
  /** For whom; whoever asks when left out. An agent's are claimed by itself, or by who may manage tasks. */
  readonly holder?: Member | undefined;
  /** The work it is for, and the room of that. */
  readonly task?: { readonly id: number; readonly roomId: number } | null | undefined;
  /** The room it was claimed in, when there is no task. */
  readonly roomId?: number | null | undefined;
}
