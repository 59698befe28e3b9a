import type { Clock } from "../clock.ts";
import { appended, appendedAll, type Log, type LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { type DoneBy, doneBy } from "../people/identity.ts";
import { type Member, may, mayManage, type PersonRole } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import { parseName } from "../people/name.ts";
import type { Passwords } from "../people/passwords.ts";
import { hashOf, newSecret } from "../people/secrets.ts";
import { standingIn } from "../people/standing.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";

/** `invitation.created`. */
interface InvitationCreated extends DoneBy {
  readonly tokenHash: string;
  readonly role: PersonRole;
  readonly rooms: readonly number[];
  readonly note: string;
  readonly maxUses: number;
  readonly expiresAt: number;
}

/** `invitation.accepted`: makes the member, their password and their places in rooms at once. */
interface InvitationAccepted {
  readonly id: number;
  readonly name: string;
  readonly handle: string;
  readonly passwordHash: string;
  readonly address: string;
}

interface InvitationRow {
  readonly id: number;
  readonly role: PersonRole;
  readonly rooms: string;
  readonly note: string;
  readonly maxUses: number;
  readonly uses: number;
  readonly createdBy: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** An invitation that can still be accepted. */
export interface Invitation extends Omit<InvitationRow, "rooms" | "createdBy"> {
  readonly rooms: readonly Room[];
  readonly by: Member;
}

export interface InvitationRequest {
  readonly role: PersonRole;
  /** Private rooms whoever accepts it enters; the inviter must be in them. */
  readonly rooms: readonly Room[];
  readonly note: string;
  readonly uses: number;
  readonly days: number;
}

export interface Invitations {
  /** @returns the secret part of the link, shown this once. @throws Refusal PERMISSION_DENIED or INVALID_MESSAGE */
  create(by: Member, request: InvitationRequest): Promise<{ id: number; token: string }>;
  /** @throws Refusal NOT_FOUND or PERMISSION_DENIED */
  revoke(by: Member, id: number): Promise<void>;
  open(): readonly Invitation[];
  /** @throws Refusal NOT_FOUND, the same for unknown, used up, revoked and expired ones */
  find(token: string): Invitation;
  /** @throws Refusal NOT_FOUND, CONFLICT for a name that is taken, INVALID_MESSAGE */
  accept(token: string, name: string, password: string, address: string): Promise<Member>;
}

const columns = `id, role, rooms, note, max_uses AS maxUses, uses, created_by AS createdBy, created_at AS createdAt,
  expires_at AS expiresAt`;
const usable = "revoked_at IS NULL AND uses < max_uses AND expires_at > ?";
const gone = "That invitation was used, is too old, or never was. Ask for another.";
const dayMs = 24 * 60 * 60 * 1000;

interface Parts {
  store: Store;
  log: Log;
  clock: Clock;
  members: Members;
  passwords: Passwords;
  rooms: Rooms;
}

export function createInvitations({ store, log, clock, members, passwords, rooms }: Parts): Invitations {
  const byToken = store.sqlite.prepare<InvitationRow, [string, number]>(
    `SELECT ${columns} FROM invitations WHERE token_hash = ? AND ${usable}`,
  );
  const allOpen = store.sqlite.prepare<InvitationRow, [number]>(
    `SELECT ${columns} FROM invitations WHERE ${usable} ORDER BY id DESC LIMIT 500`,
  );
  defineInvitations(store, log);

  const complete = ({ createdBy, ...row }: InvitationRow): Invitation => ({
    ...row,
    // Those that it opens: whoever made it and left a room brings nobody into it, and names it to nobody.
    rooms: (JSON.parse(row.rooms) as number[])
      .map((id) => rooms.byId(id))
      .filter((room) => rooms.membersOf(room).includes(createdBy)),
    by: members.byId(createdBy),
  });

  function find(token: string): Invitation {
    const row = byToken.get(hashOf(token), clock.now());
    if (!row || !members.stands(row.createdBy)) throw new Refusal("NOT_FOUND", gone);
    return complete(row);
  }

  return {
    find,
    open: () =>
      allOpen
        .all(clock.now())
        .filter(({ createdBy }) => members.stands(createdBy))
        .map(complete),
    async create(by, { role, rooms: entered, note: rawNote, uses, days }) {
      if (!may(by, "manage_users") || !mayManage(by, { role }))
        throw new Refusal("PERMISSION_DENIED", `You may not invite anybody as ${role}.`);
      const note = rawNote.replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
      const wrong = (field: string, message: string) => new Refusal("INVALID_MESSAGE", message, { field });
      if (note.length > 200) throw wrong("note", "A note has at most 200 characters.");
      if (!(Number.isInteger(uses) && uses >= 1 && uses <= 1_000))
        throw wrong("uses", "An invitation can be used 1 to 1000 times.");
      if (!(Number.isInteger(days) && days >= 1 && days <= 90))
        throw wrong("days", "An invitation lives 1 to 90 days.");
      if (entered.some((room) => room.visibility === "direct"))
        throw wrong("rooms", "Nobody is invited into a conversation of others.");
      const token = newSecret();
      const data: InvitationCreated = {
        tokenHash: hashOf(token),
        role,
        rooms: entered.filter((room) => room.visibility === "private").map((room) => room.id),
        note,
        maxUses: uses,
        expiresAt: clock.now() + days * dayMs,
        ...doneBy(by),
      };
      const { seq } = await appended(log, { kind: "invitation.created", roomId: null, actorId: by.id, data });
      return { id: seq, token };
    },
    async revoke(by, id) {
      if (!may(by, "manage_users")) throw new Refusal("PERMISSION_DENIED", "You may not revoke invitations.");
      const data = { id, ...doneBy(by) };
      await appended(log, { kind: "invitation.revoked", roomId: null, actorId: by.id, data });
    },
    async accept(token, rawName, password, address) {
      const { id } = find(token);
      const { name, handle } = parseName(rawName);
      // Asked for before the hashing, which takes its time, and once more after it.
      members.claim(name);
      const data: InvitationAccepted = {
        id,
        name,
        handle,
        passwordHash: await passwords.hash(password, name),
        address,
      };
      // Fifty may get this far at once; the log lets as many through as the invitation has uses.
      const accepted = { kind: "invitation.accepted", roomId: null, actorId: null, data };
      const { seq } = await appendedAll(log, [...members.claim(name), accepted]);
      return members.byId(seq);
    },
  };
}

/** How events of invitations change the tables. The seq of an acceptance is the id of the new member. */
function defineInvitations(store: Store, log: Log): void {
  const { sqlite } = store;
  const standing = standingIn(store);
  const insert = sqlite.prepare(
    `INSERT INTO invitations (id, token_hash, role, rooms, note, max_uses, uses, created_by, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`,
  );
  const revoke = sqlite.prepare("UPDATE invitations SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL");
  const find = sqlite.prepare<InvitationRow, [number, number]>(
    `SELECT ${columns} FROM invitations WHERE id = ? AND ${usable}`,
  );
  const use = sqlite.prepare("UPDATE invitations SET uses = uses + 1 WHERE id = ?");
  const taken = sqlite.prepare<{ id: number }, [string]>("SELECT id FROM members WHERE kind = 'person' AND handle = ?");
  const insertMember = sqlite.prepare(
    "INSERT INTO members (id, kind, handle, name, title, role, created_at) VALUES (?, 'person', ?, ?, ?, ?, ?)",
  );
  const insertPassword = sqlite.prepare("INSERT INTO passwords (member_id, hash, changed_at) VALUES (?, ?, ?)");
  // Only where whoever invited still is: who was put out of a room brings nobody into it.
  const enter = sqlite.prepare(
    `INSERT OR IGNORE INTO room_members (room_id, member_id, joined_at)
     SELECT room_id, ?2, ?3 FROM room_members WHERE room_id = ?1 AND member_id = ?4`,
  );

  const created = (event: LogEvent) => {
    const { tokenHash, role, rooms, note, maxUses, expiresAt } = event.data as InvitationCreated;
    const terms = [role, JSON.stringify(rooms), note, maxUses] as const;
    insert.run(event.seq, tokenHash, ...terms, event.actorId, event.at, expiresAt);
  };
  log.define("invitation.created", created, (event) => {
    const { role, rooms } = event.data as InvitationCreated;
    standing.needsToManage(event, role);
    const { actorId } = event;
    if (actorId !== null && !rooms.every((id) => standing.isIn(id, actorId)))
      throw new Refusal("NOT_FOUND", "There is no such room, or you may not see it.");
  });
  const revoked = (event: LogEvent) => {
    const { changes } = revoke.run(event.at, (event.data as { id: number }).id);
    if (changes === 0) throw new Refusal("NOT_FOUND", "There is no such invitation.");
  };
  log.define("invitation.revoked", revoked, (event) => standing.needs(event, "manage_users"));
  log.define("invitation.accepted", (event) => {
    const { id, name, handle, passwordHash } = event.data as InvitationAccepted;
    const invitation = find.get(id, event.at);
    if (!invitation) throw new Refusal("NOT_FOUND", gone);
    if (taken.get(handle)) throw new Refusal("CONFLICT", `"${name}" is somebody's name here: choose another.`);
    use.run(id);
    insertMember.run(event.seq, handle, name, invitation.role, invitation.role, event.at);
    insertPassword.run(event.seq, passwordHash, event.at);
    for (const room of JSON.parse(invitation.rooms) as number[])
      enter.run(room, event.seq, event.at, invitation.createdBy);
  });
}
