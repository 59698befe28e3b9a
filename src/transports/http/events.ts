import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Log } from "../../database/log.ts";
import type { Store } from "../../database/open.ts";
import { closeCodes, Refusal } from "../../errors.ts";
import { type Env, identityOf, memberOf, requires } from "../../guards/identity.ts";
import { accepts } from "../../guards/validation.ts";
import { wholeNumberFrom } from "../../people/id.ts";
import { generalSlug } from "../../rooms/names.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Asked } from "../websocket/authenticate.ts";
import { type StreamParts, streamAnswer, wantsStream } from "./stream.ts";

interface Parts extends StreamParts {
  log: Log;
  store: Store;
  rooms: Rooms;
}

/** `?room=a&room=b`, `?topics=a,b`, or both ways. */
const list = z.preprocess((given) => [given].flat(), z.array(z.string().max(2_000)).max(128)).default([]);
const question = z.object({
  after: wholeNumberFrom(0).optional().describe("The largest seq that you have heard."),
  epoch: z.string().max(64).optional().describe("Of which log it is."),
  room: list.describe("Slugs, as often as wanted, exactly those; `general` without any."),
  topics: list.describe("Of `presence typing agents tasks help approvals`, with commas between them."),
  wait: z
    .string()
    .regex(/^\d{1,4}(?:\.\d{1,3})?$/, "is seconds, such as 0.5 or 20")
    .transform(Number)
    .optional()
    .describe("Seconds, for less than 25."),
});

/** What happens, for programs that cannot or will not open a socket: a stream of events, or one answer after the other. */
export function eventRoutes(parts: Parts) {
  const { config, log, store, rooms, streams, inbound } = parts;

  return new Hono<Env>().get("/api/v1/events", requires("read"), accepts("query", question), (context) => {
    const { after, epoch, room, topics, wait } = context.req.valid("query");
    const slugs = room.length > 0 ? room : rooms.find(memberOf(context), generalSlug) ? [generalSlug] : [];
    const asked: Asked = {
      topics: [...slugs.map((slug) => `room:${slug}`), ...topics.flatMap((each) => each.split(",")).filter(Boolean)],
      lastSeq: lastHeard(context) ?? after,
      epoch,
    };
    if (wantsStream(context))
      return streamAnswer(context, parts, "chat", (connection) => void inbound.follow(connection, asked));
    return poll(context, asked, wait === undefined ? config.limits.pollWaitMs : wait * 1000);
  });

  /** Answers at once when there is something to say, or nothing to wait for; else with the first that comes. */
  async function poll(context: Context<Env>, asked: Asked, waitMs: number): Promise<Response> {
    const frames: string[] = [];
    const { promise: settled, resolve: settle } = Promise.withResolvers<void>();
    let gathering: Timer | undefined;
    let endedWith: number | undefined;
    const connection = streams.open({
      door: "chat",
      carrier: "poll",
      identity: identityOf(context),
      outlet: {
        frame(frame) {
          frames.push(frame);
          gathering ??= setTimeout(settle, config.limits.pollGatherMs);
        },
        beat: () => {},
        end(code) {
          endedWith = code;
          settle();
        },
      },
    });
    const waiting = setTimeout(settle, Math.min(waitMs, config.limits.pollWaitMs));
    try {
      inbound.open(connection);
      if (!inbound.follow(connection, asked)) return answer(context, { resync: true });
      if (asked.lastSeq !== undefined && frames.length === 0) {
        context.req.raw.signal.addEventListener("abort", () => settle());
        await settled;
      }
      if (endedWith === closeCodes.sessionOver) throw new Refusal("SESSION_EXPIRED");
      return answer(context, { events: frames });
    } finally {
      clearTimeout(waiting);
      clearTimeout(gathering);
      streams.lose(connection);
    }
  }

  /** With the seq to ask from next: everything up to it that concerns the question is in the answer, because a commit is told in its own turn. */
  function answer(context: Context<Env>, { events, resync }: { events?: readonly string[]; resync?: true }): Response {
    const said = resync ? '"resync":true' : `"events":[${(events ?? []).join(",")}]`;
    const place = `"seq":${log.seq},"epoch":${JSON.stringify(store.epoch)}`;
    return context.body(`{${said},${place}}`, 200, { "content-type": "application/json" });
  }
}

/** Where a browser's own reader of events left off. */
function lastHeard(context: Context<Env>): number | undefined {
  const given = context.req.header("last-event-id") ?? "";
  return /^\d{1,15}$/.test(given) ? Number(given) : undefined;
}
