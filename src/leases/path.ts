import unhomoglyph from "unhomoglyph";
import { Refusal } from "../errors.ts";

/** A path of the project, as it is shown and as it is compared. */
export interface LeasePath {
  /** Relative to the project, with `/` between its parts. */
  readonly path: string;
  /** The same for all spellings that some disk, or somebody who reads fast, takes for one file. */
  readonly key: string;
}

/** Longer ones are no file's: what is asked of them below costs more than their length. */
export const longestPath = 500;
const deepestPath = 32;

/** What is not seen, ends lines, turns text around or is no character at all. */
const unseen = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/**
 * A file or folder as somebody names it, made relative to the project. It is only ever compared with others and shown: nothing is opened
 * by it. But people and agents rely on what it says, so that none leads out of the project, and no two that look alike are two.
 * @param root where the project lies: what begins with it is taken for what is in it
 * @throws Refusal INVALID_MESSAGE saying what is wrong with it
 */
export function leasePath(given: string, root: string): LeasePath {
  if (given.length > longestPath) throw wrong(`A path has at most ${longestPath} characters.`);
  if (!given.isWellFormed() || unseen.test(given)) throw wrong("That path holds characters that cannot be seen.");
  const text = given.normalize("NFC").trim();
  if (text.includes("\\")) throw wrong("Write a path with / between its parts.");
  const parts = within(text, root)
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  if (parts.length === 0) throw wrong("That is no file or folder of the project: name one, and not all of it.");
  if (parts.length > deepestPath) throw wrong(`A path has at most ${deepestPath} parts.`);
  // What is left of "./c:" would be a disk's.
  if (/^[a-z]:/i.test(parts[0] ?? "")) throw wrong(elsewhere);
  for (const part of parts) refuseOdd(part);
  return { path: parts.join("/"), key: parts.map(keyOf).join("/") };
}

/** @throws Refusal for what lies elsewhere */
function within(text: string, root: string): string {
  const isAbsolute = text.startsWith("/") || /^[a-z]:/i.test(text);
  if (!isAbsolute) return text;
  const folder = root.endsWith("/") ? root : `${root}/`;
  if (root !== "" && text.startsWith(folder)) return text.slice(folder.length);
  throw wrong(elsewhere);
}

const elsewhere = "Name files relative to the project: that path lies outside of it.";

function refuseOdd(part: string): void {
  if (part === "..") throw wrong("A path must not lead out of the project: write it without ..");
  // One disk drops what another keeps: "a." and "a" are one file there.
  if (/^\s|[\s.]$/.test(part)) throw wrong(`No part of a path begins with a space, or ends with a space or a dot.`);
  // Some signs look like what parts a path, or leads up: whoever reads it must not be taken in.
  if (/[/\\]|^\.*$/.test(keyOf(part))) throw wrong("That path holds characters that only look like / or a dot.");
}

/** Letters of other alphabets that look like plain ones are those; what is plain is taken as it is, because m is not rn in a file's name. */
function keyOf(part: string): string {
  const folded = part.normalize("NFKC").toLowerCase();
  return folded.replace(/[^\0-\x7f]+/g, (foreign) => unhomoglyph(foreign)).toLowerCase();
}

/** The folders that a path lies in, the outermost first, and itself: whoever has one of them has it. */
export function coveringKeys(key: string): string[] {
  const parts = key.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function wrong(message: string): Refusal {
  return new Refusal("INVALID_MESSAGE", message, { field: "path" });
}
