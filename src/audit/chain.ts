import type { Store } from "../database/open.ts";
import { type AuditEntry, chainStart, hashOfEntry } from "./audit.ts";
import { auditedKinds } from "./kinds.ts";

/** What reading the whole chain showed. */
export interface ChainCheck {
  readonly ok: boolean;
  readonly count: number;
  /** The newest hash: kept elsewhere, it shows whether everything up to here was replaced. */
  readonly head: string;
  /** The first row that does not follow from the one before. */
  readonly brokenAt: number | null;
}

export const auditColumns = "id, at, seq, action, actor_id AS actorId, target, address, result, detail, hash";

/** Rows read at a time: about two milliseconds, so that nobody waits for it. */
const pageRows = 1_000;

/** Below every id: a row that was slipped in before the first is one too many. */
const beforeAll = Number.MIN_SAFE_INTEGER;

/** Recomputes every hash from the first row on; a page at a time, letting others have their turn in between. */
export async function checkChain(store: Pick<Store, "sqlite">): Promise<ChainCheck> {
  const next = reader(store);
  let check: ChainCheck = { ok: true, count: 0, head: chainStart, brokenAt: null };
  for (let rows = next(beforeAll); rows.length > 0 && check.ok; rows = next(check.count)) {
    check = follow(check, rows);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return check.ok && isCutOff(store) ? { ...check, ok: false, brokenAt: check.count + 1 } : check;
}

/** Acts in the log that the audit must know of: each kind, with the field it needs to be one, or null. */
const acts = JSON.stringify({
  ...Object.fromEntries(Object.entries(auditedKinds).map(([kind, { onlyWith }]) => [kind, onlyWith ?? null])),
  "audit.noted": null,
});
const isAct = "(act.value IS NULL OR data ->> ('$.' || act.value) IS NOT NULL)";

/** Whether the log knows an act that has no entry: then entries were taken off the end at some time, where no hash followed them. */
function isCutOff({ sqlite }: Pick<Store, "sqlite">): boolean {
  // Each act has one entry, a moment of notes as many as it says; what is older than the audit itself has none.
  const missing = sqlite.query<{ seq: number }, [string, number]>(
    `WITH kept AS (SELECT seq, count(*) AS rows FROM audit GROUP BY seq)
     SELECT events.seq FROM events JOIN json_each(?) AS act ON act.key = kind LEFT JOIN kept ON kept.seq = events.seq
     WHERE events.seq >= ? AND ${isAct}
       AND coalesce(rows, 0) < iif(kind = 'audit.noted', json_array_length(data, '$.notes') + (data ->> '$.more' > 0), 1) LIMIT 1`,
  );
  return missing.get(acts, beginning(sqlite)) !== null;
}

/** The seq from which on acts are audited; from the first on where the file does not say it any more. */
function beginning(sqlite: Store["sqlite"]): number {
  const kept = sqlite.query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'audit_from'").get();
  return Number(kept?.value ?? 0);
}

/** The same among the newest events only: the last act that the log knows is the last that the audit knows. */
function isCutOffLately({ sqlite }: Pick<Store, "sqlite">): boolean {
  const last = sqlite.query<{ seq: number | null }, [string, number, number]>(
    `SELECT max(seq) AS seq FROM events JOIN json_each(?) AS act ON act.key = kind
     WHERE seq >= ? AND seq > (SELECT max(seq) FROM events) - ? AND ${isAct}`,
  );
  const newest = sqlite.query<{ seq: number }, []>("SELECT seq FROM audit ORDER BY id DESC LIMIT 1").get()?.seq ?? 0;
  return (last.get(acts, beginning(sqlite), pageRows)?.seq ?? 0) > newest;
}

/** The same for the newest rows only: for a page that is looked at often. */
export function checkTail(store: Pick<Store, "sqlite">): ChainCheck {
  const newest = store.sqlite.query<{ id: number | null }, []>("SELECT max(id) AS id FROM audit").get()?.id ?? 0;
  const next = reader(store);
  const first = Math.max(0, newest - pageRows);
  const [before] = first === 0 ? [] : next(first - 1);
  const begun: ChainCheck = { ok: true, count: first, head: before?.hash ?? chainStart, brokenAt: null };
  const check = follow(begun, next(first || beforeAll));
  return check.ok && isCutOffLately(store) ? { ...check, ok: false, brokenAt: check.count + 1 } : check;
}

function reader({ sqlite }: Pick<Store, "sqlite">): (after: number) => AuditEntry[] {
  const page = sqlite.query<AuditEntry, [number, number]>(
    `SELECT ${auditColumns} FROM audit WHERE id > ? ORDER BY id LIMIT ?`,
  );
  return (after) => page.all(after, pageRows);
}

function follow(before: ChainCheck, rows: readonly AuditEntry[]): ChainCheck {
  let { count, head } = before;
  for (const { hash, ...entry } of rows) {
    if (entry.id !== count + 1 || hash !== hashOfEntry(head, entry))
      return { ok: false, count, head, brokenAt: count + 1 };
    head = hash;
    count += 1;
  }
  return { ok: true, count, head, brokenAt: null };
}
