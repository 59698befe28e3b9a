import type { MarkdownIt } from "markdown-it";

/** Cells of all tables of one text. A row that is short is filled up: 7,600 characters could make 65,000 cells, and 670 kB of HTML. */
const mostCells = 3_000;

/**
 * For markdown-it: tables of a bounded size, and no style in them, which our own Content-Security-Policy forbids: a class says where the
 * words of a column stand.
 */
export function modestTables(md: MarkdownIt): void {
  const [table] = md.block.ruler.getRules("");
  if (!table) throw new Error("markdown-it has no rule for tables");
  let left = 0;
  md.core.ruler.before("normalize", "tables_allowance", () => {
    left = mostCells;
  });
  md.block.ruler.at(
    "table",
    (state, start, end, silent) => {
      const columns = columnsAfter(state.src.slice(state.bMarks[start + 1], state.eMarks[start + 1]));
      if (columns * 2 > left) return false;
      // What is cut off is a paragraph of its own, as it was written.
      const fitting = start + 1 + Math.floor(left / columns);
      const first = state.tokens.length;
      if (!table(state, start, Math.min(end, fitting), silent)) return false;
      if (silent) return true;
      left -= columns * (state.line - start);
      for (const token of state.tokens.slice(first)) {
        const style = token.attrGet("style");
        if (style !== null) token.attrs = [["class", String(style).replace("text-align:", "to-")]];
      }
      return true;
    },
    { alt: ["paragraph", "reference"] },
  );
}

/** At least as many columns as the line under a table's head has. */
function columnsAfter(line: string): number {
  return line.split("|").length;
}
