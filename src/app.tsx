import { Hono } from "hono";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ErrorPage } from "../views/error.tsx";
import { agentRoutes } from "./agents/routes.tsx";
import { auditRoutes } from "./audit/routes.tsx";
import { Refusal, refusalFrom } from "./errors.ts";
import { body } from "./guards/body.ts";
import { type Env, identity } from "./guards/identity.ts";
import type { OriginGuard } from "./guards/origin.ts";
import { refusalJson } from "./guards/refused.ts";
import type { Limiter } from "./limiter.ts";
import type { Logger } from "./logger.ts";
import { page } from "./page.tsx";
import type { Credentials } from "./people/credentials.ts";
import { admitted } from "./people/members.ts";
import { peopleApi } from "./people/routes/api.ts";
import { deviceRoutes } from "./people/routes/device.tsx";
import { doorRoutes } from "./people/routes/door.tsx";
import { memberRoutes } from "./people/routes/members.tsx";
import { settingsRoutes } from "./people/routes/settings.tsx";
import { roomRoutes } from "./rooms/routes.tsx";
import { operationRoutes } from "./transports/http/operation.ts";
import { roomApi } from "./transports/http/rooms.ts";

type Parts = Parameters<typeof doorRoutes>[0] &
  Parameters<typeof settingsRoutes>[0] &
  Parameters<typeof memberRoutes>[0] &
  Parameters<typeof deviceRoutes>[0] &
  Parameters<typeof peopleApi>[0] &
  Parameters<typeof auditRoutes>[0] &
  Parameters<typeof roomRoutes>[0] &
  Parameters<typeof agentRoutes>[0] &
  Parameters<typeof operationRoutes>[0] & {
    judge: OriginGuard;
    limiter: Limiter;
    logger: Logger;
    credentials: Credentials;
  };

/** Table of contents of everything that speaks HTTP: the guards in order, then one line for each part of the product. */
export function createApp(parts: Parts) {
  const { config, judge, logger, audit, credentials, limiter, files, members } = parts;
  const app = new Hono<Env>();

  app.use(async (context, next) => {
    const unsafe = !["GET", "HEAD"].includes(context.req.method);
    const turned = judge(context.req.raw, unsafe);
    if (turned) return context.json(refusalJson(new Refusal("PERMISSION_DENIED", turned.message)), turned.status);
    await next();
  });
  if (config.allowedOrigins.length > 0) {
    const origin = [...config.allowedOrigins];
    app.use(
      cors({ origin, credentials: true, allowHeaders: ["authorization", "content-type", "x-api-key"], maxAge: 600 }),
    );
  }
  app.use(body(config));
  const developer = () => admitted((done) => members.admit("dev_user", "developer", "developer", done));
  app.use(
    identity({ config, credentials, audit, members, limiter, developer: config.development ? developer : undefined }),
  );

  app.route("/", operationRoutes(parts));
  app.route("/", doorRoutes(parts));
  app.route("/", settingsRoutes(parts));
  app.route("/", memberRoutes(parts));
  app.route("/", deviceRoutes(parts));
  app.route("/", peopleApi(parts));
  app.route("/", auditRoutes(parts));
  app.route("/", roomRoutes(parts));
  app.route("/", roomApi(parts));
  app.route("/", agentRoutes(parts));

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
    // A browser that follows a link or sends a form shows what it gets, so it gets a page; programs ask for something else.
    const isPage = (context.req.header("accept") ?? "").includes("text/html") && !context.req.header("hx-request");
    if (!isPage) return context.json(refusalJson(refusal), status);
    const title = status >= 500 ? "Something went wrong" : status === 404 ? "Not here" : "That did not work";
    return page(
      context,
      <ErrorPage status={status} title={title} message={refusal.message} assets={files.urls} />,
      status,
    );
  });
  return app;
}
