import { Pen } from "./terminal-style.ts";

/** A stretch of a line that looks the same; `look`: class names. */
export interface TerminalSpan {
  readonly text: string;
  readonly look: string;
}

/** A line as it stands now. Its number stays its own, however many come after it. */
export interface TerminalLine {
  readonly number: number;
  readonly spans: readonly TerminalSpan[];
}

interface Line {
  /** Of each column what stands there; the second column of a wide character holds nothing. */
  readonly cells: string[];
  readonly looks: string[];
  /** When it changed last. */
  version: number;
}

export interface TerminalSize {
  readonly columns: number;
  /** How many lines programs that move the cursor see; what is above stays as it is. */
  readonly rows: number;
  /** Lines that are kept. */
  readonly lines: number;
  /** Of one write no more than its end is looked at: nobody reads a flood. */
  readonly writeCharacters: number;
}

/** Marks upon one cell: a few make letters, hundreds make a mess. */
const mostMarks = 8;
/** A sequence that has not ended after so much is none. */
const longestSequence = 512;
/** Marks that turn the direction of text around, and others that nobody sees. */
const invisible = /[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u{E0000}-\u{E007F}]/u;

/**
 * The screen of a terminal, of which text is read and nothing else: whatever a program writes becomes lines of plain text with looks.
 * It follows the cursor as programs that draw progress move it. Titles, links, pictures and questions to the terminal go nowhere.
 */
export class Terminal {
  /** Grows with each write: lines that changed since one know it. */
  version = 0;
  private readonly size: TerminalSize;
  private readonly pen = new Pen();
  private readonly kept: Line[] = [];
  /** The number of the first line that is kept. */
  private first = 1;
  private row = 0;
  private column = 0;
  private saved = { row: 0, column: 0 };
  /** The beginning of a sequence, or of a character, whose end comes with the next write. */
  private begun = "";
  /** Inside a title, a link or something else that is not shown, until it ends. */
  private swallows = false;

  constructor(size: TerminalSize, text = "") {
    this.size = size;
    if (text !== "") this.write(text);
  }

  write(data: string): void {
    this.version += 1;
    const { writeCharacters } = this.size;
    let text = this.begun + data;
    this.begun = "";
    if (text.length > writeCharacters) text = text.slice(text.indexOf("\n", text.length - writeCharacters) + 1);
    for (let at = 0; at < text.length; ) at = this.swallows ? this.swallow(text, at) : this.take(text, at);
  }

  /** The last lines. */
  lines(most: number): readonly TerminalLine[] {
    return this.pick(most, () => true);
  }

  /** Of the last lines those that changed after a version. */
  since(version: number, most: number): readonly TerminalLine[] {
    return this.pick(most, (line) => line.version > version);
  }

  private pick(most: number, fits: (line: Line) => boolean): TerminalLine[] {
    const picked: TerminalLine[] = [];
    // The line that the cursor waits on says nothing yet.
    const last = this.kept.at(-1)?.cells.length === 0 ? this.kept.length - 1 : this.kept.length;
    for (let index = Math.max(0, last - most); index < last; index += 1) {
      const line = this.kept[index];
      if (line && fits(line)) picked.push({ number: this.first + index, spans: spansOf(line) });
    }
    return picked;
  }

  /** Takes what stands at a place. @returns the place after it */
  private take(text: string, at: number): number {
    const words = match(shown, text, at);
    if (words) {
      const whole = at + words[0].length === text.length ? words[0].replace(/[\uD800-\uDBFF]$/, "") : words[0];
      this.begun = words[0].slice(whole.length);
      this.put(whole);
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
    const other = match(escape, text, at);
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
      this.column = 0;
      this.down();
    } else if (code === "\r") this.column = 0;
    else if (code === "\b") this.column = Math.max(0, Math.min(this.column, this.size.columns - 1) - 1);
    else if (code === "\t") this.column = Math.min(this.size.columns - 1, (Math.floor(this.column / 8) + 1) * 8);
  }

  private escaped(final: string): void {
    if (final === "7") this.saved = { row: this.row - this.top(), column: this.column };
    else if (final === "8") this.go(this.top() + this.saved.row, this.saved.column);
    else if (final === "D") this.down();
    else if (final === "E") {
      this.column = 0;
      this.down();
    } else if (final === "M") this.go(this.row - 1, this.column);
    else if (final === "c") {
      this.pen.set("0");
      this.erase(this.top(), 0, this.bottom(), this.size.columns);
      this.go(this.top(), 0);
    }
  }

  private obey(final: string, parameters: string): void {
    // Sequences of one program or another, such as those that hide the cursor.
    if (/^[<-?]/.test(parameters)) return;
    if (final === "m") return this.pen.set(parameters);
    const [one = 0, two = 0] = parameters.split(";").map((value) => Math.min(Number(value) || 0, 10_000));
    const count = Math.max(1, one);
    const column = Math.min(this.column, this.size.columns - 1);
    if (final === "A") this.go(this.row - count, column);
    else if (final === "B" || final === "e") this.go(this.row + count, column);
    else if (final === "C" || final === "a") this.go(this.row, column + count);
    else if (final === "D") this.go(this.row, column - count);
    else if (final === "E") this.go(this.row + count, 0);
    else if (final === "F") this.go(this.row - count, 0);
    else if (final === "G" || final === "`") this.go(this.row, count - 1);
    else if (final === "d") this.go(this.top() + count - 1, column);
    else if (final === "H" || final === "f") this.go(this.top() + count - 1, Math.max(1, two) - 1);
    else if (final === "J") this.eraseScreen(one);
    else if (final === "K") this.eraseLine(one);
    else if (final === "X") this.erase(this.row, column, this.row, column + count);
    else if (final === "P") this.shift(column, count);
    else if (final === "@") this.makeRoom(column, count);
    else if (final === "s") this.escaped("7");
    else if (final === "u") this.escaped("8");
  }

