/** A file as the table holds it. Its bytes lie in the storage under its id; everything else about it is data. */
export interface StoredFile {
  /** 32 random hex digits: nobody guesses it, and it says nothing about the file. */
  readonly id: string;
  readonly ownerId: number;
  /** What its sender called it: shown and handed on, never a path. */
  readonly name: string;
  /** By its content, whatever its name says. */
  readonly type: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** Of an image, as it is seen: turned the way its header says. */
  readonly width: number | null;
  readonly height: number | null;
  readonly createdAt: number;
  /** The message it hangs on; null until it is said. */
  readonly messageId: number | null;
  readonly roomId: number | null;
}

/** How large an image is, in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A file as doors and views show it. */
export interface Attachment {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  readonly width: number | null;
  readonly height: number | null;
  /** Where its bytes are, for whoever may read its message. */
  readonly url: string;
  /** Whether browsers may show it in its place; everything else is only ever saved. */
  readonly isInline: boolean;
}

/** An attachment as programs read it, on every door. */
export function attachmentData({ id, name, type, bytes, width, height, url }: Attachment) {
  return { id, name, type, bytes, ...(width !== null && { width }), ...(height !== null && { height }), url };
}

/** What a browser may show by itself: formats that hold pictures and sounds and cannot hold script. */
const inlineTypes = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4", "audio/mpeg"]);

/** A name as one step of an address, and as a header has it: in letters, digits and per cent signs, so that no quote ends anything. */
export function encodedName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*!~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** @param mostPixels an image with more is not shown in place: what it costs to decode falls on whoever looks */
export function attachmentOf(file: StoredFile, mostPixels: number): Attachment {
  const { id, name, type, bytes, width, height } = file;
  const isImage = type.startsWith("image/");
  const isSmall = width !== null && height !== null && width * height <= mostPixels;
  return {
    ...{ id, name, type, bytes, width, height },
    url: `/files/${id}/${encodedName(name)}`,
    isInline: inlineTypes.has(type) && (!isImage || isSmall),
  };
}
