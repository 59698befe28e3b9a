import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { Source } from "../../environment.ts";
import { Refusal, refusalFrom } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { StepKind } from "../../tasks/step.ts";
import type { Programs } from "../programs.ts";
import type { Tools } from "../tools/registry.ts";
import type { ToolContext } from "../tools/tool.ts";
import type { Usage } from "../usage.ts";
import type { Backend, Desk, RunEvent, RunRequest } from "./backend.ts";
import { whatIsMissing } from "./openai-check.ts";
import { type ChatMessage, functionsOf, opening, spoken } from "./openai-conversation.ts";
import { endpointOf } from "./openai-endpoint.ts";
import type { Reply, ToolCall } from "./openai-reply.ts";
import { askModel, type Left } from "./openai-request.ts";

interface Parts {
  config: Config;
  clock: Clock;
  logger: Logger;
  programs: Pick<Programs, "byName">;
  tools: Tools;
  /** Where the keys are. */
  environment: Source;
}

/** A model behind any service that speaks OpenAI's API, with the tools of this house: it is asked, uses tools, and is asked again until it answers. */
export function createOpenaiBackend(parts: Parts): Backend {
  return {
    name: "openai",
    opensTask: "at once",
    resumes: false,
    async *run(request, desk, signal) {
      try {
        yield* converse(parts, request, desk, signal);
      } catch (thrown) {
        if (!signal.aborted) throw thrown;
      }
      if (signal.aborted) yield { type: "note", text: "The request to the model was ended." };
    },
    async check(agent) {
      const endpoint = endpointOf(agent, parts.programs, parts.environment);
      return typeof endpoint === "string" ? endpoint : whatIsMissing(endpoint, parts.config.limits.modelCheckMs);
    },
  };
}

async function* converse(
  parts: Parts,
  request: RunRequest,
  desk: Desk,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, void> {
  const { config, clock, tools, programs, environment } = parts;
  const { limits } = config;
  const endpoint = endpointOf(request.agent, programs, environment);
  if (typeof endpoint === "string") throw new Refusal("AGENT_OFFLINE", endpoint);
  const messages: ChatMessage[] = opening(request, desk, config, clock.now());
  const left: Left = { ms: limits.modelMs, characters: limits.modelCharacters, without: new Set() };
  const asked = { model: endpoint.model, stream: true };
  let [usage, hasSpoken]: [Usage | null, boolean] = [null, false];
  for (let round = 1; round <= limits.modelRounds; round += 1) {
    const body = { ...asked, messages, tools: functionsOf(tools.list()), stream_options: { include_usage: true } };
    const reply: Reply = yield* paragraphs(askModel({ clock, limits }, endpoint, body, left, signal), hasSpoken);
    if (signal.aborted) return;
    hasSpoken ||= reply.text !== "";
    if (reply.usage) {
      usage = together(usage, reply.usage);
      yield { type: "usage", usage };
    }
    // Whoever keeps the budget may have stopped it at this.
    if (signal.aborted) return;
    if (usage && usage.outputTokens > limits.modelTokens)
      throw new Refusal("SERVICE_UNAVAILABLE", `It wrote more than ${limits.modelTokens} tokens and was stopped.`);
    if (reply.calls.length === 0) {
      yield* ended(reply, hasSpoken, endpoint.title);
      return;
    }
    const calls = reply.calls
      .slice(0, limits.modelCalls)
      .map((call, index) => ({ ...call, id: call.id || `call_${round}_${index + 1}` }));
    messages.push(spoken(reply.text, calls));
    for (const [index, call] of calls.entries()) {
      const content = yield* useTool(parts, call, `${round}.${index + 1}`, request, desk, signal);
      if (signal.aborted) return;
      messages.push({ role: "tool", tool_call_id: call.id, content });
    }
  }
  throw new Refusal(
    "SERVICE_UNAVAILABLE",
    `It used tools ${limits.modelRounds} times in a row without coming to an answer, and was stopped.`,
  );
}

/** What is said after a tool was used begins a paragraph of its own. */
async function* paragraphs(
  events: AsyncGenerator<RunEvent, Reply>,
  hasSpoken: boolean,
): AsyncGenerator<RunEvent, Reply> {
  let apart = hasSpoken;
  try {
    for (;;) {
      const next = await events.next();
      if (next.done) return next.value;
      if (apart && next.value.type === "text") {
        apart = false;
        yield { type: "text", delta: "\n\n" };
      }
      yield next.value;
    }
  } finally {
    // Also where nobody listens any more: the request ends then.
    await events.return({ text: "", calls: [], finish: null, usage: null });
  }
}

/** The answer is there; whether all of it is. */
function* ended({ finish }: Reply, hasSpoken: boolean, title: string): Generator<RunEvent> {
  if (finish === "content_filter")
    throw new Refusal("SERVICE_UNAVAILABLE", `${title} held the answer back: its filter does not let it through.`);
  if (!hasSpoken) throw new Refusal("SERVICE_UNAVAILABLE", "The model ended without an answer.");
  if (finish === "length") yield { type: "text", delta: "\n\n(The model ends here: its answers may not be longer.)" };
}

const kinds: Readonly<Record<string, StepKind>> = { read_history: "read", list_team: "read", search: "search" };

/** @returns what came of it, for the model */
async function* useTool(
  { tools, logger }: Parts,
  { name, arguments: given }: ToolCall,
  id: string,
  request: RunRequest,
  desk: Desk,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, string> {
  const { agent, task, asker } = request;
  const kind = kinds[name] ?? "other";
  yield {
    type: "step",
    step: { id, kind, title: name.replaceAll("_", " ").slice(0, 60), state: "running", input: given },
  };
  const said: RunEvent[] = [];
  const context: ToolContext = {
    ...{ agent, rooms: null, task, asker, signal },
    ask: (ask) => desk.ask({ ...ask, stepId: id }),
    async help(issue) {
      if (!task) throw new Refusal("CONFLICT", "You have no task to be helped with.");
      said.push({ type: "help", taskId: task.id, issue });
      return "People and colleagues were asked. They answer in the room: go on with what you can, or end and say what you wait for.";
    },
  };
  let [output, state]: [string, "completed" | "failed"] = ["", "completed"];
  try {
    output = await tools.call(name, argumentsIn(given), context);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const refusal = refusalFrom(thrown, (reference, error) => logger.error("tool.failed", { reference, name, error }));
    [output, state] = [`That did not work: ${refusal.message}`, "failed"];
  }
  yield* said;
  yield { type: "step", step: { id, state, output } };
  return output;
}

/** @throws Refusal INVALID_MESSAGE, for the model to try again */
function argumentsIn(given: string): unknown {
  if (given.trim() === "") return {};
  try {
    return JSON.parse(given) as unknown;
  } catch {
    throw new Refusal("INVALID_MESSAGE", "The arguments are not JSON: send one JSON object.");
  }
}

function together(before: Usage | null, more: Usage): Usage {
  if (!before) return more;
  const costs = [before.costUsd, more.costUsd].filter((cost) => cost !== null);
  return {
    inputTokens: before.inputTokens + more.inputTokens,
    outputTokens: before.outputTokens + more.outputTokens,
    costUsd: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
  };
}
