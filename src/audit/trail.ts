import type { Store } from "../database/open.ts";
import type { AuditEntry } from "./audit.ts";
import { auditColumns } from "./chain.ts";

/** What somebody looks for in the audit; everything empty means everything. */
export interface TrailFilter {
  /** A member; "nobody" for strangers; "server" for what it did by itself. */
  readonly actor?: number | "nobody" | "server" | undefined;
  readonly action?: string | undefined;
  readonly result?: string | undefined;
  /** Wall time, ms since the epoch; `from` included, `to` not. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Words somewhere in target, address or detail. */
  readonly text?: string | undefined;
  /** Targets that are shown by a name with those words in it, as they are kept: `member:12`, `room:3`. */
  readonly targets?: readonly string[] | undefined;
  /** Without sockets and streams that came and went, of which there are most. */
  readonly quiet?: boolean | undefined;
  /** Only entries before this id: the next page. */
  readonly before?: number | undefined;
}

export interface Trail {
  /** The newest first. */
  page(filter: TrailFilter, limit: number): readonly AuditEntry[];
  /** The same, oldest first and all of it, a page at a time. */
  export(filter: TrailFilter): Iterable<AuditEntry>;
  /** Actions that occur. */
  actions(): readonly string[];
}

/** Reads the audit, by filters. */
export function createTrail({ sqlite }: Store): Trail {
  const conditions = `(?1 IS NULL OR actor_id = ?1 OR (actor_id IS NULL AND ?1 = iif(address = '', 'server', 'nobody'))) AND (?2 IS NULL OR action = ?2) AND (?3 IS NULL OR result = ?3)
    AND (?4 IS NULL OR at >= ?4) AND (?5 IS NULL OR at < ?5)
    AND (?6 IS NULL OR target LIKE ?6 ESCAPE '\\' OR address LIKE ?6 ESCAPE '\\' OR detail LIKE ?6 ESCAPE '\\'
      OR target IN (SELECT value FROM json_each(?7))
      OR substr(target, 1, instr(target, ' ') - 1) IN (SELECT value FROM json_each(?7))
      OR substr(target, instr(target, ' ') + 1) IN (SELECT value FROM json_each(?7)))
    AND (?8 = 0 OR action NOT IN ('socket opened', 'socket closed', 'stream opened', 'stream closed'))`;
  type Bindings = (string | number | null)[];
  const newest = sqlite.prepare<AuditEntry, Bindings>(
    `SELECT ${auditColumns} FROM audit WHERE ${conditions} AND (?9 IS NULL OR id < ?9) ORDER BY id DESC LIMIT ?10`,
  );
  const oldest = sqlite.prepare<AuditEntry, Bindings>(
    `SELECT ${auditColumns} FROM audit WHERE ${conditions} AND id > ?9 ORDER BY id LIMIT ?10`,
  );
  const actions = sqlite.prepare<{ action: string }, []>("SELECT DISTINCT action FROM audit ORDER BY action");

  const bindings = ({ actor, action, result, from, to, text, targets = [], quiet = false }: TrailFilter): Bindings => [
    actor ?? null,
    action || null,
    result || null,
    from ?? null,
    to ?? null,
    text ? `%${text.replace(/[\\%_]/g, "\\$&")}%` : null,
    JSON.stringify(targets),
    quiet ? 1 : 0,
  ];

  return {
    page: (filter, limit) => newest.all(...bindings(filter), filter.before ?? null, limit),
    *export(filter) {
      let after = 0;
      for (;;) {
        const rows = oldest.all(...bindings(filter), after, 500);
        yield* rows;
        const last = rows.at(-1);
        if (!last) return;
        after = last.id;
      }
    },
    actions: () => actions.all().map(({ action }) => action),
  };
}
