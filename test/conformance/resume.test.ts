import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
let omar: Client;
beforeAll(async () => {
  server = await startServer({ limits: { resumeEvents: 60, presenceGraceMs: 20 } });
  const cookie = await signIn(server, "Lena");
  const form = new URLSearchParams({ name: "kitchen", topic: "" });
  await fetch(`${server.http}/rooms`, { method: "POST", body: form, headers: { cookie, origin: server.http } });
  omar = await Client.camel(server.ws, "omar");
});
afterAll(() => server.stop());

/** Somebody who was here until now and has left: what they would show when they come back. */
async function whoLeft(name: string) {
  const client = await Client.camel(server.ws, name);
  client.send({ type: "ping" });
  const { seq, epoch } = (await client.next("pong")).data;
  await client.close();
  return { lastSeq: seq as number, epoch: epoch as string };
}

/** Everything but the answer to auth, up to a message that is said now. */
async function upToNow(client: Client): Promise<Frame[]> {
  const { data } = await omar.say("now");
  const id = (frame: Frame) => frame.data?.id === data.id;
  await client.until(() => client.frames.find(id), "the message said now");
  return client.frames.slice(1, client.frames.findIndex(id));
}

describe("a camel client that returns with its last seq and epoch", () => {
  test("gets exactly what it missed, in order, edits and deletions included, and then live", async () => {
    const { lastSeq, epoch } = await whoLeft("mira");
    const said = [await omar.say("one"), await omar.say("two"), await omar.say("three")].map(({ data }) => data.id);
    omar.send({ type: "edit_message", data: { id: said[0], text: "one, corrected" } });
    omar.send({ type: "delete_message", data: { id: said[1] } });
    await omar.next("message_update", ({ data }) => data.id === said[1]);
    const mira = await Client.camel(server.ws, "mira", { lastSeq, epoch });
    const missed = await upToNow(mira);
    expect(missed.map(({ type, data }) => [type, data.id])).toEqual([
      ["message", said[0]],
      ["message", said[1]],
      ["message", said[2]],
      ["message_update", said[0]],
      ["message_update", said[1]],
    ]);
    const seqs = missed.map(({ data }) => data.seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(JSON.stringify(missed)).not.toContain("two");
  });

  test("gets nothing when nothing happened, and no replay at all without lastSeq", async () => {
    await omar.say("before");
    const now = await whoLeft("jun");
    expect(await upToNow(await Client.camel(server.ws, "jun", now))).toEqual([]);
    expect(await upToNow(await Client.camel(server.ws, "jun", { epoch: now.epoch }))).toEqual([]);
  });

  test("gets what was missed in the rooms it subscribes to, and in no others", async () => {
    const { lastSeq, epoch } = await whoLeft("ana");
    const soup = await omar.say("soup", { room: "kitchen" });
    const hello = await omar.say("hello");
    const texts = async (more: object) =>
      (await upToNow(await Client.camel(server.ws, "ana", { lastSeq, epoch, ...more }))).map(({ data }) => data.id);
    expect(await texts({})).toEqual([hello.data.id]);
    expect(await texts({ subscribe: ["room:kitchen"] })).toEqual([soup.data.id, hello.data.id, expect.any(Number)]);
  });

  test("gets the steps of tasks only with the topic tasks, each step once and as it was then", async () => {
    const { lastSeq, epoch } = await whoLeft("kim");
    for (const text of ["@bob please design the poster", "@bob 30%", "@bob done"]) {
      const { data } = await omar.say(text);
      const answers = () => omar.ofType("agent_response").filter((frame) => frame.data.replyTo === data.id);
      await omar.until(() => answers()[text.includes("please") ? 1 : 0], `bob's answer to ${text}`);
    }
    const kim = await Client.camel(server.ws, "kim", { lastSeq, epoch, subscribe: ["tasks"] });
    const missed = await upToNow(kim);
    const steps = missed.filter(({ type }) => type === "task_notification");
    expect(steps.map(({ data }) => [data.type, data.progress])).toEqual([
      ["assigned", 0],
      ["started", 0],
      ["progress", 30],
      ["completed", 100],
    ]);
    expect(missed.filter(({ type }) => type === "task_completion")).toHaveLength(1);
    const seqs = missed.map(({ data }) => data.seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    const without = await upToNow(await Client.camel(server.ws, "kim", { lastSeq, epoch }));
    expect(without.filter(({ type }) => type.startsWith("task_"))).toEqual([]);
  });

  test("an answer that was streamed meanwhile comes once, whole", async () => {
    const { lastSeq, epoch } = await whoLeft("noor");
    const { data } = await omar.say("@diana hello");
    const answer = await omar.next("agent_response", (frame) => frame.data.replyTo === data.id);
    const missed = await upToNow(await Client.camel(server.ws, "noor", { lastSeq, epoch, subscribe: ["agents"] }));
    expect(missed.filter(({ data: { id } }) => id === answer.data.id).map((frame) => frame.data)).toEqual([
      expect.objectContaining({ text: answer.data.text, seq: answer.data.seq }),
    ]);
  });
});

describe("resync instead of a partial replay, and live afterwards", () => {
  test.each([
    ["another epoch", async () => ({ ...(await whoLeft("mira")), epoch: "of-another-database" })],
    ["a seq that has not happened yet", async () => ({ ...(await whoLeft("mira")), lastSeq: 9_999_999 })],
    [
      "a seq that is too old",
      async () => {
        const past = await whoLeft("mira");
        for (let n = 0; n < 61; n += 1) omar.send({ type: "message", data: { text: `${n}` } });
        await omar.say("long ago");
        return past;
      },
    ],
  ])("for %s", async (_, past) => {
    const mira = await Client.camel(server.ws, "mira", await past());
    const frames = await upToNow(mira);
    expect(frames.map(({ type }) => type)).toEqual(["resync"]);
    expect(shapeOf(frames[0]?.data)).toMatchObject({ seq: "integer", epoch: "string" });
    const classic = await Client.classic(server.ws, "mira-classic", { last_seq: 1, epoch: "of-another-database" });
    expect(shapeOf((await classic.next("resync")).data)).toMatchObject({ seq: "integer" });
  });
});

test("a classic client resumes by last_seq and epoch: presence first, then what it missed instead of the last 50", async () => {
  const { lastSeq, epoch } = await whoLeft("lee");
  const said = [await omar.say("uno"), await omar.say("due")].map(({ data }) => data.id);
  const lee = await Client.classic(server.ws, "lee", { last_seq: lastSeq, epoch });
  const frames = await upToNow(lee);
  const kinds = frames.map(({ type }) => type);
  expect(kinds.lastIndexOf("user_status")).toBeLessThan(kinds.indexOf("chat_message"));
  expect(lee.ofType("chat_message").map(({ data }) => data.id)).toEqual([...said, expect.any(Number)]);
});

test("the auth answers of both dialects carry the seq and epoch to come back with, the same after a restart", async () => {
  const house = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
  const mira = await Client.camel(house.ws, "mira");
  const { data } = await mira.say("remember me");
  const again = await house.restart();
  const classic = await Client.classic(again.ws, "mira");
  expect(classic.frames[0]).toMatchObject({ epoch: mira.frames[0]?.data.epoch });
  // What the audit notes meanwhile has its place in the order as well.
  expect(classic.frames[0]?.seq).toBeGreaterThanOrEqual(data.seq);
  const jun = await Client.camel(again.ws, "mira", { lastSeq: data.seq - 1, epoch: classic.frames[0]?.epoch });
  expect((await jun.next("message")).data).toMatchObject({ id: data.id, text: "remember me" });
  // Ids go on from there.
  expect((await jun.say("and on")).data.id).toBeGreaterThan(data.id);
  await again.stop();
});
