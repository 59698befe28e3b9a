import type { Clock } from "../clock.ts";
import type { Log, LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { type Audited, auditedOf, type NotedAction } from "./kinds.ts";

export type AuditResult = "ok" | "refused" | "failed";

/** Something a door saw that is no event of its own: a sign-in that failed, a socket that came or went. */
export interface Note {
  readonly action: NotedAction;
  readonly actorId: number | null;
  readonly target?: string;
  readonly address: string;
  readonly result: AuditResult;
  /** Never a secret, never a message. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** What a note is like for those that are written once however often they come in one moment; without it only what was refused is. */
type Alike = readonly unknown[];

/** One row of the audit. */
export interface AuditEntry {
  readonly id: number;
  readonly at: number;
  readonly seq: number;
  readonly action: string;
  readonly actorId: number | null;
  readonly target: string;
  readonly address: string;
  readonly result: AuditResult;
  /** JSON object. */
  readonly detail: string;
  /** SHA-256, hex, of this row and the hash of the one before. */
  readonly hash: string;
}

export interface Audit {
  /** Keeps a note, a moment later and together with others: sockets come in crowds, and each must not cost a commit. */
  note(note: Note, alike?: Alike): void;
  /** Sends what was gathered into the log; call before the last commit. */
  flush(): void;
}

/** `audit.noted`: notes of one moment. */
interface Noted {
  readonly notes: readonly (Note & { readonly at: number })[];
  /** How many more there were, of which only the number is kept. */
  readonly more: number;
}

/** What the hash of the first row follows. */
export const chainStart = "0".repeat(64);

/** The hash of a row: SHA-256 over the hash before it and every field of the row, in this order, as one JSON array. */
export function hashOfEntry(before: string, entry: Omit<AuditEntry, "hash">): string {
  const { id, at, seq, action, actorId, target, address, result, detail } = entry;
  const row = JSON.stringify([before, id, at, seq, action, actorId, target, address, result, detail]);
  return Bun.CryptoHasher.hash("sha256", row, "hex");
}

/**
 * The audit: who did what, when, from where, with which result. Written in the transaction of the event it tells of, each row
 * chained to the one before by its hash, so that none can be changed or taken out without every later hash being wrong.
 */
export function createAudit(store: Store, log: Log, clock: Clock, limits: Limits): Audit {
  const { sqlite } = store;
  const last = sqlite.prepare<{ id: number; hash: string }, []>("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1");
  const insert = sqlite.prepare(
    "INSERT INTO audit (id, at, seq, action, actor_id, target, address, result, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  let gathered: { note: Note; at: number; times: number }[] = [];
  /** Whoever does the same a thousand times in this moment gets one row that says so. */
  const repeated = new Map<string, { times: number }>();
  /** How many were gathered of what was refused, and of what was not: who opens sockets without end hides nobody's refusals. */
  const room = { ok: limits.auditBatch, refused: limits.auditBatch };
  let more = 0;
  let timer: Timer | undefined;

  function write(seq: number, at: number, note: Omit<Note, "action"> & { action: string }): void {
    // Read each time: a transaction that is rolled back takes its rows with it.
    const before = last.get();
    const entry = {
      id: (before?.id ?? 0) + 1,
      at,
      seq,
      action: note.action,
      actorId: note.actorId,
      // As the database will give it back: half a character would come out as another one, and the chain would seem broken.
      target: (note.target ?? "").toWellFormed(),
      address: note.address.toWellFormed(),
      result: note.result,
      detail: JSON.stringify(note.detail ?? {}),
    };
    const hash = hashOfEntry(before?.hash ?? chainStart, entry);
    const { id, action, actorId, target, address, result, detail } = entry;
    insert.run(id, at, seq, action, actorId, target, address, result, detail, hash);
  }

  log.beside((event) => {
    const audited = auditedOf(event);
    if (audited) write(event.seq, event.at, { ...noteOf(event, audited), action: audited.action });
  });
  log.define("audit.noted", (event) => {
    const { notes, more } = event.data as Noted;
    for (const { at, ...note } of notes) write(event.seq, at, note);
    if (more > 0) {
      const left = { action: "entries left out", actorId: null, address: "", result: "ok", detail: { more } } as const;
      write(event.seq, event.at, left);
    }
  });

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (gathered.length === 0 && more === 0) return;
    const notes = gathered.map(({ note, at, times }) => ({
      ...note,
      at,
      ...(times > 1 && { detail: { ...note.detail, times } }),
    }));
    const data: Noted = { notes, more };
    gathered = [];
    repeated.clear();
    room.ok = limits.auditBatch;
    room.refused = limits.auditBatch;
    more = 0;
    try {
      log.append([{ kind: "audit.noted", roomId: null, actorId: null, data }], ([outcome]) => {
        // A disk that is full: the next moment says how many are missing.
        if (outcome?.ok === false) more += data.notes.length + data.more;
      });
    } catch (refusal) {
      // The log is full: nothing may be thrown here, in a timer. They are counted with the next.
      if (!(refusal instanceof Refusal)) throw refusal;
      more = data.notes.length + data.more;
    }
  }

  return {
    note(note, alike) {
      const { action, actorId, target, address, result, detail } = note;
      const kind = result === "ok" ? "ok" : "refused";
      const like = alike ?? (kind === "refused" ? [target, detail] : undefined);
      const key = like && JSON.stringify([action, actorId, address, result, like]);
      const before = key === undefined ? undefined : repeated.get(key);
      if (before) before.times += 1;
      else if (room[kind] === 0) more += 1;
      else {
        room[kind] -= 1;
        const entry = { note, at: clock.now(), times: 1 };
        gathered.push(entry);
        if (key !== undefined) repeated.set(key, entry);
      }
      timer ??= setTimeout(flush, limits.auditFlushMs);
    },
    flush,
  };
}

function noteOf(event: LogEvent, { target, makes, detail = [] }: Audited): Omit<Note, "action"> {
  const fields = event.data as Readonly<Record<string, unknown>>;
  const named = target === undefined ? event.roomId : fields[target];
  const kept = detail.flatMap((field) =>
    fields[field] === undefined || fields[field] === null ? [] : [[field, fields[field]]],
  );
  return {
    actorId: event.actorId,
    target: makes ? `${makes}:${event.seq}` : targetOf(target, named, event.roomId),
    address: typeof fields.address === "string" ? fields.address : "",
    result: "ok",
    detail: Object.fromEntries(kept) as Record<string, unknown>,
  };
}

/** Ids are kept as ids, `member:12` or `room:3`: names are looked up when they are shown. */
function targetOf(field: string | undefined, value: unknown, roomId: number | null): string {
  const room = roomId === null ? "" : `room:${roomId}`;
  if (value === undefined || value === null) return room;
  if (typeof value === "string") return value;
  return field === undefined ? room : `member:${value}${room && ` ${room}`}`;
}
