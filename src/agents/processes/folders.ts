import { chmodSync, lstatSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { Refusal } from "../../errors.ts";

/** Where an agent's programs live and work. All of them real paths. */
export interface Places {
  /** What they take for their home: their sessions, settings and caches, and nobody else's keys. */
  readonly home: string;
  /** A directory of the agent's own, for when none is set. */
  readonly work: string;
  /** Where they are started. */
  readonly directory: string;
}

interface Parts {
  /** `<database>.agents`. */
  readonly agentsFolder: string;
  /** The only places in which a directory may be chosen. */
  readonly projectRoots: readonly string[];
}

/**
 * Makes an agent's own folders and finds out where it works.
 * @param directory the directory that was set for it; null: its own
 * @throws Refusal when that is no directory, or lies outside of the roots, whatever links lead to it
 */
export function placesOf({ agentsFolder, projectRoots }: Parts, handle: string, directory: string | null): Places {
  if (basename(handle) !== handle || handle.startsWith(".."))
    throw new Refusal("INVALID_MESSAGE", `An agent called "${handle}" can have no folder: give it another name.`);
  mkdirSync(agentsFolder, { recursive: true, mode: 0o700 });
  const own = ownFolder(realpathSync(agentsFolder), handle);
  const home = ownFolder(own, "home");
  const work = ownFolder(own, "work");
  return { home, work, directory: directory === null ? work : chosen(directory, projectRoots) };
}

/** A link in its place would lead a program that may write there to somewhere else. */
function ownFolder(parent: string, name: string): string {
  const path = join(parent, name);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (!lstatSync(path).isDirectory())
    throw new Refusal("CONFLICT", `${path} is not a directory of Parley's own: move it away.`);
  chmodSync(path, 0o700);
  return path;
}

function chosen(directory: string, roots: readonly string[]): string {
  const real = realOf(directory);
  if (real === undefined || !statSync(real).isDirectory())
    throw new Refusal("NOT_FOUND", `The agent's directory ${directory} is not there. Set another one.`);
  const isInside = roots.some((root) => {
    const realRoot = realOf(root);
    return realRoot !== undefined && isWithin(real, realRoot);
  });
  if (isInside) return real;
  const allowed = roots.length === 0 ? "none is allowed: set PARLEY_PROJECTS" : `allowed are ${roots.join(", ")}`;
  throw new Refusal(
    "PERMISSION_DENIED",
    `The agent's directory ${directory} lies outside of the projects (${allowed}).`,
  );
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Whether a path is another one or lies beneath it; both real. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !way.startsWith(sep));
}
