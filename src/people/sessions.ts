import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { createLater } from "../database/later.ts";
import { appended, type Log, type LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import type { Hub } from "../live/hub.ts";
import { type DoneBy, doneBy } from "./identity.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import { hashOf, newSecret } from "./secrets.ts";
import { standingIn } from "./standing.ts";

/** A signed-in device. The token itself is never stored, only its SHA-256. */
export interface Session {
  readonly id: number;
  readonly member: Member;
  /** Wall time, ms since the epoch. */
  readonly expiresAt: number;
}

/** How a session came to be: what the log, the list of sessions and the audit show of it. */
export interface SessionStart {
  /** `password`, `development`, `guest`, `setup`, `invitation`, `reset`. */
  readonly method: string;
  /** What the browser or program calls itself. */
  readonly device: string;
  readonly address: string;
}

interface SessionOpened extends SessionStart, DoneBy {
  readonly address: string;
  readonly memberId: number;
  readonly tokenHash: string;
  readonly expiresAt: number;
}

/** `session.ended`: signed out, on that device or from another. */
interface SessionEnded {
  readonly id: number;
  readonly memberId: number;
  readonly address: string;
}

/** `sessions.ended`: all of a member's, but for one they keep. */
interface SessionsEnded {
  readonly memberId: number;
  readonly except: number | null;
  readonly address: string;
}

interface SessionRow {
  readonly id: number;
  readonly method: string;
  readonly memberId: number;
  readonly expiresAt: number;
  /** Wall time of the last use that was noted. */
  seenAt: number;
}

/** A session as its owner sees it in the list. */
export interface SessionSeen extends SessionRow {
  readonly device: string;
  readonly address: string;
  readonly createdAt: number;
}

/** Sessions held in memory at most; beyond it they are read again. */
const mostLive = 20_000;

/** Longest life of a session however much it is used: 30 days. */
export const absoluteMs = 30 * 24 * 60 * 60 * 1000;

export interface Sessions {
  /** Makes a session and gives its token, which is shown nowhere else. @throws Refusal AUTH_FAILED when the member's access was taken away since they showed who they are */
  open(member: Member, start: SessionStart): Promise<{ token: string; id: number; expiresAt: number }>;
  /** The live session of a token, or undefined when it is unknown, ended, idle too long or over; this use is noted, if it is one. */
  find(token: string, isUse?: boolean): Session | undefined;
  /** Whether a session that was found before still holds; asked of open sockets. @param used whether it was used since the last time */
  holds(id: number, used: boolean): boolean;
  /** Those that still hold, the newest first. */
  of(memberId: number): readonly SessionSeen[];
  /** @throws Refusal NOT_FOUND when it is not a session of that member's */
  end(member: Member, sessionId: number, by?: Member): Promise<void>;
  endAll(member: Member, by: Member, except?: number): Promise<void>;
  /** Writes when sessions were last used; call before the database closes. */
  flush(): void;
}

const columns = `id, method, member_id AS memberId, expires_at AS expiresAt, coalesce(seen_at, created_at) AS seenAt`;
const joined = "sessions LEFT JOIN session_seen ON session_id = id";

export function createSessions(
  store: Store,
  log: Log,
  hub: Hub,
  members: Members,
  config: Config,
  clock: Clock,
): Sessions {
  const { sqlite } = store;
  const byToken = sqlite.prepare<SessionRow, [string]>(
    `SELECT ${columns} FROM ${joined} WHERE token_hash = ? AND ended_at IS NULL`,
  );
  const byId = sqlite.prepare<SessionRow, [number]>(
    `SELECT ${columns} FROM ${joined} WHERE id = ? AND ended_at IS NULL`,
  );
  const ofMember = sqlite.prepare<SessionSeen, [number]>(
    `SELECT ${columns}, device, address, created_at AS createdAt FROM ${joined}
     WHERE member_id = ? AND ended_at IS NULL ORDER BY id DESC LIMIT 200`,
  );
  /** Sessions in use, by the hash of their token and by id: after a restart everybody comes back within a second. */
  const live = new Map<string, SessionRow>();
  const liveById = new Map<number, SessionRow>();
  const idleMs = config.sessionIdleMinutes * 60_000;
  // At most one write a minute, but often enough that a short limit does not end a session in use.
  const notedMs = Math.min(60_000, idleMs / 10);
  const lastSeen = createLater(sqlite, "INSERT OR REPLACE INTO session_seen (session_id, seen_at) VALUES (?, ?)");
  defineSessions(store, log);
  const ending = new Set([
    "session.ended",
    "sessions.ended",
    "password.set",
    "reset.created",
    "member.disabled",
    "owner.made",
    "guest.renamed",
  ]);
  hub.onCommit((events) => {
    if (!events.some(({ kind }) => ending.has(kind))) return;
    live.clear();
    liveById.clear();
  });

  function remember(row: SessionRow | null, tokenHash?: string): SessionRow | undefined {
    if (!row) return undefined;
    if (live.size >= mostLive || liveById.size >= mostLive) {
      live.clear();
      liveById.clear();
    }
    // One row whichever way it was found: both ways note its use.
    const known = liveById.get(row.id) ?? row;
    liveById.set(row.id, known);
    if (tokenHash !== undefined) live.set(tokenHash, known);
    return known;
  }

  /** A session that was opened by a name alone is good as long as that way in is open. */
  const closedWays = new Set([
    ...(config.development ? [] : ["development"]),
    ...(config.development || config.allowGuest ? [] : ["guest"]),
  ]);

  function isOver(row: SessionRow, now: number): boolean {
    return closedWays.has(row.method) || row.expiresAt <= now || now - row.seenAt > idleMs;
  }

  function note(row: SessionRow, now: number): void {
    if (now - row.seenAt <= notedMs) return;
    row.seenAt = now;
    lastSeen.put(row.id, [row.id, now]);
  }

  return {
    async open(member, { method, device, address }) {
      const token = newSecret();
      const expiresAt = clock.now() + absoluteMs;
      const start = { ...doneBy(member), method, device: deviceOf(device), address };
      const data: SessionOpened = { memberId: member.id, tokenHash: hashOf(token), expiresAt, ...start };
      const { seq } = await appended(log, { kind: "session.opened", roomId: null, actorId: member.id, data });
      return { token, id: seq, expiresAt };
    },
    find(token, isUse = true) {
      const tokenHash = hashOf(token);
      const row = live.get(tokenHash) ?? remember(byToken.get(tokenHash), tokenHash);
      const now = clock.now();
      if (!row || isOver(row, now)) return undefined;
      const member = members.byId(row.memberId);
      if (member.removedAt !== null) return undefined;
      if (isUse) note(row, now);
      return { id: row.id, member, expiresAt: row.expiresAt };
    },
    holds(id, used) {
      const row = liveById.get(id) ?? remember(byId.get(id));
      const now = clock.now();
      if (!row || isOver(row, now)) return false;
      if (used) note(row, now);
      return true;
    },
    of: (memberId) => {
      const now = clock.now();
      return ofMember.all(memberId).filter((row) => !isOver(liveById.get(row.id) ?? row, now));
    },
    async end(member, id, by = member) {
      if (byId.get(id)?.memberId !== member.id) throw new Refusal("NOT_FOUND", "There is no such session.");
      const data: SessionEnded = { id, memberId: member.id, ...doneBy(by) };
      await appended(log, { kind: "session.ended", roomId: null, actorId: by.id, data });
    },
    async endAll(member, by, except) {
      const data: SessionsEnded = { memberId: member.id, except: except ?? null, ...doneBy(by) };
      await appended(log, { kind: "sessions.ended", roomId: null, actorId: by.id, data });
    },
    flush: lastSeen.flush,
  };
}

/** How events of sessions change the table. A new password and a disabling end them as well: passwords.ts, members.ts. */
function defineSessions(store: Store, log: Log): void {
  const { sqlite } = store;
  const standing = standingIn(store);
  const insert = sqlite.prepare(
    "INSERT INTO sessions (id, member_id, token_hash, method, device, address, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const close = sqlite.prepare("UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL");
  const revokeGrants = sqlite.prepare("UPDATE grants SET revoked_at = ? WHERE member_id = ? AND revoked_at IS NULL");
  const closeAll = sqlite.prepare(
    "UPDATE sessions SET ended_at = ? WHERE member_id = ? AND id IS NOT ? AND ended_at IS NULL",
  );
  const opened = (event: LogEvent) => {
    // Sessions of the first version name neither device nor address.
    const { memberId, tokenHash, method, device = "", address = "", expiresAt } = event.data as SessionOpened;
    insert.run(event.seq, memberId, tokenHash, method, device, address, event.at, expiresAt);
  };
  // A password takes its time to be checked: it may be another one by now, or the account be gone.
  log.define("session.opened", opened, (event) => {
    const { memberId, provenAt } = event.data as SessionOpened;
    standing.needsProof(memberId, provenAt);
  });
  log.define("session.ended", (event) => {
    close.run(event.at, (event.data as SessionEnded).id);
  });
  const endedAll = (event: LogEvent) => {
    const { memberId, except } = event.data as SessionsEnded;
    closeAll.run(event.at, memberId, except);
    // Somebody else did it, because something is wrong: devices sign in again as well.
    if (event.actorId !== memberId) revokeGrants.run(event.at, memberId);
  };
  log.define("sessions.ended", endedAll, (event) => {
    const { memberId } = event.data as SessionsEnded;
    const member = standing.member(memberId);
    if (member && event.actorId !== memberId) standing.needsToManage(event, member.role);
  });
}

/** A name of a device is somebody's word: one line of at most 200 characters. */
function deviceOf(given: string): string {
  return given
    .replace(/[\p{Cc}\p{Cf}]+/gu, " ")
    .trim()
    .slice(0, 200)
    .toWellFormed();
}
