import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isWithin } from "../directory.ts";

/** Where people and their programs keep keys that are nobody else's business, below their own home. */
const keptSecret = [
  ...[
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".docker",
    ".netrc",
    ".npmrc",
    ".git-credentials",
    ".password-store",
  ],
  ...[".config", ".mozilla", ".local/share/keyrings", ".bash_history", ".zsh_history"],
  ...[".claude", ".claude.json", ".codex", ".gemini", ".local/share/opencode"],
];

/** What would start something outside of a sandbox for whoever asks: a session's bus, containers. */
const waysOut = ["/run/user", "/run/dbus", "/run/docker.sock", "/run/podman", "/run/containerd"];

/**
 * What a sandbox hides from every program: the folder of the database with its key and its files, Parley's settings, the keys of whoever
 * runs it, and the ways out. Real paths of what is there.
 */
export function hiddenFrom(
  databasePath: string,
  { cwd, home = "/nowhere" }: { cwd: string; home: string | undefined },
): readonly string[] {
  const secrets = [join(cwd, ".env"), ...keptSecret.map((name) => join(home, name))];
  const all = [...ofDatabase(resolve(databasePath), [cwd, home]), ...secrets, ...waysOut];
  return all.filter(existsSync).map((path) => realpathSync(path));
}

/** Where the database lies in a folder that programs need, such as somebody's home, what belongs to it is hidden one by one. */
function ofDatabase(path: string, needed: readonly string[]): readonly string[] {
  const folder = dirname(path);
  if (!needed.some((each) => isWithin(resolve(each), folder))) return [folder];
  const ofIt = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(basename(path))) : [];
  return ofIt.map((name) => join(folder, name));
}
