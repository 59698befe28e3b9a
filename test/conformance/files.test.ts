import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { download, png, samples, sayWith, shownHeaders, tryUpload, type Uploaded, upload } from "../support/files.ts";
import { signIn, startServer, type TestServer, withServer } from "../support/server.ts";

let server: TestServer;
let mira: { cookie: string };
let tomas: { cookie: string };
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
  mira = { cookie: await signIn(server, "mira") };
  tomas = { cookie: await signIn(server, "tomas") };
});
afterAll(() => server.stop());

const json = async (answer: Response) => (await answer.json()) as Record<string, unknown>;
const call = (method: string, path: string, shown: { cookie: string }, body?: object) =>
  fetch(`${server.http}${path}`, {
    method,
    headers: { ...shownHeaders(server, shown), "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });

describe("a file comes in", () => {
  test("as the body of a request, under the name in its address", async () => {
    const answer = await tryUpload(server, mira, "Hafen bei Nacht.png", samples.png);
    expect(answer.status).toBe(201);
    const { file } = (await json(answer)) as { file: Uploaded };
    expect(file).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: "Hafen bei Nacht.png",
      ...{ type: "image/png", bytes: samples.png.length, width: 64, height: 48 },
      url: `/files/${file.id}/Hafen%20bei%20Nacht.png`,
    });
    expect(answer.headers.get("location")).toBe(file.url);
  });

  test("as the one file of a form, within what a form may have", async () => {
    const send = (...files: [string, Buffer][]) => {
      const form = new FormData();
      form.set("comment", "a field beside it");
      for (const [name, bytes] of files) form.append("file", new File([new Uint8Array(bytes)], name));
      return fetch(`${server.http}/api/v1/files`, { method: "POST", body: form, headers: shownHeaders(server, mira) });
    };
    const { file } = (await json(await send(["notes.txt", samples.text]))) as { file: Uploaded };
    expect(file).toMatchObject({ name: "notes.txt", type: "text/plain", bytes: samples.text.length });
    expect("width" in file).toBe(false);
    expect((await send()).status).toBe(400);
    expect((await send(["a", samples.text], ["b", samples.text])).status).toBe(400);
    expect((await send(["large", Buffer.alloc(70_000)])).status).toBe(413);
  });

  test("in pieces that do not say how many they are", async () => {
    const pieces = [samples.png, Buffer.alloc(300_000, 7)];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces.shift();
        if (piece) controller.enqueue(new Uint8Array(piece));
        else controller.close();
      },
    });
    const { file } = (await json(await tryUpload(server, mira, "x.png", body))) as { file: Uploaded };
    expect(file.bytes).toBe(samples.png.length + 300_000);
  });

  test("under no name, and is called a file", async () => {
    const answer = await fetch(`${server.http}/api/v1/files`, {
      method: "POST",
      body: "words",
      headers: shownHeaders(server, mira),
    });
    expect((await json(answer)).file).toMatchObject({ name: "file", type: "text/plain" });
  });

  test("not when it is empty, and not from a stranger or another site", async () => {
    expect((await tryUpload(server, mira, "x", Buffer.alloc(0))).status).toBe(400);
    expect((await tryUpload(server, { cookie: "parley_session=nobody" }, "x", samples.png)).status).toBe(401);
    const foreign = { method: "POST", body: "x", headers: { cookie: mira.cookie, origin: "https://evil.test" } };
    expect((await fetch(`${server.http}/api/v1/files`, foreign)).status).toBe(403);
  });
});

