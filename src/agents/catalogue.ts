import { statSync } from "node:fs";
import { type Config, ConfigurationError } from "../config.ts";
import type { Logger } from "../logger.ts";
import { readAgentsFile } from "./agents-file.ts";
import { presets } from "./presets.ts";
import type { Program, Programs } from "./programs.ts";

type Settings = Pick<Config, "agentsFile" | "environment">;

/**
 * The catalogue: what Parley knows by itself, and what the operator wrote beside it; one of the same name takes the preset's place. The
 * file is looked at again when it changed; what is wrong with it then is logged, and the programs stay those of before.
 * @throws ConfigurationError when it is wrong at the start, or was named and is not there
 */
export function createPrograms(
  { agentsFile: path, environment }: Settings,
  logger: Pick<Logger, "error" | "info">,
): Programs {
  const isNamed = Boolean(environment.PARLEY_AGENTS_FILE?.trim());
  const known = presets(environment);
  let stamp = stampOf(path);
  if (isNamed && stamp === "absent")
    throw new ConfigurationError([`PARLEY_AGENTS_FILE: there is no file ${path}: write it, or unset the setting`]);
  const first = readAgentsFile(path);
  if (first.programs === null) throw new ConfigurationError(first.problems);
  let all = merged(known, first.programs);
  let problems: readonly string[] = [];

  /** One look at the file's date: cheap enough for each question. */
  function refresh(): void {
    const now = stampOf(path);
    if (now === stamp) return;
    stamp = now;
    const read = readAgentsFile(path);
    problems = read.problems;
    if (read.programs === null) {
      logger.error("programs.invalid", { problems });
    } else {
      all = merged(known, read.programs);
      logger.info("programs.loaded", { names: read.programs.map(({ name }) => name) });
    }
  }

  return {
    list() {
      refresh();
      return [...all.values()];
    },
    byName(name) {
      refresh();
      return all.get(name);
    },
    problems() {
      refresh();
      return problems;
    },
  };
}

function merged(...lists: readonly (readonly Program[])[]): ReadonlyMap<string, Program> {
  return new Map(lists.flat().map((each) => [each.name, each]));
}

/** What of a file changes when somebody writes it. */
function stampOf(path: string): string {
  try {
    const { mtimeMs, ctimeMs, size, ino } = statSync(path);
    return [mtimeMs, ctimeMs, size, ino].join(" ");
  } catch {
    return "absent";
  }
}
