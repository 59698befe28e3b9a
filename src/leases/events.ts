import type { DoneBy } from "../people/identity.ts";

/** `lease.claimed`: its seq is the lease's id. */
export interface LeaseClaimed extends DoneBy {
  readonly holderId: number;
  readonly path: string;
  readonly key: string;
  readonly taskId: number | null;
  readonly purpose: string;
  readonly expiresAt: number;
}

/** `lease.renewed`: its holder claimed it again, or something in it. */
export interface LeaseRenewed extends DoneBy {
  readonly id: number;
  readonly taskId: number | null;
  readonly expiresAt: number;
}

/** `lease.released`: by its holder, by who may manage tasks, or by the house when the work it was for is over. */
export interface LeaseReleased extends DoneBy {
  readonly id: number;
  /** For the audit and the card: whose it was, and of which work. */
  readonly holderId: number;
  readonly taskId: number | null;
  readonly path: string;
}

/** `lease.expired`: its time is over. */
export interface LeaseExpired {
  readonly id: number;
  readonly taskId: number | null;
}

/** `lease.requested`: its seq is the request's id. */
export interface LeaseRequested extends DoneBy {
  readonly leaseId: number;
  readonly requesterId: number;
  readonly path: string;
  readonly key: string;
  /** The room of the work it is wanted for. */
  readonly forRoomId: number | null;
  readonly taskId: number | null;
  readonly reason: string;
}

/** `lease.decided`: approved, the lease ends, and whoever asked has what they wanted unless others have part of it; its seq is then the new lease's id. */
export interface LeaseDecided extends DoneBy {
  readonly requestId: number;
  readonly requesterId: number;
  readonly approved: boolean;
  /** Of the lease that ended by it, and of what it was wanted for. */
  readonly taskId: number | null;
  readonly forTaskId: number | null;
  /** When the new lease ends. */
  readonly expiresAt: number;
}
