import { sizeOf } from "./dimensions.ts";
import { typeOf } from "./sniff.ts";
import type { FileStored } from "./table.ts";

/** Enough of the beginning to hold any header: phones put previews and colour profiles before a picture's size. */
const headBytes = 256 * 1024;

/** Bytes on their way to the storage, and what is learnt of them as they pass. */
export class Reading implements AsyncIterable<Uint8Array> {
  bytes = 0;
  private readonly pieces: AsyncIterable<Uint8Array>;
  private readonly take: (bytes: number) => void;
  private readonly hasher = new Bun.CryptoHasher("sha256");
  private readonly head: Uint8Array[] = [];

  /** @param take told how many bytes came, before they go on */
  constructor(pieces: AsyncIterable<Uint8Array>, take: (bytes: number) => void) {
    this.pieces = pieces;
    this.take = take;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const piece of this.pieces) {
      this.take(piece.byteLength);
      const missing = headBytes - this.bytes;
      if (missing > 0) this.head.push(piece.slice(0, missing));
      this.bytes += piece.byteLength;
      this.hasher.update(piece);
      yield piece;
    }
  }

  /** Once, when all of it has passed. */
  facts(): Pick<FileStored, "type" | "bytes" | "sha256" | "width" | "height"> {
    const head = Buffer.concat(this.head);
    const type = typeOf(head);
    const size = sizeOf(type, head);
    return {
      ...{ type, bytes: this.bytes, sha256: this.hasher.digest("hex") },
      ...{ width: size?.width ?? null, height: size?.height ?? null },
    };
  }
}
