import { Hono } from "hono";
import type { AgentManager } from "../../agents/manager.ts";
import type { Env } from "../../guards/identity.ts";
import { may } from "../../people/member.ts";
import { version } from "../../version.ts";
import type { CommunicationManager } from "../manager.ts";
import type { Figures } from "./figures.ts";
import { createHealth } from "./health.ts";

type Parts = Parameters<typeof createHealth>[0] & {
  figures: Figures;
  manager: AgentManager;
  communication: CommunicationManager;
};

/** How the server is: for people, for load balancers and for programs written for the system Parley replaces (PROTOCOL.md, HTTP). */
export function operationRoutes(parts: Parts) {
  const { figures, communication, ready } = parts;
  const health = createHealth(parts);

  return new Hono<Env>()
    .get("/health", (context) => {
      const identity = context.get("identity");
      const { status, components } = health.look(identity !== undefined && may(identity.member, "manage_system"));
      const statistics = health.statistics();
      return context.json({
        status,
        chat_enabled: ready() && communication.isConnected(),
        active_sessions: statistics.working_agents,
        total_agents: statistics.total_agents,
        version,
        uptime_seconds: figures.uptime(),
        components,
      });
    })
    .get("/ready", (context) =>
      ready() && health.isDatabaseWell() ? context.json({ ready: true }) : context.json({ ready: false }, 503),
    );
}
