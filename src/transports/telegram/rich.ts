/**
 * Whether a text gains by going as a rich message, and may: Telegram reads tags and its own addresses in there, buttons among them, so
 * what holds any outside of code goes the older way, where nothing is read but what we made.
 * @param parts how many of the older messages it would fill
 */
export function isRich(text: string, parts: number): boolean {
  const lines = text.split("\n");
  if (parts <= 1 && !lines.some(wins)) return false;
  return !/[<&]|tg:\/\/|!\[/i.test(wordsOutsideCode(lines).join("\n"));
}

/** What Telegram's rich messages show and its older ones do not: tables and headings; much text in one piece besides. */
function wins(line: string, index: number, lines: readonly string[]): boolean {
  if (/^#{1,6} /.test(line)) return true;
  return /^\|[\s:|-]+\|$/.test(line.trim()) && /^\|.*\|$/.test(lines[index - 1]?.trim() ?? "");
}

/** The lines without code, in which nothing but words stands; all of them where it may be doubted what is code and what is not. */
function wordsOutsideCode(lines: readonly string[]): readonly string[] {
  const words: string[] = [];
  let fence = "";
  for (const line of lines) {
    const run = /^(?:`{3,}|~{3,})/.exec(line)?.[0] ?? "";
    if (fence !== "") {
      if (line.trimEnd() === fence) fence = "";
      else if (/^[\s>]*(?:```|~~~)/.test(line)) return lines;
    } else if (run !== "" && !line.includes("`", run.length)) fence = run;
    // One sign of each pair may stand in another line, or be none: what seems to be between them is not.
    else if (/``|~~~|\\`/.test(line) || line.split("`").length % 2 === 0) return lines;
    else words.push(line.replace(/`[^`]*`/g, ""));
  }
  return fence === "" ? words : lines;
}
