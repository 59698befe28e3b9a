import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    limits: { signInRate: 10_000, signInBurst: 10_000, peopleRate: 10_000, peopleBurst: 10_000, rooms: 8 },
  });
});
afterAll(() => server.stop());

async function refusal(client: Client, frame: unknown): Promise<Frame["data"]> {
  client.send(frame);
  return (await client.next("error")).data;
}

describe("names", () => {
  const good = [
    "a",
    "7",
    "Mira",
    "Ada Lovelace",
    "o'neil",
    "jean-luc",
    "x_y.z",
    "名前",
    "Søren",
    "a@b.test",
    "x".repeat(50),
  ];
  const bad = [
    " ",
    ".",
    "---",
    "x".repeat(51),
    "a<b",
    "a\u0000b",
    "a\u202eb",
    "a\u200bb",
    "\ud800",
    "a/b",
    'a"b',
    "a&b",
    "🙂",
    "a\u0301\u200d",
    "system",
    "TEAM",
    "here",
    "alice-bot",
    "Ａｌｌ",
  ];

  test.each(good)("%j is one", async (name) => {
    const client = await Client.camel(server.ws, name);
    expect(client.ofType("auth_response")[0]?.data).toMatchObject({ success: true, userId: name });
    await client.close();
    expect(await signIn(server, name)).toContain("parley_session=");
  });

  test.each(bad)("%j is none, on the socket and on the page", async (name) => {
    const client = await Client.open(`${server.ws}/ws`);
    const { code } = await refusal(client, { type: "auth", data: { userId: name } });
    expect(code).toBe(name.trim() === "" ? "MISSING_USER_ID" : "INVALID_MESSAGE");
    await client.settled();
    const body = new URLSearchParams({ name, role: "Developer" });
    const page = await fetch(`${server.http}/sign-in`, { method: "POST", body, headers: { origin: server.http } });
    expect(page.status).toBe(422);
    expect(page.headers.get("set-cookie")).toBeNull();
    await client.close();
  });

  test("what looks alike to a reader is one person", async () => {
    const first = await Client.camel(server.ws, "Zoë K");
    for (const other of ["zoë k", "ZOË  K", "Zoe\u0308 K", "Ｚoë K"]) {
      const client = await Client.camel(server.ws, other);
      expect(client.ofType("auth_response")[0]?.data.userId).toBe("Zoë K");
      await client.close();
    }
    await first.close();
  });
});

describe("sizes", () => {
  test("a text of the largest size is taken, one more character is not; the socket stays", async () => {
    const client = await Client.camel(server.ws, "Sizes");
    await client.say("x".repeat(8_000));
    expect((await refusal(client, { type: "message", data: { text: "x".repeat(8_001) } })).code).toBe(
      "MESSAGE_TOO_LARGE",
    );
    for (const text of ["", " \n\t ", "\u0000\u0007", "\u202e"]) {
      expect((await refusal(client, { type: "message", data: { text } })).code).toBe("INVALID_MESSAGE");
    }
    await client.close();
  });

  test("a frame is measured in bytes: 64 KiB are taken, one more is not; far more closes with 1009", async () => {
    const client = await Client.camel(server.ws, "Bytes");
    const frameOf = (bytes: number, filling: string) => {
      const frame = { type: "ping", filling: "" };
      const left = bytes - Buffer.byteLength(JSON.stringify(frame));
      const wide = Math.floor(left / Buffer.byteLength(filling));
      return JSON.stringify({
        ...frame,
        filling: filling.repeat(wide) + "x".repeat(left - wide * Buffer.byteLength(filling)),
      });
    };
    for (const filling of ["x", "é", "漢"]) {
      client.send(frameOf(65_536, filling));
      await client.next("pong");
      expect((await refusal(client, frameOf(65_537, filling))).code).toBe("MESSAGE_TOO_LARGE");
    }
    client.send(frameOf(1_048_577, "x"));
    expect((await client.hasClosed()).code).toBe(1009);
  });

  test("a form or JSON body may have 64 KiB, whether it says its length or not", async () => {
    const headers = { cookie: await signIn(server, "Bodies"), origin: server.http };
    const url = `${server.http}/rooms/general/messages`;
    const text = `text=${"x".repeat(65_537)}`;
    const chunks = new ReadableStream({
      start(stream) {
        for (let at = 0; at < text.length; at += 8_000) stream.enqueue(Buffer.from(text.slice(at, at + 8_000)));
        stream.close();
      },
    });
    const type = { ...headers, "content-type": "application/x-www-form-urlencoded" };
    expect((await fetch(url, { method: "POST", headers: type, body: text })).status).toBe(413);
    expect((await fetch(url, { method: "POST", headers: type, body: chunks })).status).toBe(413);
    const small = await fetch(url, { method: "POST", headers: type, body: "text=fits" });
    expect(small.status).toBe(201);
  });
});

