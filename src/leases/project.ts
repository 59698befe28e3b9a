import { isAbsolute, normalize } from "node:path";
import { appended, type Log, type LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { doneBy } from "../people/identity.ts";
import type { Member } from "../people/member.ts";
import { standingIn } from "../people/standing.ts";
import { longestPath } from "./path.ts";

/**
 * Where the project lies whose files are claimed. It says what absolute paths are relative to and opens nothing: where agents may work
 * is for whoever runs the machine to say, in the settings.
 */
export interface Project {
  root(): string;
  /** @throws Refusal INVALID_MESSAGE, or CONFLICT while files are claimed: they would be others then */
  move(by: Member, root: string): Promise<string>;
}

/** `project.moved`: by an administrator. */
interface ProjectMoved {
  readonly root: string;
  readonly address: string;
}

/** @param first where it lies until somebody says otherwise */
export function createProject({ sqlite }: Pick<Store, "sqlite">, log: Log, first: string): Project {
  const standing = standingIn({ sqlite });
  const chosen = sqlite.prepare<{ value: string }, []>("SELECT value FROM meta WHERE key = 'project_root'");
  const choose = sqlite.prepare(
    "INSERT INTO meta (key, value) VALUES ('project_root', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  const claimed = sqlite.prepare<{ count: number }, [number]>(
    "SELECT count(*) AS count FROM leases WHERE expires_at > ?",
  );
  const moved = ({ at, data }: LogEvent) => {
    if ((claimed.get(at)?.count ?? 0) > 0)
      throw new Refusal("CONFLICT", "Files are claimed: they would be others under another root. Release them first.");
    choose.run((data as ProjectMoved).root);
  };
  // Only whether they are still here: in development a program without identity stands in for an admin, and the tables do not know it.
  log.define("project.moved", moved, (event) => void standing.actorOf(event));

  const project: Project = {
    root: () => chosen.get()?.value ?? first,
    async move(by, given) {
      const root = folderOf(given);
      if (root === project.root()) return root;
      const data: ProjectMoved = { root, ...doneBy(by) };
      await appended(log, { kind: "project.moved", roomId: null, actorId: by.id, data });
      return root;
    },
  };
  return project;
}

/** @throws Refusal INVALID_MESSAGE */
function folderOf(given: string): string {
  const wrong = (message: string) => new Refusal("INVALID_MESSAGE", message, { field: "project_root" });
  if (given.length > longestPath) throw wrong(`A path has at most ${longestPath} characters.`);
  if (!given.isWellFormed() || /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(given))
    throw wrong("That path holds characters that cannot be seen.");
  const text = given.normalize("NFC").trim();
  if (!isAbsolute(text)) throw wrong("The root of the project is a whole path, from / on.");
  const root = normalize(text).replace(/(?<=[^/])\/+$/, "");
  if (root === "/") throw wrong("The root of the project is a folder of its own.");
  return root;
}
