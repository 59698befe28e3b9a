import { Refusal } from "../errors.ts";

/** Of what is taken only what was asked for is named: where it lies in may be of a room that the reader does not know. */
export function takenWords(path: string, holder: string, expiresAt: number): string {
  return `${path} is claimed by ${holder} until ${timeOf(expiresAt)}`;
}

export function takenBy(path: string, holder: string, expiresAt: number): Refusal {
  return new Refusal("CONFLICT", `${takenWords(path, holder, expiresAt)}.`);
}

export function notYours(): Refusal {
  return new Refusal("PERMISSION_DENIED", "That is somebody else's: its holder, or who manages tasks, may do that.");
}

export function gone(): Refusal {
  return new Refusal("NOT_FOUND", "That claim is over already, or there was none.");
}

export function alreadyDecided(state: string, by: string, at: number): Refusal {
  return new Refusal("CONFLICT", `That was ${state} by ${by} at ${timeOf(at)} already.`);
}

/** A moment of today or tomorrow, for whoever reads it anywhere. */
export function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(11, 16)} UTC`;
}

/** "1 file" or "3 files"; folders are counted with them. */
export function countOf(leases: number): string {
  return leases === 1 ? "1 file" : `${leases} files`;
}
