import { Hono } from "hono";
import { z } from "zod";
import { RolloutPage } from "../../../views/rollout.tsx";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { type Env, memberOf, requires } from "../../guards/identity.ts";
import { accepts, formText } from "../../guards/validation.ts";
import { modeOf, page } from "../../page.tsx";
import { countIn } from "../../people/id.ts";
import type { PublicFiles } from "../../public-files.ts";
import type { Figures, Measures } from "../measures.ts";
import type { Rollout } from "../rollout.ts";
import { prometheus } from "./prometheus.ts";

interface Parts {
  config: Config;
  files: PublicFiles;
  rollout: Rollout;
  measures: Measures;
}

const percent = z.number().int().min(0).max(100);
const changed = z.strictObject({ enabled: z.boolean().optional(), percent: percent.optional() });

const forms = { connections: z.object({ enabled: formText(10), percent: formText(20) }) };

/** How far WebSockets are rolled out, and how each way to connect fares: for administrators, as a page, as JSON, and for Prometheus. */
export function rolloutRoutes({ config, files, rollout, measures }: Parts) {
  const setting = () => ({ enabled: rollout.enabled, percent: rollout.percent });
  const figures = () => {
    const { websocket_page, websocket_json, http } = measures.figures;
    return {
      websocket_page: figuresJson(websocket_page),
      websocket_json: figuresJson(websocket_json),
      http: figuresJson(http),
    };
  };

  return new Hono<Env>()
    .get("/connections", requires("manage_system", "page"), (context) => {
      const content = (
        <RolloutPage
          workspace={config.workspaceName}
          mode={modeOf(config)}
          assets={files.urls}
          setting={setting()}
          transports={figures()}
          saved={context.req.query("saved") !== undefined}
        />
      );
      return page(context, content);
    })
    .post("/connections", requires("manage_system"), accepts("form", forms.connections), async (context) => {
      const form = await context.req.parseBody();
      const share = percent.safeParse(countIn(form.percent));
      if (!share.success) {
        const content = (
          <RolloutPage
            workspace={config.workspaceName}
            mode={modeOf(config)}
            assets={files.urls}
            setting={{ enabled: form.enabled !== undefined, percent: rollout.percent }}
            transports={figures()}
            error="The percentage is a whole number from 0 to 100."
          />
        );
        return page(context, content, 422);
      }
      await rollout.change(memberOf(context), { enabled: form.enabled !== undefined, percent: share.data });
      return context.redirect("/connections?saved", 303);
    })
    .get("/api/v1/rollout", requires("manage_system"), (context) => context.json(setting()))
    .patch("/api/v1/rollout", requires("manage_system"), accepts("json", changed), async (context) => {
      const wanted = context.req.valid("json");
      if (wanted.enabled === undefined && wanted.percent === undefined)
        throw new Refusal("INVALID_MESSAGE", 'Say what to change: "enabled", "percent" or both.');
      await rollout.change(memberOf(context), {
        ...(wanted.enabled !== undefined && { enabled: wanted.enabled }),
        ...(wanted.percent !== undefined && { percent: wanted.percent }),
      });
      return context.json(setting());
    })
    .get("/api/v1/measurements", requires("manage_system"), (context) =>
      context.json({ transports: figures(), polls: measures.polls }),
    )
    .get("/metrics", requires("manage_system"), (context) =>
      context.body(prometheus(measures), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }),
    );
}

/** Averages are null where there is nothing to average. */
function figuresJson(figures: Figures) {
  const { connections, opened, failedAttempts, reconnects, refusals, seconds, latency, queued, messages } = figures;
  const mean = ({ count, sum }: { count: number; sum: number }, digits: number, times = 1) =>
    count === 0 ? null : Number(((sum / count) * times).toFixed(digits));
  return {
    connections,
    opened,
    meanDurationSeconds: mean(seconds, 1),
    closed: Object.fromEntries(figures.closed),
    failedAttempts,
    reconnects,
    meanLatencyMs: mean(latency, 1, 1000),
    meanQueueSize: mean(queued, 2),
    messages: messages.count,
    meanAcknowledgeMs: mean(messages, 2, 1000),
    refusals,
  };
}
