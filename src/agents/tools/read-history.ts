import { z } from "zod";
import type { Limits } from "../../limits.ts";
import type { History } from "../../messages/history.ts";
import type { Members } from "../../people/members.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import { lineOf, newestWithin } from "./lines.ts";
import { nameOf } from "./post-message.ts";
import { readableRoom } from "./reach.ts";
import type { Tool } from "./tool.ts";

interface Parts {
  config: { limits: Limits };
  members: Members;
  rooms: Rooms;
  history: History;
}

const page = z.object({
  room: z.string().max(100).optional().describe("The room's name; the room of your task when left out."),
  limit: z.int().min(1).max(100).default(30).describe("How many messages."),
  before: z.int().min(1).optional().describe("Only messages before the one with this number, to read further back."),
});

export function readHistory(parts: Parts): Tool<z.infer<typeof page>> {
  const { config, history } = parts;
  return {
    name: "read_history",
    description: "Read what was said in a room: its newest messages, oldest first, each with its number.",
    schema: page,
    readOnly: true,
    async run({ room: name, limit, before }, context) {
      const room = readableRoom(parts, context, name);
      const { messages, hasMore } = history.page(room.id, { limit, ...(before !== undefined && { before }) });
      const lines = messages.filter(({ deletedAt, streaming }) => deletedAt === null && !streaming).map(lineOf);
      const shown = newestWithin(lines, config.limits.toolCharacters);
      if (shown.length === 0) return `Nothing was said in ${nameOf(room)}${before ? " before that" : ""}.`;
      const isCut = hasMore || shown.length < lines.length;
      return `${isCut ? "(There is more before this.)\n" : ""}${shown.join("\n")}`;
    },
  };
}
