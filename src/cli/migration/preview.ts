import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../config.ts";
import { copyDatabase, type Hold } from "../../database/backup.ts";
import { diffOf } from "./dotenv.ts";
import { isThere } from "./preflight.ts";
import { bringIn, nobody, type Ready, wordsOn } from "./run.ts";
import type { Hired, OldTeam } from "./team.ts";

/** What would be done, found out without doing it. */
export async function preview({ wish, plan, config, team, backups }: Ready, hold: Hold): Promise<string> {
  const diff = diffOf(plan.file, plan.before ?? "", plan.after);
  const path = config.databasePath;
  const employees = team && team.employees.length > 0 ? await rehearsed({ config, team, path }, hold) : null;
  const kept = [plan.file, path, `${path}.key`].filter((file) => existsSync(file));
  if (wish.json)
    return JSON.stringify({ dryRun: true, file: plan.file, diff, employees, left: team?.left, kept, backups });
  const lines = [
    "Nothing was changed. This would be:",
    diff === "" ? `${plan.file} says all of it already.` : diff,
    `Kept in ${backups}: ${kept.length > 0 ? kept.join(", ") : "that there is nothing yet"}.`,
  ];
  if (team) lines.push(`Employees: ${wordsOn(employees ?? nobody, team)}.`);
  return [...lines, ...plan.notes].join("\n");
}

/** Hires everybody into a copy that is thrown away. */
async function rehearsed(
  { config, team, path }: { config: Config; team: OldTeam; path: string },
  hold: Hold,
): Promise<Hired> {
  const folder = mkdtempSync(join(tmpdir(), "parley-migration-"));
  try {
    const copy = join(folder, "import.db");
    if (isThere(path)) copyDatabase(path, copy, hold);
    return await bringIn(config, team, copy);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
