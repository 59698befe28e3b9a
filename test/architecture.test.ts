import { describe, expect, test } from "bun:test";
import { circles, type Import, importsOf, type SourceFile, sourceFiles } from "./support/imports.ts";

/**
 * Which way imports point (DESIGN, section 2). From below: what everybody may use; the database; the hub; the domains in their
 * order; the guards; the doors; and what puts it all together.
 */
const everywhere = ["config", "limits", "environment", "errors", "clock", "logger", "network", "json", "version"].map(
  (name) => `src/${name}.ts`,
);
/**
 * Tasks stand below agents: an agent's status and its runs are derived from tasks, never the other way. What agents ask people is about
 * a task, and agents are what asks it: approvals stand between the two.
 */
/** The audit stands at the bottom: it is told by the log, and everything above it may note something. */
const domains = [
  "audit",
  "people",
  "rooms",
  "files",
  "messages",
  "search",
  "tasks",
  "approvals",
  "agents",
  "commands",
  "slash",
];
const together = ["src/main.ts", "src/start.ts", "src/app.tsx"];

const src = sourceFiles("src");
const views = sourceFiles("views");

const domainOf = (path: string) => domains.indexOf(/^src\/([a-z]+)\//.exec(path)?.[1] ?? "");
const isDoor = (path: string) =>
  /^src\/[a-z]+\/routes(\.tsx|\/)/.test(path) ||
  path.startsWith("src/transports/") ||
  path.startsWith("src/mcp/") ||
  path === "src/page.tsx";
const isDomain = (path: string) => domainOf(path) !== -1 && !isDoor(path);
const isTop = (path: string) => together.includes(path) || path.startsWith("src/cli/");

/** What the files that `which` picks import and may not, as sentences. */
function offences(
  files: readonly SourceFile[],
  which: (path: string) => boolean,
  may: (each: Import, file: SourceFile) => boolean,
): string[] {
  const chosen = files.filter(({ path }) => which(path));
  if (chosen.length === 0) throw new Error("this rule is about no file at all");
  return chosen.flatMap((file) =>
    file.imports
      .filter((each) => !may(each, file))
      .map(({ target, typeOnly }) => `${file.path} imports ${typeOnly ? "types of " : ""}${target}`),
  );
}

const within = (folder: string) => (path: string) => path.startsWith(folder);

describe("which way imports point", () => {
  test("settings, limits and errors import nothing of ours but types and one another", () => {
    const files = ["src/config.ts", "src/limits.ts", "src/environment.ts", "src/errors.ts"];
    const which = (path: string) => files.includes(path);
    const may = ({ isOurs, typeOnly, target }: Import) => !isOurs || typeOnly || files.includes(target);
    expect(offences(src, which, may)).toEqual([]);
  });

  test("the database imports what stands everywhere, and itself", () => {
    const may = ({ isOurs, target }: Import) =>
      !isOurs || everywhere.includes(target) || target.startsWith("src/database/");
    expect(offences(src, within("src/database/"), may)).toEqual([]);
  });

  test("the hub imports types only", () => {
    expect(offences(src, within("src/live/"), ({ typeOnly }) => typeOnly)).toEqual([]);
  });

  test("a domain imports the database, the hub, the limiter and the domains below it, never one above it or a door", () => {
    const may = ({ isOurs, target }: Import, { path }: SourceFile) => {
      if (!isOurs || everywhere.includes(target) || target === "src/limiter.ts") return true;
      if (target.startsWith("src/database/") || target.startsWith("src/live/")) return true;
      return isDomain(target) && domainOf(target) <= domainOf(path);
    };
    expect(offences(src, isDomain, may)).toEqual([]);
  });

  test("guards import the limiter and domains below them, and never a door", () => {
    const may = ({ isOurs, target }: Import) =>
      !isOurs ||
      target === "src/limiter.ts" ||
      everywhere.includes(target) ||
      isDomain(target) ||
      target.startsWith("src/guards/");
    expect(offences(src, within("src/guards/"), may)).toEqual([]);
  });

  test("doors import each other's types at most, but for what is theirs together, and never what puts it all together", () => {
    const may = ({ target, typeOnly }: Import, { path }: SourceFile) => {
      if (isTop(target)) return false;
      if (!isDoor(target) || target === "src/page.tsx" || typeOnly) return true;
      return partOf(path) === partOf(target);
    };
    expect(offences(src, isDoor, may)).toEqual([]);
  });

  /** What stands beside the transports' folders belongs to none of them: it is the one that manages them. */
  function partOf(path: string): string {
    return /^src\/transports\/[^/]+$/.test(path) ? "src/transports" : path.split("/").slice(0, 3).join("/");
  }

  test("what describes frames is asked by documents and tests, never while frames are sent", () => {
    const describing =
      /^src\/(shapes|transports\/websocket\/dialects\/([a-z]+-frames|frames?|sent-data|respelled))\.ts$/;
    const sending = (path: string) => path.startsWith("src/transports/websocket/") && !describing.test(path);
    expect(offences(src, sending, ({ target }) => !describing.test(target))).toEqual([]);
    const may = ({ isOurs, target }: Import) =>
      !isOurs ||
      describing.test(target) ||
      ["accepted.ts", "errors.ts", "member.ts"].some((name) => target.endsWith(`/${name}`));
    expect(offences(src, (path) => describing.test(path), may)).toEqual([]);
  });

  test("views import views, and only types of src", () => {
    const may = ({ isOurs, target, typeOnly }: Import) =>
      isOurs ? target.startsWith("views/") || (target.startsWith("src/") && typeOnly) : target.startsWith("hono/");
    expect(offences(views, () => true, may)).toEqual([]);
  });

  test("nothing imports tests, and nothing imports in a circle, not even types", () => {
    expect(
      offences(
        [...src, ...views],
        () => true,
        ({ target }) => !target.startsWith("test/"),
      ),
    ).toEqual([]);
    expect(circles([...src, ...views]).map((circle) => circle.join(" → "))).toEqual([]);
  });
});

describe("who may use what", () => {
  const used = (files: readonly SourceFile[], name: string) =>
    files
      .filter(({ imports }) => imports.some(({ target }) => target === name || target.startsWith(`${name}/`)))
      .map(({ path }) => path);

  test("hono: what speaks HTTP or renders", () => {
    const allowed =
      /^src\/(app\.tsx|page\.tsx|guards\/|[a-z]+\/routes(\.tsx|\/)|transports\/http\/|transports\/[a-z]+\/(routes\.tsx|webhook\.ts)|transports\/websocket\/dialects\/html\.tsx)/;
    expect(used(src, "hono").filter((path) => !allowed.test(path))).toEqual([]);
  });

  test("Bun's sockets: the one place that touches them", () => {
    const touching = src.filter(
      ({ text, imports }) =>
        imports.some(({ target }) => target === "bun") || /\bBun\.serve\b|ServerWebSocket/.test(text),
    );
    expect(touching.map(({ path }) => path)).toEqual(["src/transports/websocket/server.ts"]);
  });

  test("drizzle: the database and the domains; bun:sqlite itself: the database only", () => {
    const allowed = (path: string) => path.startsWith("src/database/") || isDomain(path);
    expect(used(src, "drizzle-orm").filter((path) => !allowed(path))).toEqual([]);
    expect(used(src, "bun:sqlite").filter((path) => !path.startsWith("src/database/"))).toEqual([]);
  });

  test("the Agent Client Protocol's library: one file", () => {
    expect(used(src, "@agentclientprotocol/sdk")).toEqual(["src/agents/backends/acp-wire.ts"]);
  });

  test("grammy: the Telegram door", () => {
    expect(used(src, "grammy").filter((path) => !path.startsWith("src/transports/telegram/"))).toEqual([]);
  });

  test("views: what answers with pages or fragments", () => {
    const allowed =
      /^src\/(app\.tsx|([a-z]+\/){1,2}routes(\.tsx|\/[a-z]+\.tsx)|transports\/websocket\/dialects\/html\.tsx)$/;
    const rendering = src.filter(({ imports }) => imports.some(({ target }) => target.startsWith("views/")));
    expect(rendering.map(({ path }) => path).filter((path) => !allowed.test(path))).toEqual([]);
  });
});

describe("what is done in one tick", () => {
  /** The code without its comments. */
  const codeOf = ({ text }: SourceFile) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

  test.each([
    "src/messages/post.ts",
    "src/live/hub.ts",
    "src/transports/websocket/resume.ts",
    "src/transports/websocket/outbound.ts",
  ])("%s has neither async nor await: one of them, and every reconnect under load has gaps", (path) => {
    const file = src.find((each) => each.path === path);
    if (!file) throw new Error(`${path} has moved`);
    expect(codeOf(file).match(/\b(async|await|Promise)\b/g)).toBeNull();
  });

  test("views neither wait nor reach outside", () => {
    const reaching =
      /\b(async|await|Promise|fetch|setTimeout|setInterval|process|require|Bun\.(?!escapeHTML\b)\w+|Date\.now|Math\.random)\b/;
    const offending = views.flatMap((file) => {
      const found = reaching.exec(codeOf(file));
      return found ? [`${file.path}: ${found[0]}`] : [];
    });
    expect(offending).toEqual([]);
  });
});

describe("the shape of a file", () => {
  test("none has more than 300 lines, unless its first line says why", () => {
    const long = [...src, ...views].filter(({ text }) => text.split("\n").length > 301 && !/^\/[/*]/.test(text));
    expect(long.map(({ path, text }) => `${path}: ${text.split("\n").length - 1}`)).toEqual([]);
  });

  test("none has a default export, and none only passes on what others export", () => {
    const offending = [...src, ...views].filter(({ text }) => /^export (default\b|\* from|\{[^}]*\} from)/m.test(text));
    expect(offending.map(({ path }) => path)).toEqual([]);
  });

  test("none evades the types: no any, no assertion that something is there", () => {
    const codeOf = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$|`[^`]*`|"[^"\n]*"/gm, "");
    const offending = [...src, ...views].filter(({ text }) =>
      /: any\b|<any>|as any\b|[\w)\]]!(?=[.;,)\]])/.test(codeOf(text)),
    );
    expect(offending.map(({ path }) => path)).toEqual([]);
  });
});

describe("the reader of imports itself", () => {
  test("sees every way of importing, and tells types from values", () => {
    const text = [
      'import "./a.ts";',
      'import b from "../b.css" with { type: "file" };',
      'import type { C } from "./c.ts";',
      'import { type D, type E } from "./d.ts";',
      "import {",
      "  f,",
      "  type G,",
      '} from "./f.ts";',
      'import * as h from "hono";',
      'export { i } from "./i.ts";',
      'export const j = "from nowhere";',
      'const k = "import x from y";',
    ].join("\n");
    expect(importsOf("src/x/y.ts", text).map(({ target, typeOnly }) => [target, typeOnly])).toEqual([
      ["src/x/a.ts", false],
      ["src/b.css", false],
      ["src/x/c.ts", true],
      ["src/x/d.ts", true],
      ["src/x/f.ts", false],
      ["hono", false],
      ["src/x/i.ts", false],
    ]);
  });

  test("finds a circle, once, and none where there is none", () => {
    const file = (path: string, ...targets: string[]): SourceFile => ({
      path,
      text: "",
      imports: targets.map((target) => ({ target, typeOnly: true, isOurs: true })),
    });
    expect(circles([file("a", "b"), file("b", "c"), file("c", "b"), file("d", "c")])).toEqual([["b", "c"]]);
    expect(circles([file("a", "b", "c"), file("b", "c"), file("c")])).toEqual([]);
  });
});
