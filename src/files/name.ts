/** Control characters, and the marks that turn the direction of text around: "exe.gpj" must not read as "jpg.exe". */
const unsafe = /[\p{Cc}\u200E\u200F\u061C\u2028\u2029\u202A-\u202E\u2066-\u2069\uFEFF]/gu;

/**
 * What a file is called: the last part of whatever path was given, without what could make it read as something else. Never empty,
 * never dots alone, and of a length every file system takes; its ending is kept.
 */
export function fileName(given: string, mostCharacters: number): string {
  const last = given.toWellFormed().split(/[/\\]/).at(-1) ?? "";
  const name = last.replace(unsafe, "").replace(/\s+/g, " ").trim();
  if (/^[.\s]*$/.test(name)) return "file";
  if (name.length <= mostCharacters) return name;
  const ending = /\.[\p{L}\p{N}]{1,10}$/u.exec(name)?.[0] ?? "";
  return `${name.slice(0, mostCharacters - ending.length)}${ending}`.toWellFormed();
}
