import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { sizeOf } from "../../src/files/dimensions.ts";
import { gif, jpeg, pngHead, samples, segment, webp } from "../support/files.ts";

const size = (width: number, height: number) => ({ width, height });

describe("a picture's size, by its header", () => {
  test("PNG and GIF", () => {
    expect(sizeOf("image/png", pngHead(1_920, 1_080))).toEqual(size(1_920, 1_080));
    expect(sizeOf("image/png", pngHead(4_000_000_000, 7))).toEqual(size(4_000_000_000, 7));
    expect(sizeOf("image/gif", gif(320, 65_535))).toEqual(size(320, 65_535));
  });

  test("WebP in its three formats", () => {
    expect(sizeOf("image/webp", webp("VP8 ", 500, 16_383))).toEqual(size(500, 16_383));
    expect(sizeOf("image/webp", webp("VP8L", 16_384, 3))).toEqual(size(16_384, 3));
    expect(sizeOf("image/webp", webp("VP8X", 9_999, 70_000))).toEqual(size(9_999, 70_000));
  });

  test("JPEG, as it is seen: those that lie on their side are turned", () => {
    expect(sizeOf("image/jpeg", jpeg(400, 300))).toEqual(size(400, 300));
    for (const order of ["II", "MM"] as const) {
      for (const upright of [1, 2, 3, 4])
        expect(sizeOf("image/jpeg", jpeg(400, 300, upright, order))).toEqual(size(400, 300));
      for (const turned of [5, 6, 7, 8])
        expect(sizeOf("image/jpeg", jpeg(400, 300, turned, order))).toEqual(size(300, 400));
      for (const nonsense of [0, 9, 65_535])
        expect(sizeOf("image/jpeg", jpeg(400, 300, nonsense, order))).toEqual(size(400, 300));
    }
  });

  test("JPEG behind a large preview and padding", () => {
    const [head, rest] = [Buffer.from([0xff, 0xd8]), jpeg(400, 300).subarray(2)];
    const preview = segment(0xe2, Buffer.alloc(60_000));
    const far = Buffer.concat([head, preview, preview, Buffer.from([0xff, 0xff]), rest]);
    expect(sizeOf("image/jpeg", far)).toEqual(size(400, 300));
  });

  test("of what is no picture, or says nothing, is not known", () => {
    expect(sizeOf("application/pdf", samples.pdf)).toBeNull();
    expect(sizeOf("image/png", pngHead(0, 5))).toBeNull();
    expect(sizeOf("image/jpeg", Buffer.from([0xff, 0xd8, 0xff, 0xda, 0, 4, 0, 0]))).toBeNull();
    expect(sizeOf("image/jpeg", Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0]))).toBeNull();
    expect(sizeOf("image/webp", Buffer.concat([samples.webp.subarray(0, 12), Buffer.from("ABCD")]))).toBeNull();
  });

  test("cut off anywhere, or nothing but noise: no size or some size, and never an error", () => {
    const whole: [string, Buffer][] = [
      ["image/png", pngHead(10, 10)],
      ["image/gif", gif(10, 10)],
      ["image/jpeg", jpeg(10, 10, 6)],
      ...(["VP8 ", "VP8L", "VP8X"] as const).map((kind): [string, Buffer] => ["image/webp", webp(kind, 10, 10)]),
    ];
    for (const [type, bytes] of whole)
      for (let most = 0; most < bytes.length; most += 1)
        expect(() => sizeOf(type, bytes.subarray(0, most))).not.toThrow();
    fc.assert(
      fc.property(
        fc.constantFrom(...whole),
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(60),
        ([type, bytes], noise, at) => {
          const spoilt = Buffer.concat([bytes.subarray(0, at), noise]);
          const found = sizeOf(type, spoilt);
          return found === null || (found.width > 0 && found.height > 0);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
