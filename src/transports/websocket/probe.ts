import type { Limits } from "../../limits.ts";

/** Opens sockets to this server itself: the only way to know that others can. */
export interface Probe {
  /** Whether an upgrade is ours: it is let in past every limit, and closed at once. */
  is(request: Request): boolean;
  /** @throws Error when no socket opens in time */
  open(url: URL): Promise<void>;
}

export function createProbe({ probeTimeoutMs }: Pick<Limits, "probeTimeoutMs">): Probe {
  // Nobody else can know it, so nobody else comes in by it.
  const query = `?probe=${crypto.randomUUID()}`;
  return {
    is: (request) => request.url.endsWith(query),
    async open(url) {
      const socket = new WebSocket(`ws://${reachable(url)}/ws${query}`);
      let timer: Timer | undefined;
      try {
        await new Promise<void>((resolve, reject) => {
          timer = setTimeout(
            () => reject(new Error(`no socket opens within ${probeTimeoutMs / 1_000} s`)),
            probeTimeoutMs,
          );
          socket.onopen = () => resolve();
          socket.onerror = () => reject(new Error("connections are refused or cut off"));
          socket.onclose = ({ code }) => reject(new Error(`it is closed with ${code} before it opens`));
        });
      } finally {
        clearTimeout(timer);
        socket.close();
      }
    },
  };
}

/** Where a server that listens everywhere is found from here. */
function reachable({ hostname, port }: URL): string {
  const host = { "0.0.0.0": "127.0.0.1", "[::]": "[::1]" }[hostname] ?? hostname;
  return `${host}:${port}`;
}
