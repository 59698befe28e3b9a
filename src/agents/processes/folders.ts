import { chmodSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import { basename, join } from "node:path";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { projectDirectory } from "../directory.ts";

/** Where an agent's programs live and work. All of them real paths. */
export interface Places {
  /** What they take for their home: their sessions, settings and caches, and nobody else's keys. */
  readonly home: string;
  /** A directory of the agent's own, for when none is set. */
  readonly work: string;
  /** Where they are started. */
  readonly directory: string;
}

type Parts = Pick<Config, "agentsFolder" | "projectRoots" | "databasePath">;

/**
 * Makes an agent's own folders and finds out where it works.
 * @param directory the directory that was set for it; null: its own
 * @throws Refusal when that is no directory, or lies outside of the roots, whatever links lead to it
 */
export function placesOf(parts: Parts, handle: string, directory: string | null): Places {
  const { agentsFolder } = parts;
  if (basename(handle) !== handle || handle.startsWith(".."))
    throw new Refusal("INVALID_MESSAGE", `An agent called "${handle}" can have no folder: give it another name.`);
  mkdirSync(agentsFolder, { recursive: true, mode: 0o700 });
  const own = ownFolder(realpathSync(agentsFolder), handle);
  const home = ownFolder(own, "home");
  const work = ownFolder(own, "work");
  return { home, work, directory: directory === null ? work : projectDirectory(directory, parts) };
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
