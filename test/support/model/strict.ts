import { z } from "zod";

/** A conversation as the model was shown it. */
export interface Chat {
  readonly model: string;
  readonly messages: readonly { readonly role: "system" | "user" | "assistant" | "tool"; readonly text: string }[];
  /** Names of the tools it was offered. */
  readonly tools: readonly string[];
}

const content = z.union([
  z.string(),
  z.null(),
  z.array(z.object({ type: z.literal("text"), text: z.string() }).loose()),
]);
const call = z.object({
  id: z.string().min(1),
  type: z.literal("function"),
  function: z.object({ name: z.string().min(1), arguments: z.string() }),
});
const body = z.object({
  model: z.string().min(1),
  stream: z.literal(true),
  messages: z
    .array(
      z.object({
        role: z.enum(["system", "user", "assistant", "tool"]),
        content: content.optional(),
        tool_calls: z.array(call).optional(),
        tool_call_id: z.string().optional(),
      }),
    )
    .min(1),
  tools: z
    .array(
      z.object({
        type: z.literal("function"),
        function: z.object({
          name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
          parameters: z.looseObject({ type: z.literal("object") }).optional(),
        }),
      }),
    )
    .optional(),
});

/** Reads a request as strictly as the services that charge for it. @returns what is wrong with it, in words, where something is */
export function parseChat(request: unknown): Chat | string {
  const parsed = body.safeParse(request);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const { model, messages, tools = [] } = parsed.data;
  const open = new Set<string>();
  for (const message of messages) {
    if (message.role === "tool") {
      if (!open.delete(message.tool_call_id ?? "")) return "a tool's answer to a call that was not made";
    } else if (open.size > 0) {
      return `calls without an answer: ${[...open].join(", ")}`;
    }
    for (const { id } of message.tool_calls ?? []) open.add(id);
  }
  if (open.size > 0) return `calls without an answer: ${[...open].join(", ")}`;
  return {
    model,
    messages: messages.map((message) => ({ role: message.role, text: textOf(message.content ?? "") })),
    tools: tools.map((tool) => tool.function.name),
  };
}

function textOf(value: z.infer<typeof content>): string {
  if (value === null) return "";
  return typeof value === "string" ? value : value.map(({ text }) => text).join("\n");
}
