import { eq } from "drizzle-orm";
import type { Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { members as table } from "../database/schema.ts";
import { Refusal } from "../errors.ts";
import { type Member, mayManage, type Role } from "./member.ts";

/** `member.joined`: somebody who did not exist before. */
export interface MemberJoined {
  readonly kind: Member["kind"];
  readonly handle: string;
  readonly name: string;
  readonly title: string;
  readonly role: Role;
  /** Who they are for an outside issuer of tokens. */
  readonly outside?: { readonly issuer: string; readonly subject: string };
  /** For an account that an administrator makes. */
  readonly passwordHash?: string;
  readonly address?: string;
}

/** `member.changed`: a person has another title or other rights. */
export interface MemberChanged {
  readonly id: number;
  readonly title: string;
  readonly role: Role;
  readonly address?: string;
}

/** `member.disabled`, `member.enabled`. */
export interface MemberSwitched {
  readonly memberId: number;
  readonly address: string;
}

/** Owners who can sign in: in development mode others may call themselves so, and are gone with it. */
export const owning = "members JOIN passwords ON member_id = id WHERE role = 'owner' AND removed_at IS NULL";

/** How events of members change the table. Setting up and invitations make members as well, with a password: set-up.ts, rooms/invitations.ts. */
export function defineMembers({ sqlite, orm }: Store, log: Log): void {
  const findRow = sqlite.prepare<{ id: number }, [string, string]>(
    "SELECT id FROM members WHERE kind = ? AND handle = ?",
  );
  const actor = sqlite.prepare<{ kind: string; role: string; removedAt: number | null }, [number]>(
    "SELECT kind, role, removed_at AS removedAt FROM members WHERE id = ?",
  );
  const insert = sqlite.prepare(
    "INSERT INTO members (id, kind, handle, name, title, role, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const insertOutside = sqlite.prepare("INSERT INTO outside_identities (issuer, subject, member_id) VALUES (?, ?, ?)");
  const insertPassword = sqlite.prepare("INSERT INTO passwords (member_id, hash, changed_at) VALUES (?, ?, ?)");
  const otherOwner = sqlite.prepare<{ id: number }, [number]>(`SELECT id FROM ${owning} AND id <> ? LIMIT 1`);
  const isOwner = sqlite.prepare<{ id: number }, [number]>(`SELECT id FROM ${owning} AND id = ?`);

  /** A workspace without an owner could be owned by whoever restarts it. */
  function refuseLastOwner(id: number): void {
    if (isOwner.get(id) && !otherOwner.get(id))
      throw new Refusal("CONFLICT", "That is the last owner: make somebody else an owner first.");
  }

  log.define("member.joined", (event) => {
    const { kind, handle, name, title, role, outside, passwordHash } = event.data as MemberJoined;
    const existing = findRow.get(kind, handle);
    if (existing) return existing.id;
    // Asked for before its password was hashed: whoever asked may have lost the right to since.
    const asker = passwordHash === undefined || event.actorId === null ? null : actor.get(event.actorId);
    if (asker?.kind === "person" && !mayManage({ ...asker, role: asker.role as Role }, { role }))
      throw new Refusal("PERMISSION_DENIED", `You may not make anybody ${role}.`);
    insert.run(event.seq, kind, handle, name, title, role, event.at);
    if (outside) insertOutside.run(outside.issuer, outside.subject, event.seq);
    if (passwordHash) insertPassword.run(event.seq, passwordHash, event.at);
  });
  // What somebody handed out while they might does not outlive their right to.
  const revokeInvitations = sqlite.prepare(
    `UPDATE invitations SET revoked_at = ? WHERE created_by = ? AND revoked_at IS NULL
     AND NOT (? = 'owner' OR ? = 'admin' AND role <> 'owner')`,
  );
  const endResets = sqlite.prepare("UPDATE password_resets SET used_at = ? WHERE created_by = ? AND used_at IS NULL");
  const endOwnResets = sqlite.prepare("UPDATE password_resets SET used_at = ? WHERE member_id = ? AND used_at IS NULL");

  log.define("member.changed", (event) => {
    const { id, title, role } = event.data as MemberChanged;
    if (role !== "owner") refuseLastOwner(id);
    if (actor.get(id)?.role !== role) {
      revokeInvitations.run(event.at, id, role, role);
      if (role !== "owner") endResets.run(event.at, id);
      // A link that was made for a developer must not open an owner's account.
      endOwnResets.run(event.at, id);
    }
    orm.update(table).set({ title, role }).where(eq(table.id, id)).run();
  });
  const endSessions = sqlite.prepare("UPDATE sessions SET ended_at = ? WHERE member_id = ? AND ended_at IS NULL");
  const revokeKeys = sqlite.prepare("UPDATE api_keys SET revoked_at = ? WHERE member_id = ? AND revoked_at IS NULL");
  const revokeGrants = sqlite.prepare("UPDATE grants SET revoked_at = ? WHERE member_id = ? AND revoked_at IS NULL");
  log.define("member.disabled", (event) => {
    const { memberId } = event.data as MemberSwitched;
    refuseLastOwner(memberId);
    orm.update(table).set({ removedAt: event.at }).where(eq(table.id, memberId)).run();
    // Gone for good: who is let in again signs in again.
    for (const end of [endSessions, revokeKeys, revokeGrants, endResets, endOwnResets]) end.run(event.at, memberId);
    revokeInvitations.run(event.at, memberId, "", "");
  });
  log.define("member.enabled", (event) => {
    const { memberId } = event.data as MemberSwitched;
    orm.update(table).set({ removedAt: null }).where(eq(table.id, memberId)).run();
  });
}
