/** The parts of HTTP that serving bytes needs: names, ranges and validators, exactly (RFC 6266, RFC 9110). Pure. */

import { encodedName } from "../../files/file.ts";

/** From one place up to before another. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * A Content-Disposition: the name in letters every client reads, and as it really is for those that know UTF-8. Nothing of the name
 * can end the header or the quotes.
 */
export function disposition(kind: "inline" | "attachment", name: string): string {
  const plain = name.replace(/[^\x20-\x7E]|["\\%;]/gu, "_");
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encodedName(name)}`;
}

/**
 * The part that a request asks for. More than one part is a whole: nobody needs them, and a thousand overlapping ones would be a
 * thousand times the bytes. What cannot be read is ignored, as it should be.
 * @returns undefined for all of it
 */
export function rangeOf(
  range: string | undefined,
  ifRange: string | undefined,
  etag: string,
  size: number,
): Range | "none of it" | undefined {
  const found = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(range ?? "");
  if (!found || (ifRange !== undefined && ifRange !== etag)) return undefined;
  const [, first = "", last = ""] = found;
  if (first === "" && last === "") return undefined;
  if (first === "")
    return size === 0 || Number(last) === 0 ? "none of it" : { from: Math.max(0, size - Number(last)), to: size };
  const from = Number(first);
  if (last !== "" && Number(last) < from) return undefined;
  if (from >= size) return "none of it";
  return { from, to: last === "" ? size : Math.min(size, Number(last) + 1) };
}

/** Whether whoever asks has it already. */
export function isUnchanged(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(",").some((each) => ["*", etag].includes(each.trim().replace(/^W\//, "")));
}
