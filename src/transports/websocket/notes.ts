import type { Audit } from "../../audit/audit.ts";
import type { Clock } from "../../clock.ts";
import type { Refusal } from "../../errors.ts";
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

export function createNotes(audit: Audit, clock: Clock): Notes {
  return {
    opened({ door, address }, { member, proof }) {
      const detail = { door, by: proof.kind };
      audit.note({ action: "socket opened", actorId: member.id, address, result: "ok", detail }, [door, proof.kind]);
    },
    closed({ identity, address, door, openedAt }, code) {
      if (!identity) return;
      const detail = { door, code, seconds: Math.round((clock.now() - openedAt) / 1000) };
      // Of many that close in one moment the first says how long it was open.
      audit.note({ action: "socket closed", actorId: identity.member.id, address, result: "ok", detail }, [door, code]);
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
