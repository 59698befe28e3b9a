import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { AgentManager } from "../../agents/manager.ts";
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { Log } from "../../database/log.ts";
import type { Store } from "../../database/open.ts";
import type { Pulse } from "../../pulse.ts";
import type { CommunicationManager } from "../manager.ts";
import type { TransportType } from "../transport.ts";
import type { Connections } from "../websocket/connections.ts";

interface Parts {
  config: Config;
  clock: Clock;
  store: Store;
  log: Log;
  connections: Connections;
  manager: AgentManager;
  communication: CommunicationManager;
  pulse: Pulse;
  /** What the start had to end that a crash left open. */
  recovered: { readonly answers: number; readonly tasks: number };
  /** False from the moment a shutdown begins. */
  ready: () => boolean;
}

/** A part of the server: how it is, for anybody, and what else there is to say of it, for those who run it. */
interface Component {
  readonly status: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Looks at every part of the server as it is now. Anybody may ask, as often as they like: the agents are gone through once a second. */
export function createHealth(parts: Parts) {
  const { config, clock, store, log, connections, manager, communication, pulse, recovered, ready } = parts;
  const probe = store.sqlite.prepare("SELECT 1 FROM meta LIMIT 1");

  let counted = { figures: manager.getChatStatistics(), at: clock.monotonic() };
  function statistics() {
    const now = clock.monotonic();
    if (now - counted.at >= config.limits.figuresMs) counted = { figures: manager.getChatStatistics(), at: now };
    return counted.figures;
  }

  function isDatabaseWell(): boolean {
    try {
      probe.get();
      return true;
    } catch {
      return false;
    }
  }

  function disk(): Component {
    try {
      const { bavail, bsize } = statfsSync(dirname(config.databasePath));
      const free = bavail * bsize;
      return { status: free < config.limits.diskFreeBytes ? "low" : "healthy", details: { free_bytes: free } };
    } catch {
      return { status: "failing", details: {} };
    }
  }

  function transport(type: TransportType): Component {
    const found = communication.getTransportInfo().transports.find((each) => each.type === type);
    const trouble = found?.trouble ?? null;
    const status = !found?.available ? "not set up" : trouble !== null ? "failing" : found.on ? "healthy" : "off";
    return { status: type === "websocket" && !ready() ? "stopping" : status, details: { trouble } };
  }

  function talk(): Component {
    const { type, chosen, connected, polling, since, transports } = communication.getTransportInfo();
    const fails = type !== chosen || !connected || transports.some(({ trouble }) => trouble !== null);
    const { automatic } = communication.getStatistics();
    const details = { type, chosen, since: new Date(since).toISOString(), automatic_switches: automatic };
    return { status: !polling ? "stopped" : fails ? "degraded" : "healthy", details };
  }

  return {
    isDatabaseWell,
    statistics,
    /** @param detailed for those who run it */
    look(detailed: boolean) {
      const websocket = transport("websocket");
      const components: Record<string, Component> = {
        database: {
          status: isDatabaseWell() ? "healthy" : "failing",
          details: { seq: log.seq, waiting: log.waiting, wal_bytes: Bun.file(`${config.databasePath}-wal`).size },
        },
        disk: disk(),
        communication: talk(),
        websocket: { ...websocket, details: { ...websocket.details, connections: connections.size } },
        telegram: transport("telegram"),
        agents: { status: config.safeMode ? "off" : "healthy", details: { ...statistics() } },
        process: { status: "healthy", details: { late_ms: pulse.lateness() } },
        recovery: {
          status: recovered.answers + recovered.tasks > 0 ? "recovered" : "clean",
          details: { answers_cut_off: recovered.answers, tasks_failed: recovered.tasks },
        },
      };
      const bad = Object.values(components).some(({ status }) => ["failing", "low", "degraded"].includes(status));
      return {
        status: bad ? ("degraded" as const) : ("healthy" as const),
        components: Object.fromEntries(
          Object.entries(components).map(([name, { status, details }]) => [name, { status, ...(detailed && details) }]),
        ),
      };
    },
  };
}
