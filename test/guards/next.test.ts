import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { doorFor, localPath } from "../../src/guards/next.ts";

const http = "http://127.0.0.1:8080";

describe("where one goes after signing in", () => {
  test.each([
    ["/auth/device?user_code=JKDB-MVXV", "/auth/device?user_code=JKDB-MVXV"],
    ["/rooms/general#m-12", "/rooms/general#m-12"],
    ["/", "/"],
    ["/räume/→", "/r%C3%A4ume/%E2%86%92"],
    ["/rooms/a b", "/rooms/a%20b"],
    ["/?next=https://evil.example", "/?next=https://evil.example"],
    ["/rooms/../members", "/members"],
    ["/@evil.example", "/@evil.example"],
    ["/%2F%2Fevil.example", "/%2F%2Fevil.example"],
    ["/%5Cevil.example", "/%5Cevil.example"],
  ])("%j is a place of this server", (given, place) => {
    expect(localPath(given)).toBe(place);
  });

  test.each([
    undefined,
    "",
    "rooms/general",
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/rooms\\..\\evil",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nset-cookie: a=b",
    "\t//evil.example",
    " //evil.example",
    "/\u0000/evil.example",
    "/\u0085/evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/rooms/..//evil.example",
    "/%2e%2e//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "?next=//evil.example",
    "#",
    "/sign-in",
    "/sign-in?next=/sign-in",
    "/./sign-in",
    "/sign-out",
    `/${"x".repeat(1_000)}`,
  ])("%j is none", (given) => {
    expect(localPath(given)).toBeUndefined();
  });

  test("whatever is given: no browser is led elsewhere by it, and it fits into a header", () => {
    const nasty = fc.string({
      unit: fc.constantFrom(..."/\\.:@?#%\t\n\r 2fe5c\u0000\u2028é".split("")),
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: "binary", maxLength: 30 })), (rest) => {
        for (const given of [rest, `/${rest}`]) {
          const place = localPath(given);
          if (place === undefined) continue;
          expect(new URL(place, http).origin).toBe(http);
          expect(new URL(place, `${http}/sign-in?next=x`).href).toBe(http + place);
          expect(place).toMatch(/^\/(?!\/)[\x21-\x7e]*$/);
          expect(localPath(place)).toBe(place);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("a stranger", () => {
  test("is sent to the door, with where they wanted to go", () => {
    const url = `${http}/auth/device?user_code=JKDB-MVXV`;
    expect(doorFor({ url, method: "GET" })).toBe("/sign-in?next=%2Fauth%2Fdevice%3Fuser_code%3DJKDB-MVXV");
    expect(doorFor({ url, method: "GET" }, true)).toStartWith("/sign-in?over=1&next=");
  });

  test("goes on with nothing that was posted, with no other place, and not to where everybody comes anyway", () => {
    expect(doorFor({ url: `${http}/rooms`, method: "POST" })).toBe("/sign-in");
    expect(doorFor({ url: `${http}//evil.example`, method: "GET" })).toBe("/sign-in");
    expect(doorFor({ url: `${http}/`, method: "GET" })).toBe("/sign-in");
  });
});
