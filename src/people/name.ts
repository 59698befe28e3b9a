import { Refusal } from "../errors.ts";

/** Handles that mean many members or the house itself; nobody may be called so. */
const reserved = new Set(["team", "all", "here", "system", "everyone", "channel"]);

/**
 * Nothing longer is taken for a name, in whatever form it comes: bringing marks of letters into their order costs the square of how many
 * there are, and 30,000 of them stopped everybody for 15 s.
 */
export const longestName = 100;

/** How a name is matched: one spelling for all that look alike to a person who types a mention. What is too long to be one matches nobody. */
export function handleOf(name: string): string {
  if (name.length > longestName) return "";
  return name.normalize("NFKC").toLowerCase().replace(/\s+/g, "-");
}

/**
 * A person's or agent's name as it came in, made safe to show: letters, digits and `_ - . ' @ +` with single spaces between, 1 to 50.
 * @throws Refusal INVALID_MESSAGE saying what is wrong with it
 */
export function parseName(raw: string): { name: string; handle: string } {
  if (raw.length > longestName) throw new Refusal("INVALID_MESSAGE", "A name may have at most 50 characters.");
  const name = raw.normalize("NFC").trim().replace(/\s+/g, " ");
  const wrong = (message: string) => new Refusal("INVALID_MESSAGE", message, { field: "name" });
  if (name.length > 50) throw wrong("A name may have at most 50 characters.");
  if (!/^[\p{L}\p{M}\p{N}_.'@+ -]*$/u.test(name))
    throw wrong("A name may hold letters, digits, spaces and the characters _ - . ' @ + only.");
  if (!/[\p{L}\p{N}]/u.test(name)) throw wrong("A name needs at least one letter or digit.");
  const handle = handleOf(name);
  // One letter may be folded into eighteen: a handle must be found by itself as well.
  if (handle.length > longestName) throw wrong("That name is too long when it is folded.");
  if (reserved.has(handle)) throw wrong(`"${name}" means many people here: choose another name.`);
  if (handle.endsWith("-bot")) throw wrong('Names that end in "-bot" belong to agents: choose another name.');
  return { name, handle };
}
