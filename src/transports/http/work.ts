import { Hono } from "hono";
import { z } from "zod";
import type { AgentManager } from "../../agents/manager.ts";
import type { Roster } from "../../agents/roster.ts";
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { type Env, memberOf, requires } from "../../guards/identity.ts";
import { accepts, acceptsUnannounced } from "../../guards/validation.ts";
import type { Hub } from "../../live/hub.ts";
import type { PostMessage } from "../../messages/post.ts";
import { type Member, may } from "../../people/member.ts";
import { generalSlug } from "../../rooms/names.ts";
import type { Task } from "../../tasks/task.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import type { CommunicationManager } from "../manager.ts";
import type { Figures } from "./figures.ts";
import { employeeJson, progressJson, sessionJson, taskJson } from "./work-shapes.ts";

interface Parts {
  config: Config;
  clock: Clock;
  hub: Hub;
  roster: Roster;
  tasks: Tasks;
  manager: AgentManager;
  communication: CommunicationManager;
  figures: Figures;
  post: PostMessage;
}

/** The seed's own models and modes: accepted and given back, and of no effect on agents that have neither. */
const assignment = z.object({
  name: z.string().max(100),
  task: z.string().trim().min(1),
  model: z.string().max(200).nullish(),
  mode: z.string().max(50).nullish(),
});
const named = z.preprocess((given) => {
  if (given === null || typeof given !== "object") return given;
  const fields = given as Record<string, unknown>;
  return { ...fields, name: fields.name ?? fields.employee, task: fields.task ?? fields.description };
}, assignment);

const whose = z.object({ name: z.string().default("").describe("Of one agent; of all without it.") });

