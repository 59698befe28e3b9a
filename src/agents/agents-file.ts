import { readFileSync, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { z } from "zod";
import { program } from "./presets.ts";
import type { Program } from "./programs.ts";

/** More than any list of programs: a file that was named by mistake is not read. */
const mostBytes = 256 * 1024;
const mostPrograms = 100;

/** What opens the house itself: no program is ever given it. */
const ownSecrets = ["OPENCODE_SECRET_KEY", "OPENCODE_API_KEY", "OPENCODE_ADMIN_KEY", "TELEGRAM_BOT_TOKEN"];

const variableName = z
  .string("must be the name of a variable, such as GITHUB_TOKEN")
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, "must be the name of a variable, such as GITHUB_TOKEN")
  .refine((name) => !ownSecrets.includes(name), "is Parley's own secret: whoever has it has the workspace")
  .refine((name) => !name.startsWith("PARLEY_"), "is Parley's own: choose another name");

const text = (most: number) =>
  z
    .string("must be a text")
    .min(1, "must not be empty")
    .max(most, `may have at most ${most} characters`)
    .refine((given) => !given.includes("\0"), "must not hold a NUL");

const command = z
  .array(text(4_000), 'must be a list of words that begins with the program, such as ["review", "{words}"]')
  .min(1, "must begin with the program")
  .max(100, "may have at most 100 words")
  .refine(([first = ""]) => !first.includes("/") || isAbsolute(first), {
    message:
      "must begin with a program that is on the PATH, or with its absolute path: agents work in other directories",
  });

const address = z
  .string("must be an address such as http://127.0.0.1:11434/v1")
  .refine((given) => /^https?:$/.test(URL.parse(given)?.protocol ?? ""), {
    message: "must be an address such as http://127.0.0.1:11434/v1",
  })
  .refine((given) => !URL.parse(given)?.username, "must hold no password: name the key's variable in keyVariable")
  .transform((given) => given.replace(/(?<!\/)\/+$/, ""));

const dollars = z.number("must be dollars for a million tokens").min(0, "must be 0 or more").max(100_000);

const common = {
  name: z
    .string("must be a name such as reviewer")
    .regex(/^[a-z0-9][a-z0-9._-]{0,39}$/, "must be 1 to 40 small letters, digits, dots, - or _, such as reviewer")
    .refine((name) => !["builtin", "none"].includes(name), "is taken by Parley itself: choose another"),
  title: text(60).optional(),
  hint: text(500).default("Ask whoever runs Parley: this program is of their own making."),
  model: text(100).nullable().default(null),
};
const process = {
  ...common,
  command,
  passes: z.array(variableName, "must be a list of names of variables").max(100).default([]),
  environment: z.record(variableName, z.string("must be a text").max(10_000)).default({}),
  keyVariable: variableName.nullable().default(null),
};

const written = z.discriminatedUnion(
  "backend",
  [
    z.strictObject({ backend: z.literal("acp"), ...process }),
    z.strictObject({ backend: z.literal("exec"), ...process }),
    z.strictObject({
      backend: z.literal("openai"),
      ...common,
      endpoint: address,
      keyVariable: variableName.nullable().default(null),
      price: z.strictObject({ input: dollars, output: dollars }).optional(),
      plainHttp: z.boolean("must be true or false").optional(),
    }),
  ],
  'must be "acp" (a program that speaks the Agent Client Protocol), "exec" (any other program) or "openai" (a model)',
);

const file = z.strictObject(
  { programs: z.array(written, "must be a list of programs").max(mostPrograms, `may hold at most ${mostPrograms}`) },
  'must be an object such as {"programs": []}',
);

/** The operator's own programs, or all that is wrong with what they wrote: each line names the file, the field and the remedy. */
export type AgentsFile =
  | { readonly programs: readonly Program[]; readonly problems: readonly [] }
  | { readonly programs: null; readonly problems: readonly string[] };

/** Reads the operator's file. @returns no programs when it is not there */
export function readAgentsFile(path: string): AgentsFile {
  let bytes: string;
  try {
    const { mode, size } = statSync(path);
    // Whoever can write it says which programs run as Parley's own user.
    if ((mode & 0o002) !== 0) return wrong(`${path} can be written by anybody on this machine: chmod o-w ${path}`);
    if (size > mostBytes) return wrong(`${path} has ${size} bytes, and a list of programs at most ${mostBytes}`);
    bytes = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { programs: [], problems: [] };
    return wrong(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parseAgentsFile(bytes, path);
}

export function parseAgentsFile(json: string, path: string): AgentsFile {
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch (error) {
    return wrong(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = file.safeParse(given);
  if (!parsed.success)
    return wrong(...parsed.error.issues.map((issue) => `${path}: ${pathOf(issue.path)}${sentence(issue)}`));
  const names = parsed.data.programs.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) return wrong(...twice.map((name) => `${path}: programs: "${name}" is there twice: rename one`));
  return {
    programs: parsed.data.programs.map((each) => program({ ...each, title: each.title ?? each.name })),
    problems: [],
  };
}

function wrong(...problems: string[]): AgentsFile {
  return { programs: null, problems };
}

/** `programs[2].command[0]: ` */
function pathOf(path: readonly PropertyKey[]): string {
  const parts = path.map((part, index) =>
    typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`,
  );
  return parts.length === 0 ? "" : `${parts.join("")}: `;
}

interface Issue {
  readonly code: string;
  readonly message: string;
  readonly keys?: readonly string[];
  /** Of a name in a record: what is wrong with it. */
  readonly issues?: readonly { readonly message: string }[];
}

function sentence({ code, message, keys = [], issues }: Issue): string {
  if (code !== "unrecognized_keys") return issues?.[0]?.message ?? message;
  return `knows no ${keys.map((key) => `"${key}"`).join(" and no ")}: take it out, or see README, "Hire a coding agent"`;
}
