import type { World } from "../cast.ts";
import { type Answers, developers, get, json, only, type Row, readers, writers } from "../table.ts";

let taken = 0;

/** One of mira's tasks that is open: each is used once. */
function open(world: World): number {
  taken += 1;
  return world.tasks.general?.at(-taken) ?? 0;
}

const first = (world: World, room: string) => world.tasks[room]?.[0] ?? 0;

/** Whoever asked for it, and who manages tasks; others may write here and not that. */
const deciders = (status: number): Answers =>
  only(["outsider", "member", "developer", "admin", "owner", "adminKey"], status);

/** What agents were asked to do: for who may read its room to read, for who asked for it to end, for developers to put in order. */
export const queues: readonly Row[] = [
  {
    route: "GET /api/v1/agents/:id/queue",
    ask: ({ memberIds }) => get(`/api/v1/agents/${memberIds.alice}/queue`),
    answers: readers(200),
  },
  {
    route: "GET /api/v1/agents/:id/queue",
    about: "of who does not work here",
    ask: () => get("/api/v1/agents/999999/queue"),
    answers: readers(404),
  },
  {
    route: "POST /api/v1/tasks/:id/place",
    about: "which does not wait",
    ask: (world) => json("POST", `/api/v1/tasks/${first(world, "general")}/place`, { to: "first" }),
    answers: developers(409),
  },
  {
    route: "POST /api/v1/tasks/:id/steer",
    about: "which does not wait",
    ask: (world) => json("POST", `/api/v1/tasks/${first(world, "general")}/steer`),
    answers: developers(409),
  },
  ...["cancel", "complete"].map(
    (act): Row => ({
      route: `POST /api/v1/tasks/:id/${act}`,
      ask: (world) => json("POST", `/api/v1/tasks/${open(world)}/${act}`),
      answers: deciders(200),
      leaves: "task.moved",
    }),
  ),
  {
    route: "POST /api/v1/tasks/:id/cancel",
    about: "of none",
    ask: () => json("POST", "/api/v1/tasks/999999/cancel"),
    answers: writers(404),
  },
  {
    route: "POST /api/v1/tasks/:id/resume",
    about: "which did not break off",
    ask: (world) => json("POST", `/api/v1/tasks/${first(world, "general")}/resume`),
    answers: deciders(409),
  },
];
