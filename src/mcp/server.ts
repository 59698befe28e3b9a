import { type CallToolResult, Server, type ServerContext } from "@modelcontextprotocol/server";
import type { Pass } from "../agents/tools/pass.ts";
import type { OfferedTool, Tools } from "../agents/tools/registry.ts";
import type { ToolContext } from "../agents/tools/tool.ts";
import { Refusal, refusalFrom } from "../errors.ts";
import type { Limiter } from "../limiter.ts";
import type { Limits } from "../limits.ts";
import type { Logger } from "../logger.ts";
import { version } from "../version.ts";
import type { Waits } from "./waits.ts";

interface Parts {
  tools: Tools;
  limiter: Limiter;
  limits: Limits;
  logger: Logger;
}

/** Tools that people answer, in their own time. */
const waiting: ReadonlySet<string> = new Set(["ask_human", "request_help"]);

const instructions =
  "You are a member of a team room. Claim files before you change them and release them after. Ask people with ask_human when only they can decide, and ask for help with request_help when you are stuck. What you say with post_message is read by everybody in the room.";

/**
 * The tools of the room for one agent and one exchange, in the words of the Model Context Protocol: of either era, the library knows how
 * they differ.
 * @param reads aborts when nobody reads the answer any more
 */
export function mcpServer(
  pass: Pass,
  waits: Waits,
  reads: AbortSignal,
  { tools, limiter, limits, logger }: Parts,
): Server {
  const server = new Server({ name: "parley", version }, { capabilities: { tools: {} }, instructions });
  // What a key may not do it is not offered.
  const offered = () => tools.list().filter(({ readOnly }) => readOnly || pass.mayWrite);

  server.setRequestHandler("tools/list", () => ({ tools: offered().map(described) }));
  server.setRequestHandler("tools/call", async ({ params }, context) => {
    try {
      const tool = offered().find(({ name }) => name === params.name);
      if (!tool) throw new Refusal("NOT_FOUND", `There is no tool "${params.name.slice(0, 60)}" for you.`);
      if (tool.readOnly) limiter.read(pass.agent.member);
      else limiter.act(pass.agent.member);
      const result = waiting.has(tool.name)
        ? await waited(tool.name, params.arguments ?? {}, context)
        : said(await used(tool.name, params.arguments ?? {}, context.mcpReq.signal));
      return withLate(result);
    } catch (thrown) {
      return withLate(said(refused(params.name, thrown).message, true));
    }
  });
  // Each message has a server of its own: what it takes back another one waits for.
  server.setNotificationHandler("notifications/cancelled", ({ params }) => {
    if (params.requestId !== undefined) waits.cancel(params.requestId);
  });
  return server;

  /** @param signal of the request, for what ends with it; what people are asked goes on for as long as the pass */
  function used(name: string, args: unknown, signal: AbortSignal): Promise<string> {
    const { agent, rooms, asker, ask, help } = pass;
    const context: ToolContext = { agent, rooms, asker, ask, help, task: pass.task(), signal };
    return tools.call(name, args, context);
  }

  /** A bug's own words are for the log. */
  function refused(name: string, thrown: unknown): Refusal {
    return refusalFrom(thrown, (reference, error) =>
      logger.error("mcp.bug", { reference, tool: name.slice(0, 60), error }),
    );
  }

  async function waited(name: string, args: unknown, { mcpReq }: ServerContext): Promise<CallToolResult> {
    const token = mcpReq._meta?.progressToken;
    const since = performance.now();
    const beat = () => {
      const progress = Math.round((performance.now() - since) / 1_000);
      const params = { progressToken: token ?? "", progress, message: "Waiting for an answer." };
      mcpReq.notify({ method: "notifications/progress", params }).catch(() => undefined);
    };
    // Whoever hears that it goes on waits for as long as people need; others are told to ask again before they give up.
    const timer = token === undefined ? undefined : setInterval(beat, limits.mcpProgressMs);
    try {
      const ms = token === undefined ? limits.mcpWaitMs : limits.mcpLongWaitMs;
      const ask = () =>
        used(name, args, pass.signal).catch((thrown: unknown) => {
          throw refused(name, thrown);
        });
      const came = await waits.for(name, args, ask, { id: mcpReq.id, signal: reads, ms });
      if (came.type === "came") return said(came.text, came.isError);
      return said(
        "Nobody has answered yet. The question stands: call this tool again with the same arguments to go on waiting, or go on with something else.",
      );
    } finally {
      clearInterval(timer);
    }
  }

  function withLate(result: CallToolResult): CallToolResult {
    const late = waits.late().map((text) => ({ type: "text" as const, text }));
    return late.length === 0 ? result : { ...result, content: [...result.content, ...late] };
  }
}

/** Programs ask their people before some tools are used, by what these say of themselves: so it must be true. */
function described({ name, description, readOnly, parameters }: OfferedTool) {
  return {
    ...{ name, description },
    inputSchema: { ...parameters, type: "object" as const },
    annotations: {
      ...{ readOnlyHint: readOnly, openWorldHint: false },
      // What is said stays said and what is claimed is released: nothing that there was is taken away.
      ...(!readOnly && { destructiveHint: false, idempotentHint: idempotent.has(name) }),
    },
  };
}

const idempotent: ReadonlySet<string> = new Set(["claim_files", "release_files", "request_files", "update_progress"]);

function said(text: string, isError = false): CallToolResult {
  return { content: [{ type: "text", text }], ...(isError && { isError }) };
}
