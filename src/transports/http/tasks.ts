import { Hono } from "hono";
import { type Env, haveRead, memberOf, requires } from "../../guards/identity.ts";
import { wholeNumber } from "../../people/id.ts";
import type { TaskCards } from "../../tasks/card.ts";
import type { Step } from "../../tasks/step.ts";
import type { Steps } from "../../tasks/steps.ts";
import type { Tasks } from "../../tasks/tasks.ts";

interface Parts {
  tasks: Tasks;
  steps: Steps;
  cards: TaskCards;
}

/** A task with everything that its agent does for it. */
export function taskApi({ tasks, steps, cards }: Parts) {
  return new Hono<Env>().get("/api/v1/tasks/:id", requires("read"), (context) => {
    const task = tasks.forReader(memberOf(context), wholeNumber(context.req.param("id")));
    const { plan, spent } = cards.of(task);
    const all = steps.of(task.id);
    const thought = steps.thoughtOf(task.id);
    haveRead(
      context,
      all.reduce((sum, step) => sum + step.output.length, thought.length),
    );
    return context.json({
      task: {
        id: task.id,
        seq: task.seq,
        agent: task.agent.name,
        room: task.room,
        description: task.description,
        state: task.state,
        progress: task.progress,
        note: task.note,
        requestedBy: task.requester.name,
        requestId: task.requestId,
        createdAt: iso(task.createdAt),
        updatedAt: iso(task.updatedAt),
        endedAt: task.endedAt === null ? null : iso(task.endedAt),
        plan,
        steps: all.map(stepJson),
        thought,
        usage: spent ?? null,
      },
    });
  });
}

function stepJson({ startedAt, endedAt, ...step }: Step) {
  return { ...step, startedAt: iso(startedAt), endedAt: endedAt === null ? null : iso(endedAt) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
