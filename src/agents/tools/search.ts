import { z } from "zod";
import type { Limits } from "../../limits.ts";
import type { Members } from "../../people/members.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Search } from "../../search/search.ts";
import { lineOf, newestWithin } from "./lines.ts";
import { nameOf } from "./post-message.ts";
import { readingFor } from "./reach.ts";
import type { Tool } from "./tool.ts";

interface Parts {
  config: { limits: Limits };
  members: Members;
  rooms: Rooms;
  search: Search;
}

const query = z.object({
  query: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .describe('Words, "a phrase", begin*, from:name, in:room, before:2026-01-31, after:yesterday, has:link|code|file.'),
  limit: z.int().min(1).max(50).default(10),
});

export function searchMessages(parts: Parts): Tool<z.infer<typeof query>> {
  const { config, rooms, search } = parts;
  return {
    name: "search",
    description: "Find messages by words, in the room of your task and in public rooms. The newest first.",
    schema: query,
    readOnly: true,
    async run({ query: text, limit }, context) {
      const { hits, next, complete } = search.find(readingFor(parts, context), text, { limit });
      const lines = hits.map(({ message }) => `${nameOf(rooms.byId(message.roomId))} ${lineOf(message)}`);
      // The newest stand first here, and are what is kept.
      const shown = newestWithin(lines.toReversed(), config.limits.toolCharacters).toReversed();
      if (shown.length === 0) return complete ? "Nothing was found." : "Nothing was found, but not all was looked at.";
      const more = next !== null || shown.length < lines.length ? "\n(There is more: narrow the search.)" : "";
      return `${shown.join("\n")}${more}`;
    },
  };
}
