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
 * Every setting from where it may stand: flags win over the environment, which wins over `.env` in the current directory.
 * @throws ConfigurationError for a flag that does not exist or a file that cannot be read
 */
export function settingsFrom(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
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
  return { ...readDotEnv(".env"), ...env, ...Object.fromEntries(fromFlags) };
}

/** `NAME=value` lines; `#` after a space begins a comment; quotes around a value are taken off. Nothing is expanded or executed. */
export function readDotEnv(path: string): Record<string, string> {
  if (!existsSync(path)) return {};
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigurationError([`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
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