/** Who works on what, in the words of the system Parley replaces (PROTOCOL.md, HTTP). Of tasks, each reader is told what they may know. */
export function workRoutes(parts: Parts) {
  const { config, clock, hub, roster, tasks, manager, communication, figures, post } = parts;
  /** Who waits for the task that their message asks for. */
  const waiting = new Map<number, (task: Task) => void>();
  hub.onCommit((events) => {
    if (waiting.size === 0) return;
    for (const event of events) {
      const task = event.kind === "task.opened" ? tasks.byId(event.seq) : undefined;
      if (task) waiting.get(task.requestId)?.(task);
    }
  });

  function openFor(reader: Member): readonly Task[] {
    return tasks.active().filter((task) => tasks.mayRead(reader, task));
  }

  /** The first of each agent's tasks that the reader may know of, by the agent's name. */
  function currentFor(reader: Member): ReadonlyMap<string, Task> {
    const current = new Map<string, Task>();
    for (const task of openFor(reader)) if (!current.has(task.agent.name)) current.set(task.agent.name, task);
    return current;
  }

  function mapped<T>(reader: Member, shape: (task: Task) => T): Record<string, T> {
    return Object.fromEntries([...currentFor(reader)].map(([name, task]) => [name, shape(task)]));
  }

  /** @throws Refusal AGENT_NOT_FOUND */
  function agentNamed(name: string): Member {
    const agent = roster.byName(name);
    if (!agent)
      throw new Refusal("AGENT_NOT_FOUND", `No agent called "${name}" works here: hire one with POST /employees.`);
    return agent.member;
  }

  /** Asks an agent in the main room, as whoever wants it done. @returns the task, or null when none was taken up in time */
  function assign(by: Member, agent: Member, words: string): Promise<Task | null> {
    return new Promise((resolve, reject) => {
      post(by, { room: generalSlug, text: `@${agent.handle} ${words}`, origin: "api" }, (outcome) => {
        if (!outcome.ok) return reject(outcome.refusal);
        const settle = (task: Task | null) => {
          clearTimeout(timer);
          waiting.delete(outcome.seq);
          resolve(task);
        };
        const timer = setTimeout(() => settle(null), config.limits.taskAnswerMs);
        waiting.set(outcome.seq, settle);
      });
    });
  }

  return new Hono<Env>()
    .get("/status", requires("read"), (context) =>
      context.json({
        active_sessions: mapped(memberOf(context), sessionJson),
        locked_files: [],
        pending_requests: [],
        employees: roster.list().map(employeeJson),
        chat_enabled: communication.isConnected(),
        chat_statistics: manager.getChatStatistics(),
        communication: figures.stats(),
        degraded_mode: !communication.isConnected(),
        // What cannot be put together keeps the server from starting.
        initialization_errors: [],
      }),
    )
    .get("/sessions", requires("read"), (context) => context.json({ sessions: mapped(memberOf(context), sessionJson) }))
    .get("/progress", requires("read"), accepts("query", whose), (context) => {
      const { name } = context.req.valid("query");
      if (name === "") return context.json({ progress: mapped(memberOf(context), progressJson) });
      const task = currentFor(memberOf(context)).get(agentNamed(name).name);
      return context.json({ progress: task ? progressJson(task) : null });
    })
    .get("/bridge", requires("read"), (context) => {
      const open = openFor(memberOf(context));
      return context.json({
        bridge: {
          active_tasks: open.length,
          stuck_timers: open.filter(({ state }) => state === "stuck").length,
          tasks: mapped(memberOf(context), (task) => ({
            task: task.description.slice(0, 50).toWellFormed(),
            status: task.state,
            started_at: new Date(task.createdAt).toISOString(),
            duration_minutes: Math.floor((clock.now() - task.createdAt) / 60_000),
          })),
        },
      });
    })
    .get("/tasks", requires("read"), (context) => context.json({ tasks: openFor(memberOf(context)).map(taskJson) }))
    .get("/tasks/:name", requires("read"), (context) => {
      const agent = agentNamed(context.req.param("name"));
      const open = openFor(memberOf(context)).filter((task) => task.agent.id === agent.id);
      const [current] = open;
      return context.json({
        name: agent.name,
        session_id: current ? String(current.id) : null,
        task: current?.description ?? null,
        status: current?.state ?? "idle",
        progress: current?.progress ?? 0,
        tasks: open.map(taskJson),
      });
    })
    .post("/tasks", requires("write", "message"), acceptsUnannounced(named), async (context) => {
      const { name, task: words, model, mode } = context.req.valid("json");
      const agent = agentNamed(name);
      if (config.safeMode) throw new Refusal("AGENT_OFFLINE", `${agent.name} is off: the server runs in safe mode.`);
      const task = await assign(memberOf(context), agent, words);
      return context.json({
        message: task ? `${agent.name} took it up.` : `${agent.name} was asked, and has not made a task of it yet.`,
        session_id: task ? String(task.id) : null,
        task: task?.description ?? words,
        model: model ?? null,
        mode: mode ?? null,
      });
    })
    .delete("/tasks/:name", requires("write"), async (context) => {
      const me = memberOf(context);
      const agent = agentNamed(context.req.param("name"));
      const open = openFor(me).filter((task) => task.agent.id === agent.id);
      const own = open.filter((task) => may(me, "manage_tasks") || task.requester.id === me.id);
      if (open.length > 0 && own.length === 0)
        throw new Refusal("PERMISSION_DENIED", `You may not end the tasks of ${agent.name}: others asked for them.`);
      // What waits first, so that none of it is begun because what was before it is gone.
      const order = own.toSorted((a, b) => Number(b.state === "queued") - Number(a.state === "queued"));
      for (const task of order)
        await new Promise<void>((resolve, reject) => {
          tasks.decide(me, task.id, "cancel", (outcome) => (outcome.ok ? resolve() : reject(outcome.refusal)));
        });
      const isOver = own.every(({ id }) => tasks.byId(id)?.endedAt !== null);
      const what =
        own.length === 0
          ? "has nothing to stop"
          : !isOver
            ? "is stopping"
            : own.length === 1
              ? "stopped"
              : `stopped ${own.length} tasks`;
      return context.json({ message: `${agent.name} ${what}.` });
    });
}
