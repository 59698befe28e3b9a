import { realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, resolve, sep } from "node:path";
import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";

type Places = Pick<Config, "projectRoots" | "databasePath">;

/**
 * The real path of a directory that an agent may work in: inside one of the operator's folders, wherever links on the way to it
 * lead. Asked when somebody sets it and again when each run begins, because links can be changed in between.
 * @throws Refusal INVALID_MESSAGE at the field `directory`
 */
export function projectDirectory(given: string, { projectRoots, databasePath }: Places): string {
  if (projectRoots.length === 0)
    throw refused(
      "No folder of this machine is open to agents: whoever runs Parley names them in PARLEY_PROJECTS. Without a directory an agent works in one of its own.",
    );
  const outside = () => refused(`"${given}" is not inside ${listed(projectRoots)}, where agents may work.`);
  if (given.includes("\0") || !isAbsolute(given))
    throw refused(`A directory is written from the root on, such as ${projectRoots[0]}/site.`);
  const roots = projectRoots.flatMap((root) => realPathOf(root) ?? []);
  const path = resolve(given);
  // Before anything is looked at: of what is elsewhere nobody learns whether it is there.
  if (![...roots, ...projectRoots].some((root) => isWithin(path, root))) throw outside();
  const real = realPathOf(path);
  if (real === undefined || !statSync(real).isDirectory()) throw refused(`There is no directory "${given}".`);
  if (!roots.some((root) => isWithin(real, root))) throw outside();
  const database = realPathOf(dirname(databasePath)) ?? dirname(databasePath);
  if (isWithin(database, real))
    throw refused(
      `"${given}" holds Parley's own database, with everybody's messages and keys: choose a directory without it.`,
    );
  if ([".agents", ".files"].some((kind) => isWithin(real, `${databasePath}${kind}`)))
    throw refused(`"${given}" belongs to Parley itself: choose another directory.`);
  return real;
}

export function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function listed(roots: readonly string[]): string {
  return roots.length === 1 ? String(roots[0]) : `one of ${roots.join(", ")}`;
}

function refused(message: string): Refusal {
  return new Refusal("INVALID_MESSAGE", message, { field: "directory" });
}
