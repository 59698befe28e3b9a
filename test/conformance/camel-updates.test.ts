import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
let mira: Client;
let omar: Client;
beforeAll(async () => {
  // Agents are off: what comes back to a sender is the answer to their own frame.
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
  mira = await Client.camel(server.ws, "mira");
  omar = await Client.camel(server.ws, "omar");
});
afterAll(() => server.stop());

describe("message_update in the camel dialect", () => {
  test("tells everybody in the room of an edit by its author", async () => {
    const { data } = await mira.say("helo");
    mira.send({ type: "edit_message", data: { id: data.id, text: "hello @omar" } });
    const update = await omar.next("message_update");
    expect(shapeOf(update.data)).toMatchObject({ id: "integer", text: "string", editedAt: "time", seq: "integer" });
    expect(update.data).toMatchObject({ id: data.id, text: "hello @omar" });
    expect(update.data.seq).toBeGreaterThan(data.id);
    expect(update.data).not.toHaveProperty("deletedAt");
    await mira.next("message_update", (frame) => frame.data.id === data.id);
  });

  test("tells everybody in the room of a deletion, without the text", async () => {
    const { data } = await mira.say("a secret");
    mira.send({ type: "delete_message", data: { id: data.id } });
    const update = await omar.next("message_update", (frame) => frame.data.id === data.id);
    expect(shapeOf(update.data)).toMatchObject({ id: "integer", deletedAt: "time", seq: "integer" });
    expect(JSON.stringify(update)).not.toContain("secret");
  });

  test("only its author or a moderator can change a message", async () => {
    const { data } = await mira.say("mine alone");
    omar.send({ type: "edit_message", data: { id: data.id, text: "no, mine" } });
    expect((await omar.next("error")).data.code).toBe("PERMISSION_DENIED");
    omar.send({ type: "delete_message", data: { id: data.id } });
    expect((await omar.next("error")).data.code).toBe("PERMISSION_DENIED");
    const lena = await Client.camel(server.ws, "lena", { role: "admin" });
    lena.send({ type: "delete_message", data: { id: data.id } });
    expect((await mira.next("message_update")).data).toMatchObject({ id: data.id, deletedAt: expect.any(String) });
    mira.send({ type: "edit_message", data: { id: data.id, text: "again" } });
    expect((await mira.next("error")).data.code).toBe("NOT_FOUND");
  });
});