describe("a file is said", () => {
  test("and comes to both dialects, live and in history, beside all else that a message has", async () => {
    const [camel, classic] = [await Client.camel(server.ws, "ada"), await Client.classic(server.ws, "bela")];
    const file = await upload(server, mira, "plan.png", samples.png);
    const { id } = await sayWith(server, mira, [file], "general", "the plan");
    const fits = ({ data }: { data?: { id?: number } }) => data?.id === id;
    expect((await camel.next("message", fits)).data).toMatchObject({ text: "the plan", files: [file] });
    expect((await classic.next("chat_message", fits)).data).toMatchObject({ text: "the plan", files: [file] });
    camel.send({ type: "get_chat_history", data: { limit: 1 } });
    expect((await camel.next("chat_history")).data.messages).toMatchObject([{ id, files: [file] }]);
    classic.send({ type: "get_chat_history", limit: 1 });
    expect((await classic.next("chat_history")).data.messages).toMatchObject([{ id, files: [file] }]);
    const listed = await json(await call("GET", "/api/v1/rooms/general/messages?limit=1", tomas));
    expect(listed.messages).toMatchObject([{ id, files: [file] }]);
    const plain = await camel.say("without");
    expect("files" in plain.data).toBe(false);
    await camel.close();
    await classic.close();
  });

  test("over a socket of either dialect, by whose it is, without a word", async () => {
    const person = { cookie: await signIn(server, "cora") };
    for (const [dialect, type] of [
      ["camel", "message"],
      ["classic", "chat_message"],
    ] as const) {
      const socket = await Client[dialect](server.ws, "cora");
      const files = [
        await upload(server, person, "a.txt", samples.text),
        await upload(server, person, "b.gif", samples.gif),
      ];
      const ids = files.map(({ id }) => id);
      socket.send({ type, text: "", files: ids });
      const isThis = ({ data }: { data: { files?: Uploaded[] } }) => data.files?.[0]?.id === ids[0];
      expect((await socket.next(type, isThis)).data).toMatchObject({ text: "", files });
      const hers = await upload(server, mira, "hers.txt", samples.text);
      socket.send({ type, text: "x", files: [hers.id], client_id: "c-1" });
      const refusal = await socket.next(dialect === "camel" ? "error" : "notice");
      expect(refusal.data.code).toBe("NOT_FOUND");
      await socket.close();
    }
  });

  test("by the form of the page, and once even when that is sent again", async () => {
    const file = await upload(server, mira, "a.txt", samples.text);
    const send = () =>
      fetch(`${server.http}/rooms/general/messages`, {
        method: "POST",
        body: new URLSearchParams({ text: "", files: file.id, clientId: "form-1" }),
        headers: shownHeaders(server, mira),
      });
    const first = await json(await send());
    expect(first.id).toBeGreaterThan(0);
    expect(await json(await send())).toEqual(first);
  });

  test("at most five at a time, and each in one message", async () => {
    const files: Uploaded[] = [];
    for (const name of "abcdef") files.push(await upload(server, tomas, name, samples.text));
    const say = (ids: (string | undefined)[]) =>
      call("POST", "/api/v1/rooms/general/messages", tomas, { text: "", files: ids });
    expect((await say(files.map(({ id }) => id))).status).toBe(400);
    expect((await say([files[0]?.id])).status).toBe(201);
    expect((await say([files[0]?.id, files[1]?.id])).status).toBe(409);
    expect((await say([files[1]?.id])).status).toBe(201);
  });
});

