/** Signs that may begin something wherever they stand; "_" between letters does not, and "~" alone does not. */
const anywhere = /@|[\\`*[\]<]|~(?=~)|(?<=~)~|&(?=[a-z#])|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/giu;
/** Before an "@" they make it part of something else, such as an e-mail address, as long as they are written as they are. */
const joining = /[\p{L}\p{N}]/u;
/** Signs that begin a block when they stand first in a line. */
const atStart = /^( {0,3})(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|[-=:|](?=[-=:|\s]*$)|\|)/;
const numbered = /^( {0,3}\d{1,9})([.)])(?=\s|$)/;

/**
 * Words of a line as Markdown that shows them as they are; with as few signs as can be, because programs read the Markdown as well.
 * @param from where the words begin in the line, and `to` where they end
 * @param calls whether names in it call those who bear them
 */
export function escaped(line: string, from: number, to: number, calls: boolean): string {
  let safe = "";
  let at = from;
  for (const { index } of line.matchAll(anywhere)) {
    if (index < from || index >= to) continue;
    if (line[index] === "@" && (calls || (index > from && joining.test(line.charAt(index - 1))))) continue;
    safe += `${line.slice(at, index)}\\`;
    at = index;
  }
  safe += line.slice(at, to);
  if (from > 0) return safe;
  const begun = safe.replace(atStart, "$1\\$2").replace(numbered, "$1\\$2");
  // Four spaces would make it code: spaces that do not break look the same.
  return begun.replace(/^[ \t]{4,}|^ {0,3}\t[ \t]*/, (space) =>
    space.replaceAll("\t", "    ").replaceAll(" ", "\u00a0"),
  );
}

/** The same without any thought of how it reads: nothing in it can mean anything. */
export function escapedWholly(words: string): string {
  return words
    .split("\n")
    .map((line) => line.trimStart().replace(/[!-/:-@[-`{-~]/g, "\\$&"))
    .join("\n");
}
