import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import type { Presence } from "./presence.ts";

/** A person as the side bar shows them. */
export interface PersonBeside {
  readonly member: Member;
  readonly online: boolean;
  /** Wall time of the last departure, ms since the epoch, when known. */
  readonly lastSeen: number | null;
}

/** Those who are here, then those who were, by name; of a large workspace only as many as a side bar can hold. */
export function peopleBeside(members: Members, presence: Presence, limit: number): PersonBeside[] {
  const here: PersonBeside[] = [];
  for (const member of presence.online(limit)) {
    if (member.kind === "person") here.push({ member, online: true, lastSeen: null });
  }
  const away: PersonBeside[] = [];
  for (const member of members.people()) {
    if (here.length + away.length >= limit) break;
    if (member.removedAt !== null || presence.isOnline(member.id)) continue;
    away.push({ member, online: false, lastSeen: presence.lastSeen(member.id) ?? null });
  }
  return [...here.sort(byHandle), ...away.sort(byHandle)];
}

function byHandle(a: PersonBeside, b: PersonBeside): number {
  return a.member.handle.localeCompare(b.member.handle);
}
