import { expect, test } from "bun:test";
import { signIn, startServer, withServer } from "../support/server.ts";

/** What the room page says of how the workspace runs. */
async function saidIn(http: string, cookie: string): Promise<string[]> {
  const page = await (await fetch(`${http}/rooms/general`, { headers: { cookie, accept: "text/html" } })).text();
  const list = /<ul class="mode"[^>]*>([\s\S]*?)<\/ul>/.exec(page)?.[1] ?? "";
  return [...list.matchAll(/<summary>([^<]+)<\/summary><p>([^<]+)<\/p>/g)].map(([, words = "", meaning]) => {
    // What it means stands there as well.
    expect(meaning).toMatch(/^[A-Z].*\.$/);
    return words;
  });
}

test.each<[Record<string, string>, string[]]>([
  [{ OPENCODE_DEV_MODE: "true" }, ["Development mode"]],
  [{ OPENCODE_DEV_MODE: "false", OPENCODE_ALLOW_GUEST: "true" }, ["Guests may enter"]],
  [{ OPENCODE_DEV_MODE: "true", OPENCODE_SAFE_MODE: "true" }, ["Development mode", "Safe mode"]],
  [
    // Where anybody is anybody, guests are nobody more.
    { OPENCODE_DEV_MODE: "true", OPENCODE_ALLOW_GUEST: "true", OPENCODE_SAFE_MODE: "true" },
    ["Development mode", "Safe mode"],
  ],
])("whoever is in the room is told there how it runs: %j", async (env, words) => {
  await withServer({ env }, async ({ http }) => {
    expect(await saidIn(http, await signIn({ http }, "mira", ""))).toEqual(words);
  });
});

test("where it runs as usual nothing is said", async () => {
  const server = await startServer({ env: { OPENCODE_DEV_MODE: "false" } });
  try {
    const link = new URL(server.parley.setUpUrl ?? "").pathname;
    const answer = await fetch(server.http + link, {
      method: "POST",
      body: new URLSearchParams({ name: "olga", password: "an old oak by the river" }),
      headers: { origin: server.http },
      redirect: "manual",
    });
    const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect(await saidIn(server.http, cookie)).toEqual([]);
    expect((await fetch(`${server.http}/rooms/general`, { headers: { cookie } })).status).toBe(200);
  } finally {
    await server.stop();
  }
});
