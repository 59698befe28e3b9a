import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Log } from "../database/log.ts";
import { isLoopback } from "../environment.ts";
import { Refusal } from "../errors.ts";
import { networkOf } from "../network.ts";
import { createAttempts } from "./attempts.ts";
import { permissionsOfScope } from "./device.ts";
import type { Grants } from "./grants.ts";
import { acting, type Identity } from "./identity.ts";
import { type Keys, keyPrefix } from "./keys.ts";
import { allPermissions, type Member, type Permission, permissions, type Role, type Scope } from "./member.ts";
import { admitted, type Members } from "./members.ts";
import { parseName } from "./name.ts";
import { hashOf } from "./secrets.ts";
import type { Sessions } from "./sessions.ts";
import { roleNamed } from "./title.ts";
import { type Claims, looksLikeJwt, type Tokens } from "./tokens.ts";

/** Recognises what programs and browsers show, whatever it is: sessions, API keys, JWTs, keys from the environment. */
export interface Credentials {
  /**
   * Whose it is; at once for what is looked up, later for what is computed.
   * @param asked the request it is shown with, when that came straight from where it was sent: what the operator's token is for
   * @throws Refusal AUTH_FAILED, or RATE_LIMITED for an address that shows too many wrong ones
   */
  identify(secret: string, address: string, asked?: Asked): Identity | Promise<Identity>;
  /** Only a session's token. @param isUse whether somebody used it, or only something asked. @throws Refusal AUTH_FAILED */
  bySession(token: string, address: string, isUse?: boolean): Identity;
  /** Whether what was shown still opens anything: asked again of open sockets when something was taken away. */
  holds(identity: Identity): boolean;
  /** Whether it ended by itself: over its time, or a session idle too long. @param used whether it was used since it was asked last */
  isOver(identity: Identity, used: boolean): boolean;
  /** The same identity after its member was changed. */
  renewed(identity: Identity): Identity;
}

/** One request: its method, and its path with the query. */
export interface Asked {
  readonly method: string;
  readonly path: string;
}

interface Parts {
  config: Config;
  clock: Clock;
  members: Members;
  sessions: Sessions;
  keys: Keys;
  grants: Grants;
  tokens: Tokens;
  log: Log;
  /** The secret of this run of the server: a token of this machine's operator is for it and no other. */
  run: string;
}

