import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createConfig } from "../../src/config.ts";
import { isLoopback } from "../../src/environment.ts";
import { createAddressOf } from "../../src/guards/address.ts";

/** Where a request seems to come from, by its peer and what the proxies wrote. */
function from(trusted: string, peer: string, forwarded?: string): string {
  const addressOf = createAddressOf(createConfig(trusted ? { TRUSTED_PROXY: trusted } : {}));
  return addressOf(new Headers(forwarded === undefined ? {} : { "x-forwarded-for": forwarded }), peer);
}

describe("without a trusted proxy", () => {
  test("a request comes from its peer, whatever it says of itself", () => {
    expect(from("", "203.0.113.9")).toBe("203.0.113.9");
    for (const said of ["127.0.0.1", "10.0.0.1, 127.0.0.1", "::1", "nonsense"])
      expect(from("", "203.0.113.9", said)).toBe("203.0.113.9");
  });

  test("nor does a peer that is not the proxy have a say", () => {
    expect(from("10.0.0.1", "203.0.113.9", "127.0.0.1")).toBe("203.0.113.9");
    expect(from("10.0.0.1", "10.0.0.2", "127.0.0.1")).toBe("10.0.0.2");
  });
});

describe("behind a proxy that is trusted", () => {
  test.each([
    ["what the proxy added", "203.0.113.9", "203.0.113.9"],
    ["and not what the client had written before it", "127.0.0.1, 203.0.113.9", "203.0.113.9"],
    ["however much of it", "1.1.1.1, 127.0.0.1, ::1, 10.0.0.5, 203.0.113.9", "203.0.113.9"],
    ["past other proxies that are trusted", "203.0.113.9, 10.0.0.7, 10.0.0.8", "203.0.113.9"],
    ["an untrusted proxy is as far as it goes", "203.0.113.9, 198.51.100.4, 10.0.0.7", "198.51.100.4"],
    ["with a port", "203.0.113.9:51234", "203.0.113.9"],
    ["IPv6", "2001:db8::9", "2001:db8::9"],
    ["IPv6 in brackets", "[2001:db8::9]", "2001:db8::9"],
    ["IPv6 with a port", "[2001:db8::9]:443", "2001:db8::9"],
    ["IPv4 dressed up as IPv6", "::ffff:203.0.113.9", "203.0.113.9"],
    ["spaces around it", "   203.0.113.9   ", "203.0.113.9"],
    ["nothing: then it is the proxy's own", undefined, "10.0.0.1"],
    ["nowhere: an empty word", "", "unknown"],
    ["nowhere: a word that is no address", "unknown", "unknown"],
    ["nowhere: no address last, and what stands before it is not believed", "127.0.0.1, unknown", "unknown"],
    ["nowhere: a number that is no address", "2130706433", "unknown"],
    ["nowhere: an address with too many parts", "127.0.0.1.evil", "unknown"],
    ["nowhere: an address with a zone", "fe80::1%<script>", "unknown"],
    ["only proxies", "10.0.0.7, 10.0.0.8", "10.0.0.1"],
  ])("a request comes from %s", (_, forwarded, address) => {
    expect(from("10.0.0.0/8", "10.0.0.1", forwarded)).toBe(address);
  });

  test("on this machine what cannot be read is not of this machine", () => {
    for (const forwarded of ["", "garbage", "0x7f.1", "127.1", "localhost", "203.0.113.9,"])
      expect([forwarded, isLoopback(from("127.0.0.1", "127.0.0.1", forwarded))]).toEqual([forwarded, false]);
    expect(isLoopback(from("127.0.0.1", "127.0.0.1"))).toBe(true);
  });

  test("a proxy is known by either spelling, and by IPv6", () => {
    expect(from("127.0.0.1", "::ffff:127.0.0.1", "203.0.113.9")).toBe("203.0.113.9");
    expect(from("fd00::/8", "fd12::1", "203.0.113.9, fd34::7")).toBe("203.0.113.9");
    expect(from("::1", "::1", "203.0.113.9")).toBe("203.0.113.9");
    expect(from("127.0.0.1, fd00::/8", "fd12::1", "203.0.113.9, 127.0.0.1")).toBe("203.0.113.9");
    expect(from("10.0.0.0/24", "10.0.1.1", "203.0.113.9")).toBe("10.0.1.1");
  });
});

test("whatever a client writes before what the proxy adds, it changes nothing", () => {
  const word = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.string(),
    fc.constantFrom("127.0.0.1", "::1", "unknown", "", ",", "10.0.0.1"),
  );
  const addressOf = createAddressOf(createConfig({ TRUSTED_PROXY: "10.0.0.0/8" }));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      const written = words.join(", ").replace(/[^\x20-\x7e]/g, "?");
      const headers = new Headers({ "x-forwarded-for": `${written}, 203.0.113.9` });
      expect(addressOf(headers, "10.0.0.1")).toBe("203.0.113.9");
    }),
    { numRuns: 300 },
  );
});
