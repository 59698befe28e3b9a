import type { LogEvent } from "../../database/log.ts";
import type { Reading } from "./broadcast.ts";
import type { Broadcast } from "./dialects/dialect.ts";

/** Events by which it changes for whom something waits, beside those of approvals: somebody may more, or less, than before. */
const ofRights = new Set(["member.changed", "member.enabled", "room.entered", "room.left"]);

/** How many approvals wait for each person who may answer them, after a commit: people for whom it is as many are told together. */
export function waitingAfter(events: readonly LogEvent[], { approvals, members }: Reading): readonly Broadcast[] {
  const isOfApprovals = events.some(({ kind }) => kind.startsWith("approval."));
  if (!isOfApprovals && !events.some(({ kind }) => ofRights.has(kind))) return [];
  const open = approvals.open();
  if (!isOfApprovals && open.length === 0) return [];
  const byCount = new Map<number, number[]>();
  for (const person of members.people()) {
    if (person.removedAt !== null) continue;
    const count = open.filter((approval) => approvals.mayAnswer(person, approval)).length;
    const alike = byCount.get(count);
    if (alike) alike.push(person.id);
    else byCount.set(count, [person.id]);
  }
  return [...byCount].map(([count, to]) => ({ type: "waiting", seq: 0, count, to }));
}
