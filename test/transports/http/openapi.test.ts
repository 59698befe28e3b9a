import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { describeParts, type OpenApi, openApi } from "../../../src/transports/http/openapi/document.ts";
import type { AppRoute } from "../../../src/transports/http/openapi/operations.ts";
import { operationsOf } from "../../../src/transports/http/openapi/operations.ts";
import { documentedParts } from "../../../src/transports/http/openapi/parts.ts";
import { chatFrames } from "../../../src/transports/websocket/dialects/frames.ts";
import { rows } from "../../access/rows/all.ts";
import { documentedOf, type Operations } from "../../support/documented-answers.ts";
import { startWithRoutes } from "../../support/routes.ts";
import type { TestServer } from "../../support/server.ts";

let server: TestServer;
let handlers: readonly AppRoute[];
let operations: Operations;
beforeAll(async () => {
  ({ server, handlers } = await startWithRoutes());
  operations = documentedOf(handlers);
});
afterAll(() => server.stop());

/** Pages and their forms, which are for people, and where others knock: no program is told of them. A new page stands here. */
const forPeople = [
  ...["/", "/sign-in", "/docs", "/docs/clients", "/rooms/:slug", "/rooms/:slug/messages", "/rooms/:slug/members"],
  ...["/setup/:code", "/invitations/:code", "/reset/:code", "/auth/device", "/live", "/settings", "/settings/telegram"],
  ...["/usage", "/agents/hire", "/agents/:id", "/agents/:id/settings", "/agents/:id/queue"],
  ...["/needs-you", "/approvals/:id"],
  ...["/members", "/transport", "/connections", "/audit", "/audit/export.jsonl", "/audit/export.csv"],
  // Where a form leads whoever opens its address.
  ...[
    "/agents/:id/fire",
    "/rooms",
    "/direct",
    "/rooms/:slug/members/:id/remove",
    "/transport/stop",
    "/transport/start",
  ],
  ...["renew", "release", "request"].map((act) => `/leases/:id/${act}`),
  ...["approve", "deny"].map((act) => `/leases/requests/:id/${act}`),
  ...["/leases", "/leases/list"],
  ...["/settings/telegram/code", "/settings/telegram/:id/unlink", "/settings/profile", "/settings/password"],
  ...["/settings/sessions/end-others", "/settings/sessions/:id/end", "/settings/grants/:id/revoke", "/settings/keys"],
  ...["/settings/keys/:id/rotate", "/settings/keys/:id/revoke", "/invitations", "/invitations/:id/revoke"],
  ...["role", "reset", "sign-out", "disable", "enable"].map((act) => `/members/:id/${act}`),
];
const forms =
  /^POST \/(?:(?:sign-in|sign-out|live|rooms|direct|transport|connections|agents|leases|invitations|auth\/device|telegram\/webhook)$|(?:rooms|settings|members|invitations|setup|reset|transport|agents|leases|approvals)\/)/;
/** Only to say that there is nothing: some programs ask before they have read that. */
const nothingThere = ["GET /mcp", "DELETE /mcp"];
const isForPeople = (route: string) =>
  forms.test(route) || nothingThere.includes(route) || forPeople.some((path) => route === `GET ${path}`);

describe("the table beside the routes", () => {
  test("has every route of the app that is for programs, and no other", () => {
    const inApp = new Set(
      handlers.filter(({ method }) => method !== "ALL").map((each) => `${each.method} ${each.path}`),
    );
    const forPrograms = [...inApp].filter((route) => !isForPeople(route));
    expect(forPrograms.filter((route) => !operations.has(route))).toEqual([]);
    expect([...operations.keys()].filter((route) => isForPeople(route))).toEqual([]);
  });

  test("cannot tell of a route that there is not", () => {
    const part = { name: "Dreams", about: "", routes: { "GET /api/v1/dreams": { summary: "", answers: {} } } };
    expect(() => operationsOf(part, handlers)).toThrow("no such route");
  });

  test("names each part of a path, and a route once", () => {
    const parts = documentedParts(chatFrames.camel.serverFrame);
    const names = parts.flatMap(({ routes }) => Object.keys(routes));
    expect(names.length).toBe(new Set(names).size);
    for (const { name, path, entry } of operations.values()) {
      const inPath = [...path.matchAll(/:(\w+)/g)].map(([, param]) => param);
      expect([name, Object.keys(entry.params ?? {})]).toEqual([name, inPath as string[]]);
    }
  });

  test("shows bodies, queries and answers that are what it says they are", () => {
    for (const { name, entry, known, answers } of operations.values()) {
      const told = [...answers.values()].flat().filter(({ refused }) => !refused);
      for (const { schema, example } of told)
        if (schema) expect([name, schema.safeParse(example).error?.issues]).toEqual([name, undefined]);
      if (known.body) expect([name, known.body.safeParse(entry.body ?? {}).error?.issues]).toEqual([name, undefined]);
      if (entry.body !== undefined) expect([name, known.body !== undefined]).toEqual([name, true]);
      const query = Object.fromEntries(new URLSearchParams(entry.query));
      if (known.query) expect([name, known.query.safeParse(query).error?.issues]).toEqual([name, undefined]);
      else expect([name, entry.query]).toEqual([name, undefined]);
    }
  });

  test("says of exactly those routes that they are for people themselves which keys do not open", () => {
    for (const { name, entry, known } of operations.values()) {
      const own = rows.filter(({ route }) => route === name);
      expect([name, own.length > 0]).toEqual([name, true]);
      const opens = own.filter(({ answers }) => known.permission === "read" && answers.member < 400);
      const isTheirs = opens.length > 0 && opens.every(({ answers }) => answers.agent === 403);
      const isClosed = own.every(({ answers }) => answers.agent === 403) && known.permission === "read";
      expect([name, entry.themselves ?? false]).toEqual([name, isTheirs || isClosed]);
    }
  });

  test("says of exactly those routes that they are open to everybody which ask nobody who they are", () => {
    for (const { name, known } of operations.values()) {
      const own = rows.filter(({ route }) => route === name);
      const asks = own.some(({ answers }) => answers.nobody === 401 && answers.revokedKey === 401);
      const isSignIn = name === "POST /api/v1/sessions";
      expect([name, known.permission !== undefined]).toEqual([name, asks && !isSignIn]);
    }
  });
});

