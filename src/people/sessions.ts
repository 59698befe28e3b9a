import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { createLater } from "../database/later.ts";
import { appended, type Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
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

interface SessionRow {
  readonly id: number;
  readonly memberId: number;
  readonly expiresAt: number;
  /** Wall time of the last use that was noted. */
  seenAt: number;
}

/** Sessions held in memory at most; beyond it they are read again. */
const mostLive = 20_000;

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
  const select = store.sqlite.prepare<SessionRow, [string]>(
    `SELECT id, member_id AS memberId, expires_at AS expiresAt, coalesce(seen_at, created_at) AS seenAt
     FROM sessions LEFT JOIN session_seen ON session_id = id WHERE token_hash = ? AND ended_at IS NULL`,
  );
  /** Sessions in use, by the hash of their token: after a restart everybody comes back within a second. */
  const live = new Map<string, SessionRow>();
  const idleMs = config.sessionIdleMinutes * 60_000;
  // At most one write a minute, but often enough that a short limit does not end a session in use.
  const notedMs = Math.min(60_000, idleMs / 10);
  const lastSeen = createLater(store.sqlite, "INSERT OR REPLACE INTO session_seen (session_id, seen_at) VALUES (?, ?)");

  log.define("session.opened", (event) => {
    const { memberId, tokenHash, method, expiresAt } = event.data as SessionOpened;
    insert.run(event.seq, memberId, tokenHash, method, event.at, expiresAt);
  });
  log.define("session.ended", (event) => {
    close.run(event.at, (event.data as SessionEnded).id);
    live.clear();
  });

  function load(tokenHash: string): SessionRow | undefined {
    const row = select.get(tokenHash);
    if (!row) return undefined;
    if (live.size >= mostLive) live.clear();
    live.set(tokenHash, row);
    return row;
  }

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
      const tokenHash = hash(token);
      const row = live.get(tokenHash) ?? load(tokenHash);
      const now = clock.now();
      if (!row || row.expiresAt <= now || now - row.seenAt > idleMs) return undefined;
      if (now - row.seenAt > notedMs) {
        row.seenAt = now;
        lastSeen.put(row.id, [row.id, now]);
      }
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
