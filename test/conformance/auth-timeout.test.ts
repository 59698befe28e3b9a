import { expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { withServer } from "../support/server.ts";

test("no authentication in time: AUTH_TIMEOUT and 1008, whatever else was sent, and never for who has come in", async () => {
  await withServer({ limits: { authTimeoutMs: 150, authTimeoutDevelopmentMs: 150 } }, async ({ ws }) => {
    const mira = await Client.camel(ws, "mira");
    const silent = await Client.open(`${ws}/ws`);
    const chatty = await Client.open(`${ws}/`);
    chatty.send({ type: "ping", user_id: "classic" });
    expect(await silent.next("error")).toMatchObject({ data: { code: "AUTH_TIMEOUT" } });
    expect(await chatty.next("error")).toMatchObject({ message: expect.any(String), data: { code: "AUTH_TIMEOUT" } });
    expect((await silent.hasClosed()).code).toBe(1008);
    expect((await chatty.hasClosed()).code).toBe(1008);
    await mira.say("still here");
  });
});

const limits = { authTimeoutMs: 50, authTimeoutDevelopmentMs: 500 };

test.each(['{"type":"ping"}', "hello?"])(
  "in development only a socket that has sent nothing gets the longer time: one that sent %s goes first",
  async (frame) => {
    await withServer({ limits }, async ({ ws }) => {
      const silent = await Client.open(`${ws}/ws`);
      const speaking = await Client.open(`${ws}/ws`);
      speaking.send(frame);
      await speaking.hasClosed();
      expect(silent.closed).toBeUndefined();
      expect((await silent.hasClosed()).code).toBe(1008);
    });
  },
);

test("outside development a silent socket gets the shorter time", async () => {
  await withServer({ limits }, async (development) => {
    const env = { OPENCODE_DEV_MODE: "false", OPENCODE_ALLOW_GUEST: "true" };
    await withServer({ limits, env }, async (open) => {
      const atHome = await Client.open(`${development.ws}/ws`);
      const outside = await Client.open(`${open.ws}/ws`);
      await outside.hasClosed();
      expect(atHome.closed).toBeUndefined();
    });
  });
});
