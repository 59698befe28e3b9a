import { isIP } from "node:net";
import { isAbsolute, join, resolve } from "node:path";

/** Variables as they were given. */
export type Source = Readonly<Record<string, string | undefined>>;

/** What may be spent in a day; null: as much as it takes. */
export interface Budget {
  readonly tokens: number | null;
  readonly usd: number | null;
}

/** Of the coding agent of that name, which may run on the same machine: none of ours, and none of ours misspelt. */
const foreignSettings =
  /^OPENCODE_(?:CONFIG|CONFIG_\w+|(?:DISABLE|ENABLE|EXPERIMENTAL|SERVER|MODELS)_\w+|PERMISSION|CLIENT|CALLER|BIN_PATH|AUTO_SHARE|GIT_BASH_PATH|COMMAND)$/;

/** Settings without a prefix of ours whose absence would open something, or leave out somebody. */
const nearMisses = ["TRUSTED_PROXY", "ALLOWED_ORIGINS", "PUBLIC_URL", "WEBSOCKET_HOST", "WEBSOCKET_PORT"];

/** Every setting that bears our name: one that is spelled wrong must not be thought to be in force. */
const ownSettings = [
  "PARLEY_NAME",
  "PARLEY_DEMO_TEAM",
  "PARLEY_PEOPLE_RATE",
  "PARLEY_PEOPLE_BURST",
  "PARLEY_AGENT_RATE",
  "PARLEY_AGENT_BURST",
  "PARLEY_FRAME_RATE",
  "PARLEY_FRAME_BURST",
  "PARLEY_FILE_MEGABYTES",
  "PARLEY_MEMBER_MEGABYTES",
  "PARLEY_JWT_MAX_MINUTES",
  "PARLEY_JWT_ISSUER",
  "PARLEY_JWT_AUDIENCE",
  "PARLEY_JWT_JWKS_URL",
  "PARLEY_JWT_ALGORITHM",
  "PARLEY_JWT_ROLE",
  "PARLEY_ALLOW_QUERY_TOKEN",
  "PARLEY_FALLBACK_SECONDS",
  "PARLEY_TELEGRAM_GUESTS",
  "PARLEY_APPROVAL_MINUTES",
  "PARLEY_DAILY_TOKENS",
  "PARLEY_DAILY_USD",
  "PARLEY_PERSON_DAILY_TOKENS",
  "PARLEY_PERSON_DAILY_USD",
  "PARLEY_PROJECTS",
  "PARLEY_AGENTS_FILE",
];

/** Settings that are read by other means than the reader's, or only where another one is set. */
const otherSettings = [
  ...["OPENCODE_TRANSPORT", "COMMUNICATION_TRANSPORT", "OPENCODE_CHAT_DB", "WEBSOCKET_PORT"],
  // Marks what an agent of another Parley started: one may work on this very product.
  "PARLEY_RUN",
];

/** Settings of the systems Parley replaces whose features this version does not have: accepted and named at start, never silently ignored. */
export const laterSettings = ["OPENCODE_MAX_MESSAGES", "PARLEY_ALLOW_QUERY_TOKEN", "NATS_URL"];

/** What is spelt almost like a setting, or like none with a prefix of ours: it must not be thought to be in force. */
export function misspelt(env: Source, read: ReadonlySet<string>): string[] {
  const known = new Set([...read, ...ownSettings, ...laterSettings, ...otherSettings]);
  return Object.keys(env).flatMap((name) => {
    if (known.has(name)) return [];
    const nearest = (names: Iterable<string>) =>
      [...names].reduce((best, each) => (distance(name, each) < distance(name, best) ? each : best));
    const own = /^(?:PARLEY|OPENCODE)_/.test(name) && !foreignSettings.test(name);
    const meant = nearest(own ? known : nearMisses);
    if (!own && distance(name, meant) > 2) return [];
    return [`${name} is not a setting: the nearest is ${meant} (all of them are in .env.example)`];
  });
}

