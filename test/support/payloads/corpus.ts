import { linkParts, links } from "./addresses.ts";
import { attributeEnds, closings, nestings, scriptEnds } from "./breakouts.ts";
import { elements, malformed } from "./elements.ts";
import { encodings } from "./encodings.ts";
import { markdown } from "./markdown.ts";
import { oddWords, pollution } from "./naughty.ts";
import { clobbering, forged, htmx } from "./page.ts";
import { actOf, type Trick } from "./trick.ts";

/** By the tricks they play. */
export const tricks: Readonly<Record<string, readonly Trick[]>> = {
  elements,
  malformed,
  closings,
  attributeEnds,
  scriptEnds,
  nestings,
  links,
  linkParts,
  markdown,
  htmx,
  clobbering,
  forged,
  encodings,
  pollution,
  oddWords,
};

/**
 * Texts that would run, load or forge something if one place forgot to take them as words. Each would open a dialog, set
 * `__xss` to its number or ask another origin for an address with its number. None is longer than a topic may be.
 */
export const corpus: readonly string[] = Object.values(tricks)
  .flat()
  .map((trick, index) => trick(actOf(index + 1)));
