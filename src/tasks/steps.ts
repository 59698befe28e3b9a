import type { Clock } from "../clock.ts";
import type { Log, LogEvent, Proposal } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import type { Limits } from "../limits.ts";
import type { Hub } from "../live/hub.ts";
import { begunStep, changedStep, type News } from "./change-step.ts";
import { abandoned, type LiveStep, type LiveTask, outputOf, screenOf, stepOf, thoughtOf } from "./live.ts";
import { oneLine } from "./plain.ts";
import { isOver, type PlanEntry, type Step, type StepChange, type StepInBrief } from "./step.ts";
import {
  createStepsTable,
  type TaskKept,
  type TaskPlanned,
  type TaskStepped,
  type TaskThought,
} from "./steps-table.ts";
import type { Task } from "./task.ts";

/** What runs do, as people see it: durable where it begins and ends, live in between. */
export interface Steps {
  /** A step begins, changes, or ends. What is the same as before is nothing. */
  change(task: Task, step: StepChange): void;
  /** More output of a step: live, with its offset; what is kept of it is stored when the step ends. */
  output(task: Task, stepId: string, data: string): void;
  thought(task: Task, delta: string): void;
  plan(task: Task, entries: readonly PlanEntry[]): void;
  /** At the end of a run: what is still open is over, in that way. */
  close(task: Task, state: "completed" | "failed"): void;
  /** A task's steps, with the output so far of those that run. */
  of(taskId: number): readonly Step[];
  /** The last of them, without what they are long for, and how many there are. */
  newest(taskId: number, most: number): { readonly steps: readonly StepInBrief[]; readonly count: number };
  step(taskId: number, stepId: string): Step | undefined;
  planOf(taskId: number): readonly PlanEntry[];
  thoughtOf(taskId: number): string;
  /** Tasks whose runs do something now. */
  live(): readonly LiveTask[];
  /** A step that runs. */
  running(taskId: number, stepId: string): LiveStep | undefined;
  /** What an event is about: a step as it was right after it, of which task; undefined for other events. */
  ofEvent(event: LogEvent): { readonly taskId: number; readonly step: StepInBrief } | undefined;
}

interface Parts {
  store: Store;
  log: Log;
  hub: Hub;
  clock: Clock;
  limits: Limits;
}

