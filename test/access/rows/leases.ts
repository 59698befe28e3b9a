import type { Actor, Who, World } from "../cast.ts";
import { newName } from "../fresh.ts";
import { everybody, form, get, json, managers, only, page, type Row, readers, writers } from "../table.ts";
import { nameOf } from "./rooms.ts";

/** What is claimed is everybody's to read and to claim who may write; what one has is one's own, and theirs who manage tasks. */

const everyManager = { outsider: 200, developer: 200, admin: 200, owner: 200, adminKey: 200 };
const mayWrite = ({ who }: Actor) =>
  !["nobody", "viewer", "agentReader", "agentBlind", "revokedKey", "endedSession"].includes(who);

async function claimed(world: World, who: Who): Promise<{ id: number; path: string }> {
  return (await world.must(who, json("POST", "/api/v1/leases", { paths: [`src/${newName()}.ts`] }))).json.leases[0];
}

/** Of whoever acts, or of mira's for who can have none. */
const own = async (world: World, actor: Actor) => (await claimed(world, mayWrite(actor) ? actor.who : "member")).id;
const miras = async (world: World) => (await claimed(world, "member")).id;

/** The guest asks for what mira has. @returns the request's id */
async function asked(world: World): Promise<number> {
  const { path } = await claimed(world, "member");
  const asking = json("POST", "/api/v1/leases/requests", { path, reason: "for the release" });
  return (await world.must("guest", asking)).json.requests[0].id;
}

/** Of a request of the guest's to mira: hers to decide and theirs who manage tasks; the guest knows of it; for others there is none. */
const deciding = (status: number) =>
  writers(404, {
    ...Object.fromEntries(Object.keys(everyManager).map((who) => [who, status])),
    ...{ member: status, guest: 403 },
  });

const decisions = (["approve", "deny"] as const).flatMap((verb): Row[] =>
  (
    [
      ["/api/v1/leases/requests", 200],
      ["/files/requests", 200],
      ["/leases/requests", 303],
    ] as const
  ).map(([path, status]) => ({
    route: `POST ${path}/:id/${verb}`,
    ask: async (world) => {
      const address = `${path}/${await asked(world)}/${verb}`;
      return status === 303 ? form(address) : json("POST", address);
    },
    answers: deciding(status),
    leaves: "lease.decided",
  })),
);

const pages: readonly Row[] = [
  { route: "GET /leases", ask: () => get("/leases"), answers: page(readers(200)) },
  { route: "GET /leases/list", ask: () => get("/leases/list"), answers: page(readers(200)) },
  ...["renew", "release", "request"].map(
    (verb): Row => ({
      route: `GET /leases/:id/${verb}`,
      ask: () => get(`/leases/1/${verb}`),
      answers: page(readers(302)),
    }),
  ),
  ...["approve", "deny"].map(
    (verb): Row => ({
      route: `GET /leases/requests/:id/${verb}`,
      ask: () => get(`/leases/requests/1/${verb}`),
      answers: page(readers(302)),
    }),
  ),
  {
    route: "POST /leases",
    ask: () => form("/leases", { paths: `docs/${newName()}`, minutes: "5" }),
    answers: writers(303),
    leaves: "lease.claimed",
  },
  {
    route: "POST /leases",
    about: "out of the project",
    ask: () => form("/leases", { paths: "../elsewhere" }),
    answers: writers(422),
  },
  {
    route: "POST /leases/:id/renew",
    ask: async (world, actor) => form(`/leases/${await own(world, actor)}/renew`),
    answers: writers(303),
    leaves: "lease.renewed",
  },
  {
    route: "POST /leases/:id/release",
    ask: async (world, actor) => form(`/leases/${await own(world, actor)}/release`),
    answers: writers(303),
    leaves: "lease.released",
  },
  {
    route: "POST /leases/:id/request",
    about: "of mira's",
    ask: async (world) => form(`/leases/${await miras(world)}/request`),
    answers: writers(303, { member: 409 }),
    leaves: "lease.requested",
  },
];

