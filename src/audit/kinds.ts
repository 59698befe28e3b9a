/** What an event tells of in the audit: the act, and which of its fields name whom or what it was done to. */
export interface Audited {
  readonly action: string;
  /** Field that holds a member's id, a room's, or a name. */
  readonly target?: string;
  /** What the event itself makes, of which its seq is the id: names are not kept, because a private room's is its members' alone. */
  readonly makes?: "room";
  /** Fields worth keeping beside it; never a hash, a token or a text. */
  readonly detail?: readonly string[];
  /** Only an event that has this field is such an act. */
  readonly onlyWith?: string;
}

/** Events that are acts somebody answers for. What people say is not among them, it stands in its room; that somebody else took it back is. */
export const auditedKinds: Readonly<Record<string, Audited>> = {
  "session.opened": { action: "sign-in", target: "memberId", detail: ["method", "device"] },
  "session.ended": { action: "sign-out", target: "memberId", detail: ["id"] },
  "sessions.ended": { action: "sign-out everywhere", target: "memberId", detail: ["except"] },
  "owner.made": { action: "owner made", target: "name" },
  "member.joined": { action: "member joined", target: "name", detail: ["kind", "role", "outside"] },
  "member.changed": { action: "member changed", target: "id", detail: ["title", "role"] },
  "guest.renamed": { action: "guest renamed", target: "memberId", detail: ["name"] },
  "member.disabled": { action: "member disabled", target: "memberId" },
  "member.enabled": { action: "member enabled", target: "memberId" },
  "password.set": { action: "password set", target: "memberId", detail: ["resetId"] },
  "reset.created": { action: "reset link made", target: "memberId" },
  "invitation.created": { action: "invitation made", detail: ["role", "rooms", "maxUses", "expiresAt"] },
  "invitation.accepted": { action: "invitation accepted", target: "name", detail: ["id"] },
  "invitation.revoked": { action: "invitation revoked", detail: ["id"] },
  "key.created": {
    action: "key made",
    target: "memberId",
    detail: ["name", "prefix", "permissions", "rooms", "expiresAt"],
  },
  "key.revoked": { action: "key revoked", target: "memberId", detail: ["id"] },
  "grant.made": { action: "device allowed", target: "memberId", detail: ["client", "scope"] },
  "grant.revoked": { action: "device revoked", target: "memberId", detail: ["id", "reused"] },
  "telegram.linked": { action: "Telegram linked", target: "memberId", detail: ["telegramId", "name"] },
  "telegram.unlinked": { action: "Telegram unlinked", target: "memberId", detail: ["telegramId"] },
  "telegram.bound": { action: "Telegram chat shows a room", target: "memberId", detail: ["chatId", "threadId"] },
  "message.edited": { action: "message of another changed", target: "authorId", detail: ["id"], onlyWith: "authorId" },
  "message.deleted": { action: "message of another deleted", target: "authorId", detail: ["id"], onlyWith: "authorId" },
  "room.created": { action: "room made", makes: "room", detail: ["visibility"] },
  "room.renamed": { action: "room renamed", detail: ["id"] },
  "room.entered": { action: "room entered", target: "memberId" },
  "room.left": { action: "room left", target: "memberId" },
  "agent.hired": { action: "agent hired", target: "name", detail: ["role", "backend", "settings"] },
  "agent.changed": { action: "agent set up", target: "id", detail: ["role", "backend", "settings"] },
  "agent.fired": { action: "agent fired", target: "id" },
  "lease.decided": { action: "claim decided", target: "requesterId", detail: ["approved"] },
  "project.moved": { action: "project moved", target: "root" },
  "approval.asked": { action: "approval asked", detail: ["taskId", "kind", "shown"] },
  "approval.answered": { action: "approval answered", detail: ["id", "outcome", "optionId", "origin", "shown"] },
  "transport.switched": {
    action: "transport switched",
    target: "to",
    detail: ["from", "reason", "durationMs", "automatic"],
  },
  "transport.stopped": { action: "transport stopped", target: "type" },
  "transport.started": { action: "transport started", target: "type" },
  "rollout.changed": { action: "roll-out changed", detail: ["enabled", "percent"] },
};

/** What the audit keeps of an event; undefined when it is nothing anybody answers for. */
export function auditedOf({ kind, data }: { readonly kind: string; readonly data: unknown }): Audited | undefined {
  const audited = auditedKinds[kind];
  if (audited?.onlyWith === undefined) return audited;
  return (data as Readonly<Record<string, unknown>>)[audited.onlyWith] === undefined ? undefined : audited;
}

/** Acts that are no events: noted by the doors. */
export const notedActions = [
  "sign-in refused",
  "credential refused",
  "permission refused",
  "socket opened",
  "socket closed",
  "socket refused",
  "spoke for another",
  "stream opened",
  "stream closed",
  "entries left out",
] as const;

export type NotedAction = (typeof notedActions)[number];
