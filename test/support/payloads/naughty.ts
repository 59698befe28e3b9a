import type { Trick } from "./trick.ts";

/** Keys that reach the prototype of everything when an object is filled by somebody's words. */
export const pollution: readonly Trick[] = [
  ({ n }) => `{"__proto__":{"__xss":${n}}}`,
  ({ n }) => `{"constructor":{"prototype":{"__xss":${n}}}}`,
  ({ n }) => `{"a":{"__proto__":{"__xss":${n}}},"type":"__proto__"}`,
  ({ n }) => `{"\\u005f_proto__":{"__xss":${n}}}`,
  ({ n }) => `{"data":{"__proto__":{"__xss":${n}}}}`,
  ({ n }) => `[{"__proto__":{"__xss":${n}}}]`,
  ({ n }) => `__proto__[__xss]=${n}`,
  ({ n }) => `a[__proto__][__xss]=${n}`,
  ({ n }) => `constructor[prototype][__xss]=${n}`,
  ({ n }) => `__proto__.__xss=${n}`,
  ({ n }) => `constructor.prototype.__xss=${n}`,
  ({ n }) => `a.constructor.prototype.__xss=${n}`,
];

/** What trips programs up by being odd rather than by being markup. */
const oddities = [
  "undefined",
  "1e999",
  "9007199254740993",
  "null\u0000",
  "\\",
  "%s%n%d%@",
  "$(sleep 9)`id`",
  "../../../../etc/hosts",
  "'; DROP TABLE messages; --",
  '" OR 1=1 --',
  "\u0301\u0323\u0316\u034f\u0489",
  "Z\u0337\u0322\u0321\u0328\u0315\u031b\u0301\u0340\u0341a\u0334\u0358\u0321",
  "\ufdfa\ufdfb",
  "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67\u200d\ud83d\udc66\ud83c\uddef\ud83c\uddf5",
  "\ud800",
  "\udfff\ud800",
  "\u0000\u0007\u001b[2J\u001b]0;owned\u0007",
  "\u2028\u2029\u0085",
  "\u061c\u200e\u200f\u202a\u202b\u202e",
  "שלום مرحبا",
  "ıİſK",
  "\ufffe\uffff",
  "\u{e0041}\u{10ffff}",
  "@here",
  "/help",
  "\r\nSet-Cookie: a=b",
  "\n\n---\n\n",
];

export const oddWords: readonly Trick[] = oddities.map(
  (words): Trick =>
    ({ js }) =>
      `${words}<img src=x onerror=${js}>`,
);

/** Words that pass wherever only names do, and mean something to a program. They run nothing: what they break, breaks aloud. */
export const slippery: readonly string[] = [
  "__proto__",
  "constructor",
  "prototype",
  "hasOwnProperty",
  "toString",
  "valueOf",
  "__defineGetter__",
  "null",
  "undefined",
  "NaN",
  "true",
  "0",
  "-1a",
  "messages",
  "composer",
  "connection",
  "general",
  "body",
  "length",
  "then",
  "innerHTML",
  "javascript",
  "o'onclick",
  "a@b.c+d",
  "Ａｌｉｃｅ",
  "аlice",
  "K",
  "x\u0301\u0302\u0303\u0304",
];
