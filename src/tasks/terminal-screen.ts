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
}

/** Marks upon one cell: a few make letters, hundreds make a mess. */
const mostMarks = 8;
/** Marks that turn the direction of text around, and others that nobody sees. */
const invisible = /[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u{E0000}-\u{E007F}]/u;

/** The lines of a terminal and its cursor. */
export class Screen {
  /** Grows with each write: lines that changed since one know it. */
  version = 0;
  readonly pen = new Pen();
  row = 0;
  column = 0;
  private readonly size: TerminalSize;
  private readonly kept: Line[] = [];
  /** The number of the first line that is kept. */
  private first = 1;
  private saved = { number: 1, column: 0 };

  constructor(size: TerminalSize) {
    this.size = size;
  }

  get columns(): number {
    return this.size.columns;
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

  save(): void {
    this.saved = { number: this.first + this.row, column: this.column };
  }

  restore(): void {
    this.go(this.saved.number - this.first, this.saved.column);
  }

  /** Everything as at first, but for what is above. */
  reset(): void {
    this.pen.set("0");
    this.erase(this.top(), 0, this.bottom(), this.size.columns);
    this.go(this.top(), 0);
  }

  back(): void {
    this.column = Math.max(0, Math.min(this.column, this.size.columns - 1) - 1);
  }

  tab(): void {
    this.column = Math.min(this.size.columns - 1, (Math.floor(this.column / 8) + 1) * 8);
  }

  /** Writes text where the cursor is. */
  put(text: string): void {
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
        this.split(line, this.column);
        this.split(line, this.column + width);
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

  /** What is put in from a column on, or taken out up to it, leaves blanks of a wide character that it cuts in two. */
  private split({ cells }: Line, column: number): void {
    if (cells[column] !== "") return;
    cells[column - 1] = " ";
    cells[column] = " ";
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

  /** To the next line, which may be a new one. */
  down(): void {
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
  top(): number {
    return Math.max(0, this.kept.length - this.size.rows);
  }

  private bottom(): number {
    return this.top() + this.size.rows - 1;
  }

  /** Puts the cursor somewhere, as far as it can go. */
  go(row: number, column: number): void {
    const [top, bottom] = [this.top(), this.bottom()];
    this.row = Math.max(top, Math.min(bottom, row));
    this.column = Math.max(0, Math.min(this.size.columns - 1, column));
    this.line(this.row);
  }

  /** From here, up to here, or all of it: 0, 1, 2. */
  eraseScreen(what: number): void {
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

  eraseLine(what: number): void {
    const { columns } = this.size;
    if (what === 0) this.erase(this.row, this.column, this.row, columns);
    else if (what === 1) this.erase(this.row, 0, this.row, this.column + 1);
    else if (what === 2) this.erase(this.row, 0, this.row, columns);
  }

  /** Blanks from one column up to another, in some lines. */
  erase(from: number, column: number, to: number, end: number): void {
    for (let row = from; row <= Math.min(to, this.kept.length - 1); row += 1) {
      const line = this.line(row);
      this.split(line, column);
      this.split(line, end);
      if (end >= line.cells.length) {
        line.cells.length = Math.min(column, line.cells.length);
        line.looks.length = line.cells.length;
      } else {
        line.cells.fill(" ", column, end);
        line.looks.fill("", column, end);
      }
    }
  }

  /** Takes characters out of the line; what is behind them moves up. */
  shift(column: number, count: number): void {
    const line = this.line(this.row);
    this.split(line, column);
    this.split(line, column + count);
    line.cells.splice(column, count);
    line.looks.splice(column, count);
  }

  makeRoom(column: number, count: number): void {
    const line = this.line(this.row);
    if (column >= line.cells.length) return;
    this.split(line, column);
    const blanks = Math.min(count, this.size.columns - column);
    line.cells.splice(column, 0, ...Array<string>(blanks).fill(" "));
    line.looks.splice(column, 0, ...Array<string>(blanks).fill(""));
    line.cells.length = line.looks.length = Math.min(line.cells.length, this.size.columns);
  }
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
