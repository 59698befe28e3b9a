import { isIP } from "node:net";

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

/** What is spelt almost like a setting, or like none with a prefix of ours: it must not be thought to be in force. */
export function misspelt(env: Source, known: ReadonlySet<string>): string[] {
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
