import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { Refusal } from "../../errors.ts";
import { type Env, identityOf, memberOf, requires } from "../../guards/identity.ts";
import { accepts } from "../../guards/validation.ts";
import { wholeNumberFrom } from "../../people/id.ts";
import type { Connection } from "../websocket/connection.ts";
import { PollLine } from "./poll-line.ts";
import { type StreamParts, streamAnswer, wantsStream } from "./stream.ts";

const question = z.object({
  room: z.string().max(100).optional(),
  task: wholeNumberFrom(1).optional(),
  after: wholeNumberFrom(0).optional(),
  epoch: z.string().max(64).optional(),
  line: z.string().max(64).optional(),
});
const posting = z.object({ line: z.string().max(64) });

/** Frames of one post: a page gathers what waits while the post before is on its way. */
const mostFrames = 200;

/**
 * The page's way without a socket: the same frames as over its socket, out by a stream of events or, where something on the way gathers
 * those, by one answer after the other; and in by posts, which name the line that they belong to.
 */
export function liveRoutes(parts: StreamParts & { clock: Clock }) {
  const { config, clock, streams, inbound } = parts;
  const polled = new Map<string, PollLine>();

  return new Hono<Env>()
    .get("/live", requires("read"), accepts("query", question), (context) => {
      const { room, task, after, epoch, line } = context.req.valid("query");
      const { scope } = memberOf(context);
      if (scope && scope.rooms !== null)
        throw new Refusal("PERMISSION_DENIED", "A key for certain rooms opens the API, not the pages.");
      if (line !== undefined) return goOn(context, line);
      if (room === undefined) throw new Refusal("INVALID_MESSAGE", '"room": say which room the page shows.');
      const begin = (connection: Connection) =>
        inbound.receive(connection, JSON.stringify({ type: "resume", room, task, lastSeq: after, epoch }));
      return wantsStream(context) ? streamAnswer(context, parts, "page", begin) : poll(context, begin);
    })
    .post("/live", requires("read", "message"), accepts("query", posting), async (context) => {
      const connection = own(context, context.req.valid("query").line);
      const frames = (await context.req.text()).split("\n").filter((frame) => frame !== "");
      if (frames.length > mostFrames)
        throw new Refusal("INVALID_MESSAGE", `A post may have at most ${mostFrames} frames.`);
      for (const frame of frames) inbound.receive(connection, frame);
      return context.body(null, 204);
    });

  /** Opens a line that is asked again and again. */
  function poll(context: Context<Env>, begin: (connection: Connection) => void): Promise<Response> | Response {
    const line = new PollLine(config.limits);
    const connection = streams.open({ door: "page", carrier: "stream", identity: identityOf(context), outlet: line });
    line.over = () => polled.delete(connection.id);
    line.lost = () => streams.lose(connection);
    try {
      inbound.open(connection);
      begin(connection);
    } catch (refusal) {
      streams.lose(connection);
      throw refusal;
    }
    polled.set(connection.id, line);
    return answer(context, connection.id, line);
  }

  function goOn(context: Context<Env>, id: string): Promise<Response> | Response {
    const connection = own(context, id);
    const line = polled.get(id);
    if (!line) throw over();
    connection.lastActivity = clock.now();
    return answer(context, id, line);
  }

  async function answer(context: Context<Env>, id: string, line: PollLine): Promise<Response> {
    const { frames, closed } = await line.next(context.req.raw.signal);
    return context.json({ line: id, frames, ...(closed && { closed }) });
  }

  /** The line of whoever asks. @throws Refusal NOT_FOUND for one that is over, and for somebody else's alike */
  function own(context: Context<Env>, id: string): Connection {
    const { member, proof } = identityOf(context);
    const connection = streams.find(id);
    const identity = connection?.identity;
    if (connection?.door !== "page" || !identity) throw over();
    const isTheirs = identity.member.id === member.id && identity.proof.kind === proof.kind;
    if (!isTheirs || identity.proof.id !== proof.id) throw over();
    return connection;
  }
}

function over(): Refusal {
  return new Refusal("NOT_FOUND", "That line is over: open another one.");
}
