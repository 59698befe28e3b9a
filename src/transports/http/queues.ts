import { Hono } from "hono";
import { z } from "zod";
import type { Roster } from "../../agents/roster.ts";
import type { Outcome } from "../../database/log.ts";
import { Refusal } from "../../errors.ts";
import { type Env, memberOf, requires } from "../../guards/identity.ts";
import { accepts } from "../../guards/validation.ts";
import { wholeNumber } from "../../people/id.ts";
import type { Member } from "../../people/member.ts";
import type { Task } from "../../tasks/task.ts";
import type { Tasks } from "../../tasks/tasks.ts";

interface Parts {
  roster: Roster;
  tasks: Tasks;
}

const placing = z.strictObject({ to: z.enum(["first", "up", "down"]) });

/** The queues that tasks wait in: to be read, put in another order, stopped and taken up again. */
export function queueRoutes({ roster, tasks }: Parts) {
  /** What is answered when a change of a task is on disk: the task as it is then. */
  async function changed(member: Member, id: number, act: (done: (outcome: Outcome) => void) => void) {
    await new Promise<void>((resolve, reject) => {
      act((outcome) => (outcome.ok ? resolve() : reject(outcome.refusal)));
    });
    return { task: json(tasks.forReader(member, id)) };
  }

  return new Hono<Env>()
    .get("/api/v1/agents/:id/queue", requires("read"), (context) => {
      // Agents go by their names as well.
      const named = context.req.param("id");
      const agent = /^\d+$/.test(named) ? roster.byId(wholeNumber(named)) : roster.byName(named);
      if (!agent) throw new Refusal("AGENT_NOT_FOUND");
      const me = memberOf(context);
      const current = tasks.underWay(agent.member.id);
      return context.json({
        agent: agent.member.name,
        current: current && tasks.mayRead(me, current) ? json(current) : null,
        queue: tasks
          .queueOf(agent.member.id)
          .filter((task) => tasks.mayRead(me, task))
          .map(json),
      });
    })
    .post("/api/v1/tasks/:id/place", requires("manage_tasks"), accepts("json", placing), async (context) => {
      const [me, id] = [memberOf(context), wholeNumber(context.req.param("id"))];
      return context.json(await changed(me, id, (done) => tasks.place(me, id, context.req.valid("json").to, done)));
    })
    .post("/api/v1/tasks/:id/steer", requires("manage_tasks"), async (context) => {
      const [me, id] = [memberOf(context), wholeNumber(context.req.param("id"))];
      return context.json(await changed(me, id, (done) => tasks.steer(me, id, done)));
    })
    .post("/api/v1/tasks/:id/cancel", requires("write"), async (context) => {
      const [me, id] = [memberOf(context), wholeNumber(context.req.param("id"))];
      return context.json(await changed(me, id, (done) => tasks.decide(me, id, "cancel", done)));
    })
    .post("/api/v1/tasks/:id/complete", requires("write"), async (context) => {
      const [me, id] = [memberOf(context), wholeNumber(context.req.param("id"))];
      return context.json(await changed(me, id, (done) => tasks.decide(me, id, "complete", done)));
    })
    .post("/api/v1/tasks/:id/resume", requires("write"), async (context) => {
      const [me, id] = [memberOf(context), wholeNumber(context.req.param("id"))];
      const opened = await new Promise<Task>((resolve, reject) => {
        tasks.resume(me, id, (task) => (task instanceof Refusal ? reject(task) : resolve(task)));
      });
      return context.json({ task: json(opened) }, 201);
    });
}

function json(task: Task) {
  return {
    id: task.id,
    agent: task.agent.name,
    description: task.description,
    state: task.state,
    progress: task.progress,
    note: task.note,
    room: task.room,
    requestId: task.requestId,
    requestedBy: task.requester.name,
    resumes: task.run?.resumes ?? null,
    canResume: task.canResume,
    createdAt: new Date(task.createdAt).toISOString(),
    updatedAt: new Date(task.updatedAt).toISOString(),
    endedAt: task.endedAt === null ? null : new Date(task.endedAt).toISOString(),
  };
}
