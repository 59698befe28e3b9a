import type { Store } from "../database/open.ts";

/**
 * Every word of the index once, in a trigram index of its own: parts of words are looked up here and then looked for whole. Most of
 * what people write was written before, so this costs next to nothing, where trigrams of every message would cost three times the rest.
 */
export interface Vocabulary {
  /** Takes in words separated by spaces. Call it inside a transaction. */
  learn(words: string): void;
  /** Words that hold a part: the oldest, which mostly are the commonest, when they are more than `limit`. */
  holding(part: string, limit: number): readonly string[];
  /** That transaction came to nothing: what it learned is not known. */
  forget(): void;
  clear(): void;
}

/** Words remembered as known, so that they need no look-up. */
const mostRemembered = 100_000;

export function createVocabulary({ sqlite }: Store): Vocabulary {
  const known = new Set<string>();
  const insert = sqlite.prepare<{ id: number }, [string]>(
    "INSERT OR IGNORE INTO search_vocabulary (word) VALUES (?) RETURNING id",
  );
  const insertParts = sqlite.prepare("INSERT INTO search_parts (rowid, word) VALUES (?, ?)");
  const like = sqlite.prepare<{ word: string }, [string, number]>(
    "SELECT word FROM search_parts WHERE word LIKE ? LIMIT ?",
  );

  return {
    learn(words) {
      for (const word of words.split(" ")) {
        // A word of one or two letters holds no part but what a beginning finds.
        if (word.length < 3 || known.has(word)) continue;
        if (known.size >= mostRemembered) known.clear();
        known.add(word);
        const fresh = insert.get(word);
        if (fresh) insertParts.run(fresh.id, word);
      }
    },
    // Words hold letters and digits only: nothing in them means anything to LIKE.
    holding: (part, limit) => like.all(`%${part}%`, limit).map(({ word }) => word),
    forget: () => known.clear(),
    clear() {
      known.clear();
      sqlite.run("DELETE FROM search_vocabulary");
      sqlite.run("INSERT INTO search_parts (search_parts) VALUES ('delete-all')");
    },
  };
}
