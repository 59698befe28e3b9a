import { z } from "zod";
import type { StepChange, StepKind, StepState } from "../../tasks/step.ts";
import type { Usage } from "../usage.ts";
import { inputOf, isNamed, wholeOf } from "./acp-input.ts";
import { type ToolCall, textOf, toolCall } from "./acp-tools.ts";
import type { Ending } from "./acp-wire.ts";
import type { RunEvent } from "./backend.ts";

type Tell = (event: RunEvent) => void;

/** A step as it was told so far, so that only what changes is told again. */
interface Known {
  kind: StepKind;
  title: string;
  state: StepState;
  input: string;
  /** All that it is given, where that names what it does. */
  whole: string;
  /** All of what it said, as the agent repeats it each time. */
  output: string;
  diffs: string;
}

const block = z.looseObject({ type: z.string() });
const chunk = z.object({ content: block, messageId: z.string().nullish().catch(null) });
const plan = z.object({
  entries: z.array(
    z.object({ content: z.string(), status: z.enum(["pending", "in_progress", "completed"]).catch("pending") }),
  ),
});
const usageUpdate = z.object({
  used: z.number().nonnegative().catch(0),
  cost: z.object({ amount: z.number().nonnegative(), currency: z.string() }).nullish().catch(null),
});
const notification = z.object({ sessionId: z.string(), update: z.looseObject({ sessionUpdate: z.string() }) });

/** Order of a step's states: agents go back to "pending" to ask for permission, and people need not see that. */
const order: Record<StepState, number> = { pending: 0, running: 1, completed: 2, failed: 2 };

/** Makes events of what an agent reports. Agents differ: whatever is missing, empty or unknown is passed over. */
export class Updates {
  /** Nothing is told while it is true: what is repeated of an older session was told long ago. */
  isMuted = false;
  private readonly tell: Tell;
  private readonly stepLimit: number;
  private readonly steps = new Map<string, Known>();
  private hasSpoken = false;
  private messageId: string | null = null;
  private beginsParagraph = false;
  private isOverfull = false;
  private usage: Usage = { inputTokens: 0, outputTokens: 0, costUsd: null };
  /** What the session had cost before this run; agents count sessions, people pay for runs. */
  private costBefore: number;

  constructor(tell: Tell, { stepLimit, costBefore }: { stepLimit: number; costBefore: number }) {
    this.tell = tell;
    this.stepLimit = stepLimit;
    this.costBefore = costBefore;
  }

  /** What the session cost in all its runs, as far as its agent says. */
  get sessionCost(): number {
    return this.costBefore + (this.usage.costUsd ?? 0);
  }

  /** Takes whatever came as a `session/update`. */
  take(raw: unknown): void {
    const parsed = notification.safeParse(raw);
    if (!parsed.success) return;
    const { update } = parsed.data;
    if (this.isMuted) {
      if (update.sessionUpdate === "usage_update") this.costBefore = costOf(update) ?? this.costBefore;
      return;
    }
    switch (update.sessionUpdate) {
      case "agent_message_chunk":
        this.speak(update);
        return;
      case "agent_thought_chunk":
        this.think(update);
        return;
      case "tool_call":
        this.beginsParagraph = true;
        this.step(update);
        return;
      case "tool_call_update":
        this.step(update);
        return;
      case "plan": {
        const entries = plan.safeParse(update);
        if (entries.success) this.tell({ type: "plan", entries: entries.data.entries });
        return;
      }
      case "usage_update": {
        const { used } = usageUpdate.parse(update);
        const cost = costOf(update);
        const costUsd = cost === null ? this.usage.costUsd : Math.max(0, cost - this.costBefore);
        // What the model has before it was read at least once: less than what the agent counts in the end.
        this.report({ ...this.usage, inputTokens: Math.max(this.usage.inputTokens, used), costUsd });
      }
    }
  }

