import { afterAll, beforeAll, expect, test } from "bun:test";
import { signIn, startServer, type TestServer } from "../support/server.ts";

const password = "kestrel over the moor";
const rounds = 4;
const triesEach = 40;

let server: TestServer;
beforeAll(async () => {
  // Everything as it is in use, the cost of a password above all; only nobody is told to wait.
  const many = { signInAttempts: 1e6, addressAttempts: 1e6, nameAttempts: 1e6 };
  const env = { OPENCODE_DEV_MODE: "false", OPENCODE_ALLOW_GUEST: "true", OPENCODE_SAFE_MODE: "true" };
  server = await startServer({ env, limits: many });
  const made = await fetch(server.parley.setUpUrl ?? "", {
    method: "POST",
    headers: { origin: new URL(server.parley.setUpUrl ?? "").origin },
    body: new URLSearchParams({ name: "olga", password }),
    redirect: "manual",
  });
  const owner = made.headers.get("set-cookie")?.split(";")[0] ?? "";
  const ask = (method: string, path: string, body: unknown) =>
    fetch(`${server.http}${path}`, {
      method,
      headers: { cookie: owner, origin: server.http, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  for (const name of ["mira", "dora"])
    expect((await ask("POST", "/api/v1/members", { name, password })).status).toBe(201);
  await signIn(server, "gus");
  expect((await ask("PATCH", "/api/v1/members/dora", { disabled: true })).status).toBe(200);
}, 15_000);
afterAll(() => server.stop());

/** Somebody with a password, nobody, somebody who is disabled, and a guest who never had one. */
const names = ["mira", "nobody here", "dora", "gus"] as const;

async function milliseconds(name: string): Promise<number> {
  const began = performance.now();
  const answer = await fetch(`${server.http}/api/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, password: "a wrong one" }),
  });
  const told = await answer.text();
  const took = performance.now() - began;
  if (answer.status !== 401 || !told.includes("That name and password do not belong together."))
    throw new Error(`${name} was told something else: ${answer.status} ${told}`);
  return took;
}

const median = (values: number[]) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

/** One round, every kind of name in turn, so that whatever else the machine does meets them alike. */
async function medians(): Promise<number[]> {
  const taken = names.map((): number[] => []);
  for (let n = 0; n < triesEach; n += 1)
    for (let at = 0; at < names.length; at += 1) {
      const turn = (at + n) % names.length;
      taken[turn]?.push(await milliseconds(names[turn] ?? ""));
    }
  return taken.map(median);
}

test("how long a wrong password takes does not tell whether the name exists, is disabled or has none", async () => {
  const seen: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const all = await medians();
    const apart = Math.max(...all) / Math.min(...all);
    seen.push(`${all.map((each) => each.toFixed(1)).join(" / ")} ms`);
    // A machine that is busy with other things blurs a round; a difference of ours would be in every one.
    if (apart <= 1.2) return;
  }
  expect(seen).toEqual(["within 20 % of each other"]);
}, 120_000);
