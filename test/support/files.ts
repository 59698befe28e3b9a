import type { TestServer } from "./server.ts";

/** Files of every kind, as small as they may be: headers that say what they are, and little behind them. */

const ascii = (text: string) => Buffer.from(text, "latin1");
const big16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
const big32 = (value: number) => Buffer.from([value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
const little16 = (value: number) => Buffer.from([value & 0xff, value >> 8]);
const little24 = (value: number) => Buffer.from([value & 0xff, (value >> 8) & 0xff, value >> 16]);
const little32 = (value: number) => Buffer.concat([little16(value & 0xffff), little16(value >>> 16)]);

/** A whole, valid picture that a browser shows: one colour, and as large as is said. */
export function png(width: number, height: number, colour: readonly [number, number, number] = [80, 120, 200]): Buffer {
  const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from(colour))]);
  const pixels = Buffer.concat(Array.from({ length: height }, () => line));
  // Bun's deflate is raw; a PNG wants it in zlib's frame.
  const packed = Buffer.concat([Buffer.from([0x78, 0x9c]), Bun.deflateSync(pixels), big32(adler(pixels))]);
  return Buffer.concat([pngHead(width, height), pngPart("IDAT", packed), pngPart("IEND", Buffer.alloc(0))]);
}

/** The beginning of a picture that says it is this large, and is not there. */
export function pngHead(width: number, height: number): Buffer {
  const header = Buffer.concat([big32(width), big32(height), Buffer.from([8, 2, 0, 0, 0])]);
  return Buffer.concat([Buffer.from([0x89]), ascii("PNG\r\n\x1a\n"), pngPart("IHDR", header)]);
}

function pngPart(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([ascii(type), content]);
  return Buffer.concat([big32(content.length), named, big32(Bun.hash.crc32(named))]);
}

function adler(bytes: Buffer): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return ((b << 16) | a) >>> 0;
}

export function gif(width: number, height: number): Buffer {
  return Buffer.concat([ascii("GIF89a"), little16(width), little16(height), Buffer.from([0, 0, 0, 0x3b])]);
}

/** @param orientation as a phone writes it; 6 and 8 are pictures that lie on their side */
export function jpeg(width: number, height: number, orientation?: number, order: "II" | "MM" = "MM"): Buffer {
  const frame = Buffer.concat([Buffer.from([8]), big16(height), big16(width), Buffer.from([1, 1, 0x11, 0])]);
  const parts = [Buffer.from([0xff, 0xd8]), segment(0xe0, ascii("JFIF\0\x01\x01\0\0\x01\0\x01\0\0"))];
  if (orientation !== undefined) parts.push(segment(0xe1, exif(orientation, order)));
  return Buffer.concat([...parts, segment(0xc2, frame), Buffer.from([0xff, 0xd9])]);
}

export function segment(marker: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0xff, marker]), big16(content.length + 2), content]);
}

function exif(orientation: number, order: "II" | "MM"): Buffer {
  const short = order === "II" ? little16 : big16;
  const long = order === "II" ? little32 : big32;
  const entries = [
    [short(0x010f), short(2), long(1), long(0)],
    [short(0x0112), short(3), long(1), short(orientation), short(0)],
  ];
  const tiff = [ascii(order), short(42), long(8), short(entries.length), ...entries.flat(), long(0)];
  return Buffer.concat([ascii("Exif\0\0"), ...tiff]);
}

export function webp(kind: "VP8 " | "VP8L" | "VP8X", width: number, height: number): Buffer {
  const lossless = Buffer.concat([
    Buffer.from([0x2f]),
    little32(((width - 1) | ((height - 1) << 14)) >>> 0),
    Buffer.alloc(5),
  ]);
  const content = {
    "VP8 ": Buffer.concat([Buffer.from([0, 0, 0, 0x9d, 0x01, 0x2a]), little16(width), little16(height)]),
    VP8L: lossless,
    VP8X: Buffer.concat([Buffer.alloc(4), little24(width - 1), little24(height - 1)]),
  }[kind];
  return Buffer.concat([
    ascii("RIFF"),
    little32(content.length + 12),
    ascii(`WEBP${kind}`),
    little32(content.length),
    content,
  ]);
}

export function box(brand: string): Buffer {
  return Buffer.concat([big32(24), ascii(`ftyp${brand}`), big32(0), ascii("isommp42")]);
}

export const samples = {
  png: png(64, 48),
  gif: gif(10, 20),
  jpeg: jpeg(30, 40),
  webp: webp("VP8X", 50, 60),
  mp4: box("isom"),
  mp3: Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x64]), Buffer.alloc(413)]),
  pdf: ascii("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
  zip: Buffer.concat([ascii("PK\x03\x04"), Buffer.alloc(26)]),
  text: Buffer.from("just words, äöü and 日本語\n"),
  svg: ascii(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`),
  html: ascii("<!DOCTYPE html><script>alert(1)</script>"),
  binary: Buffer.from([0, 1, 2, 3, 250, 251, 252]),
} as const;

/** What the answer to an upload says of it. */
export interface Uploaded {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  readonly width?: number;
  readonly height?: number;
  readonly url: string;
}

/** Somebody, by cookie or by key. */
export type Shown = { readonly cookie: string } | { readonly bearer: string };

export function shownHeaders(server: Pick<TestServer, "http">, shown: Shown): Record<string, string> {
  return "cookie" in shown
    ? { cookie: shown.cookie, origin: server.http }
    : { authorization: `Bearer ${shown.bearer}` };
}

/** Uploads, however it ends. */
export function tryUpload(
  server: Pick<TestServer, "http">,
  shown: Shown,
  name: string,
  bytes: Buffer | ReadableStream<Uint8Array>,
): Promise<Response> {
  const body = bytes instanceof ReadableStream ? bytes : new Uint8Array(bytes);
  return fetch(`${server.http}/api/v1/files?name=${encodeURIComponent(name)}`, {
    method: "POST",
    body,
    headers: shownHeaders(server, shown),
  });
}

/** Uploads what must be taken. */
export async function upload(
  server: Pick<TestServer, "http">,
  shown: Shown,
  name: string,
  bytes: Buffer,
): Promise<Uploaded> {
  const answer = await tryUpload(server, shown, name, bytes);
  if (answer.status !== 201) throw new Error(`${name} was not taken: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { file: Uploaded }).file;
}

/** Says something with files in a room. @returns the message */
export async function sayWith(
  server: Pick<TestServer, "http">,
  shown: Shown,
  files: readonly Uploaded[],
  room = "general",
  text = "",
): Promise<{ id: number; files: Uploaded[] }> {
  const answer = await fetch(`${server.http}/api/v1/rooms/${room}/messages`, {
    method: "POST",
    headers: { ...shownHeaders(server, shown), "content-type": "application/json" },
    body: JSON.stringify({ text, files: files.map(({ id }) => id) }),
  });
  if (answer.status !== 201) throw new Error(`it was not said: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { message: { id: number; files: Uploaded[] } }).message;
}

export function download(
  server: Pick<TestServer, "http">,
  shown: Shown | null,
  { url }: Pick<Uploaded, "url">,
  headers: Record<string, string> = {},
): Promise<Response> {
  const identity = shown ? shownHeaders(server, shown) : {};
  return fetch(`${server.http}${url}`, { headers: { ...identity, ...headers }, redirect: "manual" });
}
