import type { Audit } from "../audit/audit.ts";
import { Refusal } from "../errors.ts";
import type { Members } from "./members.ts";

/** A sign-in that did not come to pass. */
interface Refused {
  readonly name: string;
  readonly method: "password" | "name";
  readonly address: string;
  readonly thrown: unknown;
}

/** Keeps in the audit that a sign-in was refused. A name that is nobody's is not kept: it may be a password, typed in the wrong place. */
export function noteRefusedSignIn(audit: Audit, members: Members, { name, method, address, thrown }: Refused): void {
  if (!(thrown instanceof Refusal) || thrown.status >= 500) return;
  const known = members.person(name.trim());
  audit.note({
    action: "sign-in refused",
    actorId: null,
    target: known ? `member:${known.id}` : "",
    address,
    result: thrown.code === "RATE_LIMITED" ? "refused" : "failed",
    detail: { method, code: thrown.code, ...(!known && { unknown: true }) },
  });
}
