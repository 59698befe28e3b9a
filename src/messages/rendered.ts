import { createLater } from "../database/later.ts";
import type { Store } from "../database/open.ts";
import { isPlain, renderBody } from "./body.ts";
import type { Resolve } from "./mentions.ts";

/** Rendered HTML of messages: handed from the one who rendered to the one who publishes, and kept beside the tables when it was dear. */
export interface Rendered {
  /** Remembers what an event's data was rendered to, until the commit is published. */
  expect(data: object, html: string): void;
  /** The HTML of an event's data if it was rendered in this process. */
  expected(data: object): string | undefined;
  /** The HTML of a stored message: from the cache if that is of the same seq, else rendered anew and kept. */
  of(id: number, seq: number, text: string): string;
  /** Writes what was kept; call before the database closes. */
  flush(): void;
}

export function createRendered(store: Store, known: Resolve): Rendered {
  const fresh = new WeakMap<object, string>();
  const select = store.sqlite.prepare<{ html: string }, [number, number]>(
    "SELECT html FROM message_html WHERE id = ? AND seq = ?",
  );
  const kept = createLater(store.sqlite, "INSERT OR REPLACE INTO message_html (id, seq, html) VALUES (?, ?, ?)");
  return {
    expect: (data, html) => void fresh.set(data, html),
    expected: (data) => fresh.get(data),
    flush: kept.flush,
    of(id, seq, text) {
      if (isPlain(text)) return renderBody(text, known).html;
      const cached = select.get(id, seq);
      if (cached) return cached.html;
      const { html } = renderBody(text, known);
      kept.put(id, [id, seq, html]);
      return html;
    },
  };
}
