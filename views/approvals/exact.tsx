import type { Child } from "hono/jsx";

/** Our own signs for what hides, and letters of other alphabets, which may only look like those of a command. */
const pieces = /(?<sign>(?:⟨[^⟩]*⟩|[⏎⇥·])+)|(?<beyond>[^ -~\n\t]+)/gu;

/** A text that was made visible (approvals/visible.ts): its signs are marked, so that they are not taken for its words. */
export function Exact({ seen }: { seen: string }) {
  const parts: Child[] = [];
  let at = 0;
  for (const found of seen.matchAll(pieces)) {
    const [piece] = found;
    parts.push(seen.slice(at, found.index), found.groups?.sign === undefined ? <u>{piece}</u> : <b>{piece}</b>);
    at = found.index + piece.length;
  }
  return (
    <>
      {parts}
      {seen.slice(at)}
    </>
  );
}

/** How long it is, where that is more than one sees at once; undefined where all of it is seen. */
export function lengthWords(seen: string): string | undefined {
  const lines = seen.split("\n").length;
  if (seen.length <= 800 && lines <= 12) return undefined;
  const count = (number: number, word: string) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
  return `${count(seen.length, "character")} in ${count(lines, "line")}: scroll to read all of it.`;
}