export function createCredentials({
  config,
  clock,
  members,
  sessions,
  keys,
  grants,
  tokens,
  log,
  run,
}: Parts): Credentials {
  const environment = [
    { hash: hashed(config.environmentKeys.api), name: "api_user", role: "developer" },
    { hash: hashed(config.environmentKeys.admin), name: "admin_user", role: "admin" },
  ] as const;

  function bySession(token: string, address: string, isUse = true): Identity {
    const session = sessions.find(token, isUse);
    if (!session) throw new Refusal("AUTH_FAILED", "That session is unknown or over: sign in again.");
    const { id, member, expiresAt } = session;
    const proven = { ...acting(member, address), provenAt: log.seq };
    return { member: proven, proof: { kind: "session", id }, expiresAt };
  }

  function byKey(secret: string, address: string): Identity {
    const key = keys.find(secret);
    if (!key) throw new Refusal("AUTH_FAILED", "That API key is unknown, revoked or over.");
    const { id, member, permissions, rooms, expiresAt } = key;
    return { member: acting(member, address, { permissions, rooms }), proof: { kind: "key", id }, expiresAt };
  }

  async function byToken(token: string, address: string, asked: Asked | undefined): Promise<Identity> {
    const { claims, outside } = await tokens.verify(token);
    const expiresAt = Number(claims.exp) * 1000;
    if (outside) {
      const member = alive(await outsider(claims));
      return { member: acting(member, address), proof: { kind: "token", id: null }, expiresAt };
    }
    if (claims.operator === true) return operator(claims, address, expiresAt, asked);
    if (claims.grant !== undefined) return byGrant(Number(claims.grant), address, expiresAt);
    const known = named(claims);
    const member = alive(known ?? (await newcomer(claims)));
    return { member: acting(member, address, scopeOf(claims)), proof: { kind: "token", id: null }, expiresAt };
  }

  /** Whoever can read our signing key runs this server; from elsewhere such a token is somebody's who stole it. */
  function operator(claims: Claims, address: string, expiresAt: number, asked: Asked | undefined): Identity {
    if (!isLoopback(address) && address !== config.host)
      throw new Refusal("AUTH_FAILED", "That token works on the server's own machine only.");
    // Whoever catches one, on another port or in a log, can do nothing with it: it is for one request of one run of this server.
    if (claims.run !== run) throw new Refusal("AUTH_FAILED", "That token is for another server.");
    if (!asked || claims.method !== asked.method || claims.path !== asked.path)
      throw new Refusal("AUTH_FAILED", "That token is for another request.");
    if (typeof claims.jti !== "string" || wasUsed(claims.jti, expiresAt))
      throw new Refusal("AUTH_FAILED", "That token was used already.");
    const member: Member = { ...members.system, role: "owner" };
    return { member: acting(member, address), proof: { kind: "operator", id: null }, expiresAt };
  }

  /** Tokens of the operator that were used, until they are over anyway. */
  const used = new Map<string, number>();
  function wasUsed(id: string, until: number): boolean {
    for (const [each, end] of used) if (end <= clock.now()) used.delete(each);
    const before = used.has(id);
    used.set(id, until);
    return before;
  }

  function byGrant(id: number, address: string, expiresAt: number): Identity {
    const grant = grants.byId(id);
    if (!grant) throw new Refusal("AUTH_FAILED", "That device's access was revoked.");
    const scope: Scope = { permissions: permissionsOfScope(grant.scope), rooms: null };
    return { member: acting(members.byId(grant.memberId), address, scope), proof: { kind: "grant", id }, expiresAt };
  }

  function named(claims: Claims): Member | undefined {
    return members.person(nameIn(claims));
  }

  function newcomer(claims: Claims): Promise<Member> {
    const role = roleNamed(typeof claims.role === "string" ? claims.role : "viewer") ?? "viewer";
    // Nobody becomes an owner by a word, not even by a signed one.
    return admitted((done) => members.admit(nameIn(claims), role, role === "owner" ? "admin" : role, done));
  }

  async function outsider(claims: Claims): Promise<Member> {
    const { iss = "", sub = "" } = claims;
    const known = members.outsider(iss, sub);
    if (known) return known;
    const { name, handle } = parseName(outsideName(claims));
    const role = config.outsideIssuer?.role ?? "viewer";
    return members.join({ kind: "person", handle, name, title: role, role, outside: { issuer: iss, subject: sub } });
  }

  async function byEnvironment(name: string, role: Role, address: string): Promise<Identity> {
    const known = members.person(name);
    if (known && (members.isAccount(known.id) || known.role !== role))
      throw new Refusal("AUTH_FAILED", `${name} is a person here.`);
    const member = alive(known ?? (await admitted((done) => members.admit(name, role, role, done))));
    return { member: acting(member, address), proof: { kind: "environment", id: null }, expiresAt: null };
  }

  // Counted apart from passwords: a script that goes on with a key that is over must not keep people of its address from signing in.
  const wrong = createAttempts(clock, config.limits.addressAttempts, config.limits.attemptWindowMs);

  /** @throws what was thrown, or RATE_LIMITED instead */
  function counted(thrown: unknown, address: string): never {
    if (thrown instanceof Refusal && thrown.code === "AUTH_FAILED") wrong.begin(networkOf(address));
    throw thrown;
  }

  function recognise(secret: string, address: string, asked?: Asked): Identity | Promise<Identity> {
    // First, because whoever chose one may have chosen dots or our prefix.
    const hash = hashOf(secret);
    const found = environment.find((each) => each.hash === hash);
    if (found) return byEnvironment(found.name, found.role, address);
    if (secret.startsWith(keyPrefix)) return byKey(secret, address);
    if (looksLikeJwt(secret)) return byToken(secret, address, asked);
    return bySession(secret, address);
  }

  return {
    bySession,
    identify(secret, address, asked) {
      try {
        const found = recognise(secret, address, asked);
        return found instanceof Promise ? found.catch((thrown: unknown) => counted(thrown, address)) : found;
      } catch (thrown) {
        return counted(thrown, address);
      }
    },
    holds({ member, proof }) {
      if (proof.kind !== "operator" && members.byId(member.id).removedAt !== null) return false;
      if (proof.kind === "session") return sessions.holds(proof.id, false);
      if (proof.kind === "key") return keys.holds(proof.id);
      return proof.kind !== "grant" || grants.byId(proof.id) !== undefined;
    },
    isOver({ proof, expiresAt }, used) {
      if (expiresAt !== null && expiresAt <= clock.now()) return true;
      return proof.kind === "session" && !sessions.holds(proof.id, used);
    },
    renewed(identity) {
      // The operator is nobody in the tables.
      if (identity.proof.kind === "operator") return identity;
      const { id, scope, address = "" } = identity.member;
      // A key that is being replaced ends sooner than it did when it was shown.
      const { proof } = identity;
      const expiresAt = proof.kind === "key" ? keys.endOf(proof.id) : identity.expiresAt;
      return { ...identity, expiresAt, member: acting(members.byId(id), address, scope) };
    },
  };
}

