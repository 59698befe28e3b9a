import { Refusal } from "../../errors.ts";
import { acting, type Identity } from "../../people/identity.ts";
import type { Connection } from "./connection.ts";
import type { AuthFields } from "./dialects/dialect.ts";
import type { InboundParts } from "./parts.ts";

/** What the inbound side does when an identity that had to be waited for is decided. */
export interface Then {
  /** Takes up the frames that waited. */
  proceed(connection: Connection, waiting: readonly string[]): void;
  refuse(connection: Connection, thrown: unknown): void;
}

/** Called with an identity, and the token of a session that was made for it. */
type Done = (identity: Identity, token?: string) => void;

/** Ends the wait for an identity: with one, or with what was thrown instead. */
type Settle = (found: unknown, token?: string) => void;

/** Finds out whose a socket is, by what its frames show. */
export function createIdentify({ config, clock, notes, signIn, credentials, sessions }: InboundParts, then: Then) {
  /** @throws Refusal for what was shown and is not accepted, when that is known at once */
  function first(connection: Connection, fields: AuthFields, done: Done): void {
    if (connection.shown) {
      done(connection.shown);
      return;
    }
    const secret = secretOf(fields);
    if (secret === undefined) {
      hold(connection, (settle) => admit(connection, fields, settle), done);
      return;
    }
    const found = credentials.identify(secret, connection.address);
    if (found instanceof Promise) hold(connection, (settle) => void found.then(settle, settle), done);
    else done(found);
  }

  /**
   * Waits for an identity that takes a commit or a computation; frames that follow wait their turn.
   * @throws Refusal when it is refused at once; what is refused later is answered
   */
  function hold(connection: Connection, begin: (settle: Settle) => void, done: Done): void {
    connection.admitting = [];
    const settle: Settle = (found, token) => {
      const waiting = connection.admitting ?? [];
      connection.admitting = null;
      if (connection.closed) return;
      try {
        if (!isIdentity(found)) throw found;
        done(found, token);
      } catch (thrown) {
        // Not always in the turn of the auth frame, so nobody further up would answer it.
        then.refuse(connection, thrown);
      }
      then.proceed(connection, waiting);
    };
    try {
      begin(settle);
    } catch (error) {
      connection.admitting = null;
      throw error;
    }
  }

  /** Somebody who gave a name and nothing else. A guest, and whoever asks for it by naming the method, gets a session to come back with. */
  function admit(connection: Connection, fields: AuthFields, settle: Settle): void {
    const { address } = connection;
    signIn.byName(fields, address, (admitted) => {
      if (admitted instanceof Refusal) return settle(admitted);
      const member = acting(admitted, address);
      if (fields.method === undefined && config.development)
        return settle({ member, proof: { kind: "name", id: null }, expiresAt: null } satisfies Identity);
      const method = admitted.role === "guest" ? "guest" : "development";
      const opened = sessions.open(member, { method, device: "WebSocket", address });
      opened.then(
        ({ token, id, expiresAt }) =>
          settle({ member, proof: { kind: "session", id }, expiresAt } satisfies Identity, token),
        settle,
      );
    });
  }

  /** Puts another proof of the same person in the place of the one that is running out. What is refused leaves the old one, which holds until its time. */
  function again(connection: Connection, secret: string, done: () => void): void {
    const before = connection.identity;
    if (!before) throw new Refusal("NOT_AUTHENTICATED");
    const settle = (found: unknown) => {
      if (connection.closed) return;
      if (isIdentity(found) && found.member.id === before.member.id) {
        connection.identity = found;
        done();
        return;
      }
      const other = new Refusal("CONFLICT", `That token is not ${before.member.name}'s.`);
      const refusal = isIdentity(found) ? other : found instanceof Refusal ? found : new Refusal("AUTH_FAILED");
      notes.refused(connection, refusal);
      const told = { type: "error", refusal, clientId: null, now: clock.now(), closing: false } as const;
      connection.wire.send(connection.dialect.answer(told));
    };
    try {
      const found = credentials.identify(secret, connection.address);
      if (found instanceof Promise) found.then(settle, settle);
      else settle(found);
    } catch (refusal) {
      settle(refusal);
    }
  }

  return { first, again };
}

function isIdentity(found: unknown): found is Identity {
  return typeof found === "object" && found !== null && "proof" in found;
}

/** What was given to show who it is: a method that is named decides, without one whatever is there. @throws Refusal AUTH_FAILED when it is named and not there */
function secretOf({ method, token, apiKey, sessionToken }: AuthFields): string | undefined {
  if (method === undefined) return token ?? apiKey ?? sessionToken;
  if (method === "guest" || method === "development") return undefined;
  const credentials: Record<string, string | undefined> = { token, jwt: token, api_key: apiKey, session: sessionToken };
  const given = Object.hasOwn(credentials, method) ? credentials[method] : undefined;
  if (given === undefined && ["token", "jwt", "api_key", "session"].includes(method))
    throw new Refusal("AUTH_FAILED", `The method "${method}" needs its credential in the same frame.`);
  return given;
}
