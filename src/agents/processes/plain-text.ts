import { stripVTControlCharacters } from "node:util";

/** Text without what only a terminal understands: colours, cursor moves, links, bells. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\r\n?/g, "\n")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}

/** The beginning of a control sequence, or of a line's end, whose rest has not come yet. */
const unfinished = /(?:\u001b(?:\[[0-?]*[ -/]*|[\]PX^_][^\u0007\u001b\u009c]*(?:\u001b)?)?|\r)$/;
/** A sequence that does not end within so many characters is none. */
const longestSequence = 4_096;

/** The same of a stream: characters and control sequences that are cut between two pieces come out whole, or not at all. */
export class PlainText {
  private readonly decoder = new TextDecoder();
  private rest = "";

  add(chunk: Uint8Array): string {
    return this.take(this.decoder.decode(chunk, { stream: true }));
  }

  /** What is left when nothing more comes. */
  end(): string {
    const text = plain(this.rest + this.decoder.decode());
    this.rest = "";
    return text;
  }

  private take(text: string): string {
    const all = this.rest + text;
    // Looked for in the tail only: searching all of a long text for each place where a sequence might begin is slow.
    const tail = all.slice(-longestSequence);
    const begins = unfinished.exec(tail);
    const cut =
      begins === null || (begins.index === 0 && tail.length === longestSequence)
        ? all.length
        : all.length - tail.length + begins.index;
    this.rest = all.slice(cut);
    return plain(all.slice(0, cut));
  }
}
