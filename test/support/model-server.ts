import { type Line, linesOf, wordsOf } from "./model/script.ts";
import { type Chat, parseChat } from "./model/strict.ts";

/** A language model on this machine that does what the user's words say, and refuses whatever a real one would refuse. */
export interface ModelServer extends Disposable {
  /** Up to `/v1`, as programs are told it. */
  readonly url: string;
  /** Every conversation it was shown, oldest first. */
  readonly seen: readonly Chat[];
  /** Requests that no real service would have accepted, in words: a test ends with none that it did not provoke. */
  readonly complaints: readonly string[];
  /** Answers being written now. */
  readonly open: number;
  /** Lets everything that hangs end. */
  release(): void;
}

interface Options {
  /** Milliseconds between words. */
  paceMs?: number;
  /** The key it wants to be shown; null: none. */
  key?: string | null;
}

/** What it counts for every answer, unless the script says `USAGE in out`. */
const standardUsage = { input: 1200, output: 34 };

/**
 * Starts it. Each line of the user's last message that begins with one of these words is obeyed, everything else is answered in words:
 * `RUN: command` and `WRITE path text` and `CALL: tool {json}` call tools (several lines: at once), `THINK words`, `SLOW`, `LONG`, `HTML`,
 * `MENTION @name`, `SAY words`, `USAGE in out`, `ERROR status`, `HANG`, `CUT`. Once the tools answered it says what they said.
 */
export function startModelServer({ paceMs = 5, key = "test-key" }: Options = {}): ModelServer {
  const seen: Chat[] = [];
  const complaints: string[] = [];
  let released = Promise.withResolvers<void>();
  let open = 0;

  const refuse = (status: number, message: string, headers: Record<string, string> = {}) => {
    if (status < 429) complaints.push(message);
    return Response.json({ error: { message, type: "invalid_request_error", code: status } }, { status, headers });
  };

  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    async fetch(request) {
      if (new URL(request.url).pathname !== "/v1/chat/completions") return refuse(404, `no such path: ${request.url}`);
      if (request.method !== "POST") return refuse(405, `${request.method} where POST belongs`);
      if (key !== null && request.headers.get("authorization") !== `Bearer ${key}`) return refuse(401, "wrong key");
      const chat = parseChat(await request.json().catch(() => null));
      if (typeof chat === "string") return refuse(400, chat);
      seen.push(chat);
      const last = chat.messages.at(-1);
      const lines = last?.role === "tool" ? [] : linesOf(chat);
      const error = lines.find((line) => line.word === "ERROR");
      if (error) return refuse(Number(error.rest), "scripted error", { "retry-after": "1" });
      for (const { tool } of callsOf(lines, chat)) {
        if (tool === undefined)
          return refuse(400, `the script calls a tool that was not offered: ${chat.tools.join(", ")}`);
      }
      return new Response(answer(chat, lines, request.signal), { headers: { "content-type": "text/event-stream" } });
    },
  });

  function answer(chat: Chat, lines: readonly Line[], signal: AbortSignal): ReadableStream<string> {
    open += 1;
    return new ReadableStream({
      async start(controller) {
        const gone = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
        const send = (delta: object, finish: string | null = null) =>
          controller.enqueue(event({ ...base(chat), choices: [{ index: 0, delta, finish_reason: finish }] }));
        const pace = (ms: number) => Promise.race([Bun.sleep(ms), gone]);
        try {
          send({ role: "assistant", content: "" });
          const has = (word: Line["word"]) => lines.some((line) => line.word === word);
          for (const { word, rest } of lines) if (word === "THINK") send({ reasoning_content: rest });
          if (has("HANG")) await Promise.race([released.promise, gone]);
          const calls = callsOf(lines, chat);
          for (const [index, { id, tool, args }] of calls.entries()) {
            send({ tool_calls: [{ index, id, type: "function", function: { name: tool, arguments: "" } }] });
            send({ tool_calls: [{ index, function: { arguments: args } }] });
          }
          const spoken = calls.length > 0 ? [] : (wordsOf(chat, lines).match(/\S+\s*|\s+/g) ?? []);
          for (const [index, piece] of spoken.entries()) {
            if (signal.aborted) return;
            if (has("CUT") && index === 2) return void controller.error(new Error("cut"));
            send({ content: piece });
            await pace(has("SLOW") ? 200 : has("LONG") ? 0 : paceMs);
          }
          if (signal.aborted) return;
          send({}, calls.length > 0 ? "tool_calls" : "stop");
          const [input = standardUsage.input, output = standardUsage.output] = usageOf(lines);
          const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
          controller.enqueue(event({ ...base(chat), choices: [], usage }));
          controller.enqueue("data: [DONE]\n\n");
          controller.close();
        } catch {
          // Whoever asked went away: there is nobody to tell.
        } finally {
          open -= 1;
        }
      },
    });
  }

  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    seen,
    complaints,
    get open() {
      return open;
    },
    release() {
      released.resolve();
      released = Promise.withResolvers();
    },
    [Symbol.dispose]() {
      released.resolve();
      void server.stop(true);
    },
  };
}

const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
const base = ({ model }: Chat) => ({ id: "chat-1", object: "chat.completion.chunk", created: 1, model });

function usageOf(lines: readonly Line[]): number[] {
  return (
    lines
      .find(({ word }) => word === "USAGE")
      ?.rest.split(/\s+/)
      .map(Number) ?? []
  );
}

interface Call {
  readonly id: string;
  /** Undefined where no such tool was offered. */
  readonly tool: string | undefined;
  readonly args: string;
}

/** The tools that the script calls, by the names that this program offered them under. */
function callsOf(lines: readonly Line[], { tools }: Chat): Call[] {
  const offered = (...names: string[]) => names.find((name) => tools.includes(name));
  return lines.flatMap(({ word, rest }, index): Call[] => {
    const id = `call_${index}_${crypto.randomUUID().slice(0, 8)}`;
    if (word === "RUN:") {
      const args = JSON.stringify({ command: rest, description: "Runs what the script says" });
      return [{ id, tool: offered("bash", "shell", "run"), args }];
    }
    if (word === "WRITE") {
      const [, path = "", content = ""] = /^(\S+)\s*(.*)$/.exec(rest) ?? [];
      return [{ id, tool: offered("write", "write_file"), args: JSON.stringify({ filePath: path, content }) }];
    }
    if (word === "CALL:") {
      const [, name = "", args = "{}"] = /^(\S+)\s*(.*)$/.exec(rest) ?? [];
      return [{ id, tool: tools.find((tool) => tool === name || tool.endsWith(`_${name}`)), args: args || "{}" }];
    }
    return [];
  });
}
