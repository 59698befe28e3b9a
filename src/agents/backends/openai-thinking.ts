/** What a model says, told apart. */
export interface Told {
  readonly thought: string;
  readonly text: string;
}

const [open, close] = ["<think>", "</think>"];

/**
 * Tells thoughts from words where a service passes on what the model wrote as it is: many models begin with what they think, between
 * marks. Only the beginning is looked at: further on the marks are somebody's words.
 */
export class Thinking {
  private state: "before" | "inside" | "after" | "over" = "before";
  /** What may still become a mark. */
  private held = "";

  take(text: string): Told {
    this.held += text;
    const thought = this.thoughtIn();
    // Between the mark and the first word there is nothing to say.
    if (this.state === "after") this.held = this.held.trimStart();
    if (this.state === "after" && this.held !== "") this.state = "over";
    const told = { thought, text: this.state === "over" ? this.held : "" };
    if (this.state === "over") this.held = "";
    return told;
  }

  /** What was held back, when nothing more comes. */
  rest(): Told {
    const { held } = this;
    this.held = "";
    return this.state === "inside" ? { thought: held, text: "" } : { thought: "", text: held };
  }

  private thoughtIn(): string {
    if (this.state === "before") {
      const begun = this.held.trimStart();
      if (begun.length < open.length && open.startsWith(begun)) return "";
      this.state = begun.startsWith(open) ? "inside" : "over";
      if (this.state === "inside") this.held = begun.slice(open.length);
    }
    if (this.state !== "inside") return "";
    const at = this.held.indexOf(close);
    const end = at === -1 ? this.held.length - beginningAtEnd(this.held) : at;
    const thought = this.held.slice(0, end);
    this.held = this.held.slice(at === -1 ? end : at + close.length);
    if (at !== -1) this.state = "after";
    return thought;
  }
}

/** How much of the end of a text may be the beginning of the closing mark. */
function beginningAtEnd(text: string): number {
  for (let length = Math.min(close.length - 1, text.length); length > 0; length -= 1)
    if (close.startsWith(text.slice(-length))) return length;
  return 0;
}
