import { Hono } from "hono";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ErrorPage } from "../views/error.tsx";
import { agentPageRoutes } from "./agents/routes/agent.tsx";
import { agentApi } from "./agents/routes/api.ts";
import { hireRoutes } from "./agents/routes/hire.tsx";
import { rosterRoutes } from "./agents/routes/roster.tsx";
import { usageRoutes } from "./agents/routes/usage.tsx";
import type { Pass } from "./agents/tools/pass.ts";
import { approvalRoutes } from "./approvals/routes.tsx";
import { auditRoutes } from "./audit/routes.tsx";
import { Refusal, refusalFrom } from "./errors.ts";
import { bearerOnly } from "./guards/bearer.ts";
import { body } from "./guards/body.ts";
import { crowd } from "./guards/crowd.ts";
import { asksForPage, cookieName, type Env, identity } from "./guards/identity.ts";
import { type OriginGuard, streamPaths } from "./guards/origin.ts";
import { refusalJson } from "./guards/refused.ts";
import { leaseRoutes } from "./leases/routes.tsx";
import type { Limiter } from "./limiter.ts";
import type { Logger } from "./logger.ts";
import { mcpPath, mcpRoutes } from "./mcp/routes.tsx";
import { page } from "./page.tsx";
import type { Credentials } from "./people/credentials.ts";
import type { Identity } from "./people/identity.ts";
import { admitted } from "./people/members.ts";
import { peopleApi } from "./people/routes/api.ts";
import { deviceRoutes } from "./people/routes/device.tsx";
import { doorRoutes } from "./people/routes/door.tsx";
import { memberRoutes } from "./people/routes/members.tsx";
import { settingsRoutes } from "./people/routes/settings.tsx";
import { roomRoutes } from "./rooms/routes.tsx";
import { taskRoutes } from "./tasks/routes.tsx";
import { approvalApi } from "./transports/http/approvals.ts";
import { chatRoutes } from "./transports/http/chat.ts";
import { communicationRoutes } from "./transports/http/communication.ts";
import { eventRoutes } from "./transports/http/events.ts";
import { fileApi, isUpload } from "./transports/http/files.ts";
import { leaseApi } from "./transports/http/leases.ts";
import { liveRoutes } from "./transports/http/live.ts";
import { lockRoutes } from "./transports/http/locks.ts";
import { createReference } from "./transports/http/openapi/reference.ts";
import { operationRoutes } from "./transports/http/operation.ts";
import { queueRoutes } from "./transports/http/queues.ts";
import { referenceRoutes } from "./transports/http/reference.ts";
import { roomApi } from "./transports/http/rooms.ts";
import { docsRoutes } from "./transports/http/routes/docs.tsx";
import { searchApi } from "./transports/http/search.ts";
import { taskApi } from "./transports/http/tasks.ts";
import { workRoutes } from "./transports/http/work.ts";
import { rolloutRoutes } from "./transports/routes/rollout.tsx";
import { transportRoutes } from "./transports/routes.tsx";
import { telegramRoutes } from "./transports/telegram/routes.tsx";
import { isDelivery, webhookGuard, webhookPath } from "./transports/telegram/webhook.ts";
import { version } from "./version.ts";

type Parts = Parameters<typeof doorRoutes>[0] &
  Parameters<typeof settingsRoutes>[0] &
  Parameters<typeof memberRoutes>[0] &
  Parameters<typeof deviceRoutes>[0] &
  Parameters<typeof peopleApi>[0] &
  Parameters<typeof auditRoutes>[0] &
  Parameters<typeof roomRoutes>[0] &
  Parameters<typeof searchApi>[0] &
  Parameters<typeof approvalRoutes>[0] &
  Parameters<typeof usageRoutes>[0] &
  Parameters<typeof rosterRoutes>[0] &
  Parameters<typeof hireRoutes>[0] &
  Parameters<typeof agentPageRoutes>[0] &
  Parameters<typeof agentApi>[0] &
  Parameters<typeof leaseRoutes>[0] &
  Parameters<typeof lockRoutes>[0] &
  Parameters<typeof mcpRoutes>[0] &
  Parameters<typeof fileApi>[0] &
  Parameters<typeof operationRoutes>[0] &
  Parameters<typeof communicationRoutes>[0] &
  Parameters<typeof chatRoutes>[0] &
  Parameters<typeof queueRoutes>[0] &
  Parameters<typeof taskRoutes>[0] &
  Parameters<typeof taskApi>[0] &
  Parameters<typeof workRoutes>[0] &
  Parameters<typeof telegramRoutes>[0] &
  Parameters<typeof transportRoutes>[0] &
  Parameters<typeof eventRoutes>[0] &
  Parameters<typeof liveRoutes>[0] &
  Parameters<typeof rolloutRoutes>[0] & {
    judge: OriginGuard;
    limiter: Limiter;
    passOf: (identity: Identity) => Pass;
    logger: Logger;
    credentials: Credentials;
  };

