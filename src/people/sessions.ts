import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { appended, type Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { createLastSeen } from "./last-seen.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";

/** A signed-in device. The token itself is never stored, only its SHA-256. */
export interface Session {
  readonly id: number;
  readonly member: Member;
  /** Wall time, ms since the epoch. */
  readonly expiresAt: number;
}

interface SessionOpened {
  readonly memberId: number;
  readonly tokenHash: string;
  readonly method: string;
  readonly expiresAt: number;
}

export interface SessionEnded {
  readonly id: number;
}

/** Longest life of a session however much it is used: 30 days. */
const absoluteMs = 30 * 24 * 60 * 60 * 1000;

export interface Sessions {
  /** Makes a session and gives its token, 256 random bits, which is shown nowhere else. */
  open(member: Member, method: string): Promise<string>;
  /** The live session of a token, or undefined when it is unknown, ended, idle too long or over. */
  find(token: string): Session | undefined;
  end(sessionId: number): Promise<void>;
  /** Writes when sessions were last used; call before the database closes. */
  flush(): void;
}

export function createSessions(store: Store, log: Log, members: Members, config: Config, clock: Clock): Sessions {
  const insert = store.sqlite.prepare(
    "INSERT INTO sessions (id, member_id, token_hash, method, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const close = store.sqlite.prepare("UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL");
  const select = store.sqlite.prepare<
    {
      id: number;
      memberId: number;
      createdAt: number;
      expiresAt: number;
      endedAt: number | null;
      seenAt: number | null;
    },
    [string]
  >(
    `SELECT id, member_id AS memberId, created_at AS createdAt, expires_at AS expiresAt, ended_at AS endedAt, seen_at AS seenAt
     FROM sessions LEFT JOIN session_seen ON session_id = id WHERE token_hash = ?`,
  );
  const idleMs = config.sessionIdleMinutes * 60_000;
  // At most one write a minute, but often enough that a short limit does not end a session in use.
  const notedMs = Math.min(60_000, idleMs / 10);
  const lastSeen = createLastSeen(store);

  log.define("session.opened", (event) => {
    const { memberId, tokenHash, method, expiresAt } = event.data as SessionOpened;
    insert.run(event.seq, memberId, tokenHash, method, event.at, expiresAt);
  });
  log.define("session.ended", (event) => {
    close.run(event.at, (event.data as SessionEnded).id);
  });

  return {
    async open(member, method) {
      const token = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
      const data: SessionOpened = {
        memberId: member.id,
        tokenHash: hash(token),
        method,
        expiresAt: clock.now() + absoluteMs,
      };
      await appended(log, { kind: "session.opened", roomId: null, actorId: member.id, data });
      return token;
    },
    find(token) {
      const row = select.get(hash(token));
      const now = clock.now();
      if (!row || row.endedAt !== null || row.expiresAt <= now) return undefined;
      const seenAt = lastSeen.noted(row.id) ?? row.seenAt ?? row.createdAt;
      if (now - seenAt > idleMs) return undefined;
      if (now - seenAt > notedMs) lastSeen.note(row.id, now);
      return { id: row.id, member: members.byId(row.memberId), expiresAt: row.expiresAt };
    },
    async end(sessionId) {
      await appended(log, { kind: "session.ended", roomId: null, actorId: null, data: { id: sessionId } });
    },
    flush: lastSeen.flush,
  };
}

function hash(token: string): string {
  return Bun.CryptoHasher.hash("sha256", token, "hex");
}