describe("a file goes out", () => {
  test("whole, with the headers that belong to it", async () => {
    const file = await upload(server, mira, 'näch"t.png', samples.png);
    await sayWith(server, mira, [file]);
    const answer = await download(server, tomas, file);
    expect(answer.status).toBe(200);
    expect(samples.png.equals(await answer.bytes())).toBe(true);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "image/png",
      "content-length": String(samples.png.length),
      "content-disposition": `inline; filename="n_ch_t.png"; filename*=UTF-8''n%C3%A4ch%22t.png`,
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "private, max-age=86400, immutable",
      "accept-ranges": "bytes",
      etag: `"${new Bun.CryptoHasher("sha256").update(samples.png).digest("hex")}"`,
    });
  });

  test("in part, to who resumes or seeks; not again to who has it", async () => {
    const bytes = png(200, 150, [1, 2, 3]);
    const file = await upload(server, mira, "big.png", bytes);
    const ask = (headers: Record<string, string>) => download(server, mira, file, headers);
    const part = await ask({ range: "bytes=5-14" });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 5-14/${bytes.length}`]);
    expect(part.headers.get("content-length")).toBe("10");
    expect(bytes.subarray(5, 15).equals(await part.bytes())).toBe(true);
    const end = await ask({ range: "bytes=-3" });
    expect(bytes.subarray(-3).equals(await end.bytes())).toBe(true);
    const none = await ask({ range: `bytes=${bytes.length}-` });
    expect([none.status, none.headers.get("content-range")]).toEqual([416, `bytes */${bytes.length}`]);
    const etag = part.headers.get("etag") ?? "";
    const known = await ask({ "if-none-match": etag });
    expect([known.status, (await known.bytes()).length]).toEqual([304, 0]);
    expect((await ask({ range: "bytes=5-14", "if-range": etag })).status).toBe(206);
    expect((await ask({ range: "bytes=5-14", "if-range": '"other"' })).status).toBe(200);
    const head = await fetch(`${server.http}${file.url}`, { method: "HEAD", headers: shownHeaders(server, mira) });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(bytes.length)]);
  });

  test("to its owner alone until it is said; then to the room; to nobody when the message is deleted", async () => {
    const file = await upload(server, mira, "a.txt", samples.text);
    const statuses = async () =>
      Promise.all([mira, tomas, null].map(async (who) => (await download(server, who, file)).status));
    // Without any identity a program on this machine is dev_user in development mode.
    expect(await statuses()).toEqual([200, 404, 404]);
    const { id } = await sayWith(server, mira, [file]);
    expect(await statuses()).toEqual([200, 200, 200]);
    const socket = await Client.camel(server.ws, "mira");
    socket.send({ type: "delete_message", id });
    await socket.next("message_update", ({ data }) => data.id === id);
    expect(await statuses()).toEqual([404, 404, 404]);
    await socket.close();
  });

  test("of a private room to its members, and no more to who was put out", async () => {
    const ada = { cookie: await signIn(server, "ada") };
    await call("POST", "/api/v1/rooms", mira, { name: "attic", private: true });
    await call("POST", "/api/v1/rooms/attic/members", mira, { name: "tomas" });
    const file = await upload(server, mira, "secret.png", samples.png);
    await sayWith(server, mira, [file], "attic");
    const status = async (who: { cookie: string }) => (await download(server, who, file)).status;
    expect([await status(mira), await status(tomas), await status(ada)]).toEqual([200, 200, 404]);
    const never = await download(server, ada, { url: `/files/${"0".repeat(32)}/secret.png` });
    expect(await (await download(server, ada, file)).text()).toBe(await never.text());
    await call("DELETE", "/api/v1/rooms/attic/members/tomas", mira);
    expect([await status(mira), await status(tomas)]).toEqual([200, 404]);
    // Also in part, by its head, or when it is said to be known.
    const etag = (await download(server, mira, file)).headers.get("etag") ?? "";
    const ways: Record<string, string>[] = [{ range: "bytes=0-1" }, { "if-none-match": etag }];
    for (const headers of ways) expect((await download(server, tomas, file, headers)).status).toBe(404);
  });

  test("whatever the end of its address says", async () => {
    const file = await upload(server, mira, "a.txt", samples.text);
    for (const name of ["evil.html", "a%2F..%2Fb", "%F0%9F%8E%89"]) {
      const answer = await download(server, mira, { url: `/files/${file.id}/${name}` });
      expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="a.txt"; filename*=UTF-8''a.txt`);
      expect(answer.headers.get("content-type")).toBe("application/octet-stream");
    }
  });

  test("not when its bytes are lost: that is said, and is no bug", async () => {
    await withServer({}, async (own) => {
      const ada = { cookie: await signIn(own, "ada") };
      const file = await upload(own, ada, "a.txt", samples.text);
      const { rmSync } = await import("node:fs");
      rmSync(`${own.config.databasePath}.files`, { recursive: true });
      const answer = await download(own, ada, file);
      expect([answer.status, (await json(answer)).message]).toEqual([
        404,
        "The bytes of that file are not here any more.",
      ]);
      expect(own.logged.filter(({ level }) => level === "error")).toEqual([]);
    });
  });
});

describe("programs with keys", () => {
  test("upload and fetch within the rooms their key is for", async () => {
    await withServer({ env: { OPENCODE_SAFE_MODE: "true" } }, async (own) => {
      const owner = { cookie: await signIn(own, "olga", "admin") };
      const headers = { ...shownHeaders(own, owner), "content-type": "application/json" };
      const post = async (path: string, body: object) =>
        json(await fetch(`${own.http}${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
      await post("/api/v1/rooms", { name: "ops" });
      const keyFor = async (permissions: string[]) => {
        const made = await post("/api/v1/api-keys", { name: "k", permissions, rooms: ["ops"] });
        return { bearer: String(made.key) };
      };
      const [writer, reader] = [await keyFor(["read", "write"]), await keyFor(["read"])];
      const file = await upload(own, writer, "log.txt", samples.text);
      expect((await tryUpload(own, reader, "x", samples.text)).status).toBe(403);
      await expect(sayWith(own, writer, [file], "general")).rejects.toThrow("404");
      await sayWith(own, writer, [file], "ops");
      expect((await download(own, reader, file)).status).toBe(200);
      const elsewhere = await upload(own, owner, "b.txt", samples.text);
      await sayWith(own, owner, [elsewhere], "general");
      expect((await download(own, writer, elsewhere)).status).toBe(404);
    });
  });
});
