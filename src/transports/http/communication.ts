import { Hono } from "hono";
import { z } from "zod";
import { type Env, memberOf, requires } from "../../guards/identity.ts";
import { acceptsUnannounced } from "../../guards/validation.ts";
import type { Member } from "../../people/member.ts";
import type { CommunicationManager } from "../manager.ts";
import type { Figures } from "./figures.ts";

interface Parts {
  communication: CommunicationManager;
  figures: Figures;
}

const modes = ["websocket", "telegram", "both"] as const;
type Mode = (typeof modes)[number];

const mode = z.preprocess(
  (given) => (typeof given === "string" ? given.trim().toLowerCase() : given),
  z.enum(modes, { error: `must be one of ${modes.join(", ")}` }),
);
const reason = z.string().max(1_000).optional();
/** Under the seed's name and the camel one. */
const wanted = z.preprocess(
  (given) =>
    given !== null && typeof given === "object" && !("transport_type" in given) && "transportType" in given
      ? { ...given, transport_type: given.transportType }
      : given,
  z.object({ transport_type: mode, reason }),
);
const wantedHere = z.object({ host: z.unknown().optional(), port: z.unknown().optional(), reason });

/** What people talk through and who is there, and going over to something else (PROTOCOL.md, HTTP). */
export function communicationRoutes({ communication, figures }: Parts) {
  /** @throws Refusal saying why everything is as it was */
  async function goOver(to: Mode, by: Member, why = ""): Promise<void> {
    const switched = await communication.switchTransport(to, by, why);
    if (!switched.ok) throw switched.refusal;
  }

  const governs = requires("manage_system", "anything", "admin");
  return new Hono<Env>()
    .get("/communication/info", requires("read"), (context) => context.json(figures.info()))
    .get("/communication/stats", requires("read"), (context) => context.json(figures.stats()))
    .post("/communication/switch", governs, acceptsUnannounced(wanted), async (context) => {
      const { transport_type: to, reason } = context.req.valid("json");
      await goOver(to, memberOf(context), reason);
      return context.json({ message: `The room is talked through over ${to} now.`, transport_info: figures.info() });
    })
    .post("/websocket/switch", governs, acceptsUnannounced(wantedHere), async (context) => {
      const { host, port, reason } = context.req.valid("json");
      await goOver("websocket", memberOf(context), reason);
      const settings = host === undefined && port === undefined ? "" : " Host and port are settings: they stay.";
      return context.json({
        message: `The room is talked through over websocket now.${settings}`,
        transport_info: figures.info(),
      });
    })
    .get("/websocket/users", requires("read"), (context) => context.json({ connected_users: figures.users() }))
    .get("/ws-info", requires("read"), (context) => {
      const {
        transport_type: transport,
        connected,
        connected_users,
        is_running: running,
        host,
        port,
      } = figures.stats();
      return context.json(
        transport === "telegram" ? { transport, connected } : { transport, host, port, connected_users, running },
      );
    });
}
