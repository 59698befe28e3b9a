import { Database } from "bun:sqlite";

/** Looks over the shoulder of the running server at what it writes into the log. */
export class Written {
  private readonly sqlite: Database;

  constructor(path: string) {
    this.sqlite = new Database(path, { readonly: true, strict: true });
  }

  /** The newest seq. */
  get seq(): number {
    return this.sqlite.query<{ seq: number }, []>("SELECT max(seq) AS seq FROM events").get()?.seq ?? 0;
  }

  /** The kinds of what was written since, in order, without what is only noted for the audit: that something was refused. */
  since(seq: number): string[] {
    return this.sqlite
      .query<{ kind: string }, [number]>("SELECT kind FROM events WHERE seq > ? AND kind <> 'audit.noted' ORDER BY seq")
      .all(seq)
      .map(({ kind }) => kind);
  }

  /** The newest event of a kind. */
  last(kind: string): number {
    return (
      this.sqlite.query<{ seq: number }, [string]>("SELECT max(seq) AS seq FROM events WHERE kind = ?").get(kind)
        ?.seq ?? 0
    );
  }

  /** Ids of the rows of a table, by a column. */
  ids(table: string, named: string): Record<string, number> {
    const rows = this.sqlite
      .query<{ name: string; id: number }, []>(`SELECT "${named}" AS name, id FROM "${table}"`)
      .all();
    return Object.fromEntries(rows.map(({ name, id }) => [name, id]));
  }

  close(): void {
    this.sqlite.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