describe("lists", () => {
  test("a socket hears at most 128 topics, and too many at once change nothing", async () => {
    const client = await Client.camel(server.ws, "Topics");
    const many = Array.from({ length: 128 }, () => "presence");
    expect((await refusal(client, { type: "subscribe", data: { topics: many } })).code).toBe("CONFLICT");
    expect((await refusal(client, { type: "subscribe", data: { topics: [...many, "x"] } })).code).toBe(
      "INVALID_MESSAGE",
    );
    expect((await refusal(client, { type: "subscribe", data: { topics: ["nothing like this"] } })).code).toBe(
      "INVALID_MESSAGE",
    );
    expect((await refusal(client, { type: "subscribe", data: { topics: ["room:nowhere"] } })).code).toBe("NOT_FOUND");
    client.send({ type: "subscribe", data: { topics: ["presence", "typing", "agents", "tasks", "help"] } });
    await client.settled();
    await client.close();
  });

  test.each(["0", "-1", "201", "1.5", '"many"', "null", "[]", "{}", "1e999"])(
    "a page of history of %s messages is refused",
    async (limit) => {
      const client = await Client.camel(server.ws, "Pages");
      const frame = `{"type":"get_chat_history","data":{"limit":${limit}}}`;
      expect((await refusal(client, frame)).code).toBe("INVALID_MESSAGE");
      await client.close();
    },
  );

  test("history pages of 1 to 200, before and after any number", async () => {
    const client = await Client.camel(server.ws, "Pages");
    for (let count = 0; count < 5; count += 1) await client.say(`message ${count}`);
    const ask = async (data: object) => {
      client.send({ type: "get_chat_history", data });
      return (await client.next("chat_history")).data;
    };
    expect((await ask({ limit: 1 })).messages.length).toBe(1);
    expect((await ask({ limit: "200" })).messages.length).toBeGreaterThanOrEqual(5);
    expect((await ask({ before: 1 })).messages).toEqual([]);
    expect((await ask({ after: Number.MAX_SAFE_INTEGER })).messages).toEqual([]);
    for (const bad of [{ before: 0 }, { before: -5 }, { before: 2 ** 53 }, { after: -1 }, { after: 0.5 }]) {
      expect((await refusal(client, { type: "get_chat_history", data: bad })).code).toBe("INVALID_MESSAGE");
    }
    await client.close();
  });

  test("a workspace holds as many rooms as are set, and says so", async () => {
    const headers = { cookie: await signIn(server, "Rooms"), origin: server.http };
    const make = (name: string) =>
      fetch(`${server.http}/rooms`, {
        method: "POST",
        headers,
        body: new URLSearchParams({ name }),
        redirect: "manual",
      });
    for (let count = 1; count < 8; count += 1) expect((await make(`room-${count}`)).status).toBe(303);
    const full = await make("one-too-many");
    expect(full.status).toBe(409);
    expect(await full.json()).toMatchObject({ code: "CONFLICT", message: "A workspace holds at most 8 rooms." });
    expect((await make("room-1")).status).toBe(409);
  });
});
