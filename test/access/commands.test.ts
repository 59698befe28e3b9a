import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { decode } from "../../src/transports/websocket/dialects/decode.ts";
import { neededFor } from "../../src/transports/websocket/needs.ts";
import { Client } from "../support/client.ts";
import { handshake } from "../support/handshake.ts";
import { cast, openWorld, type Who, type World } from "./cast.ts";
import { type CommandRow, commands, connected, type Matter, typesOfFrames, writes } from "./commands.ts";
import { headersOf } from "./send.ts";

const titleOf = ({ type, about }: CommandRow) => (about ? `${type} (${about})` : type);
const titled = (rows: readonly CommandRow[]) => rows.map((row) => [titleOf(row), row] as const);
const topics = ["presence", "typing", "agents", "tasks", "help", "approvals"];

let world: World;
const sockets = new Map<Who, Client>();
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await Promise.all([...sockets.values()].map((client) => client.close()));
  await world.stop();
});

/** A socket of somebody who has said who they are; nobody gets a new one each time, and says nothing. */
async function socketOf(who: Who, path = "/ws"): Promise<Client> {
  const known = sockets.get(who);
  if (known && !known.closed) return known;
  const client = await Client.open(world.server.ws + path, headersOf(world.server.http, world.as(who)));
  if (who === "nobody") return client;
  client.send({ type: "auth", data: { subscribe: [...topics, "room:general", "room:vault"] } });
  await client.next("auth_response");
  await client.settled();
  sockets.set(who, client);
  return client;
}

let said = 0;
/** What one command of somebody's is about: everything made anew. */
async function matterFor(who: Who, room: string): Promise<Matter> {
  said += 1;
  const another = await world.say(room);
  const task = world.tasks[room]?.[said % (world.tasks[room]?.length ?? 1)] ?? 0;
  const own = writes(who, room) ? await world.say(room, who) : another;
  const approval = await world.approval(room === "vault" ? "vault" : "general");
  return { room, own, another, task, approval, clientId: `matrix-${said}` };
}

const refusalOf = (client: Client, from: number) =>
  client.frames.slice(from).find(({ type, data }) => ["error", "notice"].includes(type) || data?.success === false);

/** What came of a command; nothing may be left behind when it is refused. */
async function outcome(row: CommandRow, who: Who, room: string): Promise<string> {
  const matter = await matterFor(who, room);
  const client = await socketOf(who);
  const from = client.frames.length;
  const { seq } = world.written;
  client.send({ type: row.type, data: row.fields(matter, world.as(who), world) });
  if (!row.done) client.send({ type: "ping" });
  const done = row.done ?? (({ type }) => type === "pong");
  const code = await client.until(
    () => {
      const refusal = refusalOf(client, from);
      if (refusal) return String(refusal.data.code);
      return client.frames.slice(from).some((frame) => done(frame, matter)) ? "ok" : undefined;
    },
    `an answer to ${titleOf(row)} of ${who}`,
  );
  if (who === "nobody") await client.close();
  // Its pong must not be taken for the next one's.
  else if (!row.done) await client.until(() => client.frames.slice(from).find(({ type }) => type === "pong"), "a pong");
  const left = world.written.since(seq);
  const fits = code === "ok" && row.leaves ? left.includes(row.leaves) : left.length === 0;
  return fits ? code : `${code} and left ${left.join(", ") || "nothing"}`;
}

async function outcomes(row: CommandRow, room: string): Promise<Record<string, string>> {
  const got: Record<string, string> = {};
  for (const who of connected) got[who] = await outcome(row, who, room);
  return got;
}

