import { z } from "zod";
import { Refusal } from "../../errors.ts";
import type { PostMessage } from "../../messages/post.ts";
import type { Members } from "../../people/members.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Roster } from "../roster.ts";
import { nameOf, posted } from "./post-message.ts";
import { writableRoom } from "./reach.ts";
import type { Tool } from "./tool.ts";

interface Parts {
  members: Members;
  rooms: Rooms;
  roster: Roster;
  post: PostMessage;
}

const assignment = z.object({
  to: z.string().trim().min(1).max(100).describe("The agent's or person's name, as list_team has it."),
  task: z.string().trim().min(1).max(4_000).describe("What is to be done, complete: they know nothing of your work."),
  room: z.string().max(100).optional().describe("The room's name; the room of your task when left out."),
});

/** A task is given as everybody here gives one: by a mention, that all who may read the room see, and with the limits on agents that call agents. */
export function assignTask(parts: Parts): Tool<z.infer<typeof assignment>> {
  const { members, rooms, roster, post } = parts;
  return {
    name: "assign_task",
    description: "Give a task to a colleague, by a message in the room that mentions them. They answer there.",
    schema: assignment,
    readOnly: false,
    async run({ to, task, room: name }, context) {
      const wanted = to.replace(/^@/, "");
      const agent = roster.byName(wanted)?.member;
      const person = members.person(wanted);
      const member = agent ?? (person?.removedAt === null ? person : undefined);
      if (!member) throw new Refusal("NOT_FOUND", `Nobody called "${wanted}" works here: see list_team.`);
      if (member.id === context.agent.member.id)
        throw new Refusal("CONFLICT", "That is you: do it, or ask for help with it.");
      const room = writableRoom(parts, context, name);
      if (!rooms.mayRead(member, room))
        throw new Refusal("CONFLICT", `${member.name} is not in ${nameOf(room)} and would not read it.`);
      const { seq } = await posted(post, context, room, `@${member.handle} ${task}`);
      return `Asked ${member.name} in ${nameOf(room)}, message ${seq}. They answer there, in their own time.`;
    },
  };
}
