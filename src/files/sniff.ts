/** What a file is by its first bytes. Names and what a sender claims are not asked: both are theirs to choose. */

/** Signatures by type, in hex; `..` is any byte. The first that fits decides. */
const signatures: readonly (readonly [type: string, hex: string])[] = [
  ["image/png", "89504e470d0a1a0a"],
  ["image/jpeg", "ffd8ff"],
  ["image/gif", "474946383761"],
  ["image/gif", "474946383961"],
  ["image/webp", "52494646........57454250"],
  ["audio/wav", "52494646........57415645"],
  ["image/bmp", "424d........00000000"],
  ["image/tiff", "49492a00"],
  ["image/tiff", "4d4d002a"],
  ["application/pdf", "255044462d"],
  ["application/zip", "504b0304"],
  ["application/zip", "504b0506"],
  ["application/gzip", "1f8b08"],
  ["application/x-7z-compressed", "377abcaf271c"],
  ["application/vnd.rar", "526172211a07"],
  ["application/x-xz", "fd377a585a00"],
  ["application/zstd", "28b52ffd"],
  ["application/x-bzip2", "425a68"],
  ["video/webm", "1a45dfa3"],
  ["application/ogg", "4f676753"],
  ["audio/flac", "664c6143"],
  ["audio/mpeg", "494433"],
  ["application/vnd.sqlite3", "53514c69746520666f726d6174203300"],
];

/** Kinds of the box format that films, recordings and newer pictures share, by the brand they begin with. */
const brands: readonly (readonly [type: string, brand: RegExp])[] = [
  ["image/avif", /^avi[fs]$/],
  ["image/heic", /^(hei[cxms]|hev[cx]|mif1|msf1)$/],
  ["audio/mp4", /^M4[AB] $/],
  ["video/quicktime", /^qt {2}$/],
  ["video/mp4", /^(isom|iso[2-9]|mp4[12]|avc1|M4V[ HP]|dash|mmp4|MSNV|3g[pr2]\w)$/],
];

/** @param head the first bytes of a file, a few thousand or all there are */
export function typeOf(head: Uint8Array): string {
  const hex = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 16)).toString("hex");
  const found = signatures.find(([, signature]) => fits(hex, signature));
  if (found) return found[0];
  if (hex.slice(8, 16) === "66747970") {
    const brand = Buffer.from(head.subarray(8, 12)).toString("latin1");
    return brands.find(([, pattern]) => pattern.test(brand))?.[0] ?? "application/octet-stream";
  }
  if (isMpegAudio(head)) return "audio/mpeg";
  return isText(head) ? "text/plain" : "application/octet-stream";
}

function fits(hex: string, signature: string): boolean {
  if (hex.length < signature.length) return false;
  for (let at = 0; at < signature.length; at += 1) if (signature[at] !== "." && signature[at] !== hex[at]) return false;
  return true;
}

/** A frame of layer III: eleven set bits, then fields that hold none of their reserved values. */
function isMpegAudio([first = 0, second = 0, third = 0]: Uint8Array): boolean {
  const isSync = first === 0xff && (second & 0xe0) === 0xe0;
  const hasVersion = (second & 0x18) !== 0x08;
  const isLayerThree = (second & 0x06) === 0x02;
  return isSync && hasVersion && isLayerThree && (third & 0xf0) !== 0xf0 && (third & 0x0c) !== 0x0c;
}

/** Letters and nothing a terminal would act upon. A character may be cut at the end of the head. */
function isText(head: Uint8Array): boolean {
  const sample = head.subarray(0, 4_096);
  if (sample.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0c && byte !== 0x0d))
    return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(sample, { stream: true });
    return true;
  } catch {
    return false;
  }
}
