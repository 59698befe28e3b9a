import type { Size } from "./file.ts";
import { jpegSize } from "./jpeg.ts";

/**
 * An image's size as its header says, without decoding anything: no picture can cost more here than reading these few bytes.
 * @returns null for what is no image, and for one whose header is cut off or makes no sense
 */
export function sizeOf(type: string, head: Uint8Array): Size | null {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  try {
    const size = readers[type]?.(bytes) ?? null;
    return size && size.width > 0 && size.height > 0 ? size : null;
  } catch (error) {
    // Reading past the end: the header promised more than there is.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const readers: Readonly<Record<string, (bytes: Buffer) => Size | null>> = {
  "image/png": (bytes) =>
    bytes.toString("latin1", 12, 16) === "IHDR"
      ? { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
      : null,
  "image/gif": (bytes) => ({ width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }),
  "image/webp": webpSize,
  "image/jpeg": jpegSize,
};

/** Three formats under one name: lossy, lossless and extended. */
function webpSize(bytes: Buffer): Size | null {
  switch (bytes.toString("latin1", 12, 16)) {
    case "VP8 ":
      if (bytes.readUIntBE(23, 3) !== 0x9d012a) return null;
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case "VP8L": {
      if (bytes.readUInt8(20) !== 0x2f) return null;
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case "VP8X":
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return null;
  }
}
