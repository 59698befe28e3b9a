import { describe, expect, test } from "bun:test";
import { createConfig } from "../../src/config.ts";
import { createOriginGuard } from "../../src/guards/origin.ts";

interface Asked {
  host?: string;
  origin?: string;
  site?: string;
  cookie?: boolean;
}

const plain = createOriginGuard(createConfig({}));
const open = createOriginGuard(
  createConfig({ HOST: "0.0.0.0", PUBLIC_URL: "https://chat.example.org", ALLOWED_ORIGINS: "https://app.example.org" }),
);

/** What the guard answers to a request that may change something: a status, or "in". */
function judged(guard: typeof plain, { host = "localhost:8080", origin, site, cookie }: Asked, unsafe = true) {
  const headers = new Headers();
  headers.set("host", host);
  if (origin !== undefined) headers.set("origin", origin);
  if (site !== undefined) headers.set("sec-fetch-site", site);
  if (cookie) headers.set("cookie", "parley_session=abc");
  return guard(new Request("http://localhost:8080/", { headers }), unsafe)?.status ?? "in";
}

describe("whom a request speaks to", () => {
  test.each(["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:8080", "parley.localhost:8080", "127.0.0.1"])(
    "%s is this machine",
    (host) => {
      expect(judged(plain, { host })).toBe("in");
    },
  );

  test.each([
    "evil.example",
    "evil.example:8080",
    "127.0.0.1.evil.example",
    "localhost@evil.example",
    "",
    "a b",
    "192.168.1.7",
  ])('"%s" is not, even for a page that is only read: a name may be pointed at this machine by anybody', (host) => {
    expect(judged(plain, { host })).toBe(421);
    expect(judged(plain, { host }, false)).toBe(421);
  });

  test("a server that is open to others answers to its numbers, which nobody can point elsewhere, and to no strange name", () => {
    expect(judged(open, { host: "192.168.1.7:8080" })).toBe("in");
    expect(judged(open, { host: "[fe80::1]:8080" })).toBe("in");
    expect(judged(open, { host: "evil.example" })).toBe(421);
    expect(judged(plain, { host: "[fe80::1]:8080" })).toBe(421);
  });

  test("the public address is served once it is configured, and no other", () => {
    expect(judged(open, { host: "chat.example.org" })).toBe("in");
    expect(judged(open, { host: "other.example.org" })).toBe(421);
    expect(judged(plain, { host: "chat.example.org" })).toBe(421);
  });
});

describe("where a request comes from", () => {
  const matrix: [string, Asked, "in" | 403][] = [
    ["the page itself", { origin: "http://localhost:8080" }, "in"],
    ["the page itself, with its cookie", { origin: "http://localhost:8080", cookie: true }, "in"],
    ["a foreign page", { origin: "https://evil.example" }, 403],
    ["a foreign page with mira's cookie", { origin: "https://evil.example", cookie: true }, 403],
    ["another port of this machine", { origin: "http://localhost:3000" }, 403],
    ["this machine by its other name", { origin: "http://127.0.0.1:8080" }, 403],
    ["the page over TLS, which this server does not speak", { origin: "https://localhost:8080" }, 403],
    ["the page by its name in capitals", { host: "LOCALHOST:8080", origin: "http://localhost:8080" }, "in"],
    ["a sandboxed page", { origin: "null" }, 403],
    ["a page with our address as its prefix", { origin: "http://localhost:8080.evil.example" }, 403],
    ["an extension", { origin: "chrome-extension://localhost:8080" }, 403],
    ["an empty origin", { origin: "" }, 403],
    ["our page, as new browsers say it", { site: "same-origin", cookie: true }, "in"],
    ["an address typed by hand", { site: "none", cookie: true }, "in"],
    ["a foreign page that hides its origin", { site: "cross-site" }, 403],
    ["a page of a neighbouring name", { site: "same-site", cookie: true }, 403],
    ["a program without a cookie", {}, "in"],
    ["something with a cookie that does not say where it is", { cookie: true }, 403],
  ];
  test.each(matrix)("%s", (_who, asked, expected) => {
    expect(judged(plain, asked)).toBe(expected);
  });

  test.each(matrix)("%s may read what shows nothing without a session", (_who, asked) => {
    expect(judged(plain, asked, false)).toBe("in");
  });

  test("configured origins are let in, and only those", () => {
    const host = "chat.example.org";
    expect(judged(open, { host, origin: "https://app.example.org", cookie: true })).toBe("in");
    expect(judged(open, { host, origin: "https://chat.example.org" })).toBe("in");
    expect(judged(open, { host, origin: "http://app.example.org" })).toBe(403);
    expect(judged(open, { host, origin: "http://chat.example.org" })).toBe(403);
    expect(judged(plain, { origin: "https://app.example.org" })).toBe(403);
  });

  test("behind a proxy that speaks TLS the public origin is ours whatever Host the proxy sends", () => {
    expect(judged(open, { host: "127.0.0.1:8080", origin: "https://chat.example.org" })).toBe("in");
    expect(judged(plain, { host: "127.0.0.1:8080", origin: "https://chat.example.org" })).toBe(403);
  });
});

test("a refusal names the setting that would change it, and repeats at most a hundred characters", () => {
  const asked = (headers: Record<string, string>) =>
    plain(new Request("http://localhost:8080/", { headers: { host: "localhost:8080", ...headers } }), true)?.message;
  expect(asked({ host: "x".repeat(5_000) })).toMatch(/PUBLIC_URL/);
  expect(asked({ host: "x".repeat(5_000) })?.length).toBeLessThan(220);
  expect(asked({ origin: `https://${"y".repeat(5_000)}` })).toMatch(/ALLOWED_ORIGINS/);
  expect(asked({ origin: `https://${"y".repeat(5_000)}` })?.length).toBeLessThan(260);
});
