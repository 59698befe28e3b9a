import { z } from "zod";
import type { Outcome } from "../../database/log.ts";
import type { PostMessage } from "../../messages/post.ts";
import { acting } from "../../people/identity.ts";
import type { Members } from "../../people/members.ts";
import { plainName } from "../../rooms/names.ts";
import type { Room } from "../../rooms/room.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import { passedOn, writableRoom } from "./reach.ts";
import type { Tool, ToolContext } from "./tool.ts";

interface Parts {
  members: Members;
  rooms: Rooms;
  post: PostMessage;
}

const message = z.object({
  text: z.string().trim().min(1).describe("Markdown. A @name reaches that person or agent."),
  room: z.string().max(100).optional().describe("The room's name; the room of your task when left out."),
});

export function postMessage(parts: Parts): Tool<z.infer<typeof message>> {
  return {
    name: "post_message",
    description:
      "Say something in a room now, while you work. Your final answer is posted by itself: do not repeat it with this.",
    schema: message,
    readOnly: false,
    async run({ text, room: name }, context) {
      const room = writableRoom(parts, context, name);
      const { seq } = await posted(parts.post, context, room, text);
      return `Posted in ${nameOf(room)} as message ${seq}.`;
    },
  };
}

/** Posts as the agent, in the thread of its task where that is the room. */
export function posted(post: PostMessage, context: ToolContext, room: Room, text: string): Promise<{ seq: number }> {
  const { agent, task } = context;
  const place =
    task?.roomId === room.id ? { replyTo: task.requestId, taskId: task.id } : { replyTo: null, taskId: null };
  const author = acting(agent.member, "", passedOn(context));
  return new Promise((resolve, reject) => {
    post(author, { room: room.slug, text, origin: "agent", ...place }, (outcome: Outcome) =>
      outcome.ok ? resolve(outcome) : reject(outcome.refusal),
    );
  });
}

/** A room as people call it: a private one's address holds more than its name. */
export function nameOf({ slug, visibility }: Room): string {
  return visibility === "direct" ? "this conversation" : `#${plainName(slug)}`;
}
