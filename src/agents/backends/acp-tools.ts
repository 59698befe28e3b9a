import { z } from "zod";
import type { StepDiff, StepKind, StepState } from "../../tasks/step.ts";

const kinds = ["read", "edit", "delete", "move", "search", "execute", "think", "fetch"] as const satisfies StepKind[];
const states: Readonly<Record<string, StepState>> = {
  pending: "pending",
  in_progress: "running",
  completed: "completed",
  failed: "failed",
};

const words = z.string().nullish().catch(null);
const contentItem = z.object({ type: z.literal("content"), content: z.unknown().optional() });
const diffItem = z.object({
  type: z.literal("diff"),
  path: z.string(),
  oldText: z.string().nullish(),
  newText: z.string(),
});

/** A tool call or a piece of one, as an agent reports it: nothing but its id is sure to be there. */
export const toolCall = z
  .object({
    toolCallId: z.string().min(1).max(500),
    kind: words,
    status: words,
    title: words,
    name: words,
    content: z.array(z.unknown()).nullish().catch(null),
    locations: z
      .array(z.object({ path: z.string() }))
      .nullish()
      .catch(null),
    rawInput: z.unknown().optional(),
    rawOutput: z.unknown().optional(),
  })
  .transform(({ content, kind, status, rawOutput, ...rest }) => ({
    ...rest,
    kind: kindOf(kind),
    status: status ? states[status] : undefined,
    /** All that it says so far; null when this piece says nothing about that. */
    text: content ? textsOf(content) : null,
    diffs: (content ?? []).flatMap((item): StepDiff[] => {
      const diff = diffItem.safeParse(item);
      if (!diff.success) return [];
      return [{ path: diff.data.path, before: diff.data.oldText ?? null, after: diff.data.newText }];
    }),
    output: outputOf(rawOutput),
  }));
export type ToolCall = z.infer<typeof toolCall>;

function kindOf(kind: string | null | undefined): StepKind | undefined {
  return kind ? (kinds.find((each) => each === kind) ?? "other") : undefined;
}

function textsOf(content: readonly unknown[]): string | null {
  const texts = content.flatMap((item) => {
    const parsed = contentItem.safeParse(item);
    return parsed.success ? [textOf(parsed.data.content)] : [];
  });
  return texts.length === 0 ? null : texts.join("\n");
}

const textBlock = z.object({ type: z.literal("text"), text: z.string() });
const linkBlock = z.object({ type: z.literal("resource_link"), uri: z.string() });

/** What a piece of content says in words. */
export function textOf(content: unknown): string {
  const text = textBlock.safeParse(content);
  if (text.success) return text.data.text;
  const link = linkBlock.safeParse(content);
  return link.success ? link.data.uri : "";
}

function outputOf(raw: unknown): string | null {
  if (typeof raw === "string") return raw;
  const parsed = z.object({ output: z.string() }).safeParse(raw);
  return parsed.success ? parsed.data.output : null;
}

/** What of a tool's input names one thing, by the names that agents use for it. */
const paths = ["file_path", "filePath", "filepath", "path", "abs_path", "absolute_path"];
const queries = ["query", "pattern", "url"];
/** What stands beside a command and does not change what it does. */
const besides = ["command", "cmd", "args", "cwd", "workdir", "description", "timeout"];

/** What exactly a tool is to do, in one text; empty where the agent does not say yet. */
export function inputOf({ kind, rawInput, locations }: ToolCall): string {
  const input = z.record(z.string(), z.unknown()).safeParse(rawInput);
  const given = input.success ? input.data : {};
  const command = commandOf(given);
  if (command !== null) return command;
  for (const name of [...paths, ...queries]) {
    const value = given[name];
    if (typeof value === "string" && value !== "") return value;
  }
  if (Object.keys(given).some((name) => !besides.includes(name))) return JSON.stringify(given);
  if (typeof rawInput === "string") return rawInput;
  return kind === "execute" ? "" : (locations?.[0]?.path ?? "");
}

/** The whole command: whatever else is said beside it that could change what it does is shown with it. */
function commandOf(given: Readonly<Record<string, unknown>>): string | null {
  const parsed = z.union([z.string(), z.array(z.string())]).safeParse(given.command ?? given.cmd);
  if (!parsed.success || parsed.data.length === 0) return null;
  const args = z.array(z.string()).catch([]).parse(given.args);
  const line = typeof parsed.data === "string" ? [parsed.data] : parsed.data.map(quoted);
  const more = Object.entries(given).filter(([name, value]) => !besides.includes(name) && value !== null);
  const rest = more.length === 0 ? "" : `\n${JSON.stringify(Object.fromEntries(more))}`;
  return [...line, ...args.map(quoted)].join(" ") + rest;
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
