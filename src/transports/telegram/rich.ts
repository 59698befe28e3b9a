/** What Telegram's rich messages show and its older ones do not: tables, headings, and much text in one piece. */
const wins = /^#{1,6} |^[^\S\n]*\|.*\|[^\S\n]*\n[^\S\n]*\|[ \t:|-]+\|[^\S\n]*$/m;

/** Code, in which nothing but words stands. */
const code = /^(```|~~~)[^\n]*\n[\s\S]*?^\1\s*$|`[^`\n]*`/gm;

/**
 * Whether a text gains by going as a rich message, and may: Telegram reads tags and its own addresses in there, buttons among them, so
 * what holds any outside of code goes the older way, where nothing is read but what we made.
 * @param parts how many of the older messages it would fill
 */
export function isRich(text: string, parts: number): boolean {
  if (parts <= 1 && !wins.test(text)) return false;
  return !/[<&]|tg:\/\/|!\[/i.test(text.replace(code, ""));
}
