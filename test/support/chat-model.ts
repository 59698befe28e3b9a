/** What a scripted service does with one request. */
export type Scripted = (request: Request) => Response | Promise<Response>;

interface Asked {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string | null }[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
  readonly [field: string]: unknown;
}

/** A service that speaks the chat API on this machine and does, request by request, exactly what a test says: also what no good one would. */
export interface ChatModel extends Disposable {
  /** Up to `/v1`. */
  readonly url: string;
  /** What it was asked, oldest first. */
  readonly asked: readonly Asked[];
  readonly keys: readonly (string | null)[];
  /** Requests whose asker has not gone away: for those that hang. */
  readonly open: number;
}

/** @param script a step for each request to come, the last one for all that follow; `models` for what is asked of its list of models */
export function startChatModel(script: readonly Scripted[], models: Scripted = () => failing(404)()): ChatModel {
  const asked: Asked[] = [];
  const keys: (string | null)[] = [];
  let open = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    async fetch(request) {
      if (new URL(request.url).pathname === "/v1/models") return models(request);
      keys.push(request.headers.get("authorization"));
      asked.push((await request.json()) as Asked);
      open += 1;
      const gone = () => {
        open -= 1;
      };
      request.signal.addEventListener("abort", gone, { once: true });
      const step = script[Math.min(asked.length, script.length) - 1];
      if (!step) throw new Error("a script has at least one step");
      return step(request);
    },
    // A script that breaks off in the middle does so by an error of its own.
    error: () => new Response("broken", { status: 500 }),
  });
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    asked,
    keys,
    get open() {
      return open;
    },
    [Symbol.dispose]: () => void server.stop(true),
  };
}

export const done = "data: [DONE]\n\n";

/** A piece of an answer. */
export function piece(delta: object, finish: string | null = null): string {
  return event({ choices: [{ index: 0, delta, finish_reason: finish }] });
}

export function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** What it counted. */
export function counted(prompt: number, completion: number, cost?: number): string {
  return event({ choices: [], usage: { prompt_tokens: prompt, completion_tokens: completion, cost } });
}

/** Streams what it is given, as it is. */
export function streaming(...frames: readonly string[]): Scripted {
  return () => new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } });
}

/** Answers in words. */
export function answering(...words: readonly string[]): Scripted {
  return streaming(...words.map((content) => piece({ content })), piece({}, "stop"), counted(100, 10), done);
}

/** Uses tools, all at once. */
export function calling(...calls: readonly (readonly [name: string, args: object | string])[]): Scripted {
  const fragments = calls.flatMap(([name, args], index) => [
    piece({ tool_calls: [{ index, id: `call-${index}`, type: "function", function: { name, arguments: "" } }] }),
    // In two pieces, as they come.
    ...halves(typeof args === "string" ? args : JSON.stringify(args)).map((half) =>
      piece({ tool_calls: [{ index, function: { arguments: half } }] }),
    ),
  ]);
  return streaming(...fragments, piece({}, "tool_calls"), counted(200, 20), done);
}

function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

/** Refuses. */
export function failing(
  status: number,
  error: object | string = {},
  headers: Record<string, string> = {},
): () => Response {
  return () =>
    typeof error === "string"
      ? new Response(error, { status, headers })
      : Response.json({ error: { message: "scripted", ...error } }, { status, headers });
}

/** Says so much and then drops the connection. */
export function cutting(...frames: readonly string[]): Scripted {
  // An error without a value: Bun writes any other one to the console.
  return () => begun(frames, (controller) => setTimeout(() => controller.error(undefined), frames.length > 0 ? 20 : 0));
}

/** Says so much and then nothing more, until whoever asked goes away. */
export function hanging(...frames: readonly string[]): Scripted {
  return () => begun(frames, () => undefined);
}

function begun(
  frames: readonly string[],
  end: (controller: ReadableStreamDefaultController<Uint8Array>) => void,
): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const frame of frames) controller.enqueue(new TextEncoder().encode(frame));
      end(controller);
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}
