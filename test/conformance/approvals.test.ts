import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { askIn, question, workOf } from "../support/asks.ts";
import { Client } from "../support/client.ts";
import { PageReader } from "../support/page.ts";
import { startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let mira: Client;
let omar: Client;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
  mira = await Client.camel(server.ws, "mira", { subscribe: ["approvals"] });
  omar = await Client.classic(server.ws, "omar", { subscribe: ["approvals"] });
});
afterAll(async () => {
  await Promise.all([mira.close(), omar.close()]);
  await server.stop();
});

describe("what an agent asks, over sockets", () => {
  test("is told in both dialects, and so is what became of it", async () => {
    const { approval, answer } = await askIn(server, await workOf(server, "mira"), { stepId: "s1" });
    const { id, shown } = approval;
    const { data: camel } = await mira.next("approval_request");
    expect(camel).toMatchObject({
      id,
      detail: "npm test",
      directory: "/srv/app",
      takesText: false,
      answer: null,
      shown,
    });
    const { data: classic } = await omar.next("approval_request");
    expect(classic).toMatchObject({
      id,
      agent_name: "alice",
      takes_text: false,
      step_id: "s1",
      public_id: camel.publicId,
    });
    omar.send({ type: "approval_response", id, option: "once", shown });
    expect(await answer).toMatchObject({ option: { id: "once" }, by: { name: "omar" } });
    expect((await mira.next("approval_update")).data.answer).toMatchObject({
      by: "omar",
      words: "Allowed once by omar",
    });
    expect((await omar.next("approval_update")).data.answer).toMatchObject({ outcome: "chosen", option: "once" });
    mira.send({ type: "approval_response", data: { id, option: "no", shown } });
    const { data: late } = await mira.next("error");
    expect(late.code).toBe("CONFLICT");
    expect(late.message).toMatch(/^Too late: allowed once by omar, \d\d:\d\d UTC\.$/);
  });

  test("is answered in words as well; with another hash, or with nothing, it is refused", async () => {
    const { approval, answer } = await askIn(server, await workOf(server, "mira"), question);
    const { id, shown } = approval;
    const refused = async (data: object) => {
      mira.send({ type: "approval_response", data: { id, ...data } });
      return (await mira.next("error")).data.code;
    };
    expect(await refused({ text: "x", shown: "another" })).toBe("CONFLICT");
    expect(await refused({ shown })).toBe("INVALID_MESSAGE");
    expect(await refused({ option: "neither", shown })).toBe("INVALID_MESSAGE");
    expect(await refused({ option: "old" })).toBe("INVALID_MESSAGE");
    mira.send({ type: "approval_response", data: { id, text: "the third one", shown } });
    expect(await answer).toMatchObject({ outcome: "said", text: "the third one" });
  });

  test("comes to who did not ask for it only as the answer to their own, and to who was away when they are back", async () => {
    const tomas = await Client.camel(server.ws, "tomas");
    const { seq, epoch } = (await Client.camel(server.ws, "tomas")).frames[0]?.data ?? {};
    const { approval, answer } = await askIn(server, await workOf(server, "mira"));
    tomas.send({ type: "approval_response", data: { id: approval.id, option: "no", shown: approval.shown } });
    await answer;
    expect((await tomas.next("approval_update")).data.answer.by).toBe("tomas");
    expect(tomas.frames.filter(({ type }) => type === "approval_request")).toEqual([]);
    const back = await Client.camel(server.ws, "tomas", { lastSeq: seq, epoch, subscribe: ["approvals"] });
    expect((await back.next("approval_request")).data).toMatchObject({ id: approval.id, answer: null });
    expect((await back.next("approval_update")).data).toMatchObject({ id: approval.id, answer: { by: "tomas" } });
    await Promise.all([tomas.close(), back.close()]);
  });

  test("that an always answers comes with its answer", async () => {
    const task = await workOf(server, "mira");
    const first = await askIn(server, task);
    const { id, shown } = first.approval;
    mira.send({ type: "approval_response", data: { id, option: "always", shown } });
    await first.answer;
    const again = await askIn(server, task);
    const { data } = await mira.next("approval_request", (frame) => frame.data.id === again.approval.id);
    expect(data.answer).toMatchObject({ by: "mira", standing: id });
  });
});

describe("what an agent asks in a private room", () => {
  test("is told to nobody outside it: no frame, no card, no count, no list, no page", async () => {
    const { members, rooms, roster } = server.parley.inside;
    const [person, alice] = [members.person("mira"), roster.byName("alice")?.member];
    if (!person || !alice) throw new Error("nobody here");
    const room = await rooms.create(person, "vault", "", "private");
    await rooms.bringIn(person, room, alice);
    const task = await workOf(server, "mira", "vault", "count the coins");
    const [inside, outside] = [await PageReader.open(server, "mira", room.slug), await PageReader.open(server, "omar")];
    await Promise.all([inside.connect(), outside.connect()]);
    const { approval } = await askIn(server, task, { detail: "open the vault" });
    await mira.next("approval_request", ({ data }) => data.id === approval.id);
    await omar.settled();
    expect(omar.texts.filter((text) => text.includes("open the vault"))).toEqual([]);
    expect(inside.pushed.some((frame) => frame.includes("open the vault"))).toBe(true);
    const counts = (reader: PageReader) =>
      reader.pushed.flatMap((frame) =>
        [...frame.matchAll(/count=waiting\]" hx-swap="innerHTML">(\d*)</g)].map(([, n]) => n),
      );
    expect(counts(inside).at(-1)).toBe("1");
    expect(counts(outside)).not.toContain("1");
    for (const path of ["/needs-you", "/rooms/general"]) expect(await outside.get(path)).not.toContain("vault");
    expect(await inside.get("/needs-you")).toContain("open the vault");
    const answer = await fetch(`${server.http}/approvals/${approval.publicId}`, {
      headers: { cookie: outside.cookie },
    });
    expect(answer.status).toBe(404);
    const list = await fetch(`${server.http}/api/v1/approvals`, { headers: { cookie: outside.cookie } });
    expect(await list.json()).toEqual({ approvals: [] });
    inside.cut(false);
    outside.cut(false);
  });
});

describe("what an agent asks, by slash commands", () => {
  test("is listed, and answered by its number", async () => {
    const task = await workOf(server, "mira");
    const [first, second] = [await askIn(server, task, { detail: "make *all*" }), await askIn(server, task, question)];
    const said = async (text: string) => {
      await mira.say(text);
      return (await mira.next("message", ({ data }) => data.sender === "system")).data.text as string;
    };
    expect(await said("/approve")).toContain(
      `**${first.approval.id}** alice: run a command: make \\*all\\*, in /srv/app`,
    );
    expect(await said(`/reject #${first.approval.id}`)).toContain("Rejected by mira");
    expect(await first.answer).toMatchObject({ option: { id: "no" } });
    expect(await said(`/approve ${first.approval.id}`)).toContain("Too late: rejected by mira");
    expect(await said(`/approve ${second.approval.id}`)).toContain(
      "has no such choice: The old one, The new one, your own words",
    );
    expect(await said(`/answer ${second.approval.id} the NEW one`)).toContain("“The new one”, chosen by mira");
    expect(await said("/approve 999999")).toContain("There is no approval 999999");
  });
});
