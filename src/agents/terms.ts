import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";
import { parseName } from "../people/name.ts";
import type { Agent } from "./agent.ts";
import { projectDirectory } from "./directory.ts";
import type { Program, Programs } from "./programs.ts";
import { type AgentSettings, defaultSettings } from "./settings.ts";

/** How somebody wants an agent to work, as it came in: every field may be left out, and is then as it was or as it is by default. */
export interface Wishes {
  readonly role?: string;
  readonly expertise?: readonly string[];
  readonly smartness?: string;
  /** A program of the catalogue; null, empty or `builtin`: none. */
  readonly program?: string | null;
  readonly directory?: string | null;
  readonly model?: string | null;
  readonly sandbox?: string;
  readonly approvals?: string;
  readonly dailyTokens?: number | null;
  readonly dailyUsd?: number | null;
}

/** What an agent works at and how, all of it and found good: what `agent.hired` and `agent.changed` hold. */
export interface Terms {
  readonly role: string;
  readonly expertise: readonly string[];
  readonly backend: string;
  readonly smartness: "smart" | "normal";
  readonly settings: AgentSettings;
}

/** What somebody of a job knows when nothing else was said. */
export const expertiseByRole: Record<string, readonly string[]> = {
  developer: ["python", "javascript", "html", "css", "api", "database"],
  "fs-developer": ["python", "javascript", "html", "css", "api", "database", "testing"],
  "frontend-developer": ["javascript", "html", "css", "react", "vue"],
  "backend-developer": ["python", "api", "database", "server"],
  designer: ["css", "html", "ui", "design", "layout"],
  tester: ["testing", "qa", "debugging"],
  qa: ["testing", "qa", "debugging", "quality"],
  devops: ["deployment", "server", "docker", "ci/cd", "monitoring"],
};

interface Known {
  readonly config: Pick<Config, "projectRoots" | "databasePath">;
  readonly programs: Pick<Programs, "byName" | "list">;
}

/** An agent's name, which is mentioned and so has no spaces. @throws Refusal INVALID_MESSAGE */
export function agentName(given: string): { readonly name: string; readonly handle: string } {
  const parsed = parseName(given.replace(/-bot$/i, ""));
  if (/\s/.test(parsed.name)) throw wrong("name", "An agent's name has no spaces, so that it can be mentioned.");
  return parsed;
}

/**
 * Makes terms of wishes.
 * @param before what it has been hired for, when it is being changed
 * @throws Refusal INVALID_MESSAGE naming the field
 */
export function termsOf(wishes: Wishes, { config, programs }: Known, before?: Agent): Terms {
  const settings = before?.settings ?? defaultSettings;
  const role = (wishes.role ?? before?.role ?? "").trim().toLowerCase();
  if (!/^[\p{L}\p{N}][\p{L}\p{N} _/-]{0,49}$/u.test(role))
    throw wrong("role", "A role has 1 to 50 letters, digits, spaces, / - or _.");
  const program = programNamed(wishes.program === undefined ? settings.program : wishes.program, programs, before);
  return {
    role,
    expertise: expertiseOf(wishes.expertise, role, before),
    backend: program?.backend ?? "builtin",
    smartness: oneOf("smartness", wishes.smartness ?? before?.smartness ?? "normal", ["smart", "normal"]),
    settings: program === undefined ? withoutProgram(wishes, settings) : settingsOf(wishes, program, settings, config),
  };
}

function settingsOf(wishes: Wishes, program: Chosen, before: AgentSettings, config: Known["config"]): AgentSettings {
  // Another program knows other models.
  const model = program.name === before.program ? before.model : null;
  return {
    program: program.name,
    directory: directoryOf(wishes, program, before, config),
    model: modelOf(pick(wishes.model, model)),
    sandbox: oneOf("sandbox", wishes.sandbox ?? before.sandbox, ["auto", "off"]),
    approvals: oneOf("approvals", wishes.approvals ?? before.approvals, ["ask", "deny"]),
    dailyTokens: budget("dailyTokens", wishes.dailyTokens, before.dailyTokens, 1e12),
    dailyUsd: budget("dailyUsd", wishes.dailyUsd, before.dailyUsd, 1e6),
  };
}

