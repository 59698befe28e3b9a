import type { Audience } from "./audience.ts";
import type { Air } from "./outbound.ts";
import type { Listeners } from "./server.ts";
import type { Streams } from "./streams.ts";

/** Sockets and streams as one: whoever publishes knows no difference. */
export function createAir(
  listeners: Pick<Listeners, "publish">,
  streams: Pick<Streams, "publish">,
  audience: Audience,
): Air {
  return {
    publish(topic, frame, seq) {
      listeners.publish(topic, frame);
      streams.publish(topic, frame, seq);
    },
    listeners: (topic) => audience.count(topic),
    hasReaders: (dialect, batch) => audience.hasReaders(dialect, batch),
  };
}
