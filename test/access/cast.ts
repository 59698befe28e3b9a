import { spyOn } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askIn, workOf } from "../support/asks.ts";
import { documentedOf, type Operations } from "../support/documented-answers.ts";
import { type Route, startWithRoutes } from "../support/routes.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { type Asked, type Come, comeBy, type Shown, send } from "./send.ts";
import { seedTasks } from "./tasks.ts";
import { Written } from "./written.ts";

/**
 * Everybody who may stand before a door. Dora, a developer, made the private room #vault and brought the admin, the member, the
 * viewer, the guest and the agent alice in; the owner and the outsider, who is a developer as well, are not in it.
 */
export const cast = [
  "nobody",
  "outsider",
  "guest",
  "viewer",
  "member",
  "developer",
  "admin",
  "owner",
  /** A key of the admin's own, with all that an admin may do. */
  "adminKey",
  /** Keys of the agent alice: for #general and #vault; for #general only; for reading only; for neither reading nor writing. */
  "agent",
  "agentElsewhere",
  "agentReader",
  "agentBlind",
  "revokedKey",
  "endedSession",
] as const;
export type Who = (typeof cast)[number];

/** The people, by what they are here. Whoever is only signed in and may write is an analyst. */
export const people = {
  outsider: { name: "otto", role: "developer" },
  guest: { name: "gus", role: "guest" },
  viewer: { name: "vera", role: "viewer" },
  member: { name: "mira", role: "analyst" },
  developer: { name: "dora", role: "developer" },
  admin: { name: "anton", role: "admin" },
  owner: { name: "olga", role: "owner" },
} as const;
export type Person = keyof typeof people;

/** Nobody acts as paul: things are done to him. */
export const subject = "paul";

export const password = "seven-quiet-lanterns";

export function isPerson(who: Who): who is Person {
  return who in people;
}

/** Somebody with what they show at each door. */
export interface Actor extends Shown {
  readonly who: Who;
  /** The key or the token of the session by itself. */
  readonly secret: string;
}

/** An open approval. */
export interface Asking {
  readonly id: number;
  readonly publicId: string;
  readonly answer: { readonly option: string; readonly shown: string };
}

/** A running workspace with everybody in it. */
export interface World {
  readonly server: TestServer;
  readonly routes: readonly Route[];
  /** What the documents say of them. */
  readonly documented: Operations;
  readonly written: Written;
  /** The link that the owner came by. */
  readonly setUpUrl: string;
  /** What was there before anybody asks: members by name, tasks by room. */
  readonly memberIds: Readonly<Record<string, number>>;
  readonly roomIds: Readonly<Record<string, number>>;
  readonly tasks: Readonly<Record<string, number[]>>;
  /** The slugs of #vault, and of the conversation that dora and mira have. */
  readonly vault: string;
  readonly direct: string;
  as(who: Who): Actor;
  /** Something that alice asks in a room, of which nobody has answered yet; and an answer to it. */
  approval(room: "general" | "vault"): Promise<Asking>;
  /** Somebody, dora if nobody else, says something in a room. @returns its id */
  say(slug: string, who?: Who): Promise<number>;
  /** Somebody goes on with another session. */
  adopt(who: Who, token: string): void;
  /** The same person on another device; `id` is that session's. */
  again(who: Person): Promise<Actor & { id: number }>;
  ask(actor: Actor, asked: Asked): Promise<Come>;
  /** Asks for what must be given. */
  must(who: Who, asked: Asked): Promise<Come>;
  stop(): Promise<void>;
}

