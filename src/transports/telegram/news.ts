type Tell = (words: string | null) => void;

/** What is wrong, by who noticed it: that one of them is well again says nothing about what the others found. */
export interface News {
  /** A way to tell of one's own. */
  from(): Tell;
}

export function createNews(tell: Tell): News {
  const troubles = new Map<Tell, string>();
  return {
    from() {
      const mine: Tell = (words) => {
        // The newest stands last; what was told already is not news.
        if (words === null) troubles.delete(mine);
        else if (troubles.get(mine) !== words) {
          troubles.delete(mine);
          troubles.set(mine, words);
        }
        tell([...troubles.values()].at(-1) ?? null);
      };
      return mine;
    },
  };
}
