/** Everything in answers that people wrote: on one line, and nothing in it means anything to Markdown. */
export function plain(text: string, most = 200): string {
  const line = text.replace(/\s+/g, " ").trim();
  const cut = line.length > most ? `${line.slice(0, most - 1).toWellFormed()}…` : line;
  return cut.replace(/[\\`*[\]<>~|&]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\$&");
}

/** A list under its heading, or a sentence when there is nothing to list. */
export function listOf(heading: string, items: readonly string[], none: string): string {
  return items.length === 0 ? none : `${heading}\n\n${items.map((item) => `- ${item}`).join("\n")}`;
}

/** "1 task", "2 tasks" */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** How long ago: a clock's time would be of somebody else's zone. */
export function ago(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1440)} d ago`;
}
