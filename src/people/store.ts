import { eq } from "drizzle-orm";
import type { Log, LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { members as table } from "../database/schema.ts";
import { Refusal } from "../errors.ts";
import { endings } from "./endings.ts";
import type { DoneBy } from "./identity.ts";
import type { Member, Role } from "./member.ts";
import { standingIn } from "./standing.ts";

/** `member.joined`: somebody who did not exist before. */
export interface MemberJoined extends DoneBy {
  readonly kind: Member["kind"];
  readonly handle: string;
  readonly name: string;
  readonly title: string;
  readonly role: Role;
  /** Who they are for an outside issuer of tokens. */
  readonly outside?: { readonly issuer: string; readonly subject: string };
  /** For an account that an administrator makes. */
  readonly passwordHash?: string;
}

/** `member.changed`: a person has another title or other rights. What it does not name stays as it is by then. */
export interface MemberChanged extends DoneBy {
  readonly id: number;
  readonly title?: string;
  readonly role?: Role;
  /** In development, where anybody comes in under any name and says what they are. */
  readonly byName?: true;
}

/** `member.disabled`, `member.enabled`. */
export interface MemberSwitched extends DoneBy {
  readonly memberId: number;
}

/** `guest.renamed`: somebody came whose name it is, and a guest is nothing but a name. What they said stays theirs, under the new one. */
export interface GuestRenamed {
  readonly memberId: number;
  readonly name: string;
  readonly handle: string;
}

/** Owners who can sign in: in development mode others may call themselves so, and are gone with it. */
export const owning = "members JOIN passwords ON member_id = id WHERE role = 'owner' AND removed_at IS NULL";

/** How events of members change the table. Setting up and invitations make members as well, with a password: set-up.ts, rooms/invitations.ts. */
export function defineMembers(store: Store, log: Log): void {
  const { sqlite, orm } = store;
  const standing = standingIn(store);
  const end = endings(store);
  const findRow = sqlite.prepare<{ id: number }, [string, string]>(
    "SELECT id FROM members WHERE kind = ? AND handle = ?",
  );
  const insert = sqlite.prepare(
    "INSERT INTO members (id, kind, handle, name, title, role, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const insertOutside = sqlite.prepare("INSERT INTO outside_identities (issuer, subject, member_id) VALUES (?, ?, ?)");
  const findOutside = sqlite.prepare<{ id: number }, [string, string]>(
    "SELECT member_id AS id FROM outside_identities WHERE issuer = ? AND subject = ?",
  );
  const insertPassword = sqlite.prepare("INSERT INTO passwords (member_id, hash, changed_at) VALUES (?, ?, ?)");
  const otherOwner = sqlite.prepare<{ id: number }, [number]>(`SELECT id FROM ${owning} AND id <> ? LIMIT 1`);
  const isOwner = sqlite.prepare<{ id: number }, [number]>(`SELECT id FROM ${owning} AND id = ?`);

  /** A workspace without an owner could be owned by whoever restarts it. */
  function refuseLastOwner(id: number): void {
    if (isOwner.get(id) && !otherOwner.get(id))
      throw new Refusal("CONFLICT", "That is the last owner: make somebody else an owner first.");
  }

  const joined = (event: LogEvent) => {
    const { kind, handle, name, title, role, outside, passwordHash } = event.data as MemberJoined;
    const same = outside ? findOutside.get(outside.issuer, outside.subject) : findRow.get(kind, handle);
    const existing = same ?? findRow.get(kind, handle);
    if (existing) return existing.id;
    insert.run(event.seq, kind, handle, name, title, role, event.at);
    if (outside) insertOutside.run(outside.issuer, outside.subject, event.seq);
    if (passwordHash) insertPassword.run(event.seq, passwordHash, event.at);
    return undefined;
  };
  // Asked for before the password was hashed.
  log.define("member.joined", joined, (event) => standing.needsToManage(event, (event.data as MemberJoined).role));
  // What somebody handed out while they might does not outlive their right to.
  const revokeInvitations = sqlite.prepare(
    `UPDATE invitations SET revoked_at = ? WHERE created_by = ? AND revoked_at IS NULL
     AND NOT (? = 'owner' OR ? = 'admin' AND role <> 'owner')`,
  );
  const changed = (event: LogEvent) => {
    const { id, title, role } = event.data as MemberChanged;
    if (role !== undefined && role !== standing.member(id)?.role) {
      if (role !== "owner") refuseLastOwner(id);
      revokeInvitations.run(event.at, id, role, role);
      if (role !== "owner") end.madeForOthers(event.at, id);
      // A link that was made for a developer must not open an owner's account.
      end.resets(event.at, id);
    }
    // Whoever takes a title takes no role with it: somebody else may have changed that in the same moment.
    const given = { ...(title !== undefined && { title }), ...(role !== undefined && { role }) };
    orm.update(table).set(given).where(eq(table.id, id)).run();
  };
  log.define("member.changed", changed, (event) => {
    const { id, role, byName } = event.data as MemberChanged;
    const member = standing.member(id);
    const actor = standing.actorOf(event);
    if (!member || role === undefined || role === member.role) {
      if (actor && actor.id !== id) standing.needsToManage(event, member?.role ?? "owner");
    } else if (!byName) standing.needsToManage(event, member.role, role);
    else if (standing.isAccount(id))
      throw new Refusal("CONFLICT", "That name is somebody's account by now: sign in again.");
  });

  const rename = sqlite.prepare("UPDATE members SET name = ?, handle = ? WHERE id = ?");
  const renamed = (event: LogEvent) => {
    const { memberId, name, handle } = event.data as GuestRenamed;
    rename.run(name, handle, memberId);
    end.sessions(event.at, memberId);
  };
  log.define("guest.renamed", renamed, (event) => {
    const { memberId, handle } = event.data as GuestRenamed;
    if (standing.member(memberId)?.role !== "guest" || standing.isAccount(memberId) || findRow.get("person", handle))
      throw new Refusal("CONFLICT", "That name became somebody's in this moment: choose another.");
  });

  const disabled = (event: LogEvent) => {
    const { memberId } = event.data as MemberSwitched;
    refuseLastOwner(memberId);
    orm.update(table).set({ removedAt: event.at }).where(eq(table.id, memberId)).run();
    // Gone for good: who is let in again signs in again.
    for (const ended of [end.sessions, end.keys, end.grants, end.resets, end.handedOut]) ended(event.at, memberId);
  };
  const enabled = (event: LogEvent) => {
    const { memberId } = event.data as MemberSwitched;
    orm.update(table).set({ removedAt: null }).where(eq(table.id, memberId)).run();
  };
  const mayBeSwitched = (event: LogEvent) => {
    const member = standing.member((event.data as MemberSwitched).memberId);
    if (member) standing.needsToManage(event, member.role);
  };
  log.define("member.disabled", disabled, mayBeSwitched);
  log.define("member.enabled", enabled, mayBeSwitched);
}
