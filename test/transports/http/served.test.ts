import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { disposition, isUnchanged, rangeOf } from "../../../src/transports/http/served.ts";

describe("a file's name in a header", () => {
  test.each([
    ["photo.jpg", `attachment; filename="photo.jpg"; filename*=UTF-8''photo.jpg`],
    ['a "b" c.txt', `attachment; filename="a _b_ c.txt"; filename*=UTF-8''a%20%22b%22%20c.txt`],
    ["a\\b;c%41.txt", `attachment; filename="a_b_c_41.txt"; filename*=UTF-8''a%5Cb%3Bc%2541.txt`],
    ["naïve ü.pdf", `attachment; filename="na_ve _.pdf"; filename*=UTF-8''na%C3%AFve%20%C3%BC.pdf`],
    ["🎉.gif", `attachment; filename="_.gif"; filename*=UTF-8''%F0%9F%8E%89.gif`],
    ["it's (1)*!.txt", `attachment; filename="it's (1)*!.txt"; filename*=UTF-8''it%27s%20%281%29%2A%21.txt`],
    [
      "x\r\nSet-Cookie: a=b",
      `attachment; filename="x__Set-Cookie: a=b"; filename*=UTF-8''x%0D%0ASet-Cookie%3A%20a%3Db`,
    ],
  ])("%p", (name, expected) => expect(disposition("attachment", name)).toBe(expected));

  test("whatever it is, ends neither the quotes nor the header, and comes out as it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        const given = disposition("inline", name);
        const parts = /^inline; filename="([^"\\]*)"; filename\*=UTF-8''([\w!#$&+.^`|~%-]*)$/.exec(given);
        expect(parts).not.toBeNull();
        expect(/^[\x20-\x7E]*$/.test(given)).toBe(true);
        expect(decodeURIComponent(parts?.[2] ?? "")).toBe(name.toWellFormed());
        expect(new Headers({ "content-disposition": given }).get("content-disposition")).toBe(given);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the part of a file that is asked for", () => {
  const etag = '"e"';
  const of = (range: string | undefined, ifRange?: string) => rangeOf(range, ifRange, etag, 100);

  test("is what it says, up to the end", () => {
    expect(of("bytes=0-0")).toEqual({ from: 0, to: 1 });
    expect(of("bytes=10-19")).toEqual({ from: 10, to: 20 });
    expect(of("bytes=90-")).toEqual({ from: 90, to: 100 });
    expect(of("bytes=90-5000")).toEqual({ from: 90, to: 100 });
    expect(of("bytes=-10")).toEqual({ from: 90, to: 100 });
    expect(of("bytes=-5000")).toEqual({ from: 0, to: 100 });
    expect(of("Bytes= 99-99 ")).toEqual({ from: 99, to: 100 });
  });

  test("is none where there is nothing", () => {
    for (const range of ["bytes=100-", "bytes=100-200", "bytes=999999999999999-", "bytes=-0"])
      expect(of(range)).toBe("none of it");
  });

  test("is all of it when it makes no sense, is of several parts, or was meant for another file", () => {
    const senseless = [
      "",
      "bytes",
      "bytes=",
      "bytes=-",
      "bytes=b-c",
      "bytes=5-2",
      "bytes=1.5-2",
      "bytes=+1-2",
      "lines=1-2",
    ];
    for (const range of [
      undefined,
      ...senseless,
      "bytes=0-1,2-3",
      `bytes=${"0-,".repeat(1_000)}0-`,
      "bytes=0-99999999999999999999",
    ])
      expect(of(range)).toBeUndefined();
    expect(of("bytes=0-1", '"another"')).toBeUndefined();
    expect(of("bytes=0-1", `W/${etag}`)).toBeUndefined();
    expect(of("bytes=0-1", etag)).toEqual({ from: 0, to: 2 });
  });

  test("never lies outside of it, whatever is asked", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.option(fc.nat(200)), fc.option(fc.nat(200)), (size, first, last) => {
        const range = rangeOf(`bytes=${first ?? ""}-${last ?? ""}`, undefined, etag, size);
        if (range === undefined || range === "none of it") return true;
        return range.from >= 0 && range.from < range.to && range.to <= size;
      }),
    );
  });
});

test("who has a file already says so by its tag, among others, weak or strong", () => {
  for (const given of ['"e"', 'W/"e"', '"a", "e"', "*"]) expect(isUnchanged(given, '"e"')).toBe(true);
  for (const given of [undefined, "", "e", '"a"', '"ee"']) expect(isUnchanged(given, '"e"')).toBe(false);
});
