import { Hono } from "hono";
import { TaskPage } from "../../views/tasks/page.tsx";
import type { Config } from "../config.ts";
import type { Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { asksForPage, type Env, haveRead, memberOf, requires } from "../guards/identity.ts";
import { modeOf, page } from "../page.tsx";
import type { PublicFiles } from "../public-files.ts";
import { plainName } from "../rooms/names.ts";
import type { Rollout } from "../transports/rollout.ts";
import type { TaskCards } from "./card.ts";
import type { Task } from "./task.ts";
import type { Tasks } from "./tasks.ts";

interface Parts {
  config: Config;
  store: Store;
  log: Log;
  files: PublicFiles;
  tasks: Tasks;
  cards: TaskCards;
  rollout: Rollout;
}

/** A task's own page. Programs that ask under the same address for an agent's work, as they always did, go on to that. */
export function taskRoutes({ config, store, log, files, tasks, cards, rollout }: Parts) {
  return new Hono<Env>().get("/tasks/:name", requires("read"), async (context, next) => {
    const name = context.req.param("name");
    if (!asksForPage(context) || !/^\d{1,15}$/.test(name)) return next();
    const me = memberOf(context);
    const task = tasks.forReader(me, Number(name));
    const all = cards.steps(task.id);
    const content = (
      <TaskPage
        card={cards.of(task)}
        steps={all}
        workspace={config.workspaceName}
        mode={modeOf(config)}
        assets={files.urls}
        live={liveAttributes(task, me.id)}
      />
    );
    haveRead(
      context,
      all.reduce((sum, { step }) => sum + step.output.length, 0),
    );
    return page(context, content);
  });

  /** How the page goes on from here: as a room's page does, but for its task alone. */
  function liveAttributes(task: Task, me: number) {
    return {
      "hx-ws:connect": "/live",
      "hx-trigger": "parley:connect",
      "hx-swap": "none",
      "data-connection": "connecting",
      "data-room": task.room,
      "data-room-name": plainName(task.room),
      "data-task": task.id,
      "data-seq": log.seq,
      "data-epoch": store.epoch,
      "data-websocket": String(rollout.includes(me)),
      "data-reconnect-delay": config.reconnect.delayMs,
      "data-reconnect-attempts": config.reconnect.maxAttempts,
    };
  }
}
