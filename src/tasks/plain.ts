/** Control characters but newline and tab, and the marks that turn the direction of text around. */
const unsafe = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\uFEFF]/g;

/** One line of somebody's words: nothing in it that moves the cursor, turns directions around or is half a character. */
export function oneLine(text: string, most: number): string {
  const line = text
    .slice(0, 4 * most)
    .replace(/\s+/g, " ")
    .replace(unsafe, "")
    .toWellFormed()
    .trim();
  return line.length > most ? `${line.slice(0, most - 1).toWellFormed()}…` : line;
}

/** Several lines of it. */
export function plainText(text: string, most: number): string {
  const plain = text
    .slice(0, 2 * most)
    .replace(/\r\n?/g, "\n")
    .replace(unsafe, "")
    .toWellFormed();
  return plain.length > most ? `${plain.slice(0, most - 1).toWellFormed()}…` : plain;
}

/** Code as it stands in a file: what would be invisible, or would make it read as something else, is a mark that one sees. */
export function plainCode(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(unsafe, "\uFFFD").toWellFormed();
}
