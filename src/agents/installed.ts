import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Where a program is, and which version where that can be told. */
export interface Installed {
  readonly path: string;
  readonly version: string | null;
}

/** Programs that are known to answer `--version` and do nothing else. Of any other nobody knows what it would do. */
const answering = new Set(["opencode", "gemini"]);

/** A cold start of the largest of them takes under two seconds; more than this is not waited for. */
const versionMs = 5_000;

/** How far above a program's file its package may be described. */
const packageLevels = 4;

const versions = new Map<string, string | null>();

/** Looks for the program that a command begins with. @returns undefined when it is not there or may not be started */
export async function installed(name: string, path: string | undefined): Promise<Installed | undefined> {
  const found = Bun.which(name, { PATH: path ?? "" });
  if (!found) return undefined;
  const real = realpathSync(found);
  // Each file of a program is asked once.
  const key = `${real} ${statSync(real).mtimeMs}`;
  const known = versions.get(key);
  if (known !== undefined) return { path: found, version: known };
  const version = packageVersion(real) ?? (answering.has(name) ? await saidVersion(found, path) : null);
  versions.set(key, version);
  return { path: found, version };
}

/** The version in the package.json that a program came with: told without starting it. */
function packageVersion(file: string): string | null {
  let folder = dirname(file);
  for (let level = 0; level < packageLevels; level += 1) {
    const described = readPackage(join(folder, "package.json"));
    if (described !== null) return described;
    folder = dirname(folder);
  }
  return null;
}

function readPackage(path: string): string | null {
  try {
    const { version, bin } = JSON.parse(readFileSync(path, "utf8")) as { version?: unknown; bin?: unknown };
    // A package that brings a program says so; others on the way up are of whoever keeps it.
    return bin !== undefined && typeof version === "string" ? shortened(version) : null;
  } catch {
    return null;
  }
}

/** What it says itself, with nothing of ours in its environment and an empty home. */
async function saidVersion(program: string, path: string | undefined): Promise<string | null> {
  const home = mkdtempSync(join(tmpdir(), "parley-version-"));
  try {
    const child = Bun.spawn([program, "--version"], {
      env: { PATH: path ?? "", HOME: home },
      cwd: home,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
      timeout: versionMs,
      killSignal: "SIGKILL",
    });
    const said = await new Response(child.stdout).text();
    return (await child.exited) === 0 ? shortened(said) : null;
  } catch {
    return null;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function shortened(text: string): string | null {
  const [line = ""] = text
    .replace(/[^\x20-\x7e\n]/g, "")
    .trim()
    .split("\n");
  return line.slice(0, 40) || null;
}
