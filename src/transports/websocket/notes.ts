import type { Audit } from "../../audit/audit.ts";
import type { Clock } from "../../clock.ts";
import { closeCodes, type Refusal } from "../../errors.ts";
import type { Identity } from "../../people/identity.ts";
import type { Connection } from "./connection.ts";

/** What the audit keeps of sockets: that they came and went, and what they tried that was not theirs to do. */
export interface Notes {
  opened(connection: Connection, identity: Identity): void;
  /** @param code the WebSocket close code it ended with */
  closed(connection: Connection, code: number): void;
  /** Keeps a refusal that is worth remembering; mistakes are not. */
  refused(connection: Connection, refusal: Refusal): void;
}

/** Close codes of a peer that went by itself, or of one that is asked to come back. */
const ownLeaving: ReadonlySet<number> = new Set([1000, 1001, 1005, 1006, closeCodes.restart]);

export function createNotes(audit: Audit, clock: Clock): Notes {
  return {
    opened({ door, address }, { member, proof }) {
      const detail = { door, by: proof.kind };
      audit.note({ action: "socket opened", actorId: member.id, address, result: "ok", detail });
    },
    closed({ identity, shown, address, door, openedAt }, code) {
      if (!identity) {
        // Whoever only looked in costs nothing; whom we put out before they were anybody is remembered.
        if (ownLeaving.has(code)) return;
        const actorId = shown?.member.id ?? null;
        audit.note({ action: "socket closed", actorId, address, result: "refused", detail: { door, code } });
        return;
      }
      const detail = { door, code, seconds: Math.round((clock.now() - openedAt) / 1000) };
      audit.note({ action: "socket closed", actorId: identity.member.id, address, result: "ok", detail });
    },
    refused({ identity, address, door }, { code }) {
      const actorId = identity?.member.id ?? null;
      if (code === "AUTH_FAILED" || code === "AUTH_TIMEOUT")
        audit.note({ action: "credential refused", actorId, address, result: "failed", detail: { door, code } });
      if (code === "PERMISSION_DENIED")
        audit.note({ action: "permission refused", actorId, address, result: "refused", detail: { door } });
    },
  };
}
