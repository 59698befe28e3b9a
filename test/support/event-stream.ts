import type { Frame } from "./client.ts";
import { undocumented } from "./documented-frames.ts";
import { until } from "./house.ts";

/** One event of a stream, as a browser would give it to a page. */
export interface StreamEvent {
  readonly name: string;
  readonly data: string;
  /** Its own id; a browser keeps the last one that came. */
  readonly id: string | undefined;
}

/** Reads events as the standard says: fields in lines, an empty line after each event, comments ignored. */
export class EventParser {
  private rest = "";
  /** In ms, as the stream asked for it. */
  retry: number | undefined;
  comments = 0;

  push(text: string): StreamEvent[] {
    const parts = (this.rest + text).split("\n\n");
    this.rest = parts.pop() ?? "";
    return parts.flatMap((part) => {
      let name = "message";
      let id: string | undefined;
      const data: string[] = [];
      for (const line of part.split("\n")) {
        const [, field = "", value = ""] = /^([^:]*):? ?([\s\S]*)$/.exec(line) ?? [];
        if (field === "event") name = value;
        else if (field === "id") id = value;
        else if (field === "data") data.push(value);
        else if (field === "retry") this.retry = Number(value);
        else if (line.startsWith(":")) this.comments += 1;
      }
      return data.length === 0 ? [] : [{ name, id, data: data.join("\n") }];
    });
  }
}

/** Somebody who reads a stream of events, and can be cut off. */
export class EventReader {
  readonly status: number;
  readonly headers: Headers;
  readonly events: StreamEvent[] = [];
  readonly parser = new EventParser();
  /** What the last event said before the stream ended. */
  closed: { code: number; reason: string } | undefined;
  ended = false;
  /** As a browser would send it when it comes back. */
  lastEventId: string | undefined;
  heard: (event: StreamEvent) => void = () => {};
  private readonly abort: AbortController;
  /** A page's stream says frames of the page's own. */
  private readonly isForPrograms: boolean;
  private seen = 0;

  private constructor(answer: Response, abort: AbortController) {
    this.isForPrograms = new URL(answer.url).pathname === "/api/v1/events";
    this.status = answer.status;
    this.headers = answer.headers;
    this.abort = abort;
    void this.read(answer);
  }

  /** @param headers what the reader shows */
  static async open(url: string, headers: Record<string, string>): Promise<EventReader> {
    const abort = new AbortController();
    const answer = await fetch(url, { headers: { ...headers, accept: "text/event-stream" }, signal: abort.signal });
    return new EventReader(answer, abort);
  }

  /** Frames of a type, or all that are JSON. */
  frames(type?: string): Frame[] {
    const all = this.events.filter(({ data, name }) => name === "message" && data.startsWith("{"));
    return all
      .map(({ data }) => JSON.parse(data) as Frame)
      .filter((frame) => type === undefined || frame.type === type);
  }

  /** The next frame of a type that no earlier `next` has passed. */
  async next(type: string, fits: (frame: Frame) => boolean = () => true): Promise<Frame> {
    let found: Frame | undefined;
    await until(() => {
      const frames = this.frames();
      const index = frames.findIndex((frame, at) => at >= this.seen && frame.type === type && fits(frame));
      if (index === -1) return false;
      found = frames[index];
      this.seen = index + 1;
      return true;
    }, `a ${type} frame on the stream`);
    if (!found) throw new Error(`no ${type}`);
    return found;
  }

  /** Waits until the server has ended the stream. */
  async hasEnded(): Promise<{ code: number; reason: string } | undefined> {
    await until(() => this.ended, "the end of the stream");
    return this.closed;
  }

  cut(): void {
    this.abort.abort();
  }

  private async read(answer: Response): Promise<void> {
    try {
      const decoder = new TextDecoder();
      for await (const bytes of answer.body ?? []) {
        for (const event of this.parser.push(decoder.decode(bytes, { stream: true }))) this.take(event);
      }
    } catch {
      // Cut off by whichever side.
    }
    this.ended = true;
  }

  private take(event: StreamEvent): void {
    this.events.push(event);
    const fault = this.isForPrograms && event.name === "message" && undocumented("camel", JSON.parse(event.data));
    if (fault) reportError(new Error(fault));
    if (event.name === "close") this.closed = JSON.parse(event.data) as { code: number; reason: string };
    if (event.id !== undefined) this.lastEventId = event.id;
    this.heard(event);
  }
}
