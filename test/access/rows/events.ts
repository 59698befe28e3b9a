import type { Actor, World } from "../cast.ts";
import { form, get, hidden, json, managers, page, type Row, readers, signedIn } from "../table.ts";

/** The page's own door: keys for certain rooms have no page. */
const pages = (status: number) =>
  signedIn(status, { agent: 403, agentElsewhere: 403, agentReader: 403, agentBlind: 403 });
/** Who has no line to speak on finds none. */
const speaking = (status: number) => ({
  ...pages(status),
  agent: 404,
  agentElsewhere: 404,
  agentReader: 404,
});

async function lineOf(world: World, actor: Actor): Promise<string> {
  return (await world.ask(actor, get("/live?room=general"))).json?.line ?? "none";
}

/** What happens, over HTTP; and for administrators how all that is connected fares. */
export const events: readonly Row[] = [
  { route: "GET /api/v1/events", ask: () => get("/api/v1/events"), answers: readers(200) },
  {
    route: "GET /api/v1/events",
    about: "of a private room",
    ask: () => get("/api/v1/events?room=vault"),
    answers: hidden(readers(200)),
  },
  {
    route: "GET /api/v1/events",
    about: "of a room that there is not",
    ask: () => get("/api/v1/events?room=cellar"),
    answers: readers(404),
  },
  { route: "GET /live", ask: () => get("/live?room=general"), answers: pages(200) },
  {
    route: "POST /live",
    ask: async (world, actor) => json("POST", `/live?line=${await lineOf(world, actor)}`, { type: "ping" }),
    answers: speaking(204),
  },
  {
    route: "POST /live",
    about: "on somebody else's line",
    ask: async (world, { who }) => {
      const other = world.as(who === "developer" ? "member" : "developer");
      return json("POST", `/live?line=${await lineOf(world, other)}`, { type: "ping" });
    },
    answers: speaking(404),
  },
  { route: "GET /connections", ask: () => get("/connections"), answers: page(managers(200)) },
  {
    route: "POST /connections",
    ask: () => form("/connections", { enabled: "on", percent: "100" }),
    answers: managers(303),
    leaves: "rollout.changed",
  },
  {
    route: "POST /connections",
    about: "with more than everybody",
    ask: () => form("/connections", { enabled: "on", percent: "101" }),
    answers: managers(422),
  },
  { route: "GET /api/v1/rollout", ask: () => get("/api/v1/rollout"), answers: managers(200) },
  {
    route: "PATCH /api/v1/rollout",
    ask: () => json("PATCH", "/api/v1/rollout", { percent: 100 }),
    answers: managers(200),
    leaves: "rollout.changed",
  },
  { route: "GET /api/v1/measurements", ask: () => get("/api/v1/measurements"), answers: managers(200) },
  { route: "GET /metrics", ask: () => get("/metrics"), answers: managers(200) },
];
