import { afterAll, beforeAll, expect, test } from "bun:test";
import { dirname } from "node:path";
import { signIn, startServer, type TestServer, withServer } from "../../support/server.ts";

let server: TestServer;
let cookie: string;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
  cookie = await signIn(server, "mira");
});
afterAll(() => server.stop());

async function read(host: string, path = "/docs"): Promise<string> {
  const answer = await fetch(server.http + path, { headers: { cookie, host } });
  expect(answer.status).toBe(200);
  return answer.text();
}

test("commands hold the address by which their reader came, whoever read the page before them", async () => {
  const { port } = new URL(server.http);
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `localhost:${port}`]) {
    expect(await read(host)).toContain(`curl &quot;http://${host}/api/v1/me&quot;`);
    expect(await read(host, "/docs/clients")).toContain(`PARLEY_URL=http://${host} `);
  }
});

test("or the public address, where there is one", async () => {
  const PUBLIC_URL = "https://parley.example";
  const form = new URLSearchParams({ method: "password", name: "olga", password: "seven-quiet-lanterns" });
  const sent = (origin: string) => ({ method: "POST", headers: { origin }, body: form, redirect: "manual" }) as const;
  // Nobody else may reach a workspace before it has an owner.
  const { http, parley, config } = await startServer({ env: { OPENCODE_DEV_MODE: "false" } });
  const { pathname } = new URL(parley.setUpUrl ?? "");
  expect((await fetch(http + pathname, sent(http))).status).toBe(303);
  await parley.stop();
  const folder = dirname(config.databasePath);
  await withServer({ env: { OPENCODE_DEV_MODE: "false", PUBLIC_URL }, folder }, async ({ http }) => {
    const coming = await fetch(`${http}/sign-in`, sent(PUBLIC_URL));
    const came = coming.headers.get("set-cookie")?.split(";")[0] ?? "";
    const page = await (await fetch(`${http}/docs`, { headers: { cookie: came } })).text();
    expect(page).toContain("curl &quot;https://parley.example/api/v1/me&quot;");
  });
});

test("who is not signed in is taken to the sign-in page", async () => {
  for (const path of ["/docs", "/docs/clients"]) {
    const { status, headers } = await fetch(server.http + path, { redirect: "manual" });
    expect(status).toBe(303);
    expect(headers.get("location")).toStartWith("/sign-in");
  }
});