/**
 * Without a program nothing is set up, and nothing of before is kept: whoever gives the agent one later must not get a sandbox that
 * somebody else turned off.
 */
function withoutProgram(wishes: Wishes, before: AgentSettings): AgentSettings {
  const { directory, model, dailyTokens, dailyUsd } = wishes;
  const [field] = Object.entries({ directory, model, dailyTokens, dailyUsd }).find(([, given]) => given) ?? [];
  if (field !== undefined && before.program === null)
    throw wrong(
      field,
      "The built-in agent follows rules in Parley itself: a directory, a model or a budget is for one with a program.",
    );
  return defaultSettings;
}

/** What stays as it was is looked at when a run begins: a directory that is gone must not stand in the way of another change. */
function directoryOf(wishes: Wishes, program: Chosen, before: AgentSettings, config: Known["config"]): string | null {
  const directory = pick(wishes.directory, before.directory);
  if (directory === null || directory === before.directory) return program.backend === "openai" ? null : directory;
  if (program.backend === "openai")
    throw wrong("directory", `${program.title} is a service and works in no directory of this machine.`);
  return projectDirectory(directory, config);
}

type Chosen = Pick<Program, "name" | "title" | "backend">;

function programNamed(given: string | null, programs: Known["programs"], before?: Agent): Chosen | undefined {
  const name = programIn(given);
  if (name === null) return undefined;
  const program = programs.byName(name);
  if (program) return program;
  // One that left the catalogue stays until another is chosen: everything else about the agent can be changed meanwhile.
  if (before && name === before.settings.program)
    return { name, title: name, backend: before.backend as Program["backend"] };
  const names = programs.list().map((each) => each.name);
  throw wrong(
    "program",
    `There is no program called "${name.slice(0, 40)}": choose one of builtin, ${names.join(", ")}.`,
  );
}

/** The program that was asked for; null for none. */
export function programIn(given: string | null | undefined): string | null {
  const name = given?.trim().toLowerCase() ?? "";
  return name === "" || name === "builtin" ? null : name;
}

/** A text that was left out, taken away, or given. */
function pick(given: string | null | undefined, before: string | null): string | null {
  return given === undefined ? before : given?.trim() || null;
}

/** A word of its argv, or of what a model service is asked: never one that could be taken for an option. */
function modelOf(model: string | null): string | null {
  if (model === null || /^[\p{L}\p{N}][\p{L}\p{N}._:/@+-]{0,99}$/u.test(model)) return model;
  throw wrong(
    "model",
    "A model's name has 1 to 100 letters, digits and . _ : / @ + - and begins with a letter or digit.",
  );
}

function budget(field: string, given: number | null | undefined, before: number | null, most: number): number | null {
  if (given === undefined) return before;
  const isCount = field !== "dailyTokens" || Number.isSafeInteger(given);
  if (given === null || (Number.isFinite(given) && isCount && given > 0 && given <= most)) return given;
  const words = field === "dailyTokens" ? "A day's tokens are a whole number" : "A day's dollars are a number";
  throw wrong(field, `${words} over 0 and up to ${most.toLocaleString("en")}; leave it empty for no limit.`);
}

function oneOf<T extends string>(field: string, given: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === given);
  if (found !== undefined) return found;
  throw wrong(field, `${field[0]?.toUpperCase()}${field.slice(1)} is ${choices.join(" or ")}.`);
}

function expertiseOf(given: readonly string[] | undefined, role: string, before: Agent | undefined): readonly string[] {
  // Without what turns text around or is not seen: these words stand beside names, and are matched with what people write.
  const words = (given ?? [])
    .map((word) =>
      word
        .toWellFormed()
        .replace(/[\p{Cc}\p{Cf}]+/gu, "")
        .trim()
        .toLowerCase(),
    )
    .filter(Boolean);
  if (words.length > 32 || words.some((word) => word.length > 40))
    throw wrong("expertise", "An agent has at most 32 fields of expertise of at most 40 characters.");
  if (words.length > 0) return [...new Set(words)];
  if (before && given === undefined) return before.expertise;
  return (Object.hasOwn(expertiseByRole, role) ? expertiseByRole[role] : undefined) ?? ["general"];
}

function wrong(field: string, message: string): Refusal {
  return new Refusal("INVALID_MESSAGE", message, { field });
}
