import { readdirSync, readFileSync } from "node:fs";

/** A pattern as it stands in a file of ours. */
export interface Pattern {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

/** Words and signs after which a slash begins a pattern and not a division. */
const before = /(?:^|[(,=:[!&|?{};+]|=>|\breturn|\btypeof|\bcase)\s*$/;

/** Every pattern that is written out in the sources of a folder. */
export function patternsIn(folder: string): Pattern[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) =>
      literalsOf(readFileSync(`${folder}/${file}`, "utf8")).map((each) => ({ file: `${folder}/${file}`, ...each })),
    );
}

/** Reads past texts and comments, so that a slash in them is not taken for one of ours. */
function* literals(code: string): Iterable<{ source: string; flags: string }> {
  const token =
    /\/\/.*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([dgimsuvy]*)|\//g;
  for (let match = token.exec(code); match; match = token.exec(code)) {
    const [, source, flags = ""] = match;
    if (source === undefined) continue;
    if (before.test(code.slice(Math.max(0, match.index - 60), match.index))) yield { source, flags };
    // A division: what follows may hold a pattern of its own.
    else token.lastIndex = match.index + 1;
  }
}

const literalsOf = (code: string) => [...literals(code)];
