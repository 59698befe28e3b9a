import type { Config } from "../config.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Agent } from "./agent.ts";
import type { RunRequest } from "./backends/backend.ts";
import type { Roster } from "./roster.ts";
import type { Status } from "./status.ts";
import { asksForHelp, fit } from "./understanding.ts";

interface Parts {
  config: Config;
  history: History;
  rooms: Rooms;
  roster: Roster;
  status: Status;
}

type Call = Pick<RunRequest, "agent" | "reason">;

/** Agents that offer help at most: more would be a crowd. */
const mostOffers = 2;

/**
 * Whom a person's message calls, of the agents that may read it: those it names; the one it answers; in a direct conversation those who
 * are in it; or, when it asks for help and names nobody, those who know. Of many that it names the first few: a message is not a way to
 * set everybody to work.
 */
export function calledBy(message: Message, { config, history, rooms, roster, status }: Parts): readonly Call[] {
  if (message.command) return [];
  const room = rooms.byId(message.roomId);
  const mayRead = (agent: Agent) => rooms.mayRead(agent.member, room);
  const asked = (agents: readonly Agent[]): Call[] =>
    [...new Set(agents.filter(mayRead))]
      .slice(0, config.limits.agentsCalled)
      .map((agent) => ({ agent, reason: "mention" }));
  if (message.mentions.length > 0) return asked(message.mentions.flatMap((handle) => roster.byName(handle) ?? []));
  const parent = message.replyTo ? history.row(message.replyTo.id) : undefined;
  const answered = parent && roster.byId(parent.authorId);
  if (answered) return asked([answered]);
  if (room.visibility === "direct") return asked(rooms.membersOf(room).flatMap((id) => roster.byId(id) ?? []));
  if (!asksForHelp(message.text)) return [];
  return roster
    .list()
    .filter(mayRead)
    .map((agent) => ({ agent, fits: fit(agent, message.text) }))
    .filter(({ agent, fits }) => fits > 0 && ["idle", "completed"].includes(status.of(agent).status))
    .sort((a, b) => b.fits - a.fits)
    .slice(0, mostOffers)
    .map(({ agent }) => ({ agent, reason: "offer" }));
}
