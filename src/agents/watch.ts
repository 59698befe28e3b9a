import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Logger } from "../logger.ts";
import type { Task } from "../tasks/task.ts";
import type { Tasks } from "../tasks/tasks.ts";
import { isWhole, type LiveRun, minutes, moveOn } from "./live.ts";

interface Parts {
  config: Config;
  clock: Clock;
  logger: Logger;
  tasks: Tasks;
  /** Says something in the thread of a task, as its agent. */
  say: (task: Task, text: string) => void;
}

/** Looks at the clocks of a run: how long it has been quiet, and whether it ended when it was to. */
export function look(live: LiveRun, { config, clock, logger, tasks, say }: Parts): void {
  if (!isWhole(live)) return;
  const { limits } = config;
  const now = clock.monotonic();
  const tell = (change: Parameters<typeof moveOn>[2]) =>
    void moveOn(live, tasks, change).catch((error) => logger.warn("run.clock", { task: live.task?.id, error }));

  const { stop } = live;
  if (stop) {
    if (stop.overdue || now - stop.since < limits.stopMs) return;
    stop.overdue = true;
    const words = `did not end within ${Math.round(limits.stopMs / 1_000)} s: what it started may still run`;
    tell(() => ({ state: "stuck", note: words }));
    if (live.task) say(live.task, `I was to stop, and my run ${words}. I take no other work until it is gone.`);
    return;
  }
  if (live.waits.size > 0) return;

  const silence = now - live.heardAt;
  if (silence < limits.quietMs) return;
  const isStalled = silence >= limits.stalledMs;
  const whole = Math.floor(silence / 60_000);
  if (isStalled && !live.stalled) {
    live.stalled = true;
    tell(() => ({ state: "stuck", note: `stalled: no sign of life for ${minutes(silence)}` }));
  } else if (!isStalled && (live.quietMinutes === 0 || whole > live.quietMinutes)) {
    live.quietMinutes = Math.max(1, whole);
    tell(() => ({ note: `quiet for ${minutes(silence)}` }));
  }
  if (live.task && !live.askedForHelp && silence >= config.stuckMinutes * 60_000) {
    live.askedForHelp = true;
    const { task } = live;
    // After the step that says that it is stuck: going on is what answers a call for help.
    void live.moves.then(() => {
      if (live.stalled) tasks.requestHelp(tasks.byId(task.id) ?? task, `no sign of life for ${minutes(silence)}`);
    });
  }
}
