import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sourceFiles } from "../support/imports.ts";
import { startWithRoutes } from "../support/routes.ts";
import { signIn, type TestServer } from "../support/server.ts";

let server: TestServer;
let patterns: readonly string[];
let headers: Record<string, string>;
beforeAll(async () => {
  const { server: started, routes } = await startWithRoutes({
    env: { OPENCODE_SAFE_MODE: "true" },
    limits: { actRate: 10_000, actBurst: 10_000 },
  });
  server = started;
  patterns = routes.filter(({ method }) => method === "POST").map(({ pattern }) => pattern);
  headers = { cookie: await signIn(server, "olga", "Owner"), origin: server.http, accept: "application/json" };
});
afterAll(() => server.stop());

/** How an agent is set up. */
const setUp = [
  ...["role", "expertise", "backend", "smartness", "program", "directory", "model", "sandbox", "approvals"],
  ...["dailyTokens", "dailyUsd"],
];

/** Every form there is, with its fields: texts that are given once, numbers, and lists. */
const forms: Readonly<
  Record<string, { once: readonly string[]; numbers?: readonly string[]; lists?: readonly string[] }>
> = {
  "/sign-in": { once: ["name", "password", "role", "method"] },
  "/setup/:code": { once: ["name", "password"] },
  "/invitations/:code": { once: ["name", "password"] },
  "/reset/:code": { once: ["password"] },
  "/settings/profile": { once: ["title"] },
  "/settings/password": { once: ["current", "password"] },
  "/settings/keys": { once: ["name"], numbers: ["for", "days"], lists: ["permissions", "rooms"] },
  "/members/:id/role": { once: ["role"] },
  "/invitations": { once: ["role", "note"], numbers: ["uses", "days"], lists: ["rooms"] },
  "/rooms": { once: ["name", "topic", "private"] },
  "/direct": { once: [], lists: ["members"] },
  "/rooms/:slug/members": { once: ["name"] },
  "/rooms/:slug/messages": { once: ["text", "clientId", "replyTo"] },
  "/agents": { once: ["name", ...setUp] },
  "/agents/:id/settings": { once: setUp },
  "/agents/:id/queue": { once: ["task", "act"] },
  "/leases": { once: ["paths", "purpose"], numbers: ["minutes"] },
  "/approvals/:id": { once: ["option", "text", "shown"] },
  "/transport": { once: ["to", "reason"] },
  "/connections": { once: ["enabled", "percent"] },
  "/auth/device": { once: ["user_code", "decision"] },
};
const texts = Object.entries(forms).flatMap(([path, { once, numbers = [] }]) =>
  [...once, ...numbers].map((field) => [path, field] as const),
);
const numbers = Object.entries(forms).flatMap(([path, form]) =>
  (form.numbers ?? []).map((field) => [path, field] as const),
);
const lists = Object.entries(forms).flatMap(([path, form]) =>
  (form.lists ?? []).map((field) => [path, field] as const),
);

async function send(pattern: string, fields: readonly (readonly [string, string | Blob])[]) {
  const plain = fields.every(([, value]) => typeof value === "string");
  const body = plain ? new URLSearchParams() : new FormData();
  for (const [name, value] of fields) (body as FormData).append(name, value);
  const path = pattern.replace(":slug", "general").replace(":code", "nothing").replace(":id", "1");
  const answer = await fetch(server.http + path, { method: "POST", headers, body, redirect: "manual" });
  return { status: answer.status, text: await answer.text() };
}

/** Refused at the boundary, naming the field, before anybody looked at what it means. */
async function isRefused(path: string, field: string, values: readonly (string | Blob)[]): Promise<void> {
  const { status, text } = await send(
    path,
    values.map((value) => [field, value] as const),
  );
  expect([path, field, status, JSON.parse(text).code]).toEqual([path, field, 400, "INVALID_MESSAGE"]);
  expect(JSON.parse(text).message).toStartWith(`"${field}`);
}

test.each(texts)("%s: %s is a text that is given once: no file, no list, nothing endless", async (path, field) => {
  await isRefused(path, field, [new File(["x"], "name.txt")]);
  await isRefused(path, field, ["one", "two"]);
  if (field !== "text") await isRefused(path, field, ["x".repeat(1_001)]);
});

// The form is shown again, with what is wrong at its field.
test.each(numbers)("%s: %s is a whole number in digits", async (path, field) => {
  for (const given of [
    "x",
    "-1",
    "+1",
    "1e3",
    "0x10",
    " 1",
    "1 ",
    "1.0",
    "1.5",
    "١",
    "NaN",
    "Infinity",
    "9".repeat(17),
  ])
    expect([given, (await send(path, [[field, given]])).status]).toEqual([given, 422]);
});

test("what is answered is an id in digits, or not there", async () => {
  for (const replyTo of ["-1", "+1", "1e0", "0x1", " 1", "1 ", "1.0", "١", "NaN", "9".repeat(30)]) {
    const { status, text } = await send("/rooms/:slug/messages", [
      ["text", "hello"],
      ["replyTo", replyTo],
    ]);
    expect([replyTo, status, JSON.parse(text).code]).toEqual([replyTo, 404, "NOT_FOUND"]);
  }
});

test.each(lists)("%s: %s is a list of texts, and no longer than there could be", async (path, field) => {
  await isRefused(path, field, [new File(["x"], "name.txt")]);
  await isRefused(path, field, ["one", new File(["x"], "name.txt")]);
  await isRefused(path, field, ["x".repeat(101)]);
  await isRefused(path, field, Array<string>(1_001).fill("1"));
});

test("in the end nothing came of all that", async () => {
  const answer = await fetch(`${server.http}/api/v1/rooms`, { headers });
  const { rooms } = (await answer.json()) as { rooms: { slug: string }[] };
  expect(rooms.map(({ slug }) => slug)).toEqual(["general"]);
  expect(server.logged.filter(({ level }) => level === "error")).toEqual([]);
});

describe("no form is forgotten", () => {
  const routes = sourceFiles("src").filter(({ path }) => /\/routes(\.tsx|\/\w+\.tsx)$/.test(path));
  /** What stands between a route and its handler, of every route that takes a form from a page. */
  const posts = routes.flatMap(({ path, text }) =>
    [...text.matchAll(/\.post\(\s*"([^"]+)",([\s\S]*?)\((?:context|c)\) =>/g)].map(([, route = "", guards = ""]) => ({
      path,
      route,
      guards,
    })),
  );

  test("each is in the list above, and each of the list is checked by a schema in front of its handler", () => {
    expect(Object.keys(forms).filter((path) => !patterns.includes(path))).toEqual([]);
    const checked = posts.filter(({ guards }) => guards.includes('accepts("form"')).map(({ route }) => route);
    expect(checked.sort()).toEqual(Object.keys(forms).sort());
  });

  test("whatever reads a form has one: the others read nothing", () => {
    const unchecked = posts.filter(
      ({ guards, route }) => !guards.includes("accepts") && !route.startsWith("/api/auth/"),
    );
    const silent = unchecked.map(({ route }) => route);
    expect(
      silent.filter(
        (route) =>
          !/\/(sign-out|revoke|rotate|end|end-others|disable|enable|reset|remove|fire|tickets|code|unlink|stop|start|renew|release|request|approve|deny)$/.test(
            route,
          ),
      ),
    ).toEqual([]);
  });
});