function hashed(secret: string | null): string | null {
  return secret === null ? null : hashOf(secret);
}

/** @throws Refusal AUTH_FAILED for who was disabled */
function alive(member: Member): Member {
  if (member.removedAt !== null) throw new Refusal("AUTH_FAILED", "That account is disabled.");
  return member;
}

/** @throws Refusal AUTH_FAILED when the token names nobody */
function nameIn(claims: Claims): string {
  for (const name of [claims.user_id, claims.userId, claims.sub]) if (typeof name === "string" && name) return name;
  throw new Refusal("AUTH_FAILED", 'That token names nobody: it needs "user_id" or "sub".');
}

function outsideName(claims: Claims): string {
  for (const name of [claims.preferred_username, claims.nickname, claims.name, claims.email, claims.sub])
    if (typeof name === "string" && name.trim()) return name.slice(0, 50);
  throw new Refusal("AUTH_FAILED", "That token names nobody.");
}

/** Words of the systems before us for people who may do what a developer may. */
const asDevelopers = new Set(["user", "designer", "tester", "manager"]);

/**
 * A token may grant less than its member may, by a list, a scope or a role; never more. What cannot be read grants the least.
 * @throws Refusal AUTH_FAILED for a list or a role that is none
 */
function scopeOf({ role, permissions: list, scope }: Claims): Scope | undefined {
  if (role !== undefined && typeof role !== "string")
    throw new Refusal("AUTH_FAILED", 'The "role" of a token is a word.');
  if (list !== undefined && !Array.isArray(list))
    throw new Refusal("AUTH_FAILED", 'The "permissions" of a token are a list.');
  const words = typeof scope === "string" ? scope.split(" ") : undefined;
  if (role === undefined && !list && !words) return undefined;
  const word = role?.trim().toLowerCase() ?? "";
  const meant = roleNamed(word) ?? (asDevelopers.has(word) ? "developer" : "viewer");
  const byRole: readonly Permission[] = role === undefined ? allPermissions : permissions[meant];
  const granted = byRole.filter(
    (permission) => (!list || list.includes(permission)) && (!words || words.includes(permission)),
  );
  return { permissions: granted, rooms: null };
}
