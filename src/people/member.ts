/** Whoever can be the author of a message: people, agents and the system are members alike. */
export interface Member {
  /** The seq of the event that made the member. */
  readonly id: number;
  readonly kind: "person" | "agent" | "system";
  /** What a mention is matched with: the name, folded. Unique among members of one kind. */
  readonly handle: string;
  /** The name as first given: what people and JSON clients see. */
  readonly name: string;
  /** What the person called their role when they signed in, or the agent's job: shown, grants nothing. */
  readonly title: string;
  /** What they may do. */
  readonly role: Role;
  /** When they were disabled or fired, ms since the epoch: from then on they may do nothing. */
  readonly removedAt: number | null;
  /** When they came, ms since the epoch. */
  readonly createdAt?: number;
  /** Narrows what this member may do here: they came by a key or token that grants less than they are. */
  readonly scope?: Scope;
  /** Where they act from, when they came through a door: an address for the audit log. */
  readonly address?: string;
  /** The seq up to which what they showed is known to be good: what was taken away after it is asked about when the log commits. */
  readonly provenAt?: number;
}

/** What a key or token grants of what its member may do. */
export interface Scope {
  readonly permissions: readonly Permission[];
  /** Ids of the only rooms it opens; null for all that its member may enter. */
  readonly rooms: readonly number[] | null;
}

export type Role = "owner" | "admin" | "developer" | "analyst" | "viewer" | "guest" | "agent" | "system";

/** What each role may do, in one table. */
export const permissions = {
  owner: ["read", "write", "execute", "manage_tasks", "manage_users", "manage_system", "manage_owners"],
  admin: ["read", "write", "execute", "manage_tasks", "manage_users", "manage_system"],
  developer: ["read", "write", "execute", "manage_tasks"],
  analyst: ["read", "write", "analyze"],
  viewer: ["read"],
  guest: ["read", "write"],
  agent: ["read", "write", "execute"],
  system: ["read", "write", "execute", "manage_system"],
} as const satisfies Record<Role, readonly string[]>;

export type Permission = (typeof permissions)[Role][number];

/** Every permission there is, the widest last. */
export const allPermissions: readonly Permission[] = [
  "read",
  "write",
  "execute",
  "analyze",
  "manage_tasks",
  "manage_users",
  "manage_system",
  "manage_owners",
];

/** Roles that a person can be given. */
export const personRoles = ["owner", "admin", "developer", "analyst", "viewer", "guest"] as const satisfies Role[];
export type PersonRole = (typeof personRoles)[number];

/** What of a member decides what they may do. */
type Rights = Pick<Member, "role" | "removedAt" | "scope">;

/** Whether a member may do something: the one question every door asks. Rooms are asked about in rooms.ts. */
export function may(member: Rights, permission: Permission): boolean {
  if (member.removedAt !== null) return false;
  if (member.scope && !member.scope.permissions.includes(permission)) return false;
  return (permissions[member.role] as readonly Permission[]).includes(permission);
}

/** Everything a member may do. */
export function permissionsOf(member: Member): readonly Permission[] {
  return permissions[member.role].filter((permission) => may(member, permission));
}

/**
 * Whether one member may give a role, or change the access of who has it: nobody touches an owner but an owner, and a key or token
 * hands out nothing that it was not given itself.
 */
export function mayManage(by: Rights, other: Pick<Member, "role">): boolean {
  if (!may(by, other.role === "owner" ? "manage_owners" : "manage_users")) return false;
  if (!by.scope) return true;
  const given: readonly Permission[] = by.scope.permissions;
  const own: readonly Permission[] = permissions[by.role];
  const handedOut = permissions[other.role].filter((permission) => own.includes(permission));
  return by.scope.rooms === null && handedOut.every((permission) => given.includes(permission));
}
