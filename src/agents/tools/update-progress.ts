import { z } from "zod";
import { Refusal } from "../../errors.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import type { Tool } from "./tool.ts";

interface Parts {
  tasks: Tasks;
}

const update = z.object({
  progress: z.int().min(0).max(100).optional().describe("How far your task is, in per cent."),
  note: z.string().trim().max(500).optional().describe("One line on what you are doing now."),
});

export function updateProgress({ tasks }: Parts): Tool<z.infer<typeof update>> {
  return {
    name: "update_progress",
    description: "Say how far your task is, for its card in the room. It ends by your final answer, not by 100 %.",
    schema: update,
    readOnly: false,
    async run({ progress, note }, { agent, task }) {
      if (!task) throw new Refusal("CONFLICT", "You have no task: there is nothing to report on.");
      if (progress === undefined && note === undefined)
        throw new Refusal("INVALID_MESSAGE", "Say how far it is, or what you are doing.");
      const change = { ...(progress !== undefined && { progress }), ...(note !== undefined && { note }) };
      await new Promise<void>((resolve, reject) => {
        tasks.report(task.id, change, agent.member, (outcome) => (outcome.ok ? resolve() : reject(outcome.refusal)));
      });
      const now = tasks.byId(task.id);
      return `Task ${task.id} is at ${now?.progress ?? 0} %${now?.note ? `: ${now.note}` : ""}.`;
    },
  };
}
