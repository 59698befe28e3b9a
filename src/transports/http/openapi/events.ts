import { z } from "zod";
import { seq } from "../../../shapes.ts";
import { answers, type Part } from "./entry.ts";

/** @param frame any frame that the server says in the camel dialect */
export function eventEntries(frame: z.ZodType): Part {
  const place = { seq: seq.describe("Ask next with this as `after`."), epoch: z.string() };
  return {
    name: "Events",
    about:
      "What happens, for programs that cannot open a socket: the frames of the camel dialect, as a stream or as one answer after the other.",
    routes: {
      "GET /api/v1/events": {
        summary: "What happens",
        description:
          "With `Accept: text/event-stream` a stream: the welcome, what was missed since `after` or `Last-Event-ID`, then live; each event's `id` is what to come back with, and the last one, `close`, says `{code, reason}` as a socket would. Otherwise a question: what was missed since `after` at once, else the first thing that happens, at the latest after 25 s. Without `after` it says at once where you are.",
        query: "room=general&after=42",
        answers: {
          200: answers(
            "What happened, or that you missed too much and load history again.",
            z.union([
              z.strictObject({ events: z.array(frame), ...place }),
              z.strictObject({ resync: z.literal(true), ...place }),
            ]),
            { events: [], seq: 42, epoch: "0192f0c4-6a1e-7c3b-9d55-0c6a2f1b8e10" },
          ),
        },
        refusals: ["NOT_FOUND", "CONFLICT", "CONNECTION_LIMIT", "SESSION_EXPIRED"],
      },
    },
  };
}
