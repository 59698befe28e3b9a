import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { createConfig } from "../../src/config.ts";
import { dropSession, keepSession, startOf } from "../../src/guards/cookie.ts";
import { cookieName, type Env, shownSecret } from "../../src/guards/identity.ts";

/** The cookie that a server at this address sets, and the one by which it takes it away. */
async function cookies(publicUrl?: string): Promise<{ kept: string; dropped: string }> {
  const config = createConfig(publicUrl ? { PUBLIC_URL: publicUrl } : {});
  const app = new Hono()
    .get("/keep", (context) => {
      keepSession(context, config, "the-token");
      return context.text("");
    })
    .get("/drop", (context) => {
      dropSession(context, config);
      return context.text("");
    });
  const set = async (path: string) => (await app.request(path)).headers.get("set-cookie") ?? "";
  return { kept: await set("/keep"), dropped: await set("/drop") };
}

const attributes = (cookie: string) => cookie.split("; ").slice(1).sort();

describe("the cookie of a session", () => {
  test("over TLS is bound to the host, and neither scripts nor other sites' forms have it", async () => {
    const { kept, dropped } = await cookies("https://chat.example.org");
    expect(kept).toStartWith("__Host-parley_session=the-token; ");
    expect(attributes(kept)).toEqual(["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax", "Secure"]);
    expect(kept).not.toContain("Domain");
    expect(dropped).toStartWith("__Host-parley_session=; ");
    expect(attributes(dropped)).toEqual(["Max-Age=0", "Path=/", "Secure"]);
  });

  test.each([undefined, "http://chat.local:8080"])(
    "without TLS has a name that browsers take there: %s",
    async (url) => {
      const { kept, dropped } = await cookies(url);
      expect(kept).toStartWith("parley_session=the-token; ");
      expect(attributes(kept)).toEqual(["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax"]);
      expect(attributes(dropped)).toContain("Max-Age=0");
    },
  );

  test("over TLS is not the one that anybody on the network could plant", () => {
    expect(cookieName({ publicUrl: new URL("https://chat.example.org") })).toStartWith("__Host-");
  });
});

test("what is kept of where a session began: how, on what, from where", async () => {
  const app = new Hono<Env>().get("/", (context) => context.json(startOf(context, "password")));
  const env = { address: "203.0.113.9" };
  const told = async (headers: Record<string, string>) => (await app.request("/", { headers }, env)).json();
  expect(await told({ "user-agent": "Firefox" })).toEqual({
    method: "password",
    device: "Firefox",
    address: "203.0.113.9",
  });
  expect(await told({})).toEqual({ method: "password", device: "", address: "203.0.113.9" });
});

describe("the secret that a program shows", () => {
  test.each([
    [{ authorization: "Bearer abc" }, "abc"],
    [{ authorization: "bearer   abc" }, "abc"],
    [{ "x-api-key": " ply_abc " }, "ply_abc"],
    [{ authorization: "Bearer abc", "x-api-key": "other" }, "abc"],
    [{ authorization: "Basic bWlyYTp4", "x-api-key": "abc" }, "abc"],
  ])("is read from %j", (headers, secret) => {
    expect(shownSecret(new Headers(headers))).toBe(secret);
  });

  test.each([
    {},
    { authorization: "Basic bWlyYTp4" },
    { authorization: "Bearer" },
    { authorization: "Bearer a b" },
    { cookie: "parley_session=abc" },
  ])("is not in %j", (headers) => {
    expect(shownSecret(new Headers(headers as Record<string, string>))).toBeUndefined();
  });
});
