import type { TransportMode } from "../../transports/choice.ts";
import { argumentsOf } from "../arguments.ts";
import { CommandError } from "../operator.ts";

const modes = ["websocket", "telegram", "both"] as const;

/** A migration as it was asked for. */
export interface Wish {
  readonly to: TransportMode;
  /** As it was given, or `.env`. */
  readonly settingsFile: string;
  /** Null: beside the settings. */
  readonly backupFolder: string | null;
  /** The old system's `employees.db`. */
  readonly employees: string | null;
  /** Settings that were given as flags, to be written. */
  readonly given: Readonly<Record<string, string>>;
  /** Flags that say which workspace is meant. */
  readonly where: readonly string[];
  readonly dryRun: boolean;
  /** Say a sentence in the Telegram chat. */
  readonly announce: boolean;
  readonly json: boolean;
}

/** The way back, as it was asked for. */
export interface Return {
  /** Null: the newest one. */
  readonly backup: string | null;
  readonly settingsFile: string;
  readonly backupFolder: string | null;
  readonly force: boolean;
  readonly keepDatabase: boolean;
  readonly json: boolean;
}

/** @throws CommandError for what cannot be meant */
export function wishOf(args: readonly string[]): Wish | Return {
  const { words, flags, on, json, where } = argumentsOf(
    args,
    ["to", "env", "backup-dir", "import", "websocket-host", "websocket-port", "telegram-chat"],
    ["dry-run", "announce", "rollback", "force", "keep-database"],
  );
  const shared = { settingsFile: flags.env ?? ".env", backupFolder: flags["backup-dir"] ?? null, json };
  if (on.has("rollback")) {
    refuse(
      [...on].filter((each) => ["dry-run", "announce"].includes(each)),
      "--rollback",
    );
    refuse(
      ["to", "import"].filter((each) => each in flags),
      "--rollback",
    );
    if (words.length > 1) throw new CommandError("parley migrate-transport --rollback takes one BACKUP.");
    return { ...shared, backup: words[0] ?? null, force: on.has("force"), keepDatabase: on.has("keep-database") };
  }
  refuse(
    [...on].filter((each) => ["force", "keep-database"].includes(each)),
    "--to",
  );
  if (words.length > 0)
    throw new CommandError(`parley migrate-transport does not know what "${words[0]}" is (see --help).`);
  const to = modes.find((mode) => mode === flags.to?.toLowerCase());
  if (to === undefined)
    throw new CommandError(`parley migrate-transport needs --to ${modes.join(", ")}, or --rollback (see --help).`);
  const settings = {
    WEBSOCKET_HOST: flags["websocket-host"],
    WEBSOCKET_PORT: flags["websocket-port"],
    TELEGRAM_CHAT_ID: flags["telegram-chat"],
  };
  const given = Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return {
    ...shared,
    to,
    employees: flags.import ?? null,
    given: Object.fromEntries(given),
    where,
    dryRun: on.has("dry-run"),
    announce: on.has("announce"),
  };
}

/** @throws CommandError when something was given that says nothing there */
function refuse(given: readonly string[], beside: string): void {
  if (given.length > 0) throw new CommandError(`--${given.join(", --")} means nothing with ${beside} (see --help).`);
}
