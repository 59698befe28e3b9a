import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { handshake } from "../support/handshake.ts";
import { type Actor, openWorld, people, subject, type World } from "./cast.ts";
import { newName } from "./fresh.ts";
import { headersOf, type Shown } from "./send.ts";
import { get, json } from "./table.ts";

/** Otto is an admin at the beginning of each, and somebody takes that away. */
const otto = people.outsider.name;

let world: World;
let session: Actor;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await make("admin");
  session = await world.again("outsider");
});

async function make(role: string): Promise<void> {
  await world.must("owner", json("PATCH", `/api/v1/members/${otto}`, { role }));
}

/** A key of otto's with all that he has. */
async function ottosKey(): Promise<Actor & { id: number }> {
  const permissions = ["read", "write", "execute", "manage_tasks", "manage_users"];
  const asked = json("POST", "/api/v1/api-keys", { name: newName(), permissions });
  const { id, key } = (await world.ask(session, asked)).json;
  return { who: "outsider", id, secret: key, bearer: key };
}

const open = (shown: Shown, path = "/ws") => Client.open(world.server.ws + path, headersOf(world.server.http, shown));

async function authenticated(client: Client): Promise<Client> {
  client.send({ type: "auth", data: {} });
  await client.next("auth_response");
  return client;
}

/** What somebody gets who posts: the echo, or the code of the refusal. */
async function post(client: Client): Promise<string> {
  const clientId = crypto.randomUUID();
  const from = client.frames.length;
  client.send({ type: "message", data: { text: "still here", clientId } });
  return client.until(() => {
    const since = client.frames.slice(from);
    const refusal = since.find(({ type }) => type === "error");
    if (refusal) return String(refusal.data.code);
    return since.some(({ data }) => data?.clientId === clientId) ? "posted" : undefined;
  }, "an answer");
}

const status = async (actor: Actor, asked: Parameters<World["ask"]>[1]) => (await world.ask(actor, asked)).status;
const message = json("POST", "/api/v1/rooms/general/messages", { text: "good morning" });
const invite = json("POST", "/api/v1/invitations", { role: "viewer" });

describe("when otto's role is lowered", () => {
  test("his sessions and his keys may no more than he, from that moment", async () => {
    const key = await ottosKey();
    for (const actor of [session, key]) {
      expect(await status(actor, message)).toBe(201);
      expect(await status(actor, invite)).toBe(201);
    }
    await make("analyst");
    for (const actor of [session, key]) {
      expect(await status(actor, message)).toBe(201);
      expect(await status(actor, invite)).toBe(403);
    }
    await make("viewer");
    for (const actor of [session, key]) {
      expect(await status(actor, message)).toBe(403);
      expect((await world.ask(actor, get("/api/v1/me"))).json.permissions).toEqual(["read"]);
    }
  });

  test("so do sockets that are open, and when he rises again his key does not rise above what it was made for", async () => {
    const key = await ottosKey();
    const sockets = [await authenticated(await open(session)), await authenticated(await open(key))];
    for (const socket of sockets) expect(await post(socket)).toBe("posted");
    await make("viewer");
    for (const socket of sockets) expect(await post(socket)).toBe("PERMISSION_DENIED");
    await make("owner");
    for (const socket of sockets) expect(await post(socket)).toBe("posted");
    expect((await world.ask(key, get("/api/v1/me"))).json.permissions).not.toContain("manage_system");
    expect(await status(key, get("/api/v1/audit"))).toBe(403);
    expect(await status(session, get("/api/v1/audit"))).toBe(200);
    await Promise.all(sockets.map((socket) => socket.close()));
  });

  test("so does a socket that had shown who it is and not yet spoken", async () => {
    const [byCookie, byKey] = [await open(session), await open(await ottosKey())];
    await make("viewer");
    for (const socket of [byCookie, byKey]) {
      expect(await post(await authenticated(socket))).toBe("PERMISSION_DENIED");
      await socket.close();
    }
  });

  test("so does a page that was loaded and not yet connected to its room", async () => {
    const page = await open(session, "/live");
    await make("viewer");
    page.send({ type: "resume", room: "general" });
    await page.next("ready");
    const { seq } = world.written;
    page.send({ type: "message", text: "still here" });
    await page.settled();
    expect(world.written.since(seq)).toEqual([]);
    await page.close();
  });

  test("so does a ticket that he was given before", async () => {
    const { ticket } = (await world.ask(session, json("POST", "/api/v1/tickets"))).json;
    await make("viewer");
    const socket = await authenticated(await open({}, `/ws?ticket=${ticket}`));
    expect(await post(socket)).toBe("PERMISSION_DENIED");
    await socket.close();
  });
});

