/**
 * Whatever cannot be seen, takes no room, turns the direction of text around or is drawn over its neighbour; and the signs by which
 * that is shown here, so that nobody can write them themselves.
 */
const hiding =
  /[\p{C}\p{DI}\p{Me}\u0334-\u0338\u2800⏎⇥·⟨⟩]|[[\p{Z}]--[ ]]|(?<![\p{L}\p{N}\p{M}])\p{M}|(?<=\p{M}{2})\p{M}|(?<! ) +(?=\n|$)/gv;

/**
 * A text as it can be read without being deceived: line ends and tabs are marked, spaces at the end of a line are drawn, everything
 * else that hides is named by its number. Two texts that differ look different.
 */
export function visible(text: string): string {
  return text.replace(hiding, (found) => {
    if (found === "\n") return "⏎\n";
    if (found === "\t") return "⇥\t";
    if (found.startsWith(" ")) return "·".repeat(found.length);
    return named(found);
  });
}

/** The same for what stands in one line, such as a title: line ends and tabs are named as well. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll("⏎\n", "⟨U+000A⟩").replaceAll("⇥\t", "⟨U+0009⟩").replaceAll("·", "");
}

function named(character: string): string {
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
