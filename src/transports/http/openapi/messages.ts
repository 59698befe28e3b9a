import { z } from "zod";
import { seq } from "../../../shapes.ts";
import { made, ok, type Part } from "./entry.ts";
import { message, messageExample, slugParam } from "./shapes.ts";

const hit = message
  .extend({ snippet: z.string().describe("Where it was found: HTML that holds nothing but `<mark>`.") })
  .meta({ id: "Hit", description: "A message that was found." });

export const messageEntries: Part = {
  name: "Messages",
  about: "What is said, and finding it. An answer to a POST means that it is on the disk.",
  routes: {
    "GET /api/v1/rooms/:slug/messages": {
      summary: "What was said in a room",
      description: "The newest page without `before` or `after`; an answer that is still being written is not in it.",
      params: slugParam,
      query: "limit=50",
      answers: ok(
        "The oldest first.",
        z.strictObject({
          messages: z.array(message),
          hasMore: z.boolean().describe("Whether there are more in the direction that was asked for."),
        }),
        { messages: [messageExample], hasMore: true },
      ),
      refusals: ["NOT_FOUND"],
    },
    "POST /api/v1/rooms/:slug/messages": {
      summary: "Say something",
      description: "With a `clientId` it may be repeated until it is answered: the first result comes again.",
      params: slugParam,
      body: { text: "Good *morning* @alice", clientId: "morning-1" },
      answers: made(
        "The message as it is stored.",
        z.strictObject({
          message,
          notice: z
            .string()
            .optional()
            .describe("What the house says to you alone, such as the answer to a slash command: Markdown."),
        }),
        { message: messageExample },
      ),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "GET /api/v1/search": {
      summary: "Find what was said",
      description:
        'Words, `"phrases"`, `begin*`, `*part*`, and `from:name in:room before:2026-01-31 after:2026-01 has:link has:code`. In everything you may read.',
      query: "q=login+from:mira",
      answers: ok(
        "What was found so far.",
        z.strictObject({
          hits: z.array(hit),
          next: seq.nullable().describe("The `before` of the next page."),
          complete: z.boolean().describe("False when some may be missing, because looking took too long."),
        }),
        { hits: [{ ...messageExample, snippet: "Good <mark>morning</mark> @alice" }], next: null, complete: true },
      ),
    },
    "GET /api/v1/slash-commands": {
      summary: "The slash commands you may use",
      answers: ok(
        "Say one as a message that begins with `/`.",
        z.strictObject({
          commands: z.array(z.strictObject({ name: z.string(), usage: z.string(), help: z.string() })),
        }),
        { commands: [{ name: "who", usage: "/who", help: "Who is here." }] },
      ),
    },
  },
};
