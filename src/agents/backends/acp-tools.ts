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
