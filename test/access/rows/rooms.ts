import { type Actor, isPerson, people, type World } from "../cast.ts";
import { inVault, newName } from "../fresh.ts";
import { developers, form, get, hidden, json, only, page, type Row, readers, signedIn, writers } from "../table.ts";

/** Who brings others into a private room: whoever is in it and may write, but no guest. */
const bringing = (status: number) => hidden(only(["member", "developer", "admin", "adminKey", "agent"], status));
/** Who puts others out: who made the room, and moderators in it. */
const puttingOut = (status: number) => hidden(only(["developer", "admin", "adminKey"], status));
/** Everybody leaves for themselves, but a key that is for reading only. */
const leaving = (status: number) => hidden(readers(status, { agentReader: 403 }));

/** What somebody is called in the API, by their own name. */
export function nameOf({ who }: Actor): string {
  if (isPerson(who)) return people[who].name;
  return who === "adminKey" ? "anton" : who.startsWith("agent") ? "alice-bot" : "bob-bot";
}

const idOf = (world: World, actor: Actor) => world.memberIds[nameOf(actor).replace("-bot", "")];
const bob = (world: World) => world.memberIds.bob;
/** Whoever belongs there comes back. */
async function back(world: World, actor: Actor): Promise<void> {
  const left = ["guest", "viewer", "member", "developer", "admin", "adminKey", "agent", "agentReader"];
  if (left.includes(actor.who)) await inVault(world, nameOf(actor), true);
}
/** Somebody whom nobody of the cast has a conversation with; anton and his key are one person. */
const partner = ({ who }: Actor, others: readonly [string, string]) => (who === "adminKey" ? others[1] : others[0]);

const forms: readonly Row[] = [
  { route: "GET /", ask: () => get("/"), answers: signedIn(302, { nobody: 302, endedSession: 302 }) },
  {
    route: "GET /rooms/:slug",
    ask: (_, __, { slug }) => get(`/rooms/${slug}`),
    answers: page(readers(200)),
    inPrivate: page(hidden(readers(200))),
  },
  { route: "GET /rooms", ask: () => get("/rooms"), answers: page(readers(302)) },
  { route: "GET /direct", ask: () => get("/direct"), answers: page(readers(302)) },
  {
    route: "GET /rooms/:slug/members/:id/remove",
    ask: (_, __, { slug }) => get(`/rooms/${slug}/members/1/remove`),
    answers: page(readers(302)),
    inPrivate: page(hidden(readers(302))),
  },
  {
    route: "GET /rooms/:slug/messages",
    ask: (_, __, { slug, messageId }) => get(`/rooms/${slug}/messages?before=${messageId + 1}`),
    answers: readers(200),
    inPrivate: hidden(readers(200)),
  },
  {
    route: "POST /rooms/:slug/messages",
    ask: (_, __, { slug }) => form(`/rooms/${slug}/messages`, { text: "good morning" }),
    answers: writers(201),
    inPrivate: hidden(writers(201)),
    leaves: "message.posted",
  },
  {
    route: "POST /rooms/:slug/messages",
    about: "as a reply",
    ask: (_, __, { slug, messageId }) => form(`/rooms/${slug}/messages`, { text: "yes", replyTo: String(messageId) }),
    answers: writers(201),
    inPrivate: hidden(writers(201)),
    leaves: "message.posted",
  },
  {
    route: "POST /rooms",
    ask: () => form("/rooms", { name: newName(), private: "on" }),
    answers: developers(303),
    leaves: "room.created",
  },
  {
    route: "POST /direct",
    ask: (_, actor) => form("/direct", { members: partner(actor, ["bob-bot", "charlie-bot"]) }),
    // A conversation that a key made could be none of the rooms it is for.
    answers: writers(303, { agent: 403, agentElsewhere: 403 }),
    leaves: "room.created",
  },
  {
    route: "GET /rooms/:slug/members",
    ask: (_, __, { slug }) => get(`/rooms/${slug}/members`),
    answers: page(readers(302)),
    inPrivate: page(hidden(readers(200))),
  },
  {
    route: "POST /rooms/:slug/members",
    async ask(world, _, { slug }) {
      await inVault(world, "bob-bot", false);
      return form(`/rooms/${slug}/members`, { name: "bob-bot" });
    },
    answers: writers(409),
    inPrivate: bringing(303),
    leaves: "room.entered",
  },
  {
    route: "POST /rooms/:slug/members/:id/remove",
    about: "of somebody else",
    async ask(world, _, { slug }) {
      await inVault(world, "bob-bot", true);
      return form(`/rooms/${slug}/members/${bob(world)}/remove`);
    },
    answers: readers(404),
    inPrivate: puttingOut(303),
    leaves: "room.left",
  },
  {
    route: "POST /rooms/:slug/members/:id/remove",
    about: "of oneself",
    ask: (world, actor, { slug }) => form(`/rooms/${slug}/members/${idOf(world, actor)}/remove`),
    answers: readers(404),
    inPrivate: leaving(303),
    leaves: "room.left",
    after: back,
  },
];