describe("when what somebody showed is taken back", () => {
  test("a socket of that key is closed with 4401, and one of another goes on", async () => {
    const [one, other] = [await ottosKey(), await ottosKey()];
    const [closed, open_] = [await authenticated(await open(one)), await authenticated(await open(other))];
    await world.ask(session, json("DELETE", `/api/v1/api-keys/${one.id}`));
    expect((await closed.hasClosed()).code).toBe(4401);
    expect(await post(open_)).toBe("posted");
    expect(await status(one, get("/api/v1/me"))).toBe(401);
    await open_.close();
  });

  test("a socket of that session is closed with 4401", async () => {
    const sockets = [await authenticated(await open(session)), await open(session), await open(session, "/live")];
    await world.ask(session, { method: "POST", path: "/sign-out" });
    for (const socket of sockets) expect((await socket.hasClosed()).code).toBe(4401);
  });

  test.each(["key", "session"])("a ticket that was given for that %s opens nothing", async (what) => {
    const key = await ottosKey();
    const shown = what === "key" ? key : session;
    const { ticket } = (await world.ask(shown, json("POST", "/api/v1/tickets"))).json;
    if (what === "key") await world.ask(session, json("DELETE", `/api/v1/api-keys/${key.id}`));
    else await world.ask(session, { method: "POST", path: "/sign-out" });
    expect((await handshake(world.server.http, [], `/ws?ticket=${ticket}`)).status).toBe(401);
  });

  test("a ticket of somebody who was disabled opens nothing", async () => {
    const { ticket } = (await world.ask(await ottosKey(), json("POST", "/api/v1/tickets"))).json;
    await world.must("owner", json("PATCH", `/api/v1/members/${otto}`, { disabled: true }));
    const answer = await handshake(world.server.http, [], `/ws?ticket=${ticket}`);
    await world.must("owner", json("PATCH", `/api/v1/members/${otto}`, { disabled: false }));
    expect(answer.status).toBe(401);
  });

  test("a good ticket opens one socket", async () => {
    const { ticket } = (await world.ask(session, json("POST", "/api/v1/tickets"))).json;
    const socket = await authenticated(await open({}, `/ws?ticket=${ticket}`));
    expect(await post(socket)).toBe("posted");
    expect((await handshake(world.server.http, [], `/ws?ticket=${ticket}`)).status).toBe(401);
    await socket.close();
  });

  describe("because an agent was fired", () => {
    const bobsKey = async () => {
      const asked = json("POST", "/api/v1/api-keys", {
        name: newName(),
        for: "bob",
        permissions: ["read", "write"],
        rooms: ["general"],
      });
      const { key } = (await world.must("admin", asked)).json;
      return { who: "agent", secret: key, bearer: key } as const;
    };
    const fire = () => world.must("admin", json("DELETE", "/employees/bob"));
    const hire = () => world.must("admin", json("POST", "/employees", { name: "bob", role: "designer" }));

    test("its key opens nothing", async () => {
      const key = await bobsKey();
      expect(await status(key, message)).toBe(201);
      await fire();
      expect(await status(key, message)).toBe(401);
      await hire();
    });

    test("its sockets are closed with 4401", async () => {
      const socket = await authenticated(await open(await bobsKey()));
      expect(await post(socket)).toBe("posted");
      await fire();
      await socket.settled().catch(() => undefined);
      await hire();
      expect(socket.closed?.code).toBe(4401);
    });

    test("its key stays closed when one of that name is hired again", async () => {
      const key = await bobsKey();
      await fire();
      await hire();
      expect(await status(key, message)).toBe(401);
    });
  });
});

test("nobody makes a link to their own password, with a key or an open browser; for another's they may", async () => {
  const key = await ottosKey();
  const own = json("POST", `/api/v1/members/${otto}/reset`);
  for (const shown of [key, session]) expect(await status(shown, own)).toBe(403);
  expect(await status(session, json("POST", `/api/v1/members/${subject}/reset`))).toBe(201);
});
