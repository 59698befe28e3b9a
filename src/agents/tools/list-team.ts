import { z } from "zod";
import type { Members } from "../../people/members.ts";
import type { Presence } from "../../people/presence.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import type { Status } from "../status.ts";
import { readingFor } from "./reach.ts";
import type { Tool } from "./tool.ts";

interface Parts {
  members: Members;
  rooms: Rooms;
  presence: Presence;
  tasks: Tasks;
  status: Status;
}

const nothing = z.object({});

/** People who are told of at most: those who are here first. */
const mostPeople = 100;

export function listTeam(parts: Parts): Tool<z.infer<typeof nothing>> {
  const { members, presence, tasks, status } = parts;
  return {
    name: "list_team",
    description:
      "Who works here: agents with role, expertise and what they are doing, and people with whether they are here.",
    schema: nothing,
    readOnly: true,
    async run(_, context) {
      const reader = readingFor(parts, context);
      const agents = status
        .all((task) => tasks.mayRead(reader, task))
        .map(({ agent, status: doing, currentTask }) => {
          const knows = agent.expertise.length > 0 ? `, knows ${agent.expertise.join(", ")}` : "";
          const self = agent.member.id === context.agent.member.id ? " (you)" : "";
          return `- @${agent.member.handle}${self}: ${agent.role}${knows}; ${doing}${currentTask ? `: ${currentTask}` : ""}`;
        });
      const here = members
        .people()
        .filter(({ removedAt }) => removedAt === null)
        .map((person) => ({ person, isHere: presence.isOnline(person.id) }))
        .sort((a, b) => Number(b.isHere) - Number(a.isHere));
      const people = here
        .slice(0, mostPeople)
        .map(({ person, isHere }) => `- @${person.handle}: ${person.role}${isHere ? ", here now" : ""}`);
      const left = here.length - people.length;
      return [
        "Agents:",
        ...agents,
        "People:",
        ...people,
        ...(left > 0 ? [`(and ${left} more who are not here now)`] : []),
      ].join("\n");
    },
  };
}
