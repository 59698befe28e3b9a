import { ApiRefusal, conflict, forbidden, tooManyRequests } from "./refused.ts";

/**
 * What goes wrong: an answer instead of the result, silence (`hang`: nothing was done; `lose`: it was done and the answer is never
 * heard), or `cut`: it was done and the answer breaks off.
 */
export type Trouble = { readonly answer: ApiRefusal } | "hang" | "lose" | "cut";

export const trouble = {
  tooMany: (seconds: number): Trouble => ({ answer: tooManyRequests(seconds) }),
  conflict: {
    answer: conflict("terminated by other getUpdates request; make sure that only one bot instance is running"),
  },
  unauthorized: { answer: new ApiRefusal(401, "Unauthorized") },
  broken: { answer: new ApiRefusal(500, "Internal Server Error") },
  refused: (words: string): Trouble => ({ answer: new ApiRefusal(400, `Bad Request: ${words}`) }),
  forbidden: (words: string): Trouble => ({ answer: forbidden(words) }),
  hang: "hang",
  lose: "lose",
  cut: "cut",
} as const;

interface Planned {
  readonly methods: (name: string) => boolean;
  readonly trouble: Trouble;
  left: number;
}

/** The troubles that are still to come. */
export class Troubles {
  private planned: Planned[] = [];

  /** The next `times` calls of a method, or of any that match, go wrong. */
  plan(methods: string | RegExp, trouble: Trouble, times = 1): void {
    const fits =
      typeof methods === "string" ? (name: string) => name === methods : (name: string) => methods.test(name);
    this.planned.push({ methods: fits, trouble, left: times });
  }

  /** All is well again. */
  end(): void {
    this.planned = [];
  }

  take(method: string): Trouble | null {
    const found = this.planned.find(({ methods, left }) => left > 0 && methods(method));
    if (!found) return null;
    found.left--;
    return found.trouble;
  }
}
