import { Refusal } from "../errors.ts";

/** How slow an upload may be. */
export interface Pace {
  /** Bytes a second, on average over each window. */
  readonly uploadRate: number;
  readonly uploadWindowMs: number;
}

/**
 * The pieces of an upload as they come, the next asked for when the last was dealt with: what is not wanted yet waits at the sender's.
 * One that drips is given up, because it holds a connection and a place for as long as it likes.
 * @throws Refusal INVALID_MESSAGE when it is too slow or breaks off
 */
export async function* incoming(
  stream: ReadableStream<Uint8Array>,
  { uploadRate, uploadWindowMs }: Pace,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  const least = (uploadRate * uploadWindowMs) / 1000;
  const tooSlow = Promise.withResolvers<never>();
  // Nobody may be waiting for a piece when it is found too slow.
  tooSlow.promise.catch(() => undefined);
  let came = 0;
  const window = setInterval(() => {
    if (came < least) tooSlow.reject(new Refusal("INVALID_MESSAGE", "That upload came too slowly and was given up."));
    came = 0;
  }, uploadWindowMs);
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read().catch(brokeOff), tooSlow.promise]);
      if (done) return;
      came += value.byteLength;
      yield value;
    }
  } finally {
    clearInterval(window);
    // Nothing more of it is wanted; what still comes is thrown away.
    reader.cancel().catch(() => undefined);
  }
}

/** Whoever hangs up in the middle is not a mistake of ours. */
function brokeOff(): never {
  throw new Refusal("INVALID_MESSAGE", "That upload broke off.");
}