const env = { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true" };
/** A matrix asks often and from one address: how often one may is another test's subject. */
const limits = {
  // Each of them hires.
  agents: 1_000,
  // Everybody does everything within seconds.
  actRate: 1_000_000,
  actBurst: 1_000_000,
  signInAttempts: 100_000,
  addressAttempts: 100_000,
  nameAttempts: 100_000,
  devicesPerAddress: 100_000,
  peopleBurst: 10_000,
  agentBurst: 10_000,
  frameBurst: 10_000,
  typingBurst: 10_000,
  connectionsPerMember: 200,
  leasesPerMember: 10_000,
  leaseRequestsPerMember: 10_000,
};

/** Passwords that are set or shown hundreds of times: what they cost is another test's subject, too. */
function quickPasswords(): { mockRestore(): void } {
  const { hash } = Bun.password;
  const quick = { algorithm: "argon2id", memoryCost: 8, timeCost: 1 } as const;
  return spyOn(Bun.password, "hash").mockImplementation((given) => hash.call(Bun.password, given, quick));
}

/** Everybody comes the way they would: the owner by the link that is printed, the others by invitation, agents by key. @param agents whether agents answer, which they do not while nothing asks them to */
export async function openWorld({ agents = false } = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "parley-access-"));
  const hashing = quickPasswords();
  const first = await startServer({ env, limits, folder });
  const actors = new Map<Who, Actor>();
  const as = (who: Who): Actor => actors.get(who) ?? missing(who);
  const must = async (http: string, who: Who, asked: Asked) => {
    const come = await send(http, as(who), asked);
    if (come.status >= 400) throw new Error(`${who}: ${asked.method} ${asked.path}: ${come.status} ${come.text}`);
    return come;
  };

  actors.set("nobody", { who: "nobody", secret: "" });
  const adopt = (who: Who, secret: string) => {
    actors.set(who, { who, secret, cookie: `parley_session=${secret}` });
  };
  await letPeopleIn(first, adopt);
  const asFirst = (who: Who, asked: Asked) => must(first.http, who, asked);
  const { vault, direct } = await makeRooms(asFirst);
  for (const [who, { id, key }] of Object.entries(await makeKeys(asFirst))) {
    actors.set(who as Who, { who: who as Who, secret: key, bearer: key });
    if (who === "revokedKey") await asFirst("admin", { method: "DELETE", path: `/api/v1/api-keys/${id}` });
  }
  await asFirst("endedSession", { method: "POST", path: "/sign-out" });
  const memberIds = await idsIn(first, "members", "name");
  await first.parley.stop();

  // Agents are off, so what they were asked to do is put into the log itself.
  const tasks = await seedTasks(first.config.databasePath, "alice", "mira", ["general", "vault"]);
  const then = { ...env, OPENCODE_SAFE_MODE: String(!agents) };
  const { server, routes, handlers } = await startWithRoutes({ env: then, limits, folder });
  const written = new Written(server.config.databasePath);
  const open = new Map<string, number>();
  return {
    server,
    routes,
    documented: documentedOf(handlers),
    written,
    setUpUrl: first.parley.setUpUrl ?? "",
    memberIds,
    roomIds: await idsIn(server, "rooms", "slug"),
    tasks,
    vault,
    direct,
    as,
    async approval(room) {
      const { approvals } = server.parley.inside;
      const known = approvals.byId(open.get(room) ?? 0);
      const approval =
        known?.answer === null ? known : (await askIn(server, await workOf(server, "mira", room))).approval;
      const { id, publicId, shown } = approval;
      open.set(room, id);
      return { id, publicId, answer: { option: "once", shown } };
    },
    async say(slug, who = "developer") {
      const asked = { method: "POST", path: `/api/v1/rooms/${slug}/messages`, json: { text: "something" } };
      return (await must(server.http, who, asked)).json.message.id;
    },
    adopt,
    ask: (actor, asked) => send(server.http, actor, asked),
    must: (who, asked) => must(server.http, who, asked),
    async again(who) {
      const json = { name: people[who].name, password };
      const { token, id } = (await must(server.http, "nobody", { method: "POST", path: "/api/v1/sessions", json }))
        .json;
      return { who, id, secret: token, cookie: `parley_session=${token}` };
    },
    async stop() {
      hashing.mockRestore();
      written.close();
      await server.stop();
    },
  };
}

async function letPeopleIn(server: TestServer, here: (who: Who, token: string) => void): Promise<void> {
  const { pathname } = new URL(server.parley.setUpUrl ?? "");
  const enter = async (path: string, name: string) =>
    comeBy(await send(server.http, {}, { method: "POST", path, form: { name, password } }));
  const owner = await enter(pathname, people.owner.name);
  here("owner", owner);
  const olga = { cookie: `parley_session=${owner}` };
  const invite = async (name: string, role: string) => {
    const page = await send(server.http, olga, { method: "POST", path: "/invitations", form: { role } });
    const link = /\/invitations\/[\w-]{20,}/.exec(page.text)?.[0] ?? missing("the link of an invitation");
    return enter(link, name);
  };
  const others = Object.entries(people).filter(([who]) => who !== "owner");
  await Promise.all([
    ...others.map(async ([who, { name, role }]) => here(who as Who, await invite(name, role))),
    invite("dora on the train", "developer").then((token) => here("endedSession", token)),
    invite(subject, "developer"),
  ]);
}

/** @returns the slugs of the private room and of the direct conversation */
async function makeRooms(must: (who: Who, asked: Asked) => Promise<Come>): Promise<{ vault: string; direct: string }> {
  const post = (path: string, json: object) => must("developer", { method: "POST", path, json });
  const made = await post("/api/v1/rooms", { name: "vault", topic: "what is kept", private: true });
  for (const name of ["anton", "mira", "vera", "gus", "alice-bot"]) await post("/api/v1/rooms/vault/members", { name });
  for (const room of ["general", "vault"]) await post(`/api/v1/rooms/${room}/messages`, { text: `this is #${room}` });
  const talk = await post("/api/v1/direct", { members: ["mira"] });
  return { vault: made.json.room.slug, direct: talk.json.room.slug };
}

async function makeKeys(must: (who: Who, asked: Asked) => Promise<Come>) {
  const make = async (name: string, more: object) => {
    const json = { name, ...more };
    return (await must("admin", { method: "POST", path: "/api/v1/api-keys", json })).json as {
      id: number;
      key: string;
    };
  };
  const all = ["read", "write", "execute"];
  const both = ["general", "vault"];
  return {
    adminKey: await make("anton's", {
      permissions: ["read", "write", "execute", "manage_tasks", "manage_users", "manage_system"],
    }),
    agent: await make("in scope", { for: "alice", permissions: all, rooms: both }),
    agentElsewhere: await make("elsewhere", { for: "alice", permissions: all, rooms: ["general"] }),
    agentReader: await make("reader", { for: "alice", permissions: ["read"], rooms: both }),
    agentBlind: await make("blind", { for: "alice", permissions: ["execute"], rooms: ["general"] }),
    revokedKey: await make("revoked", { for: "alice", permissions: all, rooms: ["general"] }),
  };
}

async function idsIn(server: TestServer, table: string, named: string): Promise<Record<string, number>> {
  using written = new Written(server.config.databasePath);
  return written.ids(table, named);
}

function missing(what: string): never {
  throw new Error(`${what} is missing`);
}