const locks: readonly Row[] = [
  { route: "GET /files", ask: () => get("/files"), answers: readers(200) },
  {
    route: "POST /files/lock",
    about: "for oneself",
    ask: (_, actor) => json("POST", "/files/lock", { name: nameOf(actor), files: [`src/${newName()}.ts`] }),
    answers: writers(200),
    leaves: "lease.claimed",
  },
  {
    route: "POST /files/lock",
    about: "for an agent",
    ask: () => json("POST", "/files/lock", { name: "bob", files: [`src/${newName()}.ts`] }),
    answers: writers(403, everyManager),
    leaves: "lease.claimed",
  },
  {
    route: "POST /files/lock",
    about: "for somebody else",
    ask: () => json("POST", "/files/lock", { name: "paul", files: [`src/${newName()}.ts`] }),
    answers: writers(403),
  },
  {
    route: "POST /files/release",
    about: "what one does not have",
    ask: (_, actor) => json("POST", "/files/release", { name: nameOf(actor), files: ["src/nothing.ts"] }),
    answers: writers(200),
  },
  {
    route: "POST /files/release",
    about: "of an agent",
    ask: () => json("POST", "/files/release", { name: "charlie" }),
    answers: writers(403, everyManager),
  },
  { route: "GET /files/requests", ask: () => get("/files/requests"), answers: readers(200) },
  {
    route: "POST /files/requests",
    about: "of what nobody has",
    ask: (_, actor) => json("POST", "/files/requests", { name: nameOf(actor), file: "src/nothing.ts" }),
    answers: writers(200),
  },
  {
    route: "GET /project-root",
    ask: () => get("/project-root"),
    answers: only(
      ["outsider", "developer", "admin", "owner", "adminKey", "agent", "agentElsewhere", "agentBlind"],
      200,
    ),
  },
  {
    route: "POST /project-root",
    about: "where it is",
    ask: () => json("POST", "/project-root", { project_root: process.cwd() }),
    answers: managers(200),
  },
  {
    route: "POST /project-root",
    about: "while files are claimed",
    ask: async (world) => {
      await miras(world);
      return json("POST", "/project-root", { project_root: "/srv/elsewhere" });
    },
    answers: managers(409),
  },
];

/** Tools are for agents, by their tokens: whoever comes with a cookie is nobody there. */
const tools: readonly Row[] = [
  {
    route: "POST /mcp",
    ask: () => ({
      ...json("POST", "/mcp", { jsonrpc: "2.0", id: 1, method: "tools/list" }),
      accept: "application/json, text/event-stream",
    }),
    answers: only(["agent", "agentElsewhere", "agentReader"], 200, { adminKey: 403, agentBlind: 403 }, 401),
  },
  ...(["GET", "DELETE"] as const).map(
    (method): Row => ({ route: `${method} /mcp`, ask: () => ({ method, path: "/mcp" }), answers: everybody(405) }),
  ),
];

export const leases: readonly Row[] = [
  ...pages,
  ...locks,
  ...decisions,
  ...tools,
  { route: "GET /api/v1/leases", ask: () => get("/api/v1/leases"), answers: readers(200) },
  {
    route: "POST /api/v1/leases",
    ask: () => json("POST", "/api/v1/leases", { paths: [`src/${newName()}.ts`] }),
    answers: writers(201),
    leaves: "lease.claimed",
  },
  {
    route: "POST /api/v1/leases",
    about: "what mira has",
    ask: async (world) => json("POST", "/api/v1/leases", { paths: [(await claimed(world, "member")).path] }),
    answers: writers(409, { member: 201 }),
    leaves: "lease.renewed",
  },
  {
    route: "POST /api/v1/leases/:id/renew",
    ask: async (world, actor) => json("POST", `/api/v1/leases/${await own(world, actor)}/renew`),
    answers: writers(200),
    leaves: "lease.renewed",
  },
  {
    route: "POST /api/v1/leases/:id/renew",
    about: "mira's",
    ask: async (world) => json("POST", `/api/v1/leases/${await miras(world)}/renew`),
    answers: writers(403, { ...everyManager, member: 200 }),
    leaves: "lease.renewed",
  },
  {
    route: "DELETE /api/v1/leases/:id",
    ask: async (world, actor) => json("DELETE", `/api/v1/leases/${await own(world, actor)}`),
    answers: writers(200),
    leaves: "lease.released",
  },
  {
    route: "DELETE /api/v1/leases/:id",
    about: "mira's",
    ask: async (world) => json("DELETE", `/api/v1/leases/${await miras(world)}`),
    answers: writers(403, { ...everyManager, member: 200 }),
    leaves: "lease.released",
  },
  { route: "GET /api/v1/leases/requests", ask: () => get("/api/v1/leases/requests"), answers: readers(200) },
  {
    route: "POST /api/v1/leases/requests",
    about: "of mira's",
    ask: async (world) => json("POST", "/api/v1/leases/requests", { path: (await claimed(world, "member")).path }),
    answers: writers(201, { member: 409 }),
    leaves: "lease.requested",
  },
];
