import type { Token } from "markdown-it";

/** A table's rows in columns of equal width, for a fixed-width font. */
export function tableOf(tokens: readonly Token[], wordsOf: (cell: Token) => string): string {
  const rows: string[][] = [];
  for (const token of tokens) {
    if (token.type === "tr_open") rows.push([]);
    if (token.type === "inline") rows.at(-1)?.push(wordsOf(token));
  }
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => Bun.stringWidth(row[column] ?? ""))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - Bun.stringWidth(cell))))
      .join(" │ ")
      .trimEnd();
  const [head = [], ...body] = rows;
  return [line(head), widths.map((width) => "─".repeat(width)).join("─┼─"), ...body.map(line)].join("\n");
}
