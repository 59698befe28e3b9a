import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openWorld, password, subject, type Who, type World } from "./cast.ts";
import { device, invitation, keyOf, newName, sessionOf } from "./fresh.ts";
import { type Asked, comeBy } from "./send.ts";
import { form, get, json } from "./table.ts";

/** The keys of the agent alice, of which the first opens most. */
const keys: Who[] = ["agent", "agentElsewhere", "agentReader", "agentBlind"];

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.stop());

/** What alice may try when a message tells her to, and who may do just that. */
const tries: readonly [string, Who, (who: Who) => Asked | Promise<Asked>][] = [
  [
    "make a key for herself",
    "admin",
    () => json("POST", "/api/v1/api-keys", { name: "k", for: "alice", permissions: ["read"], rooms: ["general"] }),
  ],
  [
    "make a key without saying for whom",
    "guest",
    () => json("POST", "/api/v1/api-keys", { name: "k", permissions: ["read"] }),
  ],
  ["make a key by the form", "guest", () => form("/settings/keys", { name: "k", permissions: "read" })],
  [
    "rotate her own key",
    "admin",
    async (who) => json("POST", `/api/v1/api-keys/${await keyOf(world, world.as(who))}/rotate`),
  ],
  [
    "revoke her own key",
    "admin",
    async (who) => json("DELETE", `/api/v1/api-keys/${await keyOf(world, world.as(who))}`),
  ],
  ["list keys", "guest", () => get("/api/v1/api-keys")],
  ["give herself another title", "guest", () => form("/settings/profile", { title: "Director" })],
  ["take a password", "guest", () => form("/settings/password", { current: password, password })],
  ["read sessions", "guest", () => get("/api/v1/sessions")],
  [
    "end the session of somebody",
    "guest",
    async (who) => json("DELETE", `/api/v1/sessions/${await sessionOf(world, world.as(who))}`),
  ],
  [
    "let in a device",
    "guest",
    async () => json("POST", "/api/auth/device/confirm", { user_code: (await device(world)).userCode }),
  ],
  ["invite somebody", "admin", () => json("POST", "/api/v1/invitations", { role: "developer" })],
  ["invite somebody by the form", "admin", () => form("/invitations", { role: "developer" })],
  ["read who was invited", "admin", () => get("/api/v1/invitations")],
  ["revoke an invitation", "admin", async () => json("DELETE", `/api/v1/invitations/${(await invitation(world)).id}`)],
  ["make a member", "admin", () => json("POST", "/api/v1/members", { name: newName(), role: "viewer", password })],
  ["make paul an admin", "admin", () => json("PATCH", `/api/v1/members/${subject}`, { role: "admin" })],
  ["get a link to paul's password", "admin", () => json("POST", `/api/v1/members/${subject}/reset`)],
  ["sign paul out", "admin", () => json("DELETE", `/api/v1/members/${subject}/sessions`)],
  ["hire another agent", "developer", () => json("POST", "/employees", { name: newName(), role: "writer" })],
  ["make a room", "developer", () => json("POST", "/api/v1/rooms", { name: newName() })],
  ["read the audit", "admin", () => get("/api/v1/audit")],
];

describe("whichever of her keys alice comes with, she cannot", () => {
  test.each(tries)("%s, as the %s can", async (_, who, ask) => {
    for (const key of keys) {
      const asked = await ask(key);
      const { seq } = world.written;
      const { status } = await world.ask(world.as(key), asked);
      // A form that is refused may be shown again, as 422.
      expect([key, asked.path.startsWith("/settings") && status === 422 ? 403 : status]).toEqual([key, 403]);
      expect(world.written.since(seq)).toEqual([]);
    }
    const come = await world.must(who, await ask(who));
    if (come.headers.has("set-cookie")) world.adopt(who, comeBy(come));
  });
});

describe("alice's key is no wider than it was made", () => {
  const granted: [Who, string[]][] = [
    ["agent", ["read", "write", "execute"]],
    ["agentElsewhere", ["read", "write", "execute"]],
    ["agentReader", ["read"]],
  ];
  test.each(granted)("%s", async (who, permissions) => {
    const me = (await world.must(who, get("/api/v1/me"))).json;
    expect(me).toMatchObject({ name: "alice", permissions, by: "key" });
  });

  test("a room that is not named in it is not there, though alice is in that room", async () => {
    const slugs = async (who: Who) =>
      (await world.must(who, get("/api/v1/rooms"))).json.rooms.map(({ name }: { name: string }) => name);
    expect(await slugs("agent")).toEqual(["general", "vault"]);
    expect(await slugs("agentElsewhere")).toEqual(["general"]);
  });

  test("who is put out of a room finds it closed to a key that names it", async () => {
    const inRoom = "/api/v1/rooms/vault/members";
    await world.must("developer", json("DELETE", `${inRoom}/alice-bot`));
    for (const who of ["agent", "agentReader"] as const)
      expect((await world.ask(world.as(who), get("/api/v1/rooms/vault/messages"))).status).toBe(404);
    expect((await world.ask(world.as("agent"), json("POST", inRoom, { name: "alice-bot" }))).status).toBe(404);
    await world.must("developer", json("POST", inRoom, { name: "alice-bot" }));
    await world.must("agent", get("/api/v1/rooms/vault/messages"));
  });

  test("nobody puts into a key what they or its holder have not", async () => {
    const make = async (who: Who, more: object) =>
      (await world.ask(world.as(who), json("POST", "/api/v1/api-keys", { name: "k", ...more }))).status;
    expect(await make("viewer", { permissions: ["read", "write"] })).toBe(403);
    expect(await make("developer", { permissions: ["read", "manage_users"] })).toBe(403);
    expect(await make("owner", { for: "alice", permissions: ["manage_tasks"] })).toBe(403);
    expect(await make("developer", { for: "alice", permissions: ["read"] })).toBe(403);
    expect(await make("developer", { permissions: ["read", "manage_tasks"] })).toBe(201);
  });
});

test("a key with all of an admin's rights neither reads nor changes that admin's account", async () => {
  const forms = ["/settings/profile", "/settings/password", "/settings/keys", "/settings/sessions/end-others"];
  const asked = [
    ...["/api/v1/sessions", "/api/v1/api-keys", "/auth/device"].map((path) => get(path)),
    json("DELETE", "/api/v1/sessions"),
    ...forms.map((path) => form(path, { name: "k", permissions: "read", title: "x" })),
  ];
  for (const each of asked) {
    const { seq } = world.written;
    expect([403, 422]).toContain((await world.ask(world.as("adminKey"), each)).status);
    expect(world.written.since(seq)).toEqual([]);
  }
});