/** Table of contents of everything that speaks HTTP: the guards in order, then one line for each part of the product. */
export function createApp(parts: Parts) {
  const { config, judge, logger, audit, credentials, limiter, files, members } = parts;
  const app = new Hono<Env>();

  app.use(async (context, next) => {
    const { method, path } = context.req;
    const opensStream = streamPaths.has(path) ? "stream" : false;
    const turned = judge(context.req.raw, ["GET", "HEAD"].includes(method) ? opensStream : true);
    if (turned) return context.json(refusalJson(new Refusal("PERMISSION_DENIED", turned.message)), turned.status);
    await next();
  });
  if (config.allowedOrigins.length > 0) {
    const origin = [...config.allowedOrigins];
    app.use(
      cors({ origin, credentials: true, allowHeaders: ["authorization", "content-type", "x-api-key"], maxAge: 600 }),
    );
  }
  // Agents at their tools show a token, and nothing else of theirs is looked at.
  app.on("POST", mcpPath, bearerOnly(parts));
  const developer = () => admitted((done) => members.admit("dev_user", "developer", "developer", done));
  app.use(
    identity({ config, credentials, audit, members, limiter, developer: config.development ? developer : undefined }),
  );
  // Before anything of the body is read: whoever cannot show it costs nothing.
  app.use(webhookPath(config), webhookGuard(parts.telegram));
  // After the identity, because a body may take its time to arrive.
  app.use(crowd(config));
  app.use(body(config, (request) => isUpload(request) || isDelivery(config, request)));

  app.route("/", operationRoutes(parts));
  app.route("/", communicationRoutes(parts));
  app.route("/", chatRoutes(parts));
  app.route("/", queueRoutes(parts));
  // The page of a task before what programs ask under the same address.
  app.route("/", taskRoutes(parts));
  app.route("/", taskApi(parts));
  app.route("/", workRoutes(parts));
  app.route("/", lockRoutes(parts));
  app.route("/", transportRoutes(parts));
  app.route("/", telegramRoutes(parts));
  app.route("/", doorRoutes(parts));
  app.route("/", settingsRoutes(parts));
  app.route("/", memberRoutes(parts));
  app.route("/", deviceRoutes(parts));
  app.route("/", peopleApi(parts));
  app.route("/", auditRoutes(parts));
  app.route("/", roomRoutes(parts));
  app.route("/", roomApi(parts));
  app.route("/", fileApi(parts));
  app.route("/", searchApi(parts));
  app.route("/", eventRoutes(parts));
  app.route("/", liveRoutes(parts));
  app.route("/", rolloutRoutes(parts));
  app.route("/", usageRoutes(parts));
  app.route("/", rosterRoutes(parts));
  // Before the agents' pages: one that is called hire is reached by its number.
  app.route("/", hireRoutes(parts));
  app.route("/", agentPageRoutes(parts));
  app.route("/", agentApi(parts));
  app.route("/", leaseRoutes(parts));
  app.route("/", leaseApi(parts));
  app.route("/", mcpRoutes(parts));
  app.route("/", approvalRoutes(parts));
  app.route("/", approvalApi(parts));
  const reference = createReference({
    version,
    cookie: cookieName(config),
    frames: async () => (await import("./transports/websocket/dialects/frames.ts")).chatFrames,
    routes: () => app.routes,
  });
  app.route("/", referenceRoutes({ reference }));
  app.route("/", docsRoutes({ config, files, reference }));

  app.notFound(() => {
    throw new Refusal("NOT_FOUND", "There is no such page.");
  });
  app.onError((thrown, context) => {
    // A body that is not the JSON it claims to be is the sender's mistake; Hono throws that as an exception of its own.
    const error =
      thrown instanceof SyntaxError || thrown instanceof HTTPException
        ? new Refusal("INVALID_JSON", "That request's body could not be read.")
        : thrown;
    const refusal = refusalFrom(error, (reference, cause) =>
      // The pattern and not the path: links that open something once have their secret there.
      logger.error("http.bug", { reference, method: context.req.method, route: context.req.routePath, error: cause }),
    );
    if (refusal.code === "PERMISSION_DENIED") {
      const actorId = context.get("identity")?.member.id ?? null;
      const { method, routePath: route } = context.req;
      audit.note({
        action: "permission refused",
        actorId,
        address: context.env.address,
        result: "refused",
        detail: { method, route },
      });
    }
    const status = refusal.status as ContentfulStatusCode;
    if (refusal.retryAfter !== undefined) context.header("retry-after", String(Math.ceil(refusal.retryAfter / 1000)));
    if (!asksForPage(context)) return context.json(refusalJson(refusal), status);
    const title =
      status >= 500
        ? "Something went wrong"
        : status === 404
          ? "Not here"
          : status === 403
            ? "Not allowed"
            : "That did not work";
    // Filters that somebody put together by hand.
    const inAudit = status === 400 && context.req.path === "/audit";
    const back = inAudit ? { href: "/audit", words: "Back to the audit log" } : undefined;
    return page(
      context,
      <ErrorPage status={status} title={title} message={refusal.message} back={back} assets={files.urls} />,
      status,
    );
  });
  return app;
}
