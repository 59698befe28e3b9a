import { parseArgs } from "node:util";
import { CommandError } from "./operator.ts";

/** Flags that say which workspace is meant; every command that speaks with one takes them. */
const where = ["db", "host", "port"] as const;

/** What was typed after a command: words in their order, its own flags, and those that say which workspace is meant. */
export interface Given<Flag extends string> {
  readonly words: readonly string[];
  readonly flags: Readonly<Partial<Record<Flag, string>>>;
  readonly json: boolean;
  /** Of its switches, those that were given. */
  readonly on: ReadonlySet<string>;
  /** To be passed on. */
  readonly where: readonly string[];
}

/** @param switches flags that take no value @throws CommandError for a flag that does not exist */
export function argumentsOf<Flag extends string>(
  args: readonly string[],
  flags: readonly Flag[],
  switches: readonly string[] = [],
): Given<Flag> {
  const options = Object.fromEntries([...flags, ...where].map((flag) => [flag, { type: "string" as const }]));
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      options: {
        ...options,
        ...Object.fromEntries([...switches, "json"].map((flag) => [flag, { type: "boolean" as const }])),
      },
      allowPositionals: true,
      strict: true,
    });
    const given = values as Record<string, string | boolean | undefined>;
    const own = Object.fromEntries(
      flags.flatMap((flag) => (typeof given[flag] === "string" ? [[flag, given[flag]]] : [])),
    );
    return {
      words: positionals,
      flags: own as Given<Flag>["flags"],
      json: given.json === true,
      on: new Set(switches.filter((flag) => given[flag] === true)),
      where: where.flatMap((flag) => (typeof given[flag] === "string" ? [`--${flag}`, given[flag]] : [])),
    };
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
}

/** Rows as people read them: columns as wide as their widest word. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((word, column) => Math.max(word.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((word, column) => word.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
