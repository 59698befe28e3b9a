import { Screen, type TerminalLine, type TerminalSize } from "./terminal-screen.ts";

/** A sequence that has not ended after so much is none. */
const longestSequence = 512;

/**
 * The screen of a terminal, of which text is read and nothing else: whatever a program writes becomes lines of plain text with looks.
 * It follows the cursor as programs that draw progress move it. Titles, links, pictures and questions to the terminal go nowhere.
 */
export class Terminal {
  private readonly screen: Screen;
  private readonly most: number;
  /** The beginning of a sequence, or of a character, whose end comes with the next write. */
  private begun = "";
  /** Inside a title, a link or something else that is not shown, until it ends. */
  private swallows = false;

  /** @param most of one write no more than its end is looked at: nobody reads a flood */
  constructor(size: TerminalSize, most: number, text = "") {
    this.screen = new Screen(size);
    this.most = most;
    if (text !== "") this.write(text);
  }

  /** Grows with each write. */
  get version(): number {
    return this.screen.version;
  }

  write(data: string): void {
    this.screen.version += 1;
    let text = this.begun + data;
    this.begun = "";
    if (text.length > this.most) text = text.slice(text.indexOf("\n", text.length - this.most) + 1);
    for (let at = 0; at < text.length; ) at = this.swallows ? this.swallow(text, at) : this.take(text, at);
  }

  /** The last lines. */
  lines(most: number): readonly TerminalLine[] {
    return this.screen.lines(most);
  }

  /** Of the last lines those that changed after a version. */
  since(version: number, most: number): readonly TerminalLine[] {
    return this.screen.since(version, most);
  }

  /** Takes what stands at a place. @returns the place after it */
  private take(text: string, at: number): number {
    const words = match(shown, text, at);
    if (words) {
      const whole = at + words[0].length === text.length ? words[0].replace(/[\uD800-\uDBFF]$/, "") : words[0];
      this.begun = words[0].slice(whole.length);
      this.screen.put(whole);
      return at + words[0].length;
    }
    if (text[at] !== "\u001b") {
      this.control(text[at] ?? "");
      return at + 1;
    }
    const sequence = match(csi, text, at);
    if (sequence) {
      const [all, parameters = "", between = "", final = ""] = sequence;
      if (between === "") this.obey(final, parameters);
      return at + all.length;
    }
    const opening = match(strings, text, at);
    if (opening) {
      this.swallows = true;
      return at + opening[0].length;
    }
    const other = match(otherEscape, text, at);
    if (other) {
      this.escaped(other[1] ?? "");
      return at + other[0].length;
    }
    const rest = text.slice(at);
    if (unfinished.test(rest) && rest.length < longestSequence) {
      this.begun = rest;
      return text.length;
    }
    return at + 1;
  }

  private swallow(text: string, at: number): number {
    const end = match(stringEnd, text, at);
    if (end) {
      this.swallows = false;
      return end.index + end[0].length;
    }
    if (text.endsWith("\u001b")) this.begun = "\u001b";
    return text.length;
  }

  private control(code: string): void {
    if (code === "\n" || code === "\u000b" || code === "\u000c") {
      this.screen.column = 0;
      this.screen.down();
    } else if (code === "\r") this.screen.column = 0;
    else if (code === "\b") this.screen.back();
    else if (code === "\t") this.screen.tab();
  }

  private escaped(final: string): void {
    const { screen } = this;
    if (final === "7") screen.save();
    else if (final === "8") screen.restore();
    else if (final === "D") screen.down();
    else if (final === "E") this.control("\n");
    else if (final === "M") screen.go(screen.row - 1, screen.column);
    else if (final === "c") screen.reset();
  }

  private obey(final: string, parameters: string): void {
    const { screen } = this;
    // Sequences of one program or another, such as those that hide the cursor.
    if (/^[<-?]/.test(parameters)) return;
    if (final === "m") {
      screen.pen.set(parameters);
      return;
    }
    const [one = 0, two = 0] = parameters.split(";").map((value) => Math.min(Number(value) || 0, 10_000));
    const count = Math.max(1, one);
    const { row } = screen;
    const column = Math.min(screen.column, screen.columns - 1);
    if (final === "A") screen.go(row - count, column);
    else if (final === "B" || final === "e") screen.go(row + count, column);
    else if (final === "C" || final === "a") screen.go(row, column + count);
    else if (final === "D") screen.go(row, column - count);
    else if (final === "E") screen.go(row + count, 0);
    else if (final === "F") screen.go(row - count, 0);
    else if (final === "G" || final === "`") screen.go(row, count - 1);
    else if (final === "d") screen.go(screen.top() + count - 1, column);
    else if (final === "H" || final === "f") screen.go(screen.top() + count - 1, Math.max(1, two) - 1);
    else if (final === "J") screen.eraseScreen(one);
    else if (final === "K") screen.eraseLine(one);
    else if (final === "X") screen.erase(row, column, row, column + count);
    else if (final === "P") screen.shift(column, count);
    else if (final === "@") screen.makeRoom(column, count);
    else if (final === "s") screen.save();
    else if (final === "u") screen.restore();
  }
}

const shown = /[^\u0000-\u001f\u007f-\u009f]+/y;
const csi = /\u001b\[([0-?]{0,256})([ -/]{0,8})([@-~])/y;
/** What opens a title, a link, or whatever else is a text of its own. */
const strings = /\u001b[\]PX^_]/y;
const stringEnd = /\u0007|\u001b\\|\u0018|\u001a/g;
const otherEscape = /\u001b[ -/]{0,8}([0-Z\\`-~])/y;
const unfinished = /^\u001b(?:\[[0-?]{0,256}[ -/]{0,8}|[ -/]{0,8})$/;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
