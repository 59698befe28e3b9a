import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { lookAtForeign } from "../../database/backup.ts";
import { Refusal } from "../../errors.ts";
import { handleOf, parseName } from "../../people/name.ts";
import { CommandError, type Operator } from "../operator.ts";

/** What an old system left behind. */
export interface OldTeam {
  readonly employees: readonly { readonly name: string; readonly role: string; readonly smartness: string }[];
  /** What is there besides and is not brought in, in words. */
  readonly left: readonly string[];
}

/** What became of each employee. */
export interface Hired {
  readonly hired: readonly string[];
  readonly kept: readonly string[];
  readonly refused: readonly string[];
}

/** Reads an `employees.db`, and what lies beside it. @throws CommandError for what is none */
export function readOldTeam(path: string): OldTeam {
  if (!existsSync(path) || !statSync(path).isFile()) throw new CommandError(`there is no ${path} to import`);
  try {
    return lookAtForeign(path, (sqlite) => {
      const count = (table: string) => {
        const isThere = sqlite.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(table);
        return isThere ? (sqlite.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? 0) : 0;
      };
      const rows = sqlite.query<Record<string, unknown>, []>("SELECT * FROM employees ORDER BY id").all();
      if (rows.some(({ name, role }) => typeof name !== "string" || typeof role !== "string"))
        throw new CommandError(`${path} has employees without a name or a role`);
      const employees = rows.map(({ name, role, smartness }) => ({
        name: String(name),
        role: String(role),
        smartness: typeof smartness === "string" && smartness !== "" ? smartness : "normal",
      }));
      const locks = count("file_locks");
      const requests = count("file_requests");
      return {
        employees,
        left: [
          ...(locks > 0 ? [`file locks (${locks}), of sessions that are over`] : []),
          ...(requests > 0 ? [`requests for files (${requests}), of sessions that are over`] : []),
          ...historyBeside(path),
        ],
      };
    });
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      `${path} is no employees.db of the old system (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

/** Its messages are not brought in: nobody could say when they were written, by whom, and in which order. */
function historyBeside(path: string): string[] {
  const history = join(dirname(path), "chat_history.db");
  if (!existsSync(history)) return [];
  let messages: number;
  try {
    const sql = "SELECT count(*) AS n FROM messages";
    messages = lookAtForeign(history, (sqlite) => sqlite.query<{ n: number }, []>(sql).get()?.n ?? 0);
  } catch {
    return [`${history}: it cannot be read`];
  }
  return [
    `${messages} messages of ${history}: their numbers began anew at each start and wrote over older ones, their times have no zone, and their authors were not known`,
  ];
}

/**
 * Hires everybody who does not work here yet, with the same checks and events as any hire. Who works here is kept as they are, and
 * who was fired here stays fired: doing it twice hires nobody twice.
 * @param former handles of those who were fired here
 */
export async function hireAll(
  operator: Operator,
  employees: OldTeam["employees"],
  former: ReadonlySet<string>,
): Promise<Hired> {
  const working = (await operator.ask("GET", "/employees")) as unknown as {
    employees: { name: string; role: string; smartness: string }[];
  };
  const byHandle = new Map(working.employees.map((each) => [handleOf(each.name), each]));
  const hired: string[] = [];
  const kept: string[] = [];
  const refused: string[] = [];
  for (const { name, role, smartness } of employees) {
    try {
      const { handle } = parseName(name.replace(/-bot$/i, ""));
      const here = byHandle.get(handle);
      if (here) {
        const isSame = here.role === role.trim().toLowerCase() && here.smartness === smartness;
        const words = `works here as ${here.role}, ${here.smartness}`;
        kept.push(isSame ? `${name}: works here already` : `${name}: ${words}; there it was ${role}, ${smartness}`);
      } else if (former.has(handle)) kept.push(`${name}: worked here and was fired`);
      else {
        await operator.ask("POST", "/employees", { name, role, smartness });
        byHandle.set(handle, { name, role: role.trim().toLowerCase(), smartness });
        hired.push(`${name} (${role}, ${smartness})`);
      }
    } catch (error) {
      const isRefused = error instanceof CommandError && error.status !== undefined && error.status < 500;
      if (!isRefused && !(error instanceof Refusal)) throw error;
      refused.push(`${name}: ${error.message}`);
    }
  }
  return { hired, kept, refused };
}