export function createSteps({ store, log, hub, clock, limits }: Parts): Steps {
  const table = createStepsTable(store, log);
  const lives = new Map<number, LiveTask>();
  const ended = store.sqlite.prepare<{ endedAt: number | null }, [number]>(
    "SELECT ended_at AS endedAt FROM tasks WHERE id = ?",
  );
  const endOf = (taskId: number) => ended.get(taskId)?.endedAt ?? null;

  function liveOf(task: Task): LiveTask {
    const known = lives.get(task.id);
    if (known) return known;
    // A task that is taken up again goes on where it was.
    const thought = thoughtOf(limits, table.thought(task.id));
    const plan = JSON.stringify(table.plan(task.id));
    const live: LiveTask = { task, steps: new Map(), thought, plan, count: table.count(task.id), stored: 0 };
    lives.set(task.id, live);
    return live;
  }

  function find(live: LiveTask, id: string): LiveStep | undefined {
    const known = live.steps.get(id);
    if (known) return known;
    const stored = table.step(live.task.id, id);
    if (!stored) return undefined;
    const { output, ...step } = stored;
    const found = { step, output: outputOf(limits, live.stored, output), screen: screenOf(limits, output) };
    const back: LiveStep = { ...found, hasNews: false, isBehind: false };
    live.steps.set(id, back);
    return back;
  }

  function change(task: Task, given: StepChange): void {
    const live = liveOf(task);
    const id = oneLine(given.id, limits.stepTitleCharacters);
    const known = find(live, id);
    if (!known && live.count >= limits.stepsPerTask) return;
    const current = known ?? begin(live, id);
    const { step, news, output } = changedStep(known?.step, current.step, given, limits);
    current.step = step;
    if (output !== undefined) replaceOutput(live, current, output);
    const isEnded = isOver(step.state);
    if (news !== undefined || current.isBehind || (isEnded && current.hasNews)) propose(live, current, news);
    else if (isEnded) live.steps.delete(id);
  }

  /** Proposes what is new of a step; all of it, when something of it could not be stored. */
  function propose(live: LiveTask, current: LiveStep, news: News | undefined): void {
    const { task } = live;
    const { step, isBehind } = current;
    const isEnded = isOver(step.state);
    const keeps = isEnded && current.hasNews;
    const all = isBehind ? { input: step.input, files: step.files } : news?.stepped;
    const stepped: TaskStepped = { taskId: task.id, ...all, ...always(step) };
    const batch: Proposal[] = [{ kind: "task.stepped", roomId: task.roomId, actorId: task.agent.id, data: stepped }];
    // What is counted of its files is always told; the texts themselves only within bounds.
    const hasRoom = live.stored < limits.taskOutputCharacters;
    const diffs = isBehind ? step.diffs : news?.diffs;
    if (keeps || diffs) {
      const kept: TaskKept = {
        taskId: task.id,
        id: step.id,
        ...(keeps && { output: current.output.text() }),
        ...(diffs && { diffs: hasRoom ? diffs : [] }),
      };
      live.stored += JSON.stringify(kept).length;
      batch.push({ kind: "task.kept", roomId: null, actorId: task.agent.id, data: kept });
    }
    current.hasNews &&= !keeps;
    log.append(batch, (outcomes) => {
      current.isBehind = !outcomes.every(({ ok }) => ok);
      if (current.isBehind) current.hasNews ||= keeps;
      else if (isEnded && live.steps.get(step.id) === current) live.steps.delete(step.id);
    });
  }

  function begin(live: LiveTask, id: string): LiveStep {
    live.count += 1;
    const step = begunStep(id, live.count, clock.now());
    const begun = {
      step,
      output: outputOf(limits, live.stored),
      screen: screenOf(limits),
      hasNews: false,
      isBehind: false,
    };
    live.steps.set(id, begun);
    return begun;
  }

  /** Some backends say all of the output each time: what is new of it is told as more, what differs begins anew. */
  function replaceOutput(live: LiveTask, current: LiveStep, output: string): void {
    const rest = current.output.restOf(output);
    if (rest !== undefined) {
      if (rest !== "") grow(live, current, rest);
      return;
    }
    current.output = outputOf(limits, live.stored);
    current.screen = screenOf(limits);
    grow(live, current, output);
  }

  function grow({ task }: LiveTask, current: LiveStep, data: string): void {
    const offset = current.output.length;
    current.output.add(data);
    current.screen.write(data);
    current.hasNews = true;
    const { id: taskId, roomId, agent } = task;
    hub.tell({ type: "output", taskId, roomId, agent, stepId: current.step.id, offset, data });
  }

  function proposed(task: Task, kind: string, roomId: number | null, data: TaskPlanned | TaskThought): Proposal {
    return { kind, roomId, actorId: task.agent.id, data };
  }

  const steps: Steps = {
    change,
    output(task, stepId, data) {
      if (data === "") return;
      const live = liveOf(task);
      const id = oneLine(stepId, limits.stepTitleCharacters);
      if (!find(live, id)) change(task, { id, kind: "execute", state: "running" });
      const current = live.steps.get(id);
      if (!current) return;
      // What comes after the end of a step is nothing of its own.
      if (isOver(current.step.state)) change(task, { id });
      else grow(live, current, data);
    },
    thought(task, delta) {
      if (delta === "") return;
      const live = liveOf(task);
      const offset = live.thought.length;
      live.thought.add(delta);
      hub.tell({ type: "thought", taskId: task.id, roomId: task.roomId, agent: task.agent, offset, delta });
    },
    plan(task, entries) {
      const clean = entries.slice(0, limits.planEntries).map(({ content, status }) => ({
        content: oneLine(content, limits.planEntryCharacters),
        status,
      }));
      const live = liveOf(task);
      const said = JSON.stringify(clean);
      if (said === live.plan) return;
      live.plan = said;
      log.append([proposed(task, "task.planned", task.roomId, { taskId: task.id, entries: clean })]);
    },
    close(task, state) {
      const live = lives.get(task.id);
      if (!live) return;
      for (const { step } of [...live.steps.values()])
        change(task, { id: step.id, state: isOver(step.state) ? step.state : state });
      const thought = live.thought.text();
      const done = () => {
        if (lives.get(task.id) === live) lives.delete(task.id);
      };
      if (thought === table.thought(task.id)) log.append([], done);
      else log.append([proposed(task, "task.thought", null, { taskId: task.id, thought })], done);
    },
    of(taskId) {
      const live = lives.get(taskId);
      const end = endOf(taskId);
      const stored = table.steps(taskId).map((step) => {
        const running = live?.steps.get(step.id);
        // When it began is told by the log; the rest may be ahead of it.
        return running ? { ...stepOf(running), startedAt: step.startedAt } : abandoned(step, end);
      });
      const known = new Set(stored.map(({ id }) => id));
      return [...stored, ...[...(live?.steps.values() ?? [])].filter(({ step }) => !known.has(step.id)).map(stepOf)];
    },
    newest(taskId, most) {
      const end = endOf(taskId);
      const stored = table.newest(taskId, most).map((step) => abandoned(step, end));
      return { steps: stored, count: table.count(taskId) };
    },
    step(taskId, stepId) {
      const running = lives.get(taskId)?.steps.get(stepId);
      if (running) return stepOf(running);
      const stored = table.step(taskId, stepId);
      return stored && abandoned(stored, endOf(taskId));
    },
    planOf: table.plan,
    thoughtOf: (taskId) => lives.get(taskId)?.thought.text() ?? table.thought(taskId),
    live: () => [...lives.values()],
    running: (taskId, stepId) => lives.get(taskId)?.steps.get(stepId),
    ofEvent(event) {
      if (event.kind !== "task.stepped") return undefined;
      const { taskId, ...told } = event.data as TaskStepped;
      const stored = table.step(taskId, told.id);
      if (!stored) return undefined;
      const { output, diffs, ...known } = stored;
      const endedAt = isOver(told.state) ? (known.endedAt ?? event.at) : null;
      return { taskId, step: { ...known, ...told, endedAt } };
    },
  };
  return steps;
}

/** What each event of a step says. */
function always({ id, number, kind, title, state }: Omit<Step, "output">) {
  return { id, number, kind, title, state };
}
