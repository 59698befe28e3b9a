import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ConfigurationError } from "../config.ts";

/** Flags and the settings they stand for. */
const flags = {
  host: "HOST",
  port: "PORT",
  "websocket-port": "WEBSOCKET_PORT",
  transport: "OPENCODE_TRANSPORT",
  db: "OPENCODE_CHAT_DB",
} as const;

/**
 * Every setting from where it may stand: flags win over the environment, which wins over the file, `.env` in the current directory.
 * @throws ConfigurationError for a flag that does not exist or a file that cannot be read
 */
export function settingsFrom(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  file: Readonly<Record<string, string>> = readDotEnv(".env"),
): Record<string, string | undefined> {
  const options = Object.fromEntries(Object.keys(flags).map((flag) => [flag, { type: "string" as const }]));
  let given: Record<string, string | boolean | undefined>;
  try {
    given = parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new ConfigurationError([
      `${error instanceof Error ? error.message : String(error)} (see parley serve --help)`,
    ]);
  }
  const fromFlags = Object.entries(flags).flatMap(([flag, name]) =>
    given[flag] === undefined ? [] : [[name, String(given[flag])]],
  );
  return { ...file, ...env, ...Object.fromEntries(fromFlags) };
}

/** The settings that stand in a file; none when it is not there. @throws ConfigurationError */
export function readDotEnv(path: string): Record<string, string> {
  if (!existsSync(path)) return {};
  try {
    return parseDotEnv(readFileSync(path, "utf8"), path);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError([`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/**
 * `NAME=value` lines; `#` after a space begins a comment; quotes around a value are taken off. Nothing is expanded or executed.
 * @throws ConfigurationError naming each line that is none
 */
export function parseDotEnv(text: string, path: string): Record<string, string> {
  const settings: Record<string, string> = {};
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|(.*?))(?:\s+#.*)?\s*$/.exec(
      line,
    );
    if (match?.[1]) settings[match[1]] = match[2] ?? match[3] ?? match[4] ?? "";
    else problems.push(`${path}, line ${index + 1} is not NAME=value`);
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return settings;
}
