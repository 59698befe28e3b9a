import { Hono } from "hono";
import { z } from "zod";
import { Claims, type ClaimsProps, LeasesPage, leaseDone } from "../../views/leases.tsx";
import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";
import { type Env, hasAccount, memberOf, requires } from "../guards/identity.ts";
import { accepts, formText } from "../guards/validation.ts";
import { modeOf, page } from "../page.tsx";
import { countIn, wholeNumber } from "../people/id.ts";
import { type Member, may } from "../people/member.ts";
import type { PublicFiles } from "../public-files.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Lease } from "./lease.ts";
import type { Leases } from "./leases.ts";
import type { LeaseRequests } from "./requests.ts";

interface Parts {
  config: Config;
  files: PublicFiles;
  rooms: Rooms;
  tasks: Tasks;
  leases: Leases;
  leaseRequests: LeaseRequests;
}

type Context = Parameters<typeof memberOf>[0];

const claimForm = z.object({ paths: formText(), minutes: formText(), purpose: formText() });

/** Where a form leads when somebody opens its address: reloading a page does nothing twice. */
const forms = [
  "/leases/:id/renew",
  "/leases/:id/release",
  "/leases/:id/request",
  "/leases/requests/:id/approve",
  "/leases/requests/:id/deny",
];

/** The page of who works on which files. */
export function leaseRoutes({ config, files, rooms, tasks, leases, leaseRequests }: Parts) {
  /** The message that asked for the work a claim is for, where the reader may go there. */
  function workOf(reader: Member, { taskId }: Lease) {
    const task = taskId === null ? undefined : tasks.byId(taskId);
    if (!task || !tasks.mayRead(reader, task)) return null;
    return { slug: rooms.byId(task.roomId).slug, requestId: task.requestId };
  }

  function shownTo(reader: Member): ClaimsProps {
    const canClaim = may(reader, "write");
    return {
      canClaim,
      leases: leases.list(reader).map((lease) => {
        const isOwn = lease.holder.id === reader.id;
        const mayEnd = canClaim && (isOwn || may(reader, "manage_tasks"));
        return { lease, isOwn, mayEnd, work: workOf(reader, lease) };
      }),
      requests: leaseRequests.waiting(reader).map((request) => ({
        request,
        mayDecide: leaseRequests.mayDecide(reader, request),
      })),
    };
  }

  function leasesPage(
    context: Context,
    refusal?: Refusal,
    typed?: { paths: string; minutes: string; purpose: string },
  ) {
    const reader = memberOf(context);
    const content = (
      <LeasesPage
        {...shownTo(reader)}
        workspace={config.workspaceName}
        mode={modeOf(config)}
        canAudit={may(reader, "manage_system")}
        hasAccount={hasAccount(context)}
        assets={files.urls}
        notice={leaseDone[context.req.query("done") ?? ""]}
        error={refusal?.message}
        typed={typed}
      />
    );
    return page(context, content, refusal ? (refusal.status === 409 ? 409 : 422) : 200);
  }

  const done = (context: Context, word: keyof typeof leaseDone) => context.redirect(`/leases?done=${word}`, 303);

  /** Does what a button asks for; what was refused is said on the page. */
  async function acted(context: Context, word: keyof typeof leaseDone, act: () => Promise<unknown>) {
    try {
      await act();
    } catch (refusal) {
      if (!(refusal instanceof Refusal) || refusal.code !== "CONFLICT") throw refusal;
      return leasesPage(context, refusal);
    }
    return done(context, word);
  }

  return new Hono<Env>()
    .get("/leases", requires("read", "page"), (context) => leasesPage(context))
    .get("/leases/list", requires("read", "page"), (context) => {
      context.header("cache-control", "no-store");
      return context.html(String(<Claims {...shownTo(memberOf(context))} />));
    })
    .on("GET", forms, requires("read", "page"), (context) => context.redirect("/leases"))
    .post("/leases", requires("write"), accepts("form", claimForm), async (context) => {
      const form = await context.req.parseBody();
      const typed = {
        paths: String(form.paths ?? ""),
        minutes: String(form.minutes ?? ""),
        purpose: String(form.purpose ?? ""),
      };
      const minutes = typed.minutes === "" ? undefined : countIn(typed.minutes);
      const paths = typed.paths.split(/[,\n]/).filter((path) => path.trim() !== "");
      try {
        await leases.claim(memberOf(context), { paths, minutes, purpose: typed.purpose });
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || !["CONFLICT", "INVALID_MESSAGE"].includes(refusal.code)) throw refusal;
        return leasesPage(context, refusal, typed);
      }
      return done(context, "claimed");
    })
    .post("/leases/:id/renew", requires("write"), (context) =>
      acted(context, "renewed", () => leases.renew(memberOf(context), idIn(context))),
    )
    .post("/leases/:id/release", requires("write"), (context) =>
      acted(context, "released", () => leases.release(memberOf(context), idIn(context))),
    )
    .post("/leases/:id/request", requires("write"), (context) =>
      acted(context, "asked", async () => {
        const { path } = leases.forReader(memberOf(context), idIn(context));
        await leaseRequests.ask(memberOf(context), { path });
      }),
    )
    .post("/leases/requests/:id/approve", requires("write"), (context) =>
      acted(context, "approved", () => leaseRequests.decide(memberOf(context), idIn(context), true)),
    )
    .post("/leases/requests/:id/deny", requires("write"), (context) =>
      acted(context, "denied", () => leaseRequests.decide(memberOf(context), idIn(context), false)),
    );
}

function idIn(context: Context): number {
  return wholeNumber(context.req.param("id") ?? "");
}