test("every type of frame has a row, and every command says what it needs", () => {
  const inTable = new Set(commands.map(({ type }) => type));
  expect([...inTable].sort()).toEqual(typesOfFrames().sort());
  const filled = {
    room: "general",
    id: 1,
    text: "x",
    topics: [],
    agentName: "a",
    message: "x",
    action: "cancel",
    token: "x",
    option: "once",
    shown: "x",
  };
  const kinds = new Set([...inTable].map((type) => decode({ type, ...filled }).type));
  const open = ["auth", "resume", "refresh", "ping"];
  expect([...kinds].filter((kind) => !open.includes(kind)).sort() as string[]).toEqual(Object.keys(neededFor).sort());
});

describe("who gets what of a command", () => {
  test.each(titled(commands))(
    "%s",
    async (_, row) => expect(await outcomes(row, "general")).toEqual(row.outcomes),
    20_000,
  );
});

describe("who gets what of a command about a private room", () => {
  const ofRooms = commands.flatMap((row) => (row.inPrivate ? [[titleOf(row), row, row.inPrivate] as const] : []));
  test.each(ofRooms)("%s", async (_, row, expected) => expect(await outcomes(row, "vault")).toEqual(expected), 20_000);
});

describe("a classic client gets the same", () => {
  const few = ["message", "edit_message", "delete_message", "task", "get_chat_history", "subscribe"];
  const who: Who[] = ["outsider", "viewer", "agentElsewhere", "agentReader"];
  test.each(titled(commands.filter(({ type, about }) => few.includes(type) && !about)))("%s", async (_, row) => {
    for (const each of who) {
      const client = await Client.open(`${world.server.ws}/`, headersOf(world.server.http, world.as(each)));
      client.send({ type: "auth", user_id: each, role: "user" });
      await client.next("auth_success");
      const expected = row.inPrivate?.[each];
      if (expected !== "ok") {
        client.send({ type: row.type, ...row.fields(await matterFor(each, "vault"), world.as(each), world) });
        expect([each, (await client.next("notice")).data.code]).toEqual([each, expected]);
      }
      await client.close();
    }
  });
});

describe("at the upgrade", () => {
  test.each(["/", "/ws", "/live"])(
    "of %s a key that was revoked is refused, and a session that ended is closed",
    async (path) => {
      const { http, ws } = world.server;
      const { secret } = world.as("revokedKey");
      expect((await handshake(http, [`Authorization: Bearer ${secret}`], path)).status).toBe(401);
      expect((await handshake(http, [`X-API-Key: ${secret}`], path)).status).toBe(401);
      const over = await Client.open(ws + path, headersOf(http, world.as("endedSession")));
      expect((await over.hasClosed()).code).toBe(4401);
      expect(over.texts).toEqual([]);
    },
  );

  test("of the page's door nobody is let in", async () => {
    const client = await Client.open(`${world.server.ws}/live`);
    expect((await client.hasClosed()).code).toBe(4401);
  });

  const doors = ["general", "vault"].flatMap((room) => cast.map((who) => [room, who] as const));
  const narrow = ["agent", "agentElsewhere", "agentReader", "agentBlind"] as const;
  test.each(narrow)("the page's door is closed to %s, whose key is for certain rooms", async (who) => {
    const { cookie, origin, ...shown } = headersOf(world.server.http, world.as(who));
    const lines = Object.entries(shown).map(([name, value]) => `${name}: ${value}`);
    expect((await handshake(world.server.http, lines, "/live")).status).toBe(403);
  });

  const shut = ["nobody", "revokedKey", "endedSession", ...narrow];
  test.each(doors.filter(([, who]) => !shut.includes(who)))(
    "#%s opens on the page of %s, or it does not",
    async (room, who) => {
      const client = await Client.open(`${world.server.ws}/live`, headersOf(world.server.http, world.as(who)));
      client.send({ type: "resume", room });
      const row = commands.find(({ type }) => type === "get_chat_history");
      if ((room === "general" ? row?.outcomes : row?.inPrivate)?.[who] === "ok") await client.next("ready");
      else expect(await client.hasClosed()).toEqual({ code: 4403, reason: "ACCESS_REMOVED" });
      await client.close();
    },
  );
});
