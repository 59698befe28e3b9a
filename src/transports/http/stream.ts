import type { Context } from "hono";
import type { Config } from "../../config.ts";
import { closeCodes } from "../../errors.ts";
import { type Env, identityOf } from "../../guards/identity.ts";
import type { Connection, Door } from "../websocket/connection.ts";
import type { Inbound } from "../websocket/inbound.ts";
import type { Streams } from "../websocket/streams.ts";
import { beat, EventBody, eventBytes, eventHeaders, retryBytes } from "./sse.ts";

export interface StreamParts {
  config: Config;
  streams: Streams;
  inbound: Inbound;
}

/** A reader that was cut off has so many seconds to take the last words. */
const lastWordsSeconds = 10;

/** Whether a request asks for events as they come, rather than for an answer. */
export function wantsStream(context: Context<Env>): boolean {
  return (context.req.header("accept") ?? "").includes("text/event-stream");
}

/**
 * Answers with a stream of events: a connection like any other, whose wire is this answer.
 * @param begin says what it is to hear. What it throws refuses the request.
 */
export function streamAnswer(
  context: Context<Env>,
  { config, streams, inbound }: StreamParts,
  door: Door,
  begin: (connection: Connection) => void,
): Response {
  const events = new EventBody(config.limits);
  const { patience } = context.env;
  const connection = streams.open({
    door,
    carrier: "stream",
    identity: identityOf(context),
    outlet: {
      frame(frame, seq) {
        if (!events.write(eventBytes(frame, seq))) connection.wire.close(closeCodes.tooSlow, "TOO_SLOW");
      },
      beat: () => void events.write(beat),
      end(code, reason) {
        events.end(eventBytes(JSON.stringify({ code, reason }), 0, "close"));
        patience?.(lastWordsSeconds);
      },
    },
  });
  events.gone = () => streams.lose(connection);
  // Spread, so that a crowd that lost its streams does not come at once.
  events.write(retryBytes(Math.round(config.reconnect.delayMs * (1 + Math.random()))));
  // Whom to post to: a page sends what it says with the name of its line.
  if (door === "page") events.write(eventBytes(JSON.stringify({ line: connection.id }), 0, "line"));
  try {
    inbound.open(connection);
    begin(connection);
  } catch (refusal) {
    streams.lose(connection);
    throw refusal;
  }
  events.opened();
  patience?.(0);
  // Nobody reads the answer to HEAD, so nothing would ever end it.
  if (context.req.raw.method === "HEAD") streams.lose(connection);
  return new Response(events.body, { headers: eventHeaders });
}
