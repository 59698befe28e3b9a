import type { MarkdownIt } from "markdown-it";

/** The longest address that becomes a link. Beyond some 3,500 characters the pattern that finds its end costs a hundred times as much. */
const longestLink = 2_000;

/**
 * Characters of addresses that are looked at in one text: each of 8,000 is looked at up to four times (before and during parsing, as
 * part of a label, and afterwards). Without a bound one text of 8,000 characters, "https://" a few hundred times without a space,
 * cost 20 s, because the rest of it was looked at again from each.
 */
const lookedAt = 32_000;

/**
 * For markdown-it with `linkify`: addresses that are written out become links, where they say what they are (http, https, mailto),
 * at a cost that grows with the text and not with its square.
 */
export function frugalLinks(md: MarkdownIt): void {
  const { linkify } = md;
  linkify.set({ fuzzyLink: false, fuzzyEmail: false, maxLength: longestLink });
  // Never links here, and "//" would be tried at every "://".
  linkify.add("//", null).add("ftp:", null);
  // One that was cut off would lead somewhere else.
  md.validateLink = (url) => url.length < longestLink && /^(https?:\/\/|mailto:)/i.test(url.trim());

  let left = 0;
  md.core.ruler.before("normalize", "links_allowance", () => {
    left = lookedAt;
  });
  const lengthOfLink = linkify.testSchemaAt.bind(linkify);
  linkify.testSchemaAt = (text, schema, from) => {
    const rest = text.slice(from, from + longestLink);
    const word = rest.search(/\s/);
    left -= word === -1 ? rest.length : word;
    return left < 0 ? 0 : lengthOfLink(text, schema, from);
  };
}
