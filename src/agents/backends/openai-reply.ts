import { z } from "zod";
import type { Program } from "../programs.ts";
import type { Usage } from "../usage.ts";
import { Thinking, type Told } from "./openai-thinking.ts";

/** A tool that the model wants to use. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** As they came: meant to be JSON. */
  readonly arguments: string;
}

/** Everything a model said to one request. */
export interface Reply {
  readonly text: string;
  readonly calls: readonly ToolCall[];
  /** Why it ended; null where nothing said that it did. */
  readonly finish: string | null;
  readonly usage: Usage | null;
}

const fragment = z.object({
  index: z.int().min(0).max(1_000).optional(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});
const said = z.object({
  content: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  tool_calls: z.array(fragment).nullish(),
});
const chunkShape = z.object({
  choices: z
    .array(z.object({ delta: said.nullish(), message: said.nullish(), finish_reason: z.string().nullish() }))
    .nullish(),
  usage: z
    .object({ prompt_tokens: z.number(), completion_tokens: z.number(), cost: z.number().nullish() })
    .nullish()
    .catch(null),
  error: z.unknown().optional(),
});

/** A piece of a reply as every service that is compatible more or less sends it; null for what is none. */
export function chunkFrom(json: string): z.infer<typeof chunkShape> | null {
  try {
    return chunkShape.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}

export type Chunk = z.infer<typeof chunkShape>;

/** Puts a reply together from its pieces. */
export class Growing {
  private text = "";
  private readonly calls: { index: number; id: string; name: string; arguments: string }[] = [];
  private finish: string | null = null;
  private usage: Usage | null = null;
  private readonly thinking = new Thinking();
  constructor(private readonly price: Program["price"]) {}

  /** @returns what of it people see, and how much there was */
  add({ choices, usage }: Chunk): Told & { readonly characters: number } {
    const [choice] = choices ?? [];
    // Services that do not stream say all of it at once.
    const piece = choice?.delta ?? choice?.message;
    const content = piece?.content ?? "";
    const reasoning = piece?.reasoning_content ?? piece?.reasoning ?? "";
    const { text, thought } = this.thinking.take(content);
    this.text += text;
    let characters = content.length + reasoning.length;
    for (const [position, { index = position, id, function: called }] of (piece?.tool_calls ?? []).entries()) {
      const call = this.callAt(index, id ?? "");
      call.name ||= called?.name ?? "";
      call.arguments += called?.arguments ?? "";
      characters += called?.arguments?.length ?? 0;
    }
    this.finish = choice?.finish_reason ?? this.finish;
    if (usage) this.usage = this.priced(usage.prompt_tokens, usage.completion_tokens, usage.cost ?? null);
    return { text, thought: reasoning + thought, characters };
  }

  /** What was held back, when nothing more comes. */
  rest(): Told {
    const told = this.thinking.rest();
    this.text += told.text;
    return told;
  }

  get reply(): Reply {
    const calls = this.calls.filter(({ name }) => name !== "").map(({ index: _, ...call }) => call);
    return { text: this.text, calls, finish: this.finish, usage: this.usage };
  }

  /** Some services give every call the same index, and only their ids tell them apart. */
  private callAt(index: number, id: string) {
    const known = this.calls.findLast((call) => call.index === index);
    if (known && (id === "" || known.id === "" || known.id === id)) {
      known.id ||= id;
      return known;
    }
    const call = { index, id, name: "", arguments: "" };
    this.calls.push(call);
    return call;
  }

  private priced(inputTokens: number, outputTokens: number, cost: number | null): Usage {
    const { price } = this;
    const byPrice = price ? (inputTokens * price.input + outputTokens * price.output) / 1_000_000 : null;
    return { inputTokens, outputTokens, costUsd: cost ?? byPrice };
  }
}
