import type { SourceFile } from "./imports.ts";

/** A statement in a source file: what stands between the quotes, and what stands around them. */
const literal = /`((?:[^`\\]|\\.)*)`|"((?:[^"\\\n]|\\.)*)"/g;
/** How a statement begins, or a part of one. */
const beginsLikeSql =
  /^\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|PRAGMA|CREATE|DROP|ALTER|ATTACH|VACUUM|SAVEPOINT)\s/;
/** The same words as many times as there are values, which are bound. */
const repeated = /^\w+\.map\(\(\) => "[^"]*"\)\.join\((?:"[^"]*")?\)$/;
/** A call that takes a statement, and what it is given first. */
const call =
  /\bsqlite\s*\.?(?:\n\s*)?\.(?:run|query|prepare|exec|prepareStatement)\b(?:<(?:[^<>()]|<[^<>]*>|\[[^\]]*\])*>)?\(\s*([^,)\n]*)/g;

/**
 * Every way in which something other than a constant could become part of a statement, as sentences.
 * @param others where imported constants are looked up
 */
export function builtSql(file: SourceFile, others: readonly SourceFile[]): string[] {
  const { path, text } = file;
  const faults: string[] = [];
  const fault = (what: string, where: string) => faults.push(`${path}: ${what}: ${where.slice(0, 80)}`);
  for (const [found] of text.matchAll(/\bsql\s*\.\s*(raw|identifier|join)\b[^\n]*/g)) fault("raw SQL", found);
  for (const match of text.matchAll(literal)) {
    const [whole, template, plain] = match;
    const said = template ?? plain ?? "";
    if (!beginsLikeSql.test(said)) continue;
    const [before, after] = [text.slice(0, match.index).trimEnd(), text.slice(match.index + whole.length).trimStart()];
    if (before.endsWith("+") || after.startsWith("+") || /^\.(concat|replace|replaceAll)\b/.test(after))
      fault("put together", said);
    if (template === undefined) continue;
    for (const [, expression = ""] of template.matchAll(/\$\{([^}]*)\}/g))
      if (!repeated.test(expression) && !isConstant(expression, file, others))
        fault(`not a constant: ${expression}`, said);
  }
  for (const [, first = ""] of text.matchAll(call)) {
    const given = first.trim();
    if (given !== "" && !/^["'`]/.test(given) && !isConstant(given, file, others))
      fault("no statement that can be read here", given);
  }
  return faults;
}

/** Whether a name is declared once, as a text that holds nothing but constants itself. */
function isConstant(
  name: string,
  file: SourceFile,
  others: readonly SourceFile[],
  seen: readonly string[] = [],
): boolean {
  if (!/^\w+$/.test(name) || seen.includes(name)) return false;
  const declared = new RegExp(
    `^[ \\t]*(?:export )?const ${name} =\\s*(?:\`((?:[^\`\\\\]|\\\\.)*)\`|"(?:[^"\\\\\\n]|\\\\.)*");`,
    "gm",
  );
  for (const each of [file, ...others.filter(({ path }) => file.imports.some(({ target }) => target === path))]) {
    const [first, second] = [...each.text.matchAll(declared)];
    if (!first || second) continue;
    const inside = [...(first[1] ?? "").matchAll(/\$\{([^}]*)\}/g)].map(([, expression = ""]) => expression);
    return inside.every((expression) => isConstant(expression, each, others, [...seen, name]));
  }
  return false;
}
