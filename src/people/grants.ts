import type { Clock } from "../clock.ts";
import { appended, type Log, type LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { type DoneBy, doneBy } from "./identity.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import { hashOf, newSecret } from "./secrets.ts";
import { standingIn } from "./standing.ts";

/** `grant.made`: a person let a device act as them. */
interface GrantMade extends DoneBy {
  readonly memberId: number;
  readonly client: string;
  readonly scope: string;
  readonly refreshHash: string;
  readonly expiresAt: number;
}

/** `grant.refreshed`: one refresh token was given for the next. */
interface GrantRefreshed {
  readonly usedHash: string;
  readonly refreshHash: string;
}

/** `grant.revoked`: by its person, or because a used refresh token came a second time. */
interface GrantRevoked {
  readonly id: number;
  readonly memberId: number;
  readonly reused: boolean;
  readonly address: string;
}

export interface Grant {
  readonly id: number;
  readonly memberId: number;
  readonly client: string;
  readonly scope: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** What devices were granted: families of refresh tokens, each good for one use. */
export interface Grants {
  make(member: Member, client: string, scope: string, address: string): Promise<{ grant: Grant; refreshToken: string }>;
  /** Gives a refresh token for the next one. One that was used before ends its whole family. @throws Refusal AUTH_FAILED */
  refresh(refreshToken: string, address: string): Promise<{ grant: Grant; refreshToken: string }>;
  byRefreshToken(refreshToken: string): Grant | undefined;
  /** One that still holds. */
  byId(id: number): Grant | undefined;
  of(memberId: number): readonly Grant[];
  /** @throws Refusal NOT_FOUND */
  revoke(by: Member, id: number): Promise<void>;
}

/** A device that is not used for 30 days asks again; one in use renews itself for 90 days at most. */
const idleMs = 30 * 24 * 60 * 60 * 1000;
const absoluteMs = 90 * 24 * 60 * 60 * 1000;

const columns = "id, member_id AS memberId, client, scope, created_at AS createdAt, expires_at AS expiresAt";

export function createGrants(store: Store, log: Log, members: Members, clock: Clock): Grants {
  const { sqlite } = store;
  const byId = sqlite.prepare<Grant, [number, number]>(
    `SELECT ${columns} FROM grants WHERE id = ? AND revoked_at IS NULL AND expires_at > ?`,
  );
  const ofMember = sqlite.prepare<Grant, [number, number]>(
    `SELECT ${columns} FROM grants WHERE member_id = ? AND revoked_at IS NULL AND expires_at > ? ORDER BY id DESC`,
  );
  const token = sqlite.prepare<{ grantId: number; createdAt: number; usedAt: number | null }, [string]>(
    "SELECT grant_id AS grantId, created_at AS createdAt, used_at AS usedAt FROM refresh_tokens WHERE token_hash = ?",
  );
  defineGrants(store, log);

  function good(id: number): Grant | undefined {
    const grant = byId.get(id, clock.now());
    if (!grant || members.byId(grant.memberId).removedAt !== null) return undefined;
    return members.stands(grant.memberId) ? grant : undefined;
  }

  async function end(grant: Pick<Grant, "id" | "memberId">, actorId: number, reused: boolean, address: string) {
    const data: GrantRevoked = { id: grant.id, memberId: grant.memberId, reused, address };
    await appended(log, { kind: "grant.revoked", roomId: null, actorId, data });
  }

  return {
    async make(member, client, scope, address) {
      const refreshToken = newSecret();
      const data: GrantMade = {
        memberId: member.id,
        client,
        scope,
        refreshHash: hashOf(refreshToken),
        expiresAt: clock.now() + absoluteMs,
        ...doneBy(member),
        address,
      };
      const { seq } = await appended(log, { kind: "grant.made", roomId: null, actorId: member.id, data });
      const grant = good(seq);
      if (!grant) throw new Refusal("AUTH_FAILED");
      return { grant, refreshToken };
    },
    async refresh(refreshToken, address) {
      const usedHash = hashOf(refreshToken);
      const known = token.get(usedHash);
      const grant = known ? good(known.grantId) : undefined;
      if (!known || !grant || clock.now() - known.createdAt > idleMs)
        throw new Refusal(
          "AUTH_FAILED",
          "That refresh token is unknown, revoked or too old: sign the device in again.",
        );
      const next = newSecret();
      try {
        const data: GrantRefreshed = { usedHash, refreshHash: hashOf(next) };
        await appended(log, { kind: "grant.refreshed", roomId: null, actorId: grant.memberId, data });
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || refusal.code !== "CONFLICT") throw refusal;
        // Either the device or a thief holds a copy; nobody can tell which, so neither goes on.
        await end(grant, grant.memberId, true, address).catch(() => undefined);
        throw new Refusal("AUTH_FAILED", "That refresh token was used before: the device must sign in again.");
      }
      return { grant, refreshToken: next };
    },
    byRefreshToken(refreshToken) {
      const known = token.get(hashOf(refreshToken));
      return known ? good(known.grantId) : undefined;
    },
    byId: good,
    of: (memberId) => ofMember.all(memberId, clock.now()),
    async revoke(by, id) {
      const grant = good(id);
      if (grant?.memberId !== by.id) throw new Refusal("NOT_FOUND", "There is no such device.");
      await end(grant, by.id, false, by.address ?? "");
    },
  };
}

/** How events of grants change the tables. Disabling a member revokes theirs: members.ts. */
function defineGrants(store: Store, log: Log): void {
  const { sqlite } = store;
  const standing = standingIn(store);
  const insert = sqlite.prepare(
    "INSERT INTO grants (id, member_id, client, scope, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const insertToken = sqlite.prepare("INSERT INTO refresh_tokens (token_hash, grant_id, created_at) VALUES (?, ?, ?)");
  const grantOf = sqlite.prepare<{ grantId: number }, [string]>(
    "SELECT grant_id AS grantId FROM refresh_tokens WHERE token_hash = ?",
  );
  const use = sqlite.prepare("UPDATE refresh_tokens SET used_at = ? WHERE token_hash = ? AND used_at IS NULL");
  const revoke = sqlite.prepare("UPDATE grants SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL");

  const made = (event: LogEvent) => {
    const { memberId, client, scope, refreshHash, expiresAt } = event.data as GrantMade;
    insert.run(event.seq, memberId, client, scope, event.at, expiresAt);
    insertToken.run(refreshHash, event.seq, event.at);
  };
  // Between saying yes and the device's next question there are seconds, or ten minutes.
  log.define("grant.made", made, (event) => {
    const { memberId, provenAt } = event.data as GrantMade;
    standing.needsProof(memberId, provenAt);
  });
  log.define("grant.refreshed", (event) => {
    const { usedHash, refreshHash } = event.data as GrantRefreshed;
    const grantId = grantOf.get(usedHash)?.grantId;
    if (grantId === undefined || use.run(event.at, usedHash).changes === 0) throw new Refusal("CONFLICT");
    insertToken.run(refreshHash, grantId, event.at);
  });
  log.define("grant.revoked", (event) => {
    if (revoke.run(event.at, (event.data as GrantRevoked).id).changes === 0) throw new Refusal("NOT_FOUND");
  });
}
