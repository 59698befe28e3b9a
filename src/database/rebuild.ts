import type { Log, LogEvent } from "./log.ts";
import type { Store } from "./open.ts";

/** Tables that no event makes: facts of the file, and caches that fill again by themselves. */
const besideTheLog = new Set([
  "meta",
  "message_html",
  "session_seen",
  "key_seen",
  "search_progress",
  "search_vocabulary",
  "__drizzle_migrations",
]);

/**
 * Empties every table that events make and makes it again from them, all of it or nothing. Only here are the audit's own walls taken
 * down: its entries are made again like everything else. They stand again before the first of them is written.
 */
export function rebuild({ sqlite }: Pick<Store, "sqlite">, log: Log, events: Iterable<LogEvent>): void {
  const tables = sqlite.query<{ name: string }, []>(
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'",
  );
  const triggers = sqlite.query<{ name: string; sql: string }, []>(
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
  );
  sqlite.transaction(() => {
    const walls = triggers.all();
    for (const { name } of walls) sqlite.run(`DROP TRIGGER "${name}"`);
    for (const { name } of tables.all()) if (!besideTheLog.has(name)) sqlite.run(`DELETE FROM "${name}"`);
    // Of the facts of the file those that events make.
    sqlite.run("DELETE FROM meta WHERE key IN ('transport', 'project_root')");
    for (const { sql } of walls) sqlite.run(sql);
    log.replay(events);
  })();
}
