import type { World } from "../cast.ts";
import { hired } from "../fresh.ts";
import { form, get, json, managers, only, page, type Row, readers, writers } from "../table.ts";

/** What people talk through, and the routes of the system Parley replaces: to be read by all, governed by who runs the server. */

const start = (world: World) => world.ask(world.as("owner"), json("POST", "/chat/start")).then(() => undefined);
const stop = (world: World) => world.ask(world.as("owner"), json("POST", "/chat/stop"));

const read = ["/chat/status", "/chat/debug", "/status", "/sessions", "/progress", "/bridge", "/tasks"].map(
  (path): Row => ({ route: `GET ${path}`, ask: () => get(path), answers: readers(200) }),
);

/** Each by two doors: the page's and the older programs'. */
const power: readonly Row[] = [
  ...["/transport/stop", "/transport/start"].map(
    (path): Row => ({ route: `GET ${path}`, ask: () => get(path), answers: page(managers(302)) }),
  ),
  {
    route: "POST /chat/stop",
    ask: () => json("POST", "/chat/stop"),
    answers: managers(200),
    leaves: "transport.stopped",
    after: start,
  },
  {
    route: "POST /chat/start",
    ask: (world) => stop(world).then(() => json("POST", "/chat/start")),
    answers: managers(200),
    leaves: "transport.started",
    after: start,
  },
  {
    route: "POST /transport/stop",
    ask: () => form("/transport/stop"),
    answers: managers(303),
    leaves: "transport.stopped",
    after: start,
  },
  {
    route: "POST /transport/start",
    ask: (world) => stop(world).then(() => form("/transport/start")),
    answers: managers(303),
    leaves: "transport.started",
    after: start,
  },
];

export const transports: readonly Row[] = [
  ...read,
  ...power,
  { route: "GET /tasks/:name", ask: () => get("/tasks/alice"), answers: readers(200) },
  { route: "GET /transport", ask: () => get("/transport"), answers: page(managers(200)) },
  {
    route: "POST /transport",
    about: "to what it is",
    ask: () => form("/transport", { to: "websocket" }),
    answers: managers(303),
  },
  {
    route: "POST /transport",
    about: "to what is not set up",
    ask: () => form("/transport", { to: "telegram", reason: "why not" }),
    answers: managers(422),
  },
  {
    route: "POST /communication/switch",
    about: "to what it is",
    ask: () => json("POST", "/communication/switch", { transport_type: "websocket" }),
    answers: managers(200),
  },
  {
    route: "POST /communication/switch",
    about: "to what is not set up",
    ask: () => json("POST", "/communication/switch", { transport_type: "both" }),
    answers: managers(503),
  },
  {
    route: "POST /websocket/switch",
    ask: async (world) => {
      await stop(world);
      return json("POST", "/websocket/switch", {});
    },
    answers: managers(200),
    leaves: "transport.switched",
    after: start,
  },
  ...["/chat/send", "/websocket/broadcast"].flatMap((path): Row[] => [
    {
      route: `POST ${path}`,
      about: "as oneself",
      ask: () => json("POST", path, { message: "hello" }),
      answers: writers(200),
      leaves: "message.posted",
    },
    {
      route: `POST ${path}`,
      about: "as an agent",
      ask: () => json("POST", path, { message: "hello", sender: "bob-bot" }),
      answers: managers(200),
      leaves: "message.posted",
    },
    {
      route: `POST ${path}`,
      about: "as somebody else",
      ask: () => json("POST", path, { message: "I resign", sender: "paul" }),
      answers: only([], 403),
    },
  ]),
  {
    route: "POST /tasks",
    about: "in safe mode",
    ask: () => json("POST", "/tasks", { name: "alice", task: "fix it" }),
    answers: writers(503),
  },
  {
    route: "DELETE /tasks/:name",
    about: "of who has none",
    ask: async (world) => json("DELETE", `/tasks/${(await hired(world)).name}`),
    answers: writers(200),
  },
];
