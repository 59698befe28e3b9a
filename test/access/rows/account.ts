import { type Actor, isPerson, password, type World } from "../cast.ts";
import { grant, keyOf, newName, sessionOf } from "../fresh.ts";
import { account, everybody, form, get, json, only, page, type Row, readers } from "../table.ts";

/** Addresses of forms, at which a page may stand that answers one: they lead to what they are about. */
const addresses: readonly Row[] = [
  "/settings/profile",
  "/settings/password",
  "/settings/sessions/end-others",
  "/settings/sessions/:id/end",
  "/settings/keys",
  "/settings/keys/:id/rotate",
  "/settings/keys/:id/revoke",
  "/settings/grants/:id/revoke",
].map((path) => ({
  route: `GET ${path}`,
  ask: () => get(path.replace(":id", "1")),
  answers: page(readers(302)),
}));

/** What is one's own: settings, sessions, keys, devices. */
const forms: readonly Row[] = [
  ...addresses,
  { route: "GET /settings", ask: () => get("/settings"), answers: page(account(200)) },
  {
    route: "POST /settings/profile",
    ask: () => form("/settings/profile", { title: "Gardener" }),
    answers: account(303),
    leaves: "member.changed",
  },
  {
    route: "POST /settings/password",
    ask: () => form("/settings/password", { current: password, password }),
    answers: account(303),
    leaves: "password.set",
    renewsSession: true,
  },
  {
    route: "POST /settings/password",
    about: "with a wrong one",
    ask: () => form("/settings/password", { current: "not mine at all", password }),
    answers: account(422),
  },
  {
    route: "POST /settings/sessions/end-others",
    ask: () => form("/settings/sessions/end-others"),
    answers: account(303),
    leaves: "sessions.ended",
  },
  {
    route: "POST /settings/sessions/:id/end",
    ask: async (world, actor) => form(`/settings/sessions/${await sessionOf(world, actor)}/end`),
    answers: account(303),
    leaves: "session.ended",
  },
  {
    route: "POST /settings/sessions/:id/end",
    about: "of somebody else",
    ask: async (world, actor) => form(`/settings/sessions/${await anothers(world, actor, sessionOf)}/end`),
    answers: account(422),
  },
  {
    route: "POST /settings/keys",
    ask: () => form("/settings/keys", { name: newName(), permissions: "read" }),
    answers: account(200),
    leaves: "key.created",
  },
  {
    route: "POST /settings/keys/:id/rotate",
    ask: async (world, actor) => form(`/settings/keys/${await keyOf(world, actor)}/rotate`),
    answers: account(200),
    leaves: "key.created",
  },
  {
    route: "POST /settings/keys/:id/rotate",
    about: "of somebody else",
    ask: async (world, actor) => form(`/settings/keys/${await anothers(world, actor, keyOf)}/rotate`),
    answers: account(422),
  },
  {
    route: "POST /settings/keys/:id/revoke",
    ask: async (world, actor) => form(`/settings/keys/${await keyOf(world, actor)}/revoke`),
    answers: account(303),
    leaves: "key.revoked",
  },
  {
    route: "POST /settings/grants/:id/revoke",
    ask: async (world, actor) => form(`/settings/grants/${(await grant(world, actor)).id}/revoke`),
    answers: account(303),
    leaves: "grant.revoked",
  },
  {
    route: "POST /settings/grants/:id/revoke",
    about: "of somebody else",
    ask: async (world, actor) =>
      form(`/settings/grants/${await anothers(world, actor, async (of, who) => (await grant(of, who)).id)}/revoke`),
    answers: account(422),
  },
];

const programs: readonly Row[] = [
  {
    route: "POST /api/v1/sessions",
    ask: () => json("POST", "/api/v1/sessions", { name: "mira", password }),
    answers: everybody(201),
    leaves: "session.opened",
  },
  {
    route: "POST /api/v1/sessions",
    about: "with a wrong password",
    ask: () => json("POST", "/api/v1/sessions", { name: "mira", password: "not hers at all" }),
    answers: everybody(401),
  },
  { route: "GET /api/v1/sessions", ask: () => get("/api/v1/sessions"), answers: account(200) },
  {
    route: "DELETE /api/v1/sessions",
    ask: () => json("DELETE", "/api/v1/sessions"),
    answers: account(200),
    leaves: "sessions.ended",
  },
  {
    route: "DELETE /api/v1/sessions/:id",
    ask: async (world, actor) => json("DELETE", `/api/v1/sessions/${await sessionOf(world, actor)}`),
    answers: account(200),
    leaves: "session.ended",
  },
  {
    route: "DELETE /api/v1/sessions/:id",
    about: "of somebody else",
    ask: async (world, actor) => json("DELETE", `/api/v1/sessions/${await anothers(world, actor, sessionOf)}`),
    answers: account(404),
  },
  { route: "GET /api/v1/me", ask: () => get("/api/v1/me"), answers: readers(200) },
  { route: "POST /api/v1/tickets", ask: () => json("POST", "/api/v1/tickets"), answers: readers(201) },
  { route: "GET /api/v1/api-keys", ask: () => get("/api/v1/api-keys"), answers: account(200) },
  {
    route: "POST /api/v1/api-keys",
    ask: () => json("POST", "/api/v1/api-keys", { name: newName(), permissions: ["read"] }),
    answers: account(201),
    leaves: "key.created",
  },
  {
    route: "POST /api/v1/api-keys",
    about: "for an agent",
    ask: () =>
      json("POST", "/api/v1/api-keys", { name: newName(), for: "alice", permissions: ["read"], rooms: ["general"] }),
    answers: only(["admin", "owner"], 201),
    leaves: "key.created",
  },
  {
    route: "POST /api/v1/api-keys",
    about: "for an agent, with more than an agent may",
    ask: () =>
      json("POST", "/api/v1/api-keys", { name: newName(), for: "alice", permissions: ["read", "manage_users"] }),
    answers: only([], 403),
  },
  {
    route: "POST /api/v1/api-keys",
    about: "for the owner alone",
    ask: () => json("POST", "/api/v1/api-keys", { name: newName(), permissions: ["read", "manage_owners"] }),
    answers: only(["owner"], 201),
    leaves: "key.created",
  },
  {
    route: "POST /api/v1/api-keys/:id/rotate",
    ask: async (world, actor) => json("POST", `/api/v1/api-keys/${await keyOf(world, actor)}/rotate`),
    answers: account(201),
    leaves: "key.created",
  },
  {
    route: "POST /api/v1/api-keys/:id/rotate",
    about: "of somebody else",
    ask: async (world, actor) => json("POST", `/api/v1/api-keys/${await anothers(world, actor, keyOf)}/rotate`),
    answers: account(404),
  },
  {
    route: "DELETE /api/v1/api-keys/:id",
    ask: async (world, actor) => json("DELETE", `/api/v1/api-keys/${await keyOf(world, actor)}`),
    answers: account(200),
    leaves: "key.revoked",
  },
  {
    route: "DELETE /api/v1/api-keys/:id",
    about: "of somebody else",
    ask: async (world, actor) => json("DELETE", `/api/v1/api-keys/${await anothers(world, actor, keyOf)}`),
    answers: account(404),
  },
];

/** The same thing of another person: of dora, or of mira for dora herself. */
function anothers(world: World, { who }: Actor, of: (world: World, actor: Actor) => Promise<number>): Promise<number> {
  return of(world, world.as(isPerson(who) && who !== "developer" ? "developer" : "member"));
}

export const accounts: readonly Row[] = [...forms, ...programs];