  private put(text: string): void {
    const { columns } = this.size;
    for (const character of text) {
      if (invisible.test(character)) continue;
      const isAscii = character < "\u007f";
      const width = isAscii ? 1 : Bun.stringWidth(character);
      if (width === 0) this.mark(character);
      else {
        if (this.column + width > columns) {
          this.column = 0;
          this.down();
        }
        const line = this.line(this.row);
        this.fill(line, this.column);
        line.cells[this.column] = character;
        line.looks[this.column] = this.pen.classes;
        if (width === 2) {
          line.cells[this.column + 1] = "";
          line.looks[this.column + 1] = this.pen.classes;
        }
        this.column += width;
      }
    }
  }

  /** A mark goes with the character before it. */
  private mark(character: string): void {
    const line = this.line(this.row);
    let column = Math.min(this.column, line.cells.length) - 1;
    if (line.cells[column] === "") column -= 1;
    const before = line.cells[column];
    if (before !== undefined && before.length < 2 + mostMarks) line.cells[column] = before + character;
  }

  private line(row: number): Line {
    while (this.kept.length <= row) this.kept.push({ cells: [], looks: [], version: this.version });
    const line = this.kept[row] ?? { cells: [], looks: [], version: 0 };
    line.version = this.version;
    return line;
  }

  /** Blanks up to a column: the cursor may have been moved beyond the end. */
  private fill({ cells, looks }: Line, column: number): void {
    while (cells.length < column) {
      cells.push(" ");
      looks.push("");
    }
  }

  private down(): void {
    this.row += 1;
    this.line(this.row);
    const excess = this.kept.length - this.size.lines;
    // Many at a time: moving all of them for each line would cost more than writing it.
    if (excess < 100) return;
    this.kept.splice(0, excess);
    this.first += excess;
    this.row -= excess;
  }

  /** The first line that programs can move to. */
  private top(): number {
    return Math.max(0, this.kept.length - this.size.rows);
  }

  private bottom(): number {
    return this.top() + this.size.rows - 1;
  }

  private go(row: number, column: number): void {
    const [top, bottom] = [this.top(), this.bottom()];
    this.row = Math.max(top, Math.min(bottom, row));
    this.column = Math.max(0, Math.min(this.size.columns - 1, column));
    this.line(this.row);
  }

  private eraseScreen(what: number): void {
    const { columns } = this.size;
    const last = this.kept.length - 1;
    if (what === 0) {
      this.erase(this.row, this.column, this.row, columns);
      this.erase(this.row + 1, 0, last, columns);
    } else if (what === 1) {
      this.erase(this.top(), 0, this.row - 1, columns);
      this.erase(this.row, 0, this.row, this.column + 1);
    } else if (what === 2) this.erase(this.top(), 0, last, columns);
  }

  private eraseLine(what: number): void {
    const { columns } = this.size;
    if (what === 0) this.erase(this.row, this.column, this.row, columns);
    else if (what === 1) this.erase(this.row, 0, this.row, this.column + 1);
    else if (what === 2) this.erase(this.row, 0, this.row, columns);
  }

  /** Blanks from one column up to another, in some lines. */
  private erase(from: number, column: number, to: number, end: number): void {
    for (let row = from; row <= Math.min(to, this.kept.length - 1); row += 1) {
      const line = this.line(row);
      if (end >= line.cells.length) {
        line.cells.length = Math.min(column, line.cells.length);
        line.looks.length = line.cells.length;
      } else {
        line.cells.fill(" ", column, end);
        line.looks.fill("", column, end);
      }
    }
  }

  private shift(column: number, count: number): void {
    const line = this.line(this.row);
    line.cells.splice(column, count);
    line.looks.splice(column, count);
  }

  private makeRoom(column: number, count: number): void {
    const line = this.line(this.row);
    if (column >= line.cells.length) return;
    const blanks = Math.min(count, this.size.columns - column);
    line.cells.splice(column, 0, ...Array<string>(blanks).fill(" "));
    line.looks.splice(column, 0, ...Array<string>(blanks).fill(""));
    line.cells.length = line.looks.length = Math.min(line.cells.length, this.size.columns);
  }
}

const shown = /[^\u0000-\u001f\u007f-\u009f]+/y;
const csi = /\u001b\[([0-?]{0,256})([ -/]{0,8})([@-~])/y;
/** What opens a title, a link, or whatever else is a text of its own. */
const strings = /\u001b[\]PX^_]/y;
const stringEnd = /\u0007|\u001b\\|\u0018|\u001a/g;
const escape = /\u001b[ -/]{0,8}([0-~])/y;
const unfinished = /^\u001b(?:\[[0-?]{0,256}[ -/]{0,8}|[ -/]{0,8})$/;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Stretches of one look; blanks that nobody sees at the end left out. */
function spansOf({ cells, looks }: Line): readonly TerminalSpan[] {
  let end = cells.length;
  while (end > 0 && cells[end - 1] === " " && looks[end - 1] === "") end -= 1;
  const spans: TerminalSpan[] = [];
  let text = "";
  for (let column = 0; column < end; column += 1) {
    text += cells[column];
    const look = looks[column] ?? "";
    if (column + 1 < end && looks[column + 1] === look) continue;
    spans.push({ text, look });
    text = "";
  }
  return spans;
}