const programs: readonly Row[] = [
  { route: "GET /api/v1/rooms", ask: () => get("/api/v1/rooms"), answers: readers(200) },
  {
    route: "POST /api/v1/rooms",
    ask: () => json("POST", "/api/v1/rooms", { name: newName(), private: true }),
    answers: developers(201),
    leaves: "room.created",
  },
  {
    route: "POST /api/v1/direct",
    ask: (_, actor) =>
      json("POST", "/api/v1/direct", { members: [partner(actor, ["diana-bot", "bob-bot"]), "charlie-bot"] }),
    answers: writers(201, { agent: 403, agentElsewhere: 403 }),
    leaves: "room.created",
  },
  {
    route: "GET /api/v1/rooms/:slug/members",
    ask: (_, __, { slug }) => get(`/api/v1/rooms/${slug}/members`),
    answers: readers(200),
    inPrivate: hidden(readers(200)),
  },
  {
    route: "POST /api/v1/rooms/:slug/members",
    async ask(world, _, { slug }) {
      await inVault(world, "bob-bot", false);
      return json("POST", `/api/v1/rooms/${slug}/members`, { name: "bob-bot" });
    },
    answers: writers(409),
    inPrivate: bringing(201),
    leaves: "room.entered",
  },
  {
    route: "DELETE /api/v1/rooms/:slug/members/:name",
    about: "of somebody else",
    async ask(world, _, { slug }) {
      await inVault(world, "bob-bot", true);
      return json("DELETE", `/api/v1/rooms/${slug}/members/bob-bot`);
    },
    answers: readers(409),
    inPrivate: puttingOut(200),
    leaves: "room.left",
  },
  {
    route: "DELETE /api/v1/rooms/:slug/members/:name",
    about: "of oneself",
    ask: (_, actor, { slug }) => json("DELETE", `/api/v1/rooms/${slug}/members/${nameOf(actor)}`),
    answers: readers(409),
    inPrivate: leaving(200),
    leaves: "room.left",
    after: back,
  },
  {
    route: "GET /api/v1/rooms/:slug/messages",
    ask: (_, __, { slug, messageId }) => get(`/api/v1/rooms/${slug}/messages?before=${messageId}&limit=5`),
    answers: readers(200),
    inPrivate: hidden(readers(200)),
  },
  {
    route: "POST /api/v1/rooms/:slug/messages",
    ask: (_, __, { slug }) => json("POST", `/api/v1/rooms/${slug}/messages`, { text: "good morning" }),
    answers: writers(201),
    inPrivate: hidden(writers(201)),
    leaves: "message.posted",
  },
  {
    route: "POST /api/v1/rooms/:slug/messages",
    about: "as a reply",
    ask: (_, __, { slug, messageId }) =>
      json("POST", `/api/v1/rooms/${slug}/messages`, { text: "yes", replyTo: messageId }),
    answers: writers(201),
    inPrivate: hidden(writers(201)),
    leaves: "message.posted",
  },
];

const searching: readonly Row[] = [
  { route: "GET /api/v1/search", ask: () => get("/api/v1/search?limit=100"), answers: readers(200) },
  { route: "GET /api/v1/slash-commands", ask: () => get("/api/v1/slash-commands"), answers: readers(200) },
  {
    route: "POST /api/v1/rooms/:slug/messages",
    about: "as a command",
    ask: (_, __, { slug }) => json("POST", `/api/v1/rooms/${slug}/messages`, { text: "/history" }),
    answers: writers(201),
    inPrivate: hidden(writers(201)),
    leaves: "message.posted",
  },
];

export const rooms: readonly Row[] = [...forms, ...programs, ...searching];
