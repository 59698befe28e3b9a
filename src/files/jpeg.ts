import type { Size } from "./file.ts";

/** Markers that begin a frame and hold its size. */
const frames = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);

/** A JPEG's size as it is seen: phones write pictures as the sensor lies, and say in the header how to turn them. */
export function jpegSize(bytes: Buffer): Size | null {
  let isTurned = false;
  for (let at = 2; ; ) {
    if (bytes.readUInt8(at) !== 0xff) return null;
    const marker = bytes.readUInt8(at + 1);
    // Padding before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // Pixels, or the end, before any size.
    if (marker === 0xda || marker === 0xd9) return null;
    const length = bytes.readUInt16BE(at + 2);
    if (length < 2) return null;
    if (frames.has(marker)) {
      const [height, width] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)];
      return isTurned ? { width: height, height: width } : { width, height };
    }
    if (marker === 0xe1) isTurned ||= liesOnItsSide(bytes.subarray(at + 4, at + 2 + length));
    at += 2 + length;
  }
}

/** Whether an Exif segment says that the picture is to be turned by a quarter. */
function liesOnItsSide(segment: Buffer): boolean {
  if (segment.toString("latin1", 0, 6) !== "Exif\0\0") return false;
  const tiff = segment.subarray(6);
  try {
    const isLittle = tiff.toString("latin1", 0, 2) === "II";
    const short = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
    const long = (at: number) => (isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
    const directory = long(4);
    const entries = short(directory);
    for (let entry = 0; entry < entries; entry += 1) {
      const at = directory + 2 + entry * 12;
      if (short(at) === 0x0112) return short(at + 8) >= 5 && short(at + 8) <= 8;
    }
    return false;
  } catch (error) {
    // A directory that points out of its segment: then nobody turns the picture.
    if (error instanceof RangeError) return false;
    throw error;
  }
}
