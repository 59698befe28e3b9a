import type { Status } from "../../agents/status.ts";
import type { Limits } from "../../limits.ts";
import type { Ephemeral } from "../../live/ephemeral.ts";
import { peopleBeside } from "../../people/beside.ts";
import type { Members } from "../../people/members.ts";
import type { Presence } from "../../people/presence.ts";
import type { Broadcast } from "./dialects/dialect.ts";
import { html } from "./dialects/html.tsx";

type Changed = Extract<Ephemeral, { type: "presence" }>;

interface Parts {
  members: Members;
  presence: Presence;
  status: Status;
  limits: Limits;
  tell: (broadcasts: readonly Broadcast[]) => void;
}

/** The lists beside a room, as pages get them: changes of presence gathered, and one snapshot for all who arrive at about the same time. */
export interface Lists {
  presenceChanged(event: Changed): void;
  agentsChanged(): void;
  /** Both lists as one frame. What changed since it was made is told within moments, to everybody. */
  snapshot(): string;
  stop(): void;
}

export function createLists({ members, presence, status, limits, tell }: Parts): Lists {
  const changed = new Map<number, Changed>();
  let timer: Timer | undefined;
  let people: string | undefined;
  let agents: string | undefined;

  function flush(): void {
    timer = undefined;
    if (changed.size === 0) return;
    const many = changed.size > limits.presenceSingles;
    const singles = [...changed.values()].map(({ member, online, at }) => ({
      member,
      online,
      lastSeen: online ? null : at,
    }));
    changed.clear();
    // A snapshot made before this is stale from here on; until now its changes were still to be told.
    people = undefined;
    tell([many ? everybody() : { type: "people", seq: 0, people: singles, all: false, online: presence.count }]);
    // A crowd that comes or goes is told at a walking pace: each telling is the whole list to every page.
    if (many) timer = setTimeout(flush, limits.presenceFlushMs * 5);
  }

  function everybody(): Broadcast {
    const shown = peopleBeside(members, presence, limits.peopleBeside);
    return { type: "people", seq: 0, people: shown, all: true, online: presence.count };
  }

  return {
    presenceChanged(event) {
      changed.set(event.member.id, event);
      timer ??= setTimeout(flush, limits.presenceFlushMs);
    },
    agentsChanged() {
      agents = undefined;
    },
    snapshot() {
      agents ??= html.join(html.encode({ type: "roster", seq: 0, states: status.all() }), 0);
      people ??= html.join(html.encode(everybody()), 0);
      return agents + people;
    },
    stop: () => clearTimeout(timer),
  };
}
