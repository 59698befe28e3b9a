import { createHash } from "node:crypto";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { MigrationMeta } from "drizzle-orm/migrator";

import room from "./migrations/0000_room.sql" with { type: "text" };
import people from "./migrations/0001_people.sql" with { type: "text" };
import files from "./migrations/0002_files.sql" with { type: "text" };
import telegram from "./migrations/0003_telegram.sql" with { type: "text" };
import search from "./migrations/0004_search.sql" with { type: "text" };
import walls from "./migrations/0005_walls.sql" with { type: "text" };
import runs from "./migrations/0006_runs.sql" with { type: "text" };
import steps from "./migrations/0007_steps.sql" with { type: "text" };
import approvals from "./migrations/0008_approvals.sql" with { type: "text" };
import usage from "./migrations/0009_usage.sql" with { type: "text" };
import leases from "./migrations/0010_leases.sql" with { type: "text" };
import settings from "./migrations/0011_settings.sql" with { type: "text" };
import telegramEdits from "./migrations/0012_telegram_edits.sql" with { type: "text" };
import journal from "./migrations/meta/_journal.json" with { type: "json" };

/** The SQL of each journal entry, imported so that it is inside the executable. A test checks that none is missing. */
const statements: Record<string, string> = {
  "0000_room": room,
  "0001_people": people,
  "0002_files": files,
  "0003_telegram": telegram,
  "0004_search": search,
  "0005_walls": walls,
  "0006_runs": runs,
  "0007_steps": steps,
  "0010_leases": leases,
  "0012_telegram_edits": telegramEdits,
  "0008_approvals": approvals,
  "0009_usage": usage,
  "0011_settings": settings,
};

/** What drizzle's own migrator takes, but for the types it does not publish. */
interface Migratable {
  dialect: { migrate(migrations: MigrationMeta[], session: unknown): void };
  session: unknown;
}

/** Brings the schema up to date; does nothing when it is. @throws when a journal entry has no SQL in the executable. */
export function migrate(orm: BunSQLiteDatabase<Record<string, unknown>>): void {
  const migrations = journal.entries.map((entry) => {
    const sql = statements[entry.tag];
    if (sql === undefined)
      throw new Error(`migration ${entry.tag} is in the journal but not imported in database/migrate.ts`);
    return {
      sql: sql.split("--> statement-breakpoint"),
      bps: entry.breakpoints,
      folderMillis: entry.when,
      hash: createHash("sha256").update(sql).digest("hex"),
    };
  });
  const { dialect, session } = orm as unknown as Migratable;
  dialect.migrate(migrations, session);
}

/** When the newest migration of this executable was made: a database that knows a later one belongs to a newer Parley. */
export const newestMigration = Math.max(...journal.entries.map((entry) => entry.when));
