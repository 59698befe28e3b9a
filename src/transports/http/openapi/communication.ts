import { z } from "zod";
import { instant } from "../../../shapes.ts";
import { ok, type Part } from "./entry.ts";
import { chatStatistics, done, statisticsExample } from "./shapes.ts";

const mode = z
  .enum(["websocket", "telegram", "both"])
  .meta({ id: "TransportMode", description: "What is talked through." });
const user = z
  .strictObject({
    user_id: z.string(),
    role: z.string(),
    connected_at: instant,
    last_activity: instant,
    message_count: z.int(),
  })
  .meta({ id: "ConnectedUser", description: "One connection of somebody's." });
const mira = {
  user_id: "mira",
  role: "Designer",
  connected_at: "2026-11-21T08:30:00.000Z",
  last_activity: "2026-11-21T08:31:00.000Z",
  message_count: 3,
};

const listening = { connected: z.boolean(), is_running: z.boolean(), host: z.string(), port: z.int() };
const sums = { total_messages: z.int().describe("In public rooms."), uptime_seconds: z.int() };
const here = { connected: true, is_running: true, host: "127.0.0.1", port: 8080 };
const summed = { total_messages: 4_812, uptime_seconds: 86_400 };

const info = z
  .strictObject({ type: mode, ...listening, connected_users: z.array(user), ...sums })
  .meta({ id: "CommunicationInfo", description: "What is talked through, and by whom." });
const infoExample = { type: "websocket", ...here, connected_users: [mira], ...summed };
export const communicationStats = z
  .strictObject({ transport_type: mode, ...listening, connected_users: z.int(), ...sums })
  .meta({ id: "CommunicationStats", description: "The same as numbers." });
export const statsExample = { transport_type: "websocket", ...here, connected_users: 1, ...summed };

const switched = z.strictObject({ message: z.string(), transport_info: info });
const over = { message: "The room is talked through over websocket now.", transport_info: infoExample };

const status = z.strictObject({
  transport_type: mode,
  transport_info: info,
  connected: z.boolean(),
  polling: z.boolean().describe("False after somebody stopped all talk."),
  statistics: chatStatistics,
  websocket_integration: z.strictObject({
    integrated: z.boolean(),
    transport_type: mode,
    transport_info: info,
    connected: z.boolean(),
    host: z.string(),
    websocket_port: z.int(),
    status_broadcasters: z.int(),
    task_listeners: z.int(),
  }),
});
const statusExample = {
  transport_type: "websocket",
  transport_info: infoExample,
  connected: true,
  polling: true,
  statistics: statisticsExample,
  websocket_integration: {
    integrated: true,
    transport_type: "websocket",
    transport_info: infoExample,
    connected: true,
    host: "127.0.0.1",
    websocket_port: 8080,
    status_broadcasters: 1,
    task_listeners: 1,
  },
};

export const communicationEntries: Part = {
  name: "Communication, for older programs",
  about:
    "What the room is talked through, in the words of the system Parley replaces. A body needs no content type; in development mode a program without any identity may govern talk as well.",
  routes: {
    "GET /communication/info": {
      summary: "What is talked through, and who is connected",
      answers: ok("By name.", info, infoExample),
    },
    "GET /communication/stats": {
      summary: "The same as numbers",
      answers: ok("As numbers.", communicationStats, statsExample),
    },
    "POST /communication/switch": {
      summary: "Talk through something else",
      description:
        "The new one proves that it works before anything changes; what cannot begin leaves everything as it was.",
      body: { transport_type: "websocket", reason: "Telegram is slow today" },
      answers: ok("It is talked through that now.", switched, over),
      refusals: ["CONFLICT", "TRANSPORT_UNAVAILABLE"],
    },
    "POST /websocket/switch": {
      summary: "Talk through WebSockets",
      description: "`host` and `port` are settings here: they are accepted and stay.",
      body: {},
      answers: ok("It is talked through that now.", switched, over),
      refusals: ["CONFLICT", "TRANSPORT_UNAVAILABLE"],
    },
    "GET /websocket/users": {
      summary: "Who is connected",
      answers: ok("Each connection.", z.strictObject({ connected_users: z.array(user) }), { connected_users: [mira] }),
    },
    "GET /ws-info": {
      summary: "Where sockets are accepted",
      answers: ok(
        "Under Telegram alone there is nothing more to say.",
        z.union([
          z.strictObject({ transport: mode, connected: z.boolean() }),
          z.strictObject({
            transport: mode,
            host: z.string(),
            port: z.int(),
            connected_users: z.int(),
            running: z.boolean(),
          }),
        ]),
        { transport: "websocket", host: "127.0.0.1", port: 8080, connected_users: 1, running: true },
      ),
    },
    "GET /chat/status": {
      summary: "How talk is",
      answers: ok("All of it.", status, statusExample),
    },
    "GET /chat/debug": {
      summary: "How talk is, with who is connected",
      answers: ok(
        "Or, under Telegram, where it delivers to.",
        z.union([
          status.extend({ connected_users: z.array(user) }),
          status.extend({ webhook_info: z.strictObject({ url: z.string() }) }),
        ]),
        { ...statusExample, connected_users: [mira] },
      ),
    },
    "POST /chat/start": {
      summary: "Begin to talk again",
      answers: ok("Done.", done, { message: "Talk is on again." }),
      refusals: ["CONFLICT", "TRANSPORT_UNAVAILABLE"],
    },
    "POST /chat/stop": {
      summary: "Stop all talk",
      description: "What was said stays.",
      answers: ok("Done.", done, { message: "Talk is off. What was said stays; POST /chat/start begins again." }),
      refusals: ["CONFLICT"],
    },
    "POST /chat/send": {
      summary: "Say something in #general",
      description:
        "Without `sender` as yourself, or as the house with `manage_system`; with that one may speak as an agent, and as another person never.",
      body: { message: "The build is green." },
      answers: ok("It is stored.", done, { message: "Sent." }),
      refusals: ["NOT_FOUND", "TRANSPORT_UNAVAILABLE"],
    },
    "POST /websocket/broadcast": {
      summary: "The same, told how many hear it",
      body: { message: "The build is green." },
      answers: ok("It is stored.", z.strictObject({ message: z.string(), delivered: z.int() }), {
        message: "Sent to 3 sockets.",
        delivered: 3,
      }),
      refusals: ["NOT_FOUND", "TRANSPORT_UNAVAILABLE"],
    },
  },
};
