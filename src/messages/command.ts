/** A slash command as it was written: name without the slash, arguments of its first line, quotes kept together. */
export interface WrittenCommand {
  readonly name: string;
  readonly args: readonly string[];
}

/** What a text says: `//word` begins with one slash and is no command. Addresses without a scheme stay what they are. */
export function spoken(text: string): string {
  return text.replace(/^\s*\/(?=\/[\p{L}\p{N}_]+(?:\s|$))/u, "");
}

/** The command a text is, or null: a slash and a word at its very beginning, as in `/assign bob "fix the login"`. */
export function commandIn(text: string): WrittenCommand | null {
  const match = /^\s*\/([\p{L}\p{N}_]+)(?=$|[^\p{L}\p{N}_/])([^\n]*)/u.exec(text);
  if (!match?.[1]) return null;
  const args = [...(match[2] ?? "").matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    (part) => part[1] ?? part[2] ?? part[3] ?? "",
  );
  return { name: match[1].toLowerCase(), args };
}