/** How many letters differ between two names, whatever stands between their words and in whichever number they are. */
function distance(a: string, b: string): number {
  const plain = (name: string) => name.toUpperCase().replace(/_/g, "").replace(/IES$/, "Y").replace(/S$/, "");
  const [from, to] = [plain(a), plain(b)];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...from].entries()) {
    const next = [at + 1];
    for (const [index, other] of [...to].entries())
      next.push(
        Math.min((next[index] ?? 0) + 1, (row[index + 1] ?? 0) + 1, (row[index] ?? 0) + (letter === other ? 0 : 1)),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Reads variables by their names, and remembers which; what is wrong with one is added to `problems`, in words. */
export function reader(given: Source, problems: string[]) {
  const names = new Set<string>();
  // Whatever is asked for is a setting.
  const env = new Proxy(given, {
    get(target, name) {
      if (typeof name !== "string") return undefined;
      names.add(name);
      return target[name];
    },
  });
  return {
    names,
    text(name: string, fallback: string): string {
      const value = env[name]?.trim();
      return value ? value : fallback;
    },
    /** Something only those may know who are meant to; never echoed in a problem. */
    secret(name: string, leastBytes: number, isPublic: boolean): string | null {
      const value = env[name]?.trim();
      if (!value) return null;
      if (Buffer.byteLength(value) < leastBytes)
        problems.push(
          `${name} has ${Buffer.byteLength(value)} bytes and needs at least ${leastBytes}${isPublic ? " on a public address" : ""}: make one with "openssl rand -base64 32"`,
        );
      return value;
    },
    networks(name: string): string[] {
      return (env[name] ?? "")
        .split(/[\s,]+/)
        .filter(Boolean)
        .flatMap((value) => {
          const [address = "", bits] = value.split("/");
          const most = isIP(address) === 4 ? 32 : 128;
          const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
          if (isIP(address) !== 0 && fits) return [value];
          problems.push(`${name} holds "${value}": write addresses such as 127.0.0.1 or networks such as 10.0.0.0/8`);
          return [];
        });
    },
    /** Absolute paths with colons between them. */
    folders(name: string): string[] {
      const paths = (env[name] ?? "").split(":").map((path) => path.trim());
      return paths.filter(Boolean).flatMap((path) => {
        if (isAbsolute(path) && resolve(path) !== "/") return [resolve(path)];
        const why = isAbsolute(path) ? "which is the whole machine" : "which is no absolute path";
        problems.push(
          `${name} holds "${path}", ${why}: write folders such as /home/mira/code:/srv/projects, with colons between them`,
        );
        return [];
      });
    },
    flag(name: string, fallback = false): boolean {
      const value = env[name]?.trim().toLowerCase();
      if (value === undefined || value === "") return fallback;
      if (["true", "1", "yes", "on"].includes(value)) return true;
      if (["false", "0", "no", "off"].includes(value)) return false;
      problems.push(`${name}="${env[name]}" is neither true nor false: write ${name}=true or ${name}=false`);
      return fallback;
    },
    integer(name: string, fallback: number, least: number, most: number): number {
      const value = env[name]?.trim();
      if (value === undefined || value === "") return fallback;
      const number = Number(value);
      if (/^\d+$/.test(value) && number >= least && number <= most) return number;
      problems.push(`${name}="${value}" must be a whole number from ${least} to ${most}`);
      return fallback;
    },
    /** What NAME_TOKENS and NAME_USD allow. */
    budget(name: string): Budget {
      const tokens = `${name}_TOKENS`;
      return {
        tokens: env[tokens]?.trim() ? this.integer(tokens, 1, 1, 1_000_000_000_000) : null,
        usd: this.dollars(`${name}_USD`),
      };
    },
    /** US dollars, more than none; null where nothing is set. */
    dollars(name: string): number | null {
      const value = env[name]?.trim();
      if (!value) return null;
      if (/^\d{1,7}(\.\d{1,6})?$/.test(value) && Number(value) > 0) return Number(value);
      problems.push(`${name}="${value}" must be an amount of US dollars such as 5 or 2.50, and more than 0`);
      return null;
    },
    /** Milliseconds; small numbers are seconds, as the systems before us wrote them. */
    duration(name: string, fallback: number): number {
      const number = this.integer(name, fallback, 1, 86_400_000);
      return number < 1_000 ? number * 1_000 : number;
    },
    choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
      const value = env[name]?.trim().toLowerCase();
      if (value === undefined || value === "") return fallback;
      const found = choices.find((choice) => choice === value);
      if (found) return found;
      problems.push(`${name}="${env[name]}" must be one of: ${choices.join(", ")}`);
      return fallback;
    },
    origin(name: string): URL | null {
      const value = env[name]?.trim();
      if (!value) return null;
      const url = URL.parse(value);
      if (url && (url.protocol === "http:" || url.protocol === "https:")) return url;
      problems.push(`${name}="${value}" must be an address such as https://chat.example.org`);
      return null;
    },
    origins(name: string): string[] {
      return (env[name] ?? "")
        .split(/[\s,]+/)
        .filter(Boolean)
        .flatMap((value) => {
          const url = URL.parse(value);
          if (url && (url.protocol === "http:" || url.protocol === "https:")) return [url.origin];
          problems.push(
            `${name} holds "${value}", which is not an origin: write addresses such as https://app.example.org, separated by commas`,
          );
          return [];
        });
    },
  };
}

/** Whether an address can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return (
    bare === "localhost" ||
    bare === "::1" ||
    bare.endsWith(".localhost") ||
    (isIP(bare) === 4 && bare.startsWith("127."))
  );
}

/** Where the database is, unless it is said: where the desktop keeps such things, else beside where it was started. */
export function databasePath(env: Source): string {
  if (env.OPENCODE_CHAT_DB) return resolve(env.OPENCODE_CHAT_DB);
  if (env.XDG_DATA_HOME) return join(env.XDG_DATA_HOME, "parley", "parley.db");
  return resolve("data", "parley.db");
}
