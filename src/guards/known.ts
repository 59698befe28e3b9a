import type { z } from "zod";
import type { Permission } from "../people/member.ts";

/** What a guard of a route knows of the requests that it lets through. */
export interface Known {
  /** What whoever asks must be allowed to do. */
  readonly permission?: Permission;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** How the body may be written: as JSON; as JSON that nothing has to announce; as JSON or a form. */
  readonly written?: "json" | "unannounced" | "json or form";
}

const guards = new WeakMap<object, Known>();

/** Keeps it beside the guard: the API's document is made of what is checked, so that the two cannot differ. */
export function knowing<Guard extends object>(guard: Guard, known: Known): Guard {
  guards.set(guard, known);
  return guard;
}

/** What a handler of the app knows; nothing, when it is no guard. */
export function knownBy(handler: object): Known {
  return guards.get(handler) ?? {};
}
