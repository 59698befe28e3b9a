import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Beyond these a list helps nobody: any other can be typed. */
const most = 200;

/** Folders to suggest for an agent to work in: the operator's, and what stands in them, by name. */
export function projectFolders(roots: readonly string[]): readonly string[] {
  return roots.flatMap((root) => [root, ...foldersIn(root)]).slice(0, most);
}

function foldersIn(root: string): readonly string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => join(root, entry.name))
      .sort();
  } catch {
    // One that is not there, or that Parley's user may not read: the check says so when it is chosen.
    return [];
  }
}
