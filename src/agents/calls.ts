import type { Config } from "../config.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Agent } from "./agent.ts";
import { wordsOf } from "./desk.ts";
import type { Roster } from "./roster.ts";
import type { Status } from "./status.ts";
import { asksForHelp, asksForWork, fit } from "./understanding.ts";

interface Parts {
  config: Config;
  history: History;
  rooms: Rooms;
  roster: Roster;
  status: Status;
}

interface Call {
  readonly agent: Agent;
  readonly reason: "mention" | "offer";
}

/** Agents that offer help at most: more would be a crowd. */
const mostOffers = 2;

/**
 * Whom a person's message calls, of the agents that may read it: those it names; all of them when it gives the team work; the one it
 * answers; in a direct conversation those who are in it; or, when it asks for help and names nobody, those who know. Of many that it names
 * the first few: a message is not a way to set everybody to work.
 */
export function calledBy(message: Message, { config, history, rooms, roster, status }: Parts): readonly Call[] {
  if (message.command) return [];
  const room = rooms.byId(message.roomId);
  const mayRead = (agent: Agent) => rooms.mayRead(agent.member, room);
  const asked = (agents: readonly Agent[]): Call[] =>
    [...new Set(agents.filter(mayRead))]
      .slice(0, config.limits.agentsCalled)
      .map((agent) => ({ agent, reason: "mention" }));
  if (message.mentions.includes("team") && asksForWork(wordsOf(message, roster)))
    return asked([...message.mentions.flatMap((handle) => roster.byName(handle) ?? []), ...roster.list()]);
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

/** Whom an agent's message calls: those it names, of those who may read it. What it answers calls nobody, or no two would ever end. */
export function calledByAgent(message: Message, { config, rooms, roster }: Parts): readonly Agent[] {
  const room = rooms.byId(message.roomId);
  const named = message.mentions.flatMap((handle) => roster.byName(handle) ?? []);
  return [...new Set(named)]
    .filter(({ member }) => member.id !== message.author.id && rooms.mayRead(member, room))
    .slice(0, config.limits.agentsCalled);
}

/** What an agent says that was not asked, and whose field a cry for help is. */
export function offerOf(agent: Agent, message: Message): string {
  const fields = agent.expertise.filter((field) => fit({ expertise: [field], role: "" }, message.text) > 0);
  const field = fields.length > 0 ? fields.join(" and ") : agent.role;
  return `${message.author.name}, I might be able to help with that: ${field} is my field. Mention @${agent.member.handle} and say what to do.`;
}
