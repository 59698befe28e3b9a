import { Database } from "bun:sqlite";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateTransport } from "../../src/cli/migrate-transport.ts";
import { user } from "../../src/cli/user.ts";
import { FakeTelegram } from "./fake-telegram.ts";
import type { FakeChat } from "./telegram/chats.ts";

const root = join(import.meta.dir, "..", "..");
const mortal = Bun.which("setpriv") ? ["setpriv", "--pdeathsig", "KILL"] : [];

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  /** Both of its outputs. */
  readonly said: string;
}

interface Running extends PromiseLike<Ended> {
  readonly child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** Resolves when it has said this; fails when it ended without. */
  says(words: string): Promise<void>;
  /** So far. */
  said(): string;
}

/** A folder as somebody starts Parley in: settings, and a database that mira owns; and a Telegram with her team's group. */
export interface Workspace extends AsyncDisposable {
  readonly folder: string;
  readonly settings: string;
  readonly database: string;
  readonly backups: string;
  readonly telegram: FakeTelegram;
  readonly group: FakeChat;
  /** The executable's entry, started in the folder, as a process of its own. */
  parley(args: readonly string[], env?: Record<string, string>): Running;
  migrate(...args: string[]): Running;
  /** The same in this process, which is quicker: for what no signal and no other server has a part in. @throws what is thrown at the executable */
  migrateHere(args: readonly string[], env?: Record<string, string>): Promise<Ended>;
  /** Every file but the backups, with its permissions and checksum. */
  tree(): Record<string, string>;
  /** The newest backup's folder. */
  backup(): string;
  read(...path: string[]): string;
}

interface Options {
  /** Lines of the settings; `null`: there is no file. What Telegram needs comes first. */
  settings?: string | null;
  /** There is no database yet. */
  fresh?: boolean;
}

