import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Config } from "../../config.ts";
import { type Hold, hasUnfinishedWrites, lookAt } from "../../database/backup.ts";
import { DatabaseError } from "../../database/open.ts";
import { isLoopback } from "../../environment.ts";
import { typesOf } from "../../transports/choice.ts";
import { CommandError } from "../operator.ts";
import type { Plan } from "./plan.ts";
import { portProblems } from "./ports.ts";
import { type OldTeam, readOldTeam } from "./team.ts";
import { reachTelegram } from "./telegram.ts";
import type { Wish } from "./wish.ts";

/** What was found before anything is done. */
export interface Found {
  /** Everything that stands in the way, at once, each with its remedy. */
  readonly problems: readonly string[];
  /** Who is to be brought in. */
  readonly team: OldTeam | null;
}

/** @param hold of the database, as far as it is there */
export async function preflight(wish: Wish, plan: Plan, backups: string, hold: Hold): Promise<Found> {
  const problems = [...plan.problems];
  const config = plan.roughly;
  refuseUnwritable(dirname(plan.file), "the settings", problems);
  let team: OldTeam | null = null;
  if (wish.employees !== null) {
    try {
      team = readOldTeam(wish.employees);
    } catch (error) {
      problems.push(sentenceOf(error));
    }
  }
  if (!config) return { problems, team };
  problems.push(...databaseProblems(config, wish, hold));
  refuseUnwritable(existsSync(backups) ? backups : nearest(backups), "backups", problems);
  problems.push(...spaceProblems(config, backups));
  problems.push(...(await portProblems(config, !hold.isOurs)));
  if (typesOf(wish.to).includes("telegram") && config.telegram)
    await reachTelegram(config, config.telegram).catch((error: unknown) => problems.push(sentenceOf(error)));
  return { problems, team };
}

function databaseProblems(config: Config, wish: Wish, hold: Hold): string[] {
  const path = config.databasePath;
  const problems: string[] = [];
  const isPublic = !isLoopback(config.host) || !isLoopback(config.websocketHost);
  let hasOwner = false;
  if (isThere(path)) {
    try {
      const owner = "SELECT 1 FROM members WHERE kind = 'person' AND role = 'owner' AND removed_at IS NULL";
      hasOwner = lookAt(path, hold, (sqlite) => sqlite.query(owner).get() !== null);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      return [error.message];
    }
  }
  if (isPublic && !hasOwner)
    problems.push(
      `HOST=${config.host} can be reached by others and this workspace has no owner yet: make one first with "parley user add NAME --role owner"`,
    );
  if (wish.employees === null) return problems;
  if (!hold.isOurs)
    problems.push(
      `${path} is in use by a running server, and employees are brought in while it stands still: stop it, and start it again afterwards`,
    );
  else if (hasUnfinishedWrites(path))
    problems.push(`${path} was not closed properly: start the server once, stop it, and run this again`);
  return problems;
}

/** A backup takes the room of a database; working on it takes some more. */
function spaceProblems({ databasePath }: Config, backups: string): string[] {
  if (!isThere(databasePath)) return [];
  const needed = 4 * statSync(databasePath).size;
  const { bavail, bsize } = statfsSync(nearest(backups));
  const free = Number(bavail) * Number(bsize);
  if (free >= needed) return [];
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1024 / 1024)} MB`;
  return [
    `the disk of ${backups} has ${megabytes(free)} left, and a backup of ${databasePath} with its copies may take ${megabytes(needed)}: free some, or give another --backup-dir`,
  ];
}

/** An empty file is where a first start was interrupted: there is nothing in it. */
export function isThere(path: string): boolean {
  return existsSync(path) && statSync(path).size > 0;
}

function refuseUnwritable(folder: string, what: string, problems: string[]): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (!statSync(folder).isDirectory()) problems.push(`${folder} is no folder: ${what} cannot be written there`);
  } catch {
    problems.push(
      `${folder} cannot be written to, and ${what} must be: give this user the right to, or run as one who has it`,
    );
  }
}

/** The nearest folder above something that is there. */
function nearest(path: string): string {
  const folder = resolve(path);
  return existsSync(folder) ? folder : nearest(dirname(folder));
}

function sentenceOf(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  throw error;
}
