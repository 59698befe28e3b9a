import { type Actor, cast, type Who, type World } from "./cast.ts";
import type { Asked } from "./send.ts";

/** A status for each of the cast. */
export type Answers = Readonly<Record<Who, number>>;

/** What a row about rooms is asked for: a room, and something that was said in it. */
export interface Place {
  readonly slug: string;
  readonly messageId: number;
}

/** One route, a request that suits it, and what each of the cast gets. */
export interface Row {
  /** As the app has it: the method and the pattern. */
  readonly route: string;
  /** What sets it apart from other rows of the route. */
  readonly about?: string;
  /** Makes the request, and before that whatever it needs to find. */
  readonly ask: (world: World, actor: Actor, place: Place) => Asked | Promise<Asked>;
  /** In a public room, for routes about rooms. */
  readonly answers: Answers;
  /** In #vault. */
  readonly inPrivate?: Answers;
  /** The kind of event that it leaves when it succeeds; none without it. */
  readonly leaves?: string | ((who: Who) => string | undefined);
  /** It takes the place of the session it is asked with: everybody comes with one more. */
  readonly takesSession?: true;
  /** It ends every session of whoever asks and gives a new one. */
  readonly renewsSession?: true;
  /** Puts back what the next one needs. */
  readonly after?: (world: World, actor: Actor) => Promise<void>;
}

function answers(of: (who: Who) => number): Answers {
  return Object.fromEntries(cast.map((who) => [who, of(who)])) as Record<Who, number>;
}

/** Open to all; only a key that is none is refused, whatever it is shown for. */
export function everybody(status: number, more: Partial<Answers> = {}): Answers {
  return { ...answers((who) => (who === "revokedKey" ? 401 : status)), ...more };
}

/** Who is nobody, or nobody any more, has to sign in first. */
export function signedIn(status: number, more: Partial<Answers> = {}): Answers {
  return everybody(status, { nobody: 401, endedSession: 401, ...more });
}

/** Whoever may read, by whatever they show. */
export function readers(status: number, more: Partial<Answers> = {}): Answers {
  return signedIn(status, { agentBlind: 403, ...more });
}

/** A page: who is nobody is taken to the sign-in page and not told off. */
export function page(shown: Answers): Answers {
  // A key for certain rooms opens the API and no page: a page shows what every room has beside it.
  const keys = { agent: 403, agentElsewhere: 403, agentReader: 403, agentBlind: 403 };
  return { ...shown, ...keys, nobody: 303, endedSession: 303 };
}

/** Whoever may write. */
export function writers(status: number, more: Partial<Answers> = {}): Answers {
  return readers(status, { viewer: 403, agentReader: 403, ...more });
}

/** Only these; every other one who is signed in gets `refused`. */
export function only(who: readonly Who[], status: number, more: Partial<Answers> = {}, refused = 403): Answers {
  const open = Object.fromEntries(who.map((each) => [each, status])) as Partial<Answers>;
  return signedIn(refused, { ...open, ...more });
}

/** Who manages people, or the server. */
export const managers = (status: number, more: Partial<Answers> = {}) =>
  only(["admin", "owner", "adminKey"], status, more);

/** Who may make rooms, hire and fire. */
export const developers = (status: number, more: Partial<Answers> = {}) =>
  only(["outsider", "developer", "admin", "owner", "adminKey"], status, more);

/** People for themselves; a key opens rooms, never the account it was made by. */
export const account = (status: number, more: Partial<Answers> = {}) =>
  only(["outsider", "guest", "viewer", "member", "developer", "admin", "owner"], status, more);

/** The same in #vault: to whom it does not exist, there is nothing to refuse. */
export function hidden(inside: Answers): Answers {
  return { ...inside, outsider: 404, owner: 404, agentElsewhere: 404 };
}

export function get(path: string, accept?: string): Asked {
  return { method: "GET", path, accept };
}

export function form(path: string, fields: Record<string, string> = {}): Asked {
  return { method: "POST", path, form: fields };
}

export function json(method: "POST" | "PATCH" | "DELETE", path: string, body?: object): Asked {
  return { method, path, json: body };
}
