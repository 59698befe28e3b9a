import { Refusal } from "../../errors.ts";

/**
 * The data of server-sent events, one after the other. What is not data only shows that the other side is there.
 * @param heard called whenever anything comes
 * @throws Refusal for an event larger than any that could be meant
 */
export async function* eventsIn(body: ReadableStream<Uint8Array>, heard: () => void): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      heard();
      // A line that the end cuts off is none: what it would have said is not known.
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      // A carriage return at the end may be the first half of a line's end.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "" && data.length > 0) {
          yield data.join("\n");
          data = [];
        } else if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
      }
      const size = data.reduce((sum, each) => sum + each.length, rest.length);
      if (size > mostCharacters)
        throw new Refusal("SERVICE_UNAVAILABLE", "The model's service sent something endless.");
      if (done) {
        if (data.length > 0) yield data.join("\n");
        return;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The text of an answer, of no more than so many bytes. */
export async function textWithin({ body }: Response, bytes: number): Promise<string> {
  const reader = body?.getReader();
  if (!reader) return "";
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    while (size < bytes) {
      const { done, value } = await reader.read();
      if (done) break;
      pieces.push(value);
      size += value.length;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  return new TextDecoder().decode(Buffer.concat(pieces).subarray(0, bytes));
}

/** Of one event: a piece of an answer is a few hundred, and some services send a whole tool's arguments at once. */
const mostCharacters = 1024 * 1024;
