import { z } from "zod";
import { instant, seq } from "../../../shapes.ts";
import { answers, ok, type Part } from "./entry.ts";

const component = z.looseObject({ status: z.string() }).describe("For administrators with details.");
const health = z.strictObject({
  status: z.enum(["healthy", "degraded"]),
  chat_enabled: z.boolean(),
  active_sessions: z.int().describe("Agents at work."),
  total_agents: z.int(),
  version: z.string(),
  uptime_seconds: z.int(),
  components: z.strictObject({
    database: component,
    disk: component,
    communication: component,
    websocket: component,
    telegram: component,
    agents: component,
    process: component,
    recovery: component,
  }),
});
const well = { status: "healthy" };

const rollout = z
  .strictObject({ enabled: z.boolean(), percent: z.int().min(0).max(100) })
  .meta({ id: "Rollout", description: "Whose pages use WebSockets: always the same people." });

const figures = z
  .strictObject({
    connections: z.int(),
    opened: z.int(),
    meanDurationSeconds: z.number().nullable(),
    closed: z.record(z.string(), z.int()).describe("By close code."),
    failedAttempts: z.int(),
    reconnects: z.int(),
    meanLatencyMs: z.number().nullable(),
    meanQueueSize: z.number().nullable(),
    messages: z.int(),
    meanAcknowledgeMs: z.number().nullable(),
    refusals: z.int(),
  })
  .meta({
    id: "TransportFigures",
    description: "How one way to connect fares, since the start; null where there is nothing to average.",
  });
const quiet = {
  connections: 3,
  opened: 12,
  meanDurationSeconds: 310.5,
  closed: { "1000": 9 },
  failedAttempts: 0,
  reconnects: 2,
  meanLatencyMs: 1.2,
  meanQueueSize: 0,
  messages: 48,
  meanAcknowledgeMs: 2.31,
  refusals: 0,
};

const entry = {
  id: z.int(),
  at: instant,
  seq,
  action: z.string(),
  actor: z.string(),
  target: z.string(),
  address: z.string(),
  result: z.enum(["ok", "refused", "failed"]),
  detail: z.record(z.string(), z.unknown()),
  hash: z.string(),
};
const auditEntry = z.strictObject(entry).meta({ id: "AuditEntry", description: "Who did what, when and from where." });

const olderEntry = z
  .strictObject({
    id: z.string(),
    action: z.string(),
    actor_id: z.string().nullable(),
    actor_type: z.string(),
    resource_type: z.string(),
    resource_id: z.string(),
    metadata: z.record(z.string(), z.unknown()),
    timestamp: instant,
    ip_address: z.string(),
    user_agent: z.null(),
  })
  .meta({ id: "OlderAuditEntry", description: "An entry of the audit in the words of older dashboards." });

export const serverEntries: Part = {
  name: "The server",
  about: "How it is, for those who run it.",
  routes: {
    "GET /health": {
      summary: "How the server is",
      description: "Open to everybody; details of each part for who has `manage_system`.",
      answers: ok("As it is now.", health, {
        status: "healthy",
        chat_enabled: true,
        active_sessions: 1,
        total_agents: 4,
        version: "0.1.0",
        uptime_seconds: 86_400,
        components: {
          database: well,
          disk: well,
          communication: well,
          websocket: well,
          telegram: { status: "not set up" },
          agents: well,
          process: well,
          recovery: { status: "clean" },
        },
      }),
    },
    "GET /ready": {
      summary: "Whether to send it requests",
      answers: {
        ...ok("Yes.", z.strictObject({ ready: z.literal(true) }), { ready: true }),
        503: answers("Not now.", z.strictObject({ ready: z.literal(false) }), { ready: false }),
      },
    },
    "GET /metrics": {
      summary: "Figures for Prometheus",
      answers: { 200: { description: "Prometheus text.", type: "text/plain" } },
    },
    "GET /api/v1/measurements": {
      summary: "How each way to connect fares",
      answers: ok(
        "By who connects.",
        z.strictObject({
          transports: z.strictObject({ websocket_page: figures, websocket_json: figures, http: figures }),
          polls: z.int(),
        }),
        { transports: { websocket_page: quiet, websocket_json: quiet, http: quiet }, polls: 4 },
      ),
    },
    "GET /api/v1/rollout": {
      summary: "Whose pages use WebSockets",
      answers: ok("As it is set.", rollout, { enabled: true, percent: 100 }),
    },
    "PATCH /api/v1/rollout": {
      summary: "Change whose pages use WebSockets",
      description: "Open pages follow at once.",
      body: { percent: 50 },
      answers: ok("As it is set now.", rollout, { enabled: true, percent: 50 }),
    },
    "GET /api/v1/audit": {
      summary: "Who did what",
      query: "actor=mira&from=2026-11-21",
      answers: ok(
        "The newest first.",
        z.strictObject({
          entries: z.array(auditEntry),
          before: z.int().nullable().describe("The `before` of the next page; null when this is the last."),
        }),
        {
          entries: [
            {
              id: 9,
              at: "2026-11-21T08:30:00.000Z",
              seq: 90,
              action: "invitation created",
              actor: "mira",
              target: "",
              address: "10.0.0.7",
              result: "ok",
              detail: { role: "developer" },
              hash: "5f0c…",
            },
          ],
          before: null,
        },
      ),
    },
    "GET /api/v1/audit/chain": {
      summary: "Whether the audit is whole",
      description: "Reads all of it: each row's hash covers the one before.",
      answers: ok(
        "What reading showed.",
        z.strictObject({
          ok: z.boolean(),
          count: z.int(),
          head: z.string().describe("The newest hash."),
          brokenAt: z.int().nullable(),
        }),
        { ok: true, count: 9, head: "5f0c…", brokenAt: null },
      ),
    },
    "GET /api/system/audit-logs": {
      summary: "The audit for older dashboards",
      query: "userId=mira&limit=20",
      answers: ok("The newest first.", z.strictObject({ logs: z.array(olderEntry), total: z.int() }), {
        logs: [
          {
            id: "9",
            action: "invitation created",
            actor_id: "mira",
            actor_type: "USER",
            resource_type: "",
            resource_id: "",
            metadata: { role: "developer" },
            timestamp: "2026-11-21T08:30:00.000Z",
            ip_address: "10.0.0.7",
            user_agent: null,
          },
        ],
        total: 1,
      }),
    },
  },
};
