/** What a scenario found: a table, one row a server, and the goals it was measured against. */
export interface Section {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly verdicts: readonly Verdict[];
  /** Anything a reader must know to read the figures rightly. */
  readonly notes?: readonly string[];
}

export interface Verdict {
  readonly what: string;
  readonly figure: string;
  readonly goal: string;
  readonly met: boolean;
}

export function atLeast(what: string, figure: number, goal: number, unit = ""): Verdict {
  return { what, figure: number(figure) + unit, goal: `≥ ${number(goal)}${unit}`, met: figure >= goal };
}

export function atMost(what: string, figure: number, goal: number, unit = ""): Verdict {
  return { what, figure: number(figure) + unit, goal: `≤ ${number(goal)}${unit}`, met: figure <= goal };
}

/** Three digits that say something, thousands separated. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en").replaceAll(",", " ");
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

export function printSection({ title, columns, rows, verdicts, notes = [] }: Section): void {
  console.log(`\n${title}\n`);
  printTable([columns, ...rows]);
  for (const note of notes) console.log(`  ${note}`);
  for (const verdict of verdicts) console.log(`  ${line(verdict)}`);
}

/** Every goal again, at the end, where one looks first. */
export function printVerdicts(sections: readonly Section[]): void {
  const verdicts = sections.flatMap((section) => section.verdicts);
  if (verdicts.length === 0) return;
  console.log("\nGoals\n");
  printTable([
    ["", "goal", "measured", ""],
    ...verdicts.map(({ what, goal, figure, met }) => [what, goal, figure, met ? "met" : "MISSED"]),
  ]);
}

function line({ what, figure, goal, met }: Verdict): string {
  return `${met ? "met   " : "MISSED"}  ${what}: ${figure} (goal ${goal})`;
}

/** The first column to the left, figures to the right. */
function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(`  ${cells.join("  ").trimEnd()}`);
  }
}
