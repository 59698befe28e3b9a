import { describe, expect, test } from "bun:test";
import { attachmentOf } from "../../src/files/file.ts";
import { typeOf } from "../../src/files/sniff.ts";
import { box, jpeg, samples } from "../support/files.ts";

const kinds: [string, Buffer, string][] = [
  ["a PNG", samples.png, "image/png"],
  ["a GIF", samples.gif, "image/gif"],
  ["a JPEG", samples.jpeg, "image/jpeg"],
  ["a WebP", samples.webp, "image/webp"],
  ["a film", samples.mp4, "video/mp4"],
  ["a song without tags", samples.mp3, "audio/mpeg"],
  ["a song with tags", Buffer.from("ID3\x04\0\0\0\0\0\0"), "audio/mpeg"],
  ["a PDF", samples.pdf, "application/pdf"],
  ["a ZIP", samples.zip, "application/zip"],
  ["a picture of a new phone", box("heic"), "image/heic"],
  ["a film of another phone", box("qt  "), "video/quicktime"],
  ["a recording", box("M4A "), "audio/mp4"],
  ["words", samples.text, "text/plain"],
  ["words that end within a character", samples.text.subarray(0, -2), "text/plain"],
  ["bytes", samples.binary, "application/octet-stream"],
  ["a box of an unknown brand", box("xxxx"), "application/octet-stream"],
];

describe("what a file is, by its content", () => {
  test.each(kinds)("%s", (_, bytes, type) => expect(typeOf(bytes)).toBe(type));

  test("never anything a browser runs, whatever it holds", () => {
    for (const bytes of [samples.svg, samples.html, Buffer.from("<?xml version='1.0'?><x/>"), Buffer.from("alert(1)")])
      expect(typeOf(bytes)).toBe("text/plain");
  });

  test("the first bytes decide for what is two things at once", () => {
    const gifScript = Buffer.from("GIF89a/*\0\0\0*/=1;alert(1)", "latin1");
    expect(typeOf(gifScript)).toBe("image/gif");
    expect(typeOf(Buffer.concat([samples.png, samples.html]))).toBe("image/png");
    expect(typeOf(Buffer.concat([samples.html, samples.png]))).toBe("application/octet-stream");
    expect(typeOf(Buffer.concat([samples.jpeg, samples.zip]))).toBe("image/jpeg");
  });

  test("of almost nothing, nothing is said", () => {
    for (const { length } of [samples.png, samples.webp, samples.mp4])
      for (let most = 0; most < Math.min(length, 12); most += 1)
        expect(typeof typeOf(samples.webp.subarray(0, most))).toBe("string");
    expect(typeOf(Buffer.from("RIFF"))).toBe("text/plain");
    expect(typeOf(Buffer.from([0xff]))).toBe("application/octet-stream");
  });

  test("letters of another writing system than UTF-8 are bytes", () => {
    expect(typeOf(Buffer.from([0x67, 0x72, 0xfc, 0xdf, 0x65]))).toBe("application/octet-stream");
  });
});

describe("what is shown in its place", () => {
  const plain = { id: "0", ownerId: 1, name: "x", bytes: 1, sha256: "", createdAt: 0, messageId: null, roomId: null };
  const isInline = (type: string, width: number | null = null, height = width) =>
    attachmentOf({ ...plain, type, width, height }, 50_000_000).isInline;

  test("pictures that are known and not too large, films and sounds that cannot hold script; nothing else", () => {
    for (const type of ["image/png", "image/jpeg", "image/gif", "image/webp"]) expect(isInline(type, 100)).toBe(true);
    for (const type of ["video/mp4", "audio/mpeg"]) expect(isInline(type)).toBe(true);
    for (const type of ["image/svg+xml", "image/heic", "image/bmp"]) expect(isInline(type, 100)).toBe(false);
    for (const type of ["text/html", "text/plain", "application/pdf", "video/webm", "application/octet-stream"])
      expect(isInline(type)).toBe(false);
  });

  test("not a picture of more than 50 million pixels, nor one that does not say how large it is", () => {
    expect(isInline("image/png", 7_071)).toBe(true);
    expect(isInline("image/png", 7_072)).toBe(false);
    expect(isInline("image/png", 100_000, 1)).toBe(true);
    expect(isInline("image/jpeg")).toBe(false);
    expect(typeOf(jpeg(65_535, 65_535))).toBe("image/jpeg");
  });
});
