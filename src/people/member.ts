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
}

export type Role = "owner" | "admin" | "developer" | "analyst" | "viewer" | "guest" | "agent" | "system";

/** What each role may do, in one table. */
export const permissions = {
  owner: ["read", "write", "execute", "manage_tasks", "manage_users", "manage_system"],
  admin: ["read", "write", "execute", "manage_tasks", "manage_users", "manage_system"],
  developer: ["read", "write", "execute", "manage_tasks"],
  analyst: ["read", "write", "analyze"],
  viewer: ["read"],
  guest: ["read", "write"],
  agent: ["read", "write", "execute"],
  system: ["read", "write", "execute", "manage_system"],
} as const satisfies Record<Role, readonly string[]>;

export type Permission = (typeof permissions)[Role][number];

/** Whether a member's role carries a permission. */
export function may(member: Member, permission: Permission): boolean {
  return (permissions[member.role] as readonly Permission[]).includes(permission);
}