  /** A tool call, however much of it is told: the first makes a step, each later one changes what it names. */
  step(raw: unknown): void {
    const parsed = toolCall.safeParse(raw);
    if (!parsed.success) return;
    const call = parsed.data;
    const id = call.toolCallId;
    const now = this.steps.get(id) ?? this.begin(call);
    if (!now) return;
    const change: Mutable<StepChange> = { id };
    if (call.kind && call.kind !== now.kind) change.kind = now.kind = call.kind;
    const heading = firstLine(call.title ?? call.name ?? "");
    if (heading !== "" && heading !== now.title) change.title = now.title = heading;
    const input = inputOf(call);
    if (input !== "" && input !== now.input && order[now.state] < 2) change.input = now.input = input;
    if (isNamed(call) && order[now.state] < 2) now.whole = wholeOf(call);
    const seen = call.diffs.length > 0 ? JSON.stringify(call.diffs) : now.diffs;
    if (seen !== now.diffs) {
      change.diffs = call.diffs;
      now.diffs = seen;
    }
    const state = call.status && order[call.status] > order[now.state] ? call.status : now.state;
    const output = call.text ?? (order[state] === 2 && now.output === "" ? call.output : null);
    // What it says comes before that it is over: a step that is over says nothing more.
    if (output !== null && output !== now.output && order[now.state] < 2) {
      if (output.startsWith(now.output))
        this.tell({ type: "output", stepId: id, data: output.slice(now.output.length) });
      else change.output = output;
      now.output = output;
    }
    if (state !== now.state) change.state = now.state = state;
    if (Object.keys(change).length > 1) this.tell({ type: "step", step: change });
    // Nothing is compared with what is over.
    if (order[now.state] === 2) now.output = now.diffs = now.whole = "";
  }

  private begin({ toolCallId: id, kind = "other", title, name }: ToolCall): Known | undefined {
    if (this.steps.size >= this.stepLimit) {
      if (!this.isOverfull)
        this.tell({
          type: "note",
          text: `It did more than ${this.stepLimit} things: what follows is not shown one by one.`,
        });
      this.isOverfull = true;
      return undefined;
    }
    const begun: Known = {
      kind,
      title: firstLine(title ?? name ?? id),
      state: "pending",
      input: "",
      whole: "",
      output: "",
      diffs: "",
    };
    this.steps.set(id, begun);
    this.tell({ type: "step", step: { id, kind, title: begun.title, state: "pending", input: "" } });
    return begun;
  }

  /** All that a step was announced with. */
  inputOfStep(id: string): string {
    const step = this.steps.get(id);
    return step ? step.whole || step.input : "";
  }

  /** What the agent counts at the end of its turn. */
  finish({ usage, _meta }: Ending): void {
    const quota = _meta?.quota.token_count;
    const counted = usage ?? (quota && { inputTokens: quota.input_tokens, outputTokens: quota.output_tokens });
    if (counted) this.report({ ...counted, costUsd: this.usage.costUsd });
  }

  /** Adds a sentence of ours to the answer. */
  add(sentence: string): void {
    this.tell({ type: "text", delta: `${this.hasSpoken ? "\n\n" : ""}${sentence}` });
    this.hasSpoken = true;
  }

  private speak(raw: unknown): void {
    const parsed = chunk.safeParse(raw);
    const text = parsed.success ? textOf(parsed.data.content) : "";
    if (!parsed.success || text === "") return;
    const messageId = parsed.data.messageId ?? null;
    const isAnother = messageId !== null && this.messageId !== null && messageId !== this.messageId;
    const gap = this.hasSpoken && (isAnother || this.beginsParagraph) ? "\n\n" : "";
    this.messageId = messageId;
    this.beginsParagraph = false;
    this.hasSpoken = true;
    this.tell({ type: "text", delta: gap + text });
  }

  private think(raw: unknown): void {
    const parsed = chunk.safeParse(raw);
    const delta = parsed.success ? textOf(parsed.data.content) : "";
    if (delta !== "") this.tell({ type: "thought", delta });
  }

  private report(usage: Usage): void {
    const { inputTokens, outputTokens, costUsd } = this.usage;
    if (usage.inputTokens === inputTokens && usage.outputTokens === outputTokens && usage.costUsd === costUsd) return;
    this.usage = usage;
    this.tell({ type: "usage", usage });
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Of a session, in US dollars; null where it is not said, or said in another money. */
function costOf(update: unknown): number | null {
  const { cost } = usageUpdate.parse(update);
  return cost?.currency === "USD" ? cost.amount : null;
}

function firstLine(text: string): string {
  return (text.trim().split("\n")[0] ?? "").slice(0, 300).toWellFormed();
}
