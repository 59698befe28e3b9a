import { Hono } from "hono";
import { z } from "zod";
import { TransportPage } from "../../views/transport.tsx";
import type { Trail } from "../audit/trail.ts";
import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";
import { type Env, memberOf, requires } from "../guards/identity.ts";
import { accepts, formText } from "../guards/validation.ts";
import { modeOf, page } from "../page.tsx";
import type { Members } from "../people/members.ts";
import type { PublicFiles } from "../public-files.ts";
import type { TransportMode } from "./choice.ts";
import type { Figures } from "./http/figures.ts";
import type { CommunicationManager } from "./manager.ts";

interface Parts {
  config: Config;
  files: PublicFiles;
  members: Members;
  trail: Trail;
  communication: CommunicationManager;
  figures: Figures;
}

/** What did not come about, and what was asked for. */
interface Refused {
  readonly message: string;
  readonly typed?: { readonly to: string; readonly reason: string };
}

/** How many of the last switches the page shows. */
const shownSwitches = 20;
const modes: readonly TransportMode[] = ["websocket", "telegram", "both"];

const forms = { transport: z.object({ to: formText(20), reason: formText() }) };

/** What the room is talked through, for those who run the server: how it is, and going over to something else. */
export function transportRoutes({ config, files, members, trail, communication, figures }: Parts) {
  function lastSwitches() {
    return trail.page({ action: "transport switched" }, shownSwitches).map((entry) => {
      const detail = JSON.parse(entry.detail) as { from?: string; reason?: string; durationMs?: number };
      const { id, at, actorId, target: to } = entry;
      const by = actorId !== null && members.has(actorId) ? members.byId(actorId).name : "";
      return {
        id,
        at,
        by,
        to,
        from: detail.from ?? "",
        reason: detail.reason ?? "",
        durationMs: detail.durationMs ?? 0,
      };
    });
  }

  function transportPage(context: Parameters<typeof memberOf>[0], refused?: Refused) {
    const content = (
      <TransportPage
        workspace={config.workspaceName}
        mode={modeOf(config)}
        assets={files.urls}
        info={communication.getTransportInfo()}
        sockets={figures.users().length}
        setting={config.transport}
        switches={lastSwitches()}
        error={refused?.message}
        typed={refused?.typed}
      />
    );
    return page(context, content, refused ? 422 : 200);
  }

  return new Hono<Env>()
    .get("/transport", requires("manage_system", "page"), (context) => transportPage(context))
    .on("GET", ["/transport/stop", "/transport/start"], requires("manage_system", "page"), (context) =>
      context.redirect("/transport"),
    )
    .post("/transport", requires("manage_system"), accepts("form", forms.transport), async (context) => {
      const form = await context.req.parseBody();
      const to = modes.find((mode) => mode === form.to);
      if (!to) throw new Refusal("INVALID_MESSAGE", "Choose what to talk through.");
      const reason = String(form.reason ?? "");
      const switched = await communication.switchTransport(to, memberOf(context), reason);
      if (!switched.ok) return transportPage(context, { message: switched.message, typed: { to, reason } });
      return context.redirect("/transport", 303);
    })
    .post("/transport/stop", requires("manage_system"), async (context) => {
      const stopped = await communication.stopPolling(memberOf(context));
      if (!stopped.ok) return transportPage(context, stopped);
      return context.redirect("/transport", 303);
    })
    .post("/transport/start", requires("manage_system"), async (context) => {
      const started = await communication.startPolling(memberOf(context));
      if (!started.ok) return transportPage(context, started);
      return context.redirect("/transport", 303);
    });
}
