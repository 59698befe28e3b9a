/** How a stretch of a terminal's text looks. Colours are the sixteen that every terminal has: 0 to 7, and 8 to 15 for the bright ones. */
interface Look {
  ink: number | null;
  paper: number | null;
  bold: boolean;
  faint: boolean;
  italic: boolean;
  underline: boolean;
  strike: boolean;
  inverse: boolean;
}

const plain: Look = {
  ink: null,
  paper: null,
  bold: false,
  faint: false,
  italic: false,
  underline: false,
  strike: false,
  inverse: false,
};

/** Carries the look from one SGR sequence to the next. What it comes to is a list of class names, never a style. */
export class Pen {
  /** Class names of what is written now; empty for plain text. */
  classes = "";
  private look: Look = { ...plain };

  /** Takes the parameters of a sequence: "1;31", "38;5;208", "38:2::255:100:0". */
  set(parameters: string): void {
    const codes = parameters.split(/[;:]/).map((code) => Number(code) || 0);
    for (let at = 0; at < codes.length; at += 1) {
      const code = codes[at] ?? 0;
      if (code !== 38 && code !== 48) {
        this.apply(code);
        continue;
      }
      const [colour, used] = colourOf(codes.slice(at + 1), parameters.includes(":"));
      if (code === 38) this.look.ink = colour;
      else this.look.paper = colour;
      at += used;
    }
    this.classes = classesOf(this.look);
  }

  private apply(code: number): void {
    const { look } = this;
    if (code === 0) this.look = { ...plain };
    else if (code === 1) look.bold = true;
    else if (code === 2) look.faint = true;
    else if (code === 3) look.italic = true;
    else if (code === 4 || code === 21) look.underline = true;
    else if (code === 7) look.inverse = true;
    else if (code === 9) look.strike = true;
    else if (code === 22) look.bold = look.faint = false;
    else if (code === 23) look.italic = false;
    else if (code === 24) look.underline = false;
    else if (code === 27) look.inverse = false;
    else if (code === 29) look.strike = false;
    else if (code >= 30 && code <= 37) look.ink = code - 30;
    else if (code === 39) look.ink = null;
    else if (code >= 40 && code <= 47) look.paper = code - 40;
    else if (code === 49) look.paper = null;
    else if (code >= 90 && code <= 97) look.ink = code - 82;
    else if (code >= 100 && code <= 107) look.paper = code - 92;
  }
}

const known = new Map<string, string>();

/** Each combination is made once: a line holds one for each of its cells. */
function classesOf(look: Look): string {
  const { ink, paper, bold, faint, italic, underline, strike, inverse } = look;
  const names = [
    ink !== null && `ink${ink}`,
    paper !== null && `paper${paper}`,
    bold && "bold",
    faint && "faint",
    italic && "italic",
    underline && "underline",
    strike && "strike",
    inverse && "inverse",
  ]
    .filter(Boolean)
    .join(" ");
  const same = known.get(names);
  if (same !== undefined) return same;
  if (known.size < 5_000) known.set(names, names);
  return names;
}

/** A colour of 256, or of millions, as the nearest of the sixteen. @returns it, and how many codes said it */
function colourOf([mode, ...rest]: readonly number[], hasColons: boolean): [number | null, number] {
  if (mode === 5) return [ofPalette(rest[0] ?? 0), 2];
  if (mode !== 2) return [null, 1];
  // With colons a colour space may stand before the three.
  const values = hasColons && rest.length >= 4 ? rest.slice(1, 4) : rest.slice(0, 3);
  const [red = 0, green = 0, blue = 0] = values;
  return [nearest(red, green, blue), hasColons && rest.length >= 4 ? 5 : 4];
}

function ofPalette(index: number): number {
  if (index < 16) return index;
  if (index > 231) {
    const grey = 8 + 10 * (index - 232);
    return nearest(grey, grey, grey);
  }
  const step = (value: number) => (value === 0 ? 0 : 55 + 40 * value);
  const cube = index - 16;
  return nearest(step(Math.floor(cube / 36)), step(Math.floor(cube / 6) % 6), step(cube % 6));
}

const sixteen: readonly (readonly [number, number, number])[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];

function nearest(red: number, green: number, blue: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, [r, g, b]] of sixteen.entries()) {
    const distance = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
    if (distance < least) [best, least] = [index, distance];
  }
  return best;
}
