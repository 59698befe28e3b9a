import type { Clock } from "../clock.ts";
import type { Limits } from "../limits.ts";
import type { Hub } from "../live/hub.ts";
import type { Member } from "./member.ts";

/** Who is here: counted by open connections of any kind, told when the first opens and when the last has been gone for a moment. */
export interface Presence {
  /** @returns what to call, once, when that connection is gone */
  arrive(member: Member): () => void;
  isOnline(memberId: number): boolean;
  /** In the order they came; at most `limit` of them. */
  online(limit?: number): readonly Member[];
  readonly count: number;
  /** Wall time of the last departure, ms since the epoch, when known since start. */
  lastSeen(memberId: number): number | undefined;
  stop(): void;
}

export function createPresence(hub: Hub, clock: Clock, limits: Limits): Presence {
  const here = new Map<number, { member: Member; connections: number; leaving: Timer | undefined }>();
  const departures = new Map<number, number>();

  function left(member: Member): void {
    here.delete(member.id);
    departures.set(member.id, clock.now());
    hub.tell({ type: "presence", member, online: false, at: clock.now() });
  }

  return {
    arrive(member) {
      const known = here.get(member.id);
      if (known) {
        clearTimeout(known.leaving);
        known.leaving = undefined;
        known.connections += 1;
      } else {
        here.set(member.id, { member, connections: 1, leaving: undefined });
        hub.tell({ type: "presence", member, online: true, at: clock.now() });
      }
      let gone = false;
      return () => {
        const entry = here.get(member.id);
        if (gone || !entry) return;
        gone = true;
        entry.connections -= 1;
        if (entry.connections === 0) entry.leaving = setTimeout(() => left(member), limits.presenceGraceMs);
      };
    },
    isOnline: (memberId) => here.has(memberId),
    online(limit = Number.POSITIVE_INFINITY) {
      const members: Member[] = [];
      for (const { member } of here.values()) {
        if (members.length >= limit) break;
        members.push(member);
      }
      return members;
    },
    get count() {
      return here.size;
    },
    lastSeen: (memberId) => departures.get(memberId),
    stop() {
      for (const entry of here.values()) clearTimeout(entry.leaving);
    },
  };
}
