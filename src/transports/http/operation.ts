import { Hono } from "hono";
import type { AgentManager } from "../../agents/manager.ts";
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { Log } from "../../database/log.ts";
import type { Store } from "../../database/open.ts";
import type { Env } from "../../guards/identity.ts";
import { requires } from "../../guards/identity.ts";
import { may } from "../../people/member.ts";
import type { Pulse } from "../../pulse.ts";
import { version } from "../../version.ts";
import type { Connections } from "../websocket/connections.ts";

interface Parts {
  config: Config;
  clock: Clock;
  store: Store;
  log: Log;
  connections: Connections;
  manager: AgentManager;
  pulse: Pulse;
  /** Where sockets are accepted, once the ports are open. */
  address: () => { host: string; port: number };
  /** False from the moment a shutdown begins. */
  ready: () => boolean;
}

/** How the server is: for people, for load balancers and for programs written for the system Parley replaces (PROTOCOL.md, 4). */
export function operationRoutes(parts: Parts) {
  const { config, clock, store, log, connections, manager, pulse, address, ready } = parts;
  const startedAt = clock.monotonic();
  const uptime = () => Math.floor((clock.monotonic() - startedAt) / 1000);
  const messages = store.sqlite.prepare<{ count: number }, []>(
    "SELECT count(*) AS count FROM messages WHERE room_id IN (SELECT id FROM rooms WHERE visibility = 'public')",
  );
  const probe = store.sqlite.prepare("SELECT 1 FROM meta LIMIT 1");

  const { figuresMs } = config.limits;
  /** Of public rooms, because everybody is told it. Counting a million rows takes a while: it is not done again while nothing was written. */
  const totalMessages = kept(
    () => ({ seq: log.seq, total: messages.get()?.count ?? 0 }),
    ({ seq }) => seq === log.seq,
  );
  /** Anybody may ask, as often as they like: the agents are gone through once a second. */
  const statistics = kept(manager.getChatStatistics, () => false);

  /** A figure that is counted again after a while, unless it still holds. */
  function kept<T>(count: () => T, holds: (figure: T) => boolean): () => T {
    let last: { readonly figure: T; at: number } | undefined;
    return () => {
      const now = clock.monotonic();
      if (!last || (now - last.at >= figuresMs && !holds(last.figure))) last = { figure: count(), at: now };
      return last.figure;
    };
  }

  function walBytes(): number {
    return Bun.file(`${config.databasePath}-wal`).size;
  }

  function users() {
    return [...connections.all()].flatMap((connection) =>
      connection.identity
        ? [
            {
              user_id: connection.identity.member.name,
              role: connection.identity.member.title,
              connected_at: new Date(connection.openedAt).toISOString(),
              last_activity: new Date(connection.lastActivity).toISOString(),
              message_count: connection.sent,
            },
          ]
        : [],
    );
  }

  function databaseStatus(): "healthy" | "failing" {
    try {
      probe.get();
      return "healthy";
    } catch {
      return "failing";
    }
  }

  return new Hono<Env>()
    .get("/health", (context) => {
      const figures = statistics();
      const database = databaseStatus();
      const identity = context.get("identity");
      const detailed = identity !== undefined && may(identity.member, "manage_system");
      return context.json({
        status: database === "healthy" ? "healthy" : "degraded",
        chat_enabled: ready(),
        active_sessions: figures.working_agents,
        total_agents: figures.total_agents,
        version,
        uptime_seconds: uptime(),
        components: {
          database: {
            status: database,
            ...(detailed && { seq: log.seq, waiting: log.waiting, wal_bytes: walBytes() }),
          },
          websocket: { status: ready() ? "healthy" : "stopping", ...(detailed && { connections: connections.size }) },
          agents: { status: config.safeMode ? "off" : "healthy", ...(detailed && { ...figures }) },
          ...(detailed && { process: { status: "healthy", late_ms: pulse.lateness() } }),
        },
      });
    })
    .get("/ready", (context) =>
      ready() && databaseStatus() === "healthy" ? context.json({ ready: true }) : context.json({ ready: false }, 503),
    )
    .get("/communication/info", requires("read"), (context) => {
      return context.json({
        type: "websocket",
        connected: ready(),
        is_running: ready(),
        ...address(),
        connected_users: users(),
        total_messages: totalMessages().total,
        uptime_seconds: uptime(),
      });
    })
    .get("/communication/stats", requires("read"), (context) =>
      context.json({
        transport_type: "websocket",
        connected: ready(),
        is_running: ready(),
        ...address(),
        connected_users: users().length,
        total_messages: totalMessages().total,
        uptime_seconds: uptime(),
      }),
    )
    .get("/ws-info", requires("read"), (context) =>
      context.json({ transport: "websocket", ...address(), connected_users: users().length, running: ready() }),
    )
    .get("/websocket/users", requires("read"), (context) => {
      return context.json({ connected_users: users() });
    });
}
