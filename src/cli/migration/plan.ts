import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Config, ConfigurationError, createConfig } from "../../config.ts";
import { lookAtForeign } from "../../database/backup.ts";
import { typesOf } from "../../transports/choice.ts";
import { parseDotEnv, settingsFrom } from "../settings.ts";
import { type Change, edited } from "./dotenv.ts";
import { isSecret } from "./secrets.ts";
import type { Wish } from "./wish.ts";

type Settings = Readonly<Record<string, string | undefined>>;

/** What a migration would do to the settings, worked out before anything is done. */
export interface Plan {
  /** The file, links followed. */
  readonly file: string;
  /** Its text; null when it is not there. */
  readonly before: string | null;
  readonly after: string;
  readonly changes: readonly Change[];
  /** The new settings; null while something is wrong with them. */
  readonly config: Config | null;
  /** The same as far as they can be understood, to look at everything else all the same; null when nothing can. */
  readonly roughly: Config | null;
  readonly problems: readonly string[];
  /** What whoever runs it should know. */
  readonly notes: readonly string[];
}

/** What Telegram needs, and where it may stand besides the file. */
const telegramSettings = ["TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID", "TELEGRAM_API_ROOT"] as const;

const yes = ["true", "1", "yes", "on"];

/** @param env the environment, which wins over the file */
export function planOf(wish: Wish, env: Settings): Plan {
  const file = existsSync(wish.settingsFile) ? realpathSync(wish.settingsFile) : resolve(wish.settingsFile);
  const problems: string[] = [];
  const before = textOf(file, problems);
  guarded(() => parseDotEnv(before ?? "", file), problems);
  const inFile = settingsIn(before ?? "");
  const wanted = [...wantedOf(wish, inFile, env), ...ownDatabase(wish, inFile, env)];
  const changes = wanted.filter(({ name, value }) => inFile[name]?.trim() !== value);
  const after = edited(before ?? "", changes);
  // What is written must be what will be read: quotes and comments are people's.
  const written = settingsIn(after);
  for (const { name, value } of wanted)
    if (written[name]?.trim() !== value)
      problems.push(
        `${name} cannot be written into ${file} so that it would be read as it is: change that line by hand`,
      );
  problems.push(...overruled(wish, wanted, env));

  const settings = guarded(() => settingsFrom(wish.where, env, written), problems);
  const config = settings && guarded(() => createConfig(settings), problems);
  return {
    file,
    before,
    after,
    changes,
    config: config ?? null,
    roughly: config ?? (settings ? roughly(settings) : null),
    problems,
    notes: notesOf(wish, written, env),
  };
}

/** Every setting that has to be so, whether it is already or not. */
function wantedOf(wish: Wish, inFile: Settings, env: Settings): Change[] {
  const wanted: Change[] = [{ name: transportName(inFile), value: wish.to }];
  for (const [name, value] of Object.entries(wish.given)) wanted.push({ name, value });
  if (!typesOf(wish.to).includes("telegram")) return wanted;
  for (const name of telegramSettings) {
    const value = env[name]?.trim();
    // Given to this command alone, it would be missing at the next start.
    if (value && !inFile[name]?.trim() && !(name in wish.given)) wanted.push({ name, value });
  }
  if (isOn(inFile.OPENCODE_SAFE_MODE)) wanted.push({ name: "OPENCODE_SAFE_MODE", value: "false" });
  return wanted;
}

/** Both names mean the same; the one that is in force there is changed. */
function transportName(inFile: Settings): string {
  return !inFile.OPENCODE_TRANSPORT?.trim() && inFile.COMMUNICATION_TRANSPORT?.trim()
    ? "COMMUNICATION_TRANSPORT"
    : "OPENCODE_TRANSPORT";
}

/** What stands in the environment wins over the file: writing it there would change nothing. */
function overruled(wish: Wish, wanted: readonly Change[], env: Settings): string[] {
  const all = wanted.some(({ name }) => name === "COMMUNICATION_TRANSPORT")
    ? [...wanted, { name: "OPENCODE_TRANSPORT", value: wish.to }]
    : [...wanted];
  if (typesOf(wish.to).includes("telegram") && isOn(env.OPENCODE_SAFE_MODE))
    all.push({ name: "OPENCODE_SAFE_MODE", value: "false" });
  return all
    .filter(({ name, value }) => env[name]?.trim() && env[name]?.trim() !== value)
    .map(({ name, value }) => {
      const shown = isSecret(name) ? "another value" : `${name}=${env[name]?.trim()}`;
      const meant = isSecret(name) ? "what the file says" : value;
      return `the environment has ${shown}, which wins over the file: take it away there, or set it to ${meant}`;
    });
}

/** The old system kept its history under the same setting, in a database that is none of ours: ours then lies beside it. */
function ownDatabase(wish: Wish, inFile: Settings, env: Settings): Change[] {
  const given = inFile.OPENCODE_CHAT_DB?.trim();
  const isInForce = !env.OPENCODE_CHAT_DB?.trim() && !wish.where.includes("--db");
  if (!given || !isInForce || !existsSync(given) || !isOldHistory(given)) return [];
  return [{ name: "OPENCODE_CHAT_DB", value: join(dirname(given), "parley.db") }];
}

function isOldHistory(path: string): boolean {
  try {
    const named = "SELECT name FROM sqlite_master WHERE name IN ('conversations', '__drizzle_migrations')";
    const tables = lookAtForeign(path, (sqlite) => sqlite.query<{ name: string }, []>(named).all());
    return tables.length === 1 && tables[0]?.name === "conversations";
  } catch {
    return false;
  }
}

function notesOf(wish: Wish, written: Settings, env: Settings): string[] {
  const usesTelegram = typesOf(wish.to).includes("telegram");
  const notes: string[] = [];
  if (!usesTelegram && isOn(env.OPENCODE_SAFE_MODE ?? written.OPENCODE_SAFE_MODE))
    notes.push("OPENCODE_SAFE_MODE stays on: every agent is off.");
  if (usesTelegram)
    notes.push("Stop whatever else uses this bot before Parley starts: two programs take each other's messages.");
  return notes;
}

/** The settings without those that something is wrong with: enough to know where the database is, and which ports. */
function roughly(settings: Settings): Config | null {
  try {
    return createConfig(settings);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const named = new Set(error.problems.join(" ").match(/[A-Z][A-Z0-9_]{3,}/g));
    const left = Object.entries(settings).filter(([name]) => !named.has(name));
    return left.length === Object.keys(settings).length ? null : roughly(Object.fromEntries(left));
  }
}

/** @returns null when it is not there, or when its problem was noted */
function textOf(file: string, problems: string[]): string | null {
  if (!existsSync(file)) return null;
  try {
    const bytes = readFileSync(file);
    const text = bytes.toString("utf8");
    if (Buffer.from(text).equals(bytes)) return text;
    problems.push(
      `${file} is not written in UTF-8, so that it cannot be changed without changing more: convert it first`,
    );
  } catch (error) {
    problems.push(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return null;
}

/** The settings of a file, whatever else stands there: a line that is none has been told of. */
function settingsIn(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).map((line) => guarded(() => parseDotEnv(line, ""), []) ?? {});
  return Object.assign({}, ...lines);
}

/** @returns undefined when it failed, with every problem noted */
function guarded<T>(act: () => T, problems: string[]): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems.filter((each) => !problems.includes(each)));
    return undefined;
  }
}

function isOn(value: string | undefined): boolean {
  return yes.includes(value?.trim().toLowerCase() ?? "");
}
