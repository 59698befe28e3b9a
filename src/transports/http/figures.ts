import type { Clock } from "../../clock.ts";
import type { Log } from "../../database/log.ts";
import type { Store } from "../../database/open.ts";
import type { CommunicationManager } from "../manager.ts";
import type { Connections } from "../websocket/connections.ts";

interface Parts {
  clock: Clock;
  store: Store;
  log: Log;
  connections: Connections;
  communication: CommunicationManager;
  /** Where sockets are accepted, once the ports are open. */
  address: () => { host: string; port: number };
}

export type Figures = ReturnType<typeof createFigures>;

/** What is talked through and who is connected, in the words of the system Parley replaces. */
export function createFigures({ clock, store, log, connections, communication, address }: Parts) {
  const startedAt = clock.monotonic();
  const messages = store.sqlite.prepare<{ count: number }, []>(
    "SELECT count(*) AS count FROM messages WHERE room_id IN (SELECT id FROM rooms WHERE visibility = 'public')",
  );

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

  const uptime = () => Math.floor((clock.monotonic() - startedAt) / 1000);
  const state = () => {
    const { connected, polling } = communication.getTransportInfo();
    return { connected, is_running: connected && polling, ...address() };
  };

  return {
    users,
    uptime,
    /** Everybody by name. */
    info: () => ({
      type: communication.getTransportType(),
      ...state(),
      connected_users: users(),
      total_messages: totalMessages(),
      uptime_seconds: uptime(),
    }),
    /** The same as numbers. */
    stats: () => ({
      transport_type: communication.getTransportType(),
      ...state(),
      connected_users: users().length,
      total_messages: totalMessages(),
      uptime_seconds: uptime(),
    }),
  };
}
