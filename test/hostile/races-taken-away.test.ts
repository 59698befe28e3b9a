import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { HandClock } from "../support/clock.ts";
import { openHouse } from "../support/house.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** What somebody still holds while their access is taken away. */
let server: TestServer;
let ada: { token: string; keyId: number; key: string };
let owner: string;
beforeEach(async () => {
  const clock = new HandClock();
  const folder = mkdtempSync(join(tmpdir(), "parley-taken-"));
  {
    using house = openHouse({ path: join(folder, "parley.db"), clock });
    const member = house.person("ada", "admin");
    const permissions = ["read", "write", "manage_users"] as const;
    const { id, secret } = await house.keys.create(member, { name: "k", member, permissions, rooms: null, days: null });
    ada = { token: await house.enter(member), keyId: id, key: secret };
    house.person("mira");
    owner = await house.enter(house.person("olga", "owner"));
  }
  const env = { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true" };
  server = await startServer({ folder, clock, env, limits: { expiryCheckMs: 5 } });
});
afterEach(() => server.stop());

const ask = (secret: string, method: string, path: string, body?: unknown) =>
  fetch(`${server.http}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const ticketOf = async (secret: string) =>
  ((await (await ask(secret, "POST", "/tickets")).json()) as { ticket: string }).ticket;
const revokeKey = () => ask(ada.token, "DELETE", `/api-keys/${ada.keyId}`);
const disable = () => ask(owner, "PATCH", "/members/ada", { disabled: true });
const demote = () => ask(owner, "PATCH", "/members/ada", { role: "viewer" });

/** What a socket may that is opened with a ticket of before. */
async function opened(ticket: string): Promise<string> {
  const client = await Client.open(`${server.ws}/ws?ticket=${ticket}`).catch(() => undefined);
  if (!client) return "refused";
  client.send({ type: "auth" });
  client.send({ type: "message", data: { text: "still here", clientId: "c1" } });
  const last = await client
    .until(() => client.frames.find(({ type }) => type !== "auth_response"), "an answer")
    .catch(() => undefined);
  await client.close();
  return last?.data.code ?? last?.type ?? "closed";
}

describe("a ticket that was asked for before", () => {
  test("opens a socket as long as nothing was taken away", async () => {
    expect(await opened(await ticketOf(ada.key))).toBe("message");
    expect(await opened(await ticketOf(ada.token))).toBe("message");
  });

  test("the key was revoked opens none", async () => {
    const ticket = await ticketOf(ada.key);
    expect((await revokeKey()).status).toBe(200);
    expect(await opened(ticket)).toBe("refused");
  });

  test("its person was disabled opens none", async () => {
    const tickets = [await ticketOf(ada.key), await ticketOf(ada.token)];
    expect((await disable()).status).toBe(200);
    for (const ticket of tickets) expect(await opened(ticket)).toBe("refused");
  });

  test("its person was given another role opens one with that role", async () => {
    const ticket = await ticketOf(ada.token);
    expect((await demote()).status).toBe(200);
    expect(await opened(ticket)).toBe("PERMISSION_DENIED");
  });
});

describe("a socket that was opened before, and has not said its first word", () => {
  const open = () => Client.open(`${server.ws}/ws`, { authorization: `Bearer ${ada.key}` });

  test("is closed when the key is revoked, and when its person is disabled", async () => {
    const first = await open();
    expect((await revokeKey()).status).toBe(200);
    expect((await first.hasClosed()).code).toBe(4401);
    const second = await Client.open(`${server.ws}/ws`, { authorization: `Bearer ${ada.token}` });
    expect((await disable()).status).toBe(200);
    expect((await second.hasClosed()).code).toBe(4401);
  });

  test("acts with the role its person has by then", async () => {
    const client = await open();
    expect((await demote()).status).toBe(200);
    client.send({ type: "auth" });
    const { data } = await client.next("auth_response");
    await client.close();
    expect(data.permissions).toEqual(["read"]);
  });

  test("and so does a page's, however long it waits", async () => {
    const headers = { cookie: `parley_session=${ada.token}`, origin: server.http };
    const page = await Client.open(`${server.ws}/live`, headers);
    expect((await demote()).status).toBe(200);
    page.send({ type: "resume", room: "general" });
    page.send({ type: "message", text: "not any more", clientId: "c1" });
    await page.settled();
    await page.close();
    const olga = await Client.open(`${server.ws}/ws`, { authorization: `Bearer ${owner}` });
    olga.send({ type: "auth" });
    olga.send({ type: "get_chat_history", data: {} });
    const { data } = await olga.next("chat_history");
    await olga.close();
    expect(JSON.stringify(data)).not.toContain("not any more");
  });
});

describe("what a disabled admin left behind", () => {
  // An invitation outlives whoever made it, with the role they could give then.
  test("lets nobody in any more", async () => {
    const made = await ask(ada.token, "POST", "/invitations", { role: "admin", uses: 5 });
    const { link } = (await made.json()) as { link: string };
    expect((await disable()).status).toBe(200);
    expect((await fetch(`${server.http}${new URL(link).pathname}`)).status).toBe(404);
  });

  test("sets nobody's password any more", async () => {
    const made = await ask(ada.token, "POST", "/members/mira/reset");
    const { link } = (await made.json()) as { link: string };
    expect((await disable()).status).toBe(200);
    expect((await fetch(`${server.http}${new URL(link).pathname}`)).status).toBe(404);
  });
});
