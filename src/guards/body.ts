import type { Context, MiddlewareHandler } from "hono";
import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";
import { refuseDeep } from "../json.ts";
import type { Env } from "./identity.ts";

/**
 * Reads a request's body before anybody else does: counted on the bytes that really come, whatever the headers say, and all of it
 * within a set time, however it drips.
 * @param isOther which requests bring something else, and are counted by whoever takes them
 * @throws Refusal MESSAGE_TOO_LARGE or, when it is too slow, INVALID_MESSAGE
 */
export function body({ limits }: Config, isOther: (request: Request) => boolean): MiddlewareHandler<Env> {
  return async (context, next) => {
    const { raw } = context.req;
    if (isOther(raw)) return next();
    if (!raw.body) return readable(context).then(next);
    const bytes = await bytesOf(raw, limits.bodyBytes, limits.bodyMs).catch((refusal: unknown) => {
      // What drips on must not hold the connection: without this it would stay for as long as something comes.
      if (refusal instanceof Refusal && refusal.code === "INVALID_MESSAGE") context.header("connection", "close");
      throw refusal;
    });
    // Brackets and quotes are the same bytes in every encoding that JSON has.
    if (/\bjson\b/i.test(raw.headers.get("content-type") ?? "")) refuseDeep(Buffer.from(bytes).toString("latin1"));
    context.req.raw = new Request(raw, { body: bytes });
    await readable(context);
    return next();
  };
}

/** A form of parts that is none is found out here, once, and not by each route that reads it. @throws Refusal INVALID_MESSAGE */
async function readable(context: Context<Env>): Promise<void> {
  if (!/^multipart\/form-data\b/i.test(context.req.header("content-type") ?? "")) return;
  await context.req.parseBody().catch(() => {
    throw new Refusal("INVALID_MESSAGE", "That form could not be read.");
  });
}

/** A request's body, all of it within a set time. @throws Refusal as `body` does */
export async function bytesOf(request: Request, most: number, ms: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get("content-length") ?? 0) > most) throw tooLarge(most);
  return request.body ? readWithin(request.body, most, ms) : new Uint8Array();
}

async function readWithin(
  stream: ReadableStream<Uint8Array>,
  most: number,
  ms: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  let timer: Timer | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Refusal("INVALID_MESSAGE", "That request took too long to arrive.")), ms);
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) return new Uint8Array(Buffer.concat(chunks, size));
      size += value.byteLength;
      if (size > most) throw tooLarge(most);
      chunks.push(value);
    }
  } catch (error) {
    // Nothing more of it is wanted; what still comes is thrown away.
    reader.cancel().catch(() => undefined);
    // Whoever hangs up in the middle is not a mistake of ours.
    if (error instanceof DOMException && error.name === "AbortError")
      throw new Refusal("INVALID_MESSAGE", "That request broke off.");
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function tooLarge(most: number): Refusal {
  return new Refusal("MESSAGE_TOO_LARGE", `A request may have at most ${most} bytes.`);
}
