import type { World } from "../cast.ts";
import { type Answers, get, hidden, type Row, readers } from "../table.ts";

const taskIn = (room: "general" | "vault") => (world: World) => world.tasks[room]?.[0] ?? 0;

/** A page for whoever may read the task's room; who is nobody is taken to the sign-in page. */
const shown = (answers: Answers): Answers => ({ ...answers, nobody: 303, endedSession: 303 });

/** A task is for whoever may read its room; to others there is none. */
export const tasks: readonly Row[] = (["general", "vault"] as const).flatMap((room): Row[] => {
  const answers = room === "vault" ? hidden(readers(200)) : readers(200);
  const id = taskIn(room);
  return [
    {
      route: "GET /api/v1/tasks/:id",
      about: `in #${room}`,
      ask: (world) => get(`/api/v1/tasks/${id(world)}`),
      answers,
    },
    {
      route: "GET /tasks/:name",
      about: `the page of a task in #${room}`,
      ask: (world) => get(`/tasks/${id(world)}`, "text/html"),
      answers: shown(answers),
    },
  ];
});
