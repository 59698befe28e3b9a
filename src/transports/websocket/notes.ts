import type { Audit } from "../../audit/audit.ts";
import type { Clock } from "../../clock.ts";
import { closeCodes, type Refusal } from "../../errors.ts";
import type { Identity } from "../../people/identity.ts";
import type { Measured, Measures } from "../measures.ts";
import type { Connection } from "./connection.ts";

/** What is kept of connections: in the audit that they came and went, and what they tried that was not theirs to do; and figures. */
export interface Notes {
  opened(connection: Connection, identity: Identity): void;
  /** @param code the WebSocket close code it ended with */
  closed(connection: Connection, code: number): void;
  /** Keeps a refusal that is worth remembering; mistakes are only counted. */
  refused(connection: Connection, refusal: Refusal): void;
}

/** Close codes of a peer that went by itself, or of one that is asked to come back. */
const ownLeaving: ReadonlySet<number> = new Set([1000, 1001, 1005, 1006, closeCodes.restart]);

export function createNotes(audit: Audit, measures: Measures, clock: Clock): Notes {
  return {
    opened(connection, { member, proof }) {
      const { door, address, carrier } = connection;
      // A poll is a question and its answer; somebody who asks all day would fill the audit.
      if (carrier === "poll") return measures.polled();
      measures.opened(measured(connection));
      const detail = { door, by: proof.kind };
      const note = { action: `${carrier} opened`, actorId: member.id, address, result: "ok", detail } as const;
      audit.note(note, [door, proof.kind]);
    },
    closed(connection, code) {
      const { identity, shown, address, door, carrier, openedAt } = connection;
      if (carrier === "poll") return;
      if (!identity) {
        // Whoever only looked in costs nothing; whom we put out before they were anybody is remembered.
        if (ownLeaving.has(code)) return;
        const actorId = shown?.member.id ?? null;
        audit.note({ action: `${carrier} closed`, actorId, address, result: "refused", detail: { door, code } });
        return;
      }
      const seconds = (clock.now() - openedAt) / 1000;
      measures.closed(measured(connection), code, seconds);
      const detail = { door, code, seconds: Math.round(seconds) };
      // Of many that close in one moment the first says how long it was open.
      const note = { action: `${carrier} closed`, actorId: identity.member.id, address, result: "ok", detail } as const;
      audit.note(note, [door, code]);
    },
    refused(connection, { code }) {
      const { identity, address, door } = connection;
      measures.refused(measured(connection));
      const actorId = identity?.member.id ?? null;
      if (code === "AUTH_FAILED" || code === "AUTH_TIMEOUT")
        audit.note({ action: "credential refused", actorId, address, result: "failed", detail: { door, code } });
      if (code === "PERMISSION_DENIED")
        audit.note({ action: "permission refused", actorId, address, result: "refused", detail: { door } });
    },
  };
}

/** As what a connection is counted. */
export function measured({ carrier, door }: Connection): Measured {
  if (carrier !== "socket") return "http";
  return door === "page" ? "websocket_page" : "websocket_json";
}
