interface Bounds {
  readonly head: number;
  readonly tail: number;
}

/** What is kept of a text that may become any length: its beginning and its end, with a mark between that says how much is missing. */
export class Kept {
  /** UTF-16 units that were added, kept or not. */
  length = 0;
  private head = "";
  private tail = "";
  private readonly bounds: Bounds;

  constructor(bounds: Bounds, text = "") {
    this.bounds = bounds;
    if (text !== "") this.add(text);
  }

  add(text: string): void {
    this.length += text.length;
    const room = this.bounds.head - this.head.length;
    const first = room > 0 && this.tail === "" ? text.slice(0, room) : "";
    this.head += first;
    const rest = text.slice(first.length);
    if (rest === "") return;
    // Twice as much is let in before it is cut, so that not every addition moves all of it.
    this.tail += rest.slice(-2 * this.bounds.tail);
    if (this.tail.length > 2 * this.bounds.tail) this.tail = this.tail.slice(-this.bounds.tail);
  }

  /** What a text says beyond this one; undefined when it does not begin with it, as far as that is kept. */
  restOf(text: string): string | undefined {
    if (text.length < this.length || !text.startsWith(this.head)) return undefined;
    const end = text.slice(Math.max(this.head.length, this.length - this.tail.length), this.length);
    return end === this.tail ? text.slice(this.length) : undefined;
  }

  /** Everything, or its beginning and its end. Never half a character. */
  text(): string {
    if (this.head.length + this.tail.length === this.length && this.tail.length <= this.bounds.tail)
      return (this.head + this.tail).toWellFormed();
    const tail = wholeCharacters(this.tail.slice(-this.bounds.tail));
    const missing = this.length - this.head.length - tail.length;
    // Colours that began before the gap do not go on behind it.
    return `${wholeCharacters(this.head)}\u001b[0m\r\n… ${sizeOf(missing)} left out …\r\n${tail}`;
  }
}

/** "640 B", "12 KB", "1.2 MB": of text, where a unit is about a byte. */
function sizeOf(units: number): string {
  if (units < 1_000) return `${units} B`;
  if (units < 1_000_000) return `${Math.round(units / 1_000)} KB`;
  return `${(units / 1_000_000).toFixed(1)} MB`;
}

/** Without the half of a character that a cut left at either end. */
function wholeCharacters(text: string): string {
  return text.replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, "");
}
