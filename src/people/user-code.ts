/** Codes that people carry from one screen to another: good for a few minutes and a few tries. */

/** Letters that are not mistaken for others and spell no words; eight of them are 34 bits. */
const letters = "BCDFGHJKLMNPQRSTVWXZ";
const codeLength = 8;

export function newUserCode(): string {
  // 240 of 256 values are whole rounds of the 20 letters: without this some letters would come more often.
  const code: string[] = [];
  while (code.length < codeLength) {
    const [value = 255] = crypto.getRandomValues(new Uint8Array(1));
    if (value < 240) code.push(letters[value % letters.length] ?? "");
  }
  return code.join("");
}

/** As it is shown: in two halves, which are easier to carry. */
export function shownCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** As somebody typed it: in any case, with or without what stands between the halves. */
export function typedCode(typed: string): string {
  return typed.toUpperCase().replace(/[^A-Z]/g, "");
}
