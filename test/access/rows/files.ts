import type { World } from "../cast.ts";
import { mirasFile, ownFile, saidFile } from "../fresh.ts";
import { get, hidden, json, type Row, readers, writers } from "../table.ts";

const words = new TextEncoder().encode("what is in it");
const address = (id: string) => `/files/${id}/notes.txt`;

/** What comes in, and goes to who may read its message: 404 for everybody else, as if it were not. */
export const files: readonly Row[] = [
  {
    route: "POST /api/v1/files",
    ask: () => ({ method: "POST", path: "/api/v1/files?name=notes.txt", bytes: words }),
    answers: writers(201),
    leaves: "file.stored",
  },
  {
    route: "DELETE /api/v1/files/:id",
    about: "of one's own",
    ask: async (world, actor) => json("DELETE", `/api/v1/files/${await ownFile(world, actor)}`),
    answers: writers(200),
    leaves: "file.removed",
  },
  {
    route: "DELETE /api/v1/files/:id",
    about: "of mira's",
    ask: async (world) => json("DELETE", `/api/v1/files/${await mirasFile(world)}`),
    answers: writers(404, { member: 200 }),
    leaves: "file.removed",
  },
  {
    route: "GET /files/:id/:name",
    about: "that mira has not sent yet",
    ask: async (world) => get(address(await mirasFile(world))),
    answers: readers(404, { member: 200 }),
  },
  {
    route: "GET /files/:id/:name",
    about: "of a message in #general",
    ask: async (world: World) => get(address(await saidFile(world, "general"))),
    answers: readers(200),
  },
  {
    route: "GET /files/:id/:name",
    about: "of a message in #vault",
    ask: async (world: World) => get(address(await saidFile(world, "vault"))),
    answers: hidden(readers(200)),
  },
];
