/**
 * The baseline: Bun's own publish with no product around it. Everything Parley does beyond this (identity, limits, a durable
 * commit, two renderings) is what the benchmark prices.
 *
 * `bun raw.ts [FRAME]`: every text a client sends goes to all, padded until its frame has FRAME bytes (0: as it came).
 */
const frameBytes = Number(process.argv[2] ?? 0);

/** A server's frame header has 2 bytes, 4 when the payload is longer than 125. */
const payloadBytes = frameBytes > 129 ? frameBytes - 4 : frameBytes - 2;
const padding = "x".repeat(Math.max(0, payloadBytes));

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, self) {
    return self.upgrade(request, { data: undefined }) ? undefined : new Response("raw\n");
  },
  websocket: {
    open(socket) {
      socket.subscribe("room");
    },
    message(_socket, text) {
      if (typeof text !== "string") return;
      server.publish("room", text.length < payloadBytes ? text + padding.slice(text.length) : text, false);
    },
    // A slow reader is cut off at the same bound as Parley's, or the two would not lose alike.
    backpressureLimit: 1024 * 1024,
    closeOnBackpressureLimit: true,
  },
});

console.log(`listening on http://127.0.0.1:${server.port}`);
