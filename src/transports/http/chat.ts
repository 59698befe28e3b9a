import { Hono } from "hono";
import { z } from "zod";
import type { AgentManager } from "../../agents/manager.ts";
import type { Audit } from "../../audit/audit.ts";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { type Env, memberOf, requires } from "../../guards/identity.ts";
import { acceptsUnannounced } from "../../guards/validation.ts";
import type { PostMessage } from "../../messages/post.ts";
import { memberOfTheHouse, type Say } from "../../messages/say.ts";
import { type Member, may } from "../../people/member.ts";
import type { Members } from "../../people/members.ts";
import { generalSlug } from "../../rooms/names.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { CommunicationManager } from "../manager.ts";
import type { Connections } from "../websocket/connections.ts";
import type { Figures } from "./figures.ts";

interface Parts {
  config: Config;
  audit: Audit;
  members: Members;
  rooms: Rooms;
  manager: AgentManager;
  connections: Connections;
  communication: CommunicationManager;
  figures: Figures;
  post: PostMessage;
  say: Say;
}

const said = z.preprocess(
  (given) =>
    given !== null && typeof given === "object" && !("message" in given) && "text" in given
      ? { ...given, message: given.text }
      : given,
  z.object({ message: z.string(), sender: z.string().max(100).nullish() }),
);

/** Talk as a whole, switched on and off and joined in over HTTP, as programs for the system Parley replaces do it (PROTOCOL.md, HTTP). */
export function chatRoutes(parts: Parts) {
  const { config, audit, members, rooms, manager, connections, communication, figures, post, say } = parts;

  function state() {
    const { type, connected, transports } = communication.getTransportInfo();
    const { host, port } = figures.stats();
    const websocket = transports.some((each) => each.type === "websocket" && each.on);
    return {
      transport_type: type,
      transport_info: figures.info(),
      connected,
      polling: communication.getTransportInfo().polling,
      statistics: manager.getChatStatistics(),
      websocket_integration: {
        integrated: websocket,
        transport_type: type,
        transport_info: figures.info(),
        connected: websocket && connected,
        host,
        websocket_port: port,
        status_broadcasters: websocket ? 1 : 0,
        task_listeners: websocket ? 1 : 0,
      },
    };
  }

  /**
   * Speaks in the main room: as oneself, or, with the right to, as an agent or the house. Nobody speaks for another person.
   * @throws Refusal
   */
  async function speak(me: Member, { message, sender }: z.output<typeof said>): Promise<void> {
    if (!communication.isConnected())
      throw new Refusal("TRANSPORT_UNAVAILABLE", "Nothing is talked through now: start it with POST /chat/start.");
    const meant = meantBy(sender, me);
    if (meant.id === me.id) {
      await new Promise<void>((resolve, reject) => {
        post(me, { room: generalSlug, text: message, origin: "api" }, (outcome) =>
          outcome.ok ? resolve() : reject(outcome.refusal),
        );
      });
      return;
    }
    if (!may(me, "manage_system") || meant.kind === "person")
      throw new Refusal("PERMISSION_DENIED", `You may not speak as ${meant.name}.`);
    // What they came with must open that room as well.
    rooms.forWriter(me, generalSlug);
    const name = meant.kind === "agent" ? `${meant.name}-bot` : meant.name;
    await say(message, name);
    const { id: actorId, address = "" } = me;
    audit.note({ action: "spoke for another", actorId, target: name, address, result: "ok" });
  }

  /** Who sends: without a word about it the house, for those who may speak for it, and for all others themselves. */
  function meantBy(sender: string | null | undefined, me: Member): Member {
    if (!sender?.trim()) return may(me, "manage_system") ? members.system : me;
    const meant = memberOfTheHouse(members, sender);
    // An agent bears the name that a person asks under: they mean themselves.
    return me.handle === meant.handle && !/-bot$/i.test(sender.trim()) ? me : meant;
  }

  const hearers = () =>
    [...connections.all()].filter(({ identity, rooms: heard }) =>
      identity ? [...heard].some(({ slug }) => slug === generalSlug) : false,
    ).length;

  const governs = requires("manage_system", "anything", "admin");
  const speaks = requires("write", "message", "admin");
  return new Hono<Env>()
    .get("/chat/status", requires("read"), (context) => context.json(state()))
    .get("/chat/debug", requires("read"), (context) => {
      const users = { connected_users: figures.users() };
      const webhook = { webhook_info: { url: config.telegram?.webhookUrl?.origin ?? "" } };
      return context.json({ ...state(), ...(communication.getTransportType() === "telegram" ? webhook : users) });
    })
    .post("/chat/start", governs, async (context) => {
      const { polling } = communication.getTransportInfo();
      const started = await communication.startPolling(memberOf(context));
      if (!started.ok) throw started.refusal;
      return context.json({ message: polling ? "Talk is on already." : "Talk is on again." });
    })
    .post("/chat/stop", governs, async (context) => {
      const stopped = await communication.stopPolling(memberOf(context));
      if (!stopped.ok) throw stopped.refusal;
      return context.json({ message: "Talk is off. What was said stays; POST /chat/start begins again." });
    })
    .post("/chat/send", speaks, acceptsUnannounced(said), async (context) => {
      await speak(memberOf(context), context.req.valid("json"));
      return context.json({ message: "Sent." });
    })
    .post("/websocket/broadcast", speaks, acceptsUnannounced(said), async (context) => {
      await speak(memberOf(context), context.req.valid("json"));
      const delivered = hearers();
      return context.json({ message: `Sent to ${delivered} ${delivered === 1 ? "socket" : "sockets"}.`, delivered });
    });
}