describe("the document", () => {
  let document: OpenApi;
  beforeAll(async () => {
    document = (await (await fetch(`${server.http}/api/v1/openapi.json`)).json()) as OpenApi;
  });

  /** Every object in it. */
  function* objectsOf(value: unknown): Iterable<Record<string, unknown>> {
    if (typeof value !== "object" || value === null) return;
    if (!Array.isArray(value)) yield value as Record<string, unknown>;
    for (const item of Object.values(value)) yield* objectsOf(item);
  }

  test("is made of the app's own routes, and is whole: nothing refers to what is not there", () => {
    expect(document.openapi).toBe("3.1.0");
    const paths = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
    );
    expect(paths.sort()).toEqual([...operations.keys()].sort());
    const refs = [...objectsOf(document)].flatMap(({ $ref }) => (typeof $ref === "string" ? [$ref] : []));
    expect(refs.length).toBeGreaterThan(100);
    const known = new Set(Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`));
    expect(refs.filter((ref) => !known.has(ref))).toEqual([]);
    const used = new Set(refs);
    expect([...known].filter((name) => !used.has(name))).toEqual([]);
  });

  test("has one operation of each id, with a summary, its rights and at least one answer that is none of the refusals", () => {
    const all = [...objectsOf(document.paths)].filter(({ operationId }) => operationId !== undefined);
    expect(all.length).toBe(operations.size);
    expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
    for (const { operationId, summary, description, responses } of all) {
      expect([operationId, summary, description]).not.toContain("");
      expect([operationId, Object.keys(responses as object).some((status) => status < "400")]).toEqual([
        operationId,
        true,
      ]);
    }
  });

  test("describes each example it shows, read as JSON Schema alone", () => {
    const $defs = JSON.parse(
      JSON.stringify(document.components.schemas).replaceAll("#/components/schemas/", "#/$defs/"),
    ) as Record<string, unknown>;
    let shown = 0;
    for (const { schema, example } of objectsOf(document.paths)) {
      if (example === undefined || typeof schema !== "object") continue;
      shown += 1;
      const own = JSON.parse(JSON.stringify(schema).replaceAll("#/components/schemas/", "#/$defs/")) as object;
      const read = z.fromJSONSchema({ ...own, $defs } as Parameters<typeof z.fromJSONSchema>[0]);
      expect([JSON.stringify(example).slice(0, 80), read.safeParse(example).error?.issues]).toEqual([
        JSON.stringify(example).slice(0, 80),
        undefined,
      ]);
    }
    expect(shown).toBeGreaterThan(80);
  });

  test("is made once, and not sent again to who has it", async () => {
    for (const name of ["openapi.json", "frames.json", "types.ts"]) {
      const first = await fetch(`${server.http}/api/v1/${name}`);
      const etag = first.headers.get("etag") ?? "";
      expect(etag).toMatch(/^"\w+"$/);
      expect(await first.text()).toBe(await (await fetch(`${server.http}/api/v1/${name}`)).text());
      const again = await fetch(`${server.http}/api/v1/${name}`, { headers: { "if-none-match": etag } });
      expect([again.status, await again.text()]).toEqual([304, ""]);
      const other = await fetch(`${server.http}/api/v1/${name}`, { headers: { "if-none-match": '"other"' } });
      expect(other.status).toBe(200);
    }
  });

  test("names the cookie of this server, and the version of this build", async () => {
    const parts = describeParts(documentedParts(chatFrames.camel.serverFrame), handlers);
    const made = await openApi(parts, { version: "9.9.9", cookie: "__Host-x" });
    expect(made.info).toMatchObject({ version: "9.9.9" });
    expect(made.components.securitySchemes).toMatchObject({ cookie: { in: "cookie", name: "__Host-x" } });
  });
});
