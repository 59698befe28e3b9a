import { Hono } from "hono";
import type { AgentManager } from "../../agents/manager.ts";
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { Log } from "../../database/log.ts";
import type { Store } from "../../database/open.ts";
import type { Env } from "../../guards/identity.ts";
import { requires } from "../../guards/identity.ts";
import { may } from "../../people/member.ts";
import { version } from "../../version.ts";
import type { Connections } from "../websocket/connections.ts";

interface Parts {
  config: Config;
  clock: Clock;
  store: Store;
  log: Log;
  connections: Connections;
  manager: AgentManager;
  /** Where sockets are accepted, once the ports are open. */
  address: () => { host: string; port: number };
  /** False from the moment a shutdown begins. */
  ready: () => boolean;
}

/** How the server is: for people, for load balancers and for programs written for the system Parley replaces (PROTOCOL.md, 4). */
export function operationRoutes({ config, clock, store, log, connections, manager, address, ready }: Parts) {
  const startedAt = clock.monotonic();
  const uptime = () => Math.floor((clock.monotonic() - startedAt) / 1000);
  const messages = store.sqlite.prepare<{ count: number }, []>(
    "SELECT count(*) AS count FROM messages WHERE room_id IN (SELECT id FROM rooms WHERE visibility = 'public')",
  );
  const probe = store.sqlite.prepare("SELECT 1 FROM meta LIMIT 1");

  /** Of public rooms, because everybody is told it. Counting a million rows takes a while: the figure is kept as long as nothing was written. */
  let counted = { seq: -1, total: 0 };
  function totalMessages(): number {
    if (counted.seq !== log.seq) counted = { seq: log.seq, total: messages.get()?.count ?? 0 };
    return counted.total;
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
      const statistics = manager.getChatStatistics();
      const database = databaseStatus();
      const identity = context.get("identity");
      const detailed = identity !== undefined && may(identity.member, "manage_system");
      return context.json({
        status: database === "healthy" ? "healthy" : "degraded",
        chat_enabled: ready(),
        active_sessions: statistics.working_agents,
        total_agents: statistics.total_agents,
        version,
        uptime_seconds: uptime(),
        components: {
          database: { status: database, ...(detailed && { seq: log.seq, waiting: log.waiting }) },
          websocket: { status: ready() ? "healthy" : "stopping", ...(detailed && { connections: connections.size }) },
          agents: { status: config.safeMode ? "off" : "healthy", ...(detailed && { ...statistics }) },
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
        total_messages: totalMessages(),
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
        total_messages: totalMessages(),
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
