import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** One import of a source file. */
export interface Import {
  /** A path from the root of the repository, or the name of a package. */
  readonly target: string;
  /** Whether nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
  readonly isOurs: boolean;
}

export interface SourceFile {
  /** From the root of the repository: `src/messages/post.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const root = join(import.meta.dir, "../..");

/** Every TypeScript file of some folders of the repository, with what it imports. */
export function sourceFiles(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith(".d.ts"))
      .map((entry) => {
        const path = relative(root, join(entry.parentPath, entry.name));
        const text = readFileSync(join(root, path), "utf8");
        return { path, text, imports: importsOf(path, text) };
      }),
  );
}

/** Reads import and re-export statements; those of our own files as paths from the root. */
export function importsOf(path: string, text: string): Import[] {
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?([^;"']*?)\s*(?:from\s+)?"([^"]+)"/gm);
  const found = [...statements].filter(([whole]) => /\bfrom\s+"|^import\s+"/.test(whole));
  return found.map(([, type, names = "", target = ""]) => {
    const inside =
      /\{([\s\S]*)\}/
        .exec(names)?.[1]
        ?.split(",")
        .map((name) => name.trim())
        .filter(Boolean) ?? [];
    const outside = names.replace(/\{[\s\S]*\}/, "").replace(/[\s,]/g, "");
    const onlyTypes = outside === "" && inside.length > 0 && inside.every((name) => name.startsWith("type "));
    const isOurs = target.startsWith(".");
    return {
      target: isOurs ? join(dirname(path), target) : target,
      typeOnly: type !== undefined || onlyTypes,
      isOurs,
    };
  });
}

/** Circles of files that import each other, each once, beginning with its first name. */
export function circles(files: readonly SourceFile[]): string[][] {
  const next = new Map(
    files.map((file) => [file.path, file.imports.filter(({ isOurs }) => isOurs).map(({ target }) => target)]),
  );
  const found = new Map<string, string[]>();
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (path: string): void => {
    const at = way.indexOf(path);
    if (at !== -1) {
      const circle = way.slice(at);
      found.set([...circle].sort().join(), circle);
      return;
    }
    if (done.has(path)) return;
    way.push(path);
    for (const target of next.get(path) ?? []) visit(target);
    way.pop();
    done.add(path);
  };
  for (const path of next.keys()) visit(path);
  return [...found.values()];
}
