import { Refusal } from "./errors.ts";
import { defaultLimits } from "./limits.ts";

const [quote, backslash] = [0x22, 0x5c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Looks at a text before it is parsed, character by character: what it would become is never built. @throws Refusal INVALID_JSON */
export function refuseDeep(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === backslash) at += 1;
      else if (code === quote) quoted = false;
    } else if (code === quote) quoted = true;
    else if (code === openBrace || code === openBracket) {
      depth += 1;
      if (depth > defaultLimits.jsonDepth)
        throw new Refusal("INVALID_JSON", `JSON may be nested ${defaultLimits.jsonDepth} deep at most.`);
    } else if (code === closeBrace || code === closeBracket) depth -= 1;
  }
}