export async function openWorkspace({ settings = "", fresh = false }: Options = {}): Promise<Workspace> {
  const folder = mkdtempSync(join(tmpdir(), "parley-migration-test-"));
  const telegram = new FakeTelegram();
  const group = telegram.group("the team", [telegram.person(501, "mira")]);
  const database = join(folder, "data", "parley.db");
  const file = join(folder, ".env");
  const backups = join(folder, "migration-backups");
  if (!fresh) {
    await user(["add", "mira", "--role", "owner", "--db", database]);
    // A process that goes on leaves these behind; they are empty.
    for (const end of ["-wal", "-shm"]) rmSync(`${database}${end}`, { force: true });
  }
  if (settings !== null) {
    writeFileSync(file, `${telegramLines(telegram, group)}PORT=0\nOPENCODE_CHAT_DB=./data/parley.db\n${settings}`);
    chmodSync(file, 0o640);
  }

  function parley(args: readonly string[], env: Record<string, string> = {}): Running {
    const { PATH = "", HOME = "" } = process.env;
    const child = Bun.spawn(
      [
        ...mortal,
        process.execPath,
        "--no-env-file",
        `--tsconfig-override=${root}/tsconfig.json`,
        `${root}/src/main.ts`,
        ...args,
      ],
      { cwd: folder, env: { PATH, HOME, TMPDIR: tmpdir(), ...env }, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
    );
    let said = "";
    const waiting = new Set<() => void>();
    const listen = async (stream: ReadableStream<Uint8Array>) => {
      for await (const piece of stream.pipeThrough(
        new TextDecoderStream() as never,
      ) as unknown as AsyncIterable<string>) {
        said += piece;
        for (const look of waiting) look();
      }
    };
    const ended = Promise.all([listen(child.stdout), listen(child.stderr), child.exited]).then(([, , code]) => ({
      code: child.signalCode === null ? code : null,
      said,
    }));
    return {
      child,
      said: () => said,
      says: (words) =>
        new Promise((resolve, reject) => {
          const look = () => {
            if (said.includes(words)) resolve();
          };
          waiting.add(look);
          look();
          void ended.then(() => reject(new Error(`it ended without "${words}": ${said}`)));
        }),
      // biome-ignore lint/suspicious/noThenProperty: to be awaited for how it ends, and looked into before that
      then: (...args) => ended.then(...args),
    };
  }

  return {
    folder,
    settings: file,
    database,
    backups,
    telegram,
    group,
    parley,
    migrate: (...args) => parley(["migrate-transport", ...args]),
    async migrateHere(args, env = {}) {
      const lines: string[] = [];
      const where = args.includes("--rollback") ? [] : ["--db", database];
      const code = await migrateTransport(["--env", file, ...where, ...args], (line) => lines.push(line), env);
      return { code, said: `${lines.join("\n")}\n` };
    },
    tree: () => treeOf(folder, "migration-backups"),
    backup() {
      const newest = readdirSync(backups).sort().at(-1);
      if (newest === undefined) throw new Error("there is no backup");
      return join(backups, newest);
    },
    read: (...path) => readFileSync(join(folder, ...path), "utf8"),
    async [Symbol.asyncDispose]() {
      await telegram.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function telegramLines(telegram: FakeTelegram, group: FakeChat): string {
  const lines = [
    `TELEGRAM_BOT_TOKEN=${telegram.token}`,
    `TELEGRAM_CHAT_ID=${group.id}`,
    `TELEGRAM_API_ROOT=${telegram.url}`,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** Files with their permissions and checksums, and folders. SQLite's shared memory is none of anybody's content. */
export function treeOf(folder: string, without = ""): Record<string, string> {
  const names = (readdirSync(folder, { recursive: true }) as string[]).sort();
  return Object.fromEntries(
    names
      .filter((name) => !name.endsWith("-shm") && (without === "" || !name.startsWith(without)))
      .map((name) => {
        const path = join(folder, name);
        const stats = statSync(path);
        if (stats.isDirectory()) return [name, "a folder"];
        return [
          name,
          `${(stats.mode & 0o777).toString(8)} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`,
        ];
      }),
  );
}

/** An `employees.db` as the old system made it, with a history beside it. */
export function oldSystem(
  folder: string,
  employees: readonly (readonly [name: string, role: string, smartness: string])[],
): string {
  const path = join(folder, "employees.db");
  if (existsSync(path)) rmSync(path);
  const sqlite = new Database(path, { create: true });
  sqlite.run(
    "CREATE TABLE employees (id INTEGER PRIMARY KEY, name TEXT UNIQUE, role TEXT, smartness TEXT, hired_at TIMESTAMP)",
  );
  sqlite.run("CREATE TABLE file_locks (id INTEGER PRIMARY KEY, file_path TEXT, employee_name TEXT, status TEXT)");
  sqlite.run("CREATE TABLE file_requests (id INTEGER PRIMARY KEY, file_path TEXT, requester TEXT)");
  for (const row of employees)
    sqlite.query("INSERT INTO employees (name, role, smartness) VALUES (?, ?, ?)").run(...row);
  sqlite.run("INSERT INTO file_locks (file_path, employee_name, status) VALUES ('src/app.py', 'erin', 'locked')");
  sqlite.close();
  oldHistory(join(folder, "chat_history.db"));
  return path;
}

export function oldHistory(path: string): void {
  const sqlite = new Database(path, { create: true });
  sqlite.run(
    "CREATE TABLE messages (id INTEGER PRIMARY KEY, message_id TEXT, conversation_id TEXT, sender TEXT, text TEXT)",
  );
  sqlite.run("CREATE TABLE conversations (id TEXT PRIMARY KEY, title TEXT)");
  sqlite.run("INSERT INTO messages (message_id, sender, text) VALUES ('1', 'erin', 'hello'), ('2', 'mira', 'hi')");
  sqlite.close();
}

/** Agents of a database at rest, fired ones with a dash before them. */
export function agentsIn(database: string): string[] {
  const sqlite = new Database(database);
  const sql = "SELECT name, title, removed_at AS gone FROM members WHERE kind = 'agent' ORDER BY id";
  const rows = sqlite.query<{ name: string; title: string; gone: number | null }, []>(sql).all();
  sqlite.close();
  return rows.map(({ name, title, gone }) => `${gone === null ? "" : "-"}${name} ${title}`);
}
