import { z } from "zod";
import type { ToolCall } from "./acp-tools.ts";

/** What of a tool's input names one thing, by the names that agents use for it. */
const names = ["file_path", "filePath", "filepath", "path", "abs_path", "absolute_path", "query", "pattern", "url"];
/** What of it a diff says too. */
const edits = [
  "old_string",
  "oldString",
  "oldText",
  "old_str",
  "new_string",
  "newString",
  "newText",
  "new_str",
  "content",
];

const words = z.string().nullish().catch(null);
const commandLine = z.union([z.string(), z.array(z.string())]);

type Given = Readonly<Record<string, unknown>>;

/** What exactly a tool is to do, in one text for its step; empty where the agent does not say yet. */
export function inputOf(call: ToolCall): string {
  const named = nameOf(call);
  const rest = restOf(call);
  if (named?.isCommand) return wholeOf(call);
  if (named) return named.text;
  if (Object.keys(rest).length > 0) return JSON.stringify(call.rawInput);
  if (typeof call.rawInput === "string") return call.rawInput;
  return call.kind === "execute" ? "" : (call.locations?.[0]?.path ?? "");
}

/** Everything that a tool is given: nobody allows what they cannot see. Empty where that is nothing. */
export function wholeOf(call: ToolCall): string {
  const named = nameOf(call);
  if (!named) {
    const { rawInput } = call;
    if (typeof rawInput === "string") return rawInput;
    const isNothing = rawInput === undefined || rawInput === null || JSON.stringify(rawInput) === "{}";
    return isNothing ? "" : JSON.stringify(rawInput);
  }
  const rest = restOf(call);
  if (Object.keys(rest).length === 0) return named.text;
  if (named.isCommand) return `${named.text}\n${JSON.stringify(rest)}`;
  const lines = Object.entries(rest).map(
    ([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return [named.text, ...lines].join("\n\n");
}

/** Whether it says itself what would be done, or only what stands beside that. */
export function isNamed(call: ToolCall): boolean {
  return nameOf(call) !== null;
}

/** The command or the one thing that it is about, and which names of the input that uses up. */
function nameOf({ rawInput }: ToolCall): { text: string; isCommand: boolean; used: readonly string[] } | null {
  const given = givenBy(rawInput);
  const command = given.command ?? given.cmd ?? "";
  const parsed = commandLine.safeParse(command);
  // Half of a command would be another one.
  if (!parsed.success) return null;
  if (parsed.data.length > 0) {
    const line = typeof parsed.data === "string" ? [parsed.data] : parsed.data.map(quoted);
    const args = z.array(z.string()).safeParse(given.args);
    const used = [isSaid(given.command) ? "command" : "cmd", ...(args.success ? ["args"] : [])];
    return { text: [...line, ...(args.data ?? []).map(quoted)].join(" "), isCommand: true, used };
  }
  for (const name of names) {
    const value = given[name];
    if (typeof value === "string" && value !== "") return { text: value, isCommand: false, used: [name] };
  }
  return null;
}

/** What its name, its directory and its diffs do not show. */
function restOf(call: ToolCall): Given {
  const { rawInput, diffs, kind } = call;
  const given = givenBy(rawInput);
  const used = new Set(nameOf(call)?.used);
  if (directoryOf(call) !== null) used.add(typeof given.cwd === "string" ? "cwd" : "workdir");
  // Of a command these change nothing that it does; another tool may do something with them.
  if (kind === "execute") {
    if (typeof given.description === "string") used.add("description");
    if (typeof given.timeout === "number") used.add("timeout");
  }
  const isInDiff = (name: string, value: unknown) =>
    (edits.includes(name) &&
      diffs.some(({ before, after }) => before?.includes(String(value)) || after.includes(String(value)))) ||
    (names.includes(name) && diffs.some(({ path }) => path === value));
  return Object.fromEntries(
    Object.entries(given).filter(
      ([name, value]) => isSaid(value) && !used.has(name) && !(typeof value === "string" && isInDiff(name, value)),
    ),
  );
}

function givenBy(rawInput: unknown): Given {
  const input = z.record(z.string(), z.unknown()).safeParse(rawInput);
  return input.success ? input.data : {};
}

function isSaid(value: unknown): boolean {
  return value !== null && value !== undefined;
}

/** A word of a command as a shell would have to be told it, so that nobody takes two words for one. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Where a tool would do it, as far as it says. */
export function directoryOf({ rawInput }: ToolCall): string | null {
  const given = z.looseObject({ cwd: words, workdir: words }).safeParse(rawInput);
  return given.success ? (given.data.cwd ?? given.data.workdir ?? null) : null;
}
