import type { z } from "zod";
import { chatFrames } from "../../src/transports/websocket/dialects/frames.ts";
import type { Frame } from "./client.ts";

export type ChatDialect = keyof typeof chatFrames;

/** What a frame of the server has that the documents do not say, or lacks that they do; undefined when they say exactly this. */
export function undocumented(dialect: ChatDialect, frame: unknown): string | undefined {
  const { type } = frame as Frame;
  const schema: z.ZodType | undefined = chatFrames[dialect].serverSends[type];
  if (!schema) return `no document knows the ${dialect} frame "${type}"`;
  const { error } = schema.safeParse(frame);
  if (!error) return undefined;
  const issues = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  return `the ${dialect} frame "${type}" is documented otherwise (${issues}): ${JSON.stringify(frame).slice(0, 400)}`;
}

/** Which dialect a chat socket speaks: it is known from what the client says first. */
export class Listening {
  private dialect: ChatDialect | undefined = "camel";
  /** What is answered to frames of before may still be in the other one. */
  private earlier: ChatDialect | undefined;

  /** The page's own door has frames of its own. */
  constructor(url: string) {
    if (new URL(url).pathname.startsWith("/live")) this.dialect = undefined;
  }

  sent(frame: unknown): void {
    if (this.dialect !== "camel") return;
    if (typeof frame !== "object" || frame === null || !("user_id" in frame)) return;
    this.earlier = this.dialect;
    this.dialect = "classic";
  }

  /** @throws Error for a frame that the documents do not say */
  heard(frame: unknown): void {
    if (!this.dialect) return;
    const fault = undocumented(this.dialect, frame);
    if (fault === undefined) return;
    if (this.earlier && undocumented(this.earlier, frame) === undefined) return;
    throw new Error(fault);
  }
}
