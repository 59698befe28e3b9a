import { isSecret } from "./secrets.ts";

/** A setting that is to have another value. */
export interface Change {
  readonly name: string;
  readonly value: string;
}

/**
 * The text of a settings file with some settings changed and everything else as it was: comments, order, quotes, line ends and lines
 * that mean nothing to us. What is not there yet comes last. Of a setting that is there twice the last counts, so that one is changed.
 */
export function edited(text: string, changes: readonly Change[]): string {
  const lines = linesOf(text);
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  for (const { name, value } of changes) {
    const at = lines.findLastIndex((line) => lineOf(name).test(line));
    const found = at === -1 ? null : lineOf(name).exec(lines[at] ?? "");
    if (found) {
      const [, head = "", old = "", tail = ""] = found;
      lines[at] = `${head}${quoted(value, old)}${tail}`;
      continue;
    }
    const last = lines.pop();
    if (last !== undefined) lines.push(/\n$/.test(last) ? last : `${last}${end}`);
    lines.push(`${name}=${quoted(value, "")}${end}`);
  }
  return lines.join("");
}

/** The lines that differ, as `diff -U0` shows them, without what is secret. For two texts of which one is `edited` from the other. */
export function diffOf(path: string, before: string, after: string): string {
  const [old, now] = [linesOf(before).map(bare), linesOf(after).map(bare)];
  const hunks = old.flatMap((line, index) =>
    line === now[index]
      ? []
      : [`@@ -${index + 1} +${index + 1} @@`, `-${masked(line)}`, `+${masked(now[index] ?? "")}`],
  );
  const added = now.slice(old.length);
  if (added.length > 0) {
    const place = added.length === 1 ? `${old.length + 1}` : `${old.length + 1},${added.length}`;
    hunks.push(`@@ -${old.length},0 +${place} @@`, ...added.map((line) => `+${masked(line)}`));
  }
  return hunks.length === 0 ? "" : [`--- ${path}`, `+++ ${path}`, ...hunks].join("\n");
}

/** Each with its line end. */
function linesOf(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

function bare(line: string): string {
  return line.replace(/\r?\n$/, "");
}

/** A line that sets this name: what stands before the value, the value with its quotes, and what stands behind it. */
function lineOf(name: string): RegExp {
  return new RegExp(`^(\\s*(?:export\\s+)?${name}\\s*=[^\\S\\r\\n]*)("[^"]*"|'[^']*'|.*?)((?:\\s+#.*)?\\s*)$`);
}

/** In the quotes the old value had, or in some when it needs them. */
function quoted(value: string, old: string): string {
  const had = /^(["']).*\1$/.exec(old)?.[1];
  if (had && !value.includes(had)) return `${had}${value}${had}`;
  if (!/[\s#"']/.test(value)) return value;
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}

function masked(line: string): string {
  const [, head, name = ""] = /^(\s*(?:export\s+)?([A-Za-z_]\w*)\s*=)/.exec(line) ?? [];
  return head && isSecret(name) ? `${head}<secret>` : line;
}
