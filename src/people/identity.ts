import type { Member, Scope } from "./member.ts";

/** How somebody showed who they are: what ends when that is taken away. */
export type Proof =
  | { readonly kind: "session" | "key" | "grant"; readonly id: number }
  /** By name alone, by a token of somebody who holds our key or of the outside issuer, by a key of the environment, or from this machine's shell. */
  | { readonly kind: "name" | "token" | "environment" | "operator"; readonly id: null };

/** Who somebody is, once that is known, whichever door they came to. */
export interface Identity {
  /** Narrowed to what they came with, and with the address they came from. */
  readonly member: Member;
  readonly proof: Proof;
  /** Wall time, ms since the epoch; null when nothing but a revocation ends it. */
  readonly expiresAt: number | null;
}

/** What an event keeps of whoever did it, beside their id: where they did it from, and up to when what they showed was good. */
export interface DoneBy {
  readonly address?: string;
  /** See `Member`. */
  readonly provenAt?: number;
}

export function doneBy({ address = "", provenAt }: Member): DoneBy & { readonly address: string } {
  return provenAt === undefined ? { address } : { address, provenAt };
}

/** A member as they act through one door: with that door's address and no more rights than what they showed grants. */
export function acting(member: Member, address: string, scope?: Scope): Member {
  return scope ? { ...member, address, scope } : { ...member, address };
}
