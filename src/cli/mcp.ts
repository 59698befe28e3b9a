import { CommandError } from "./operator.ts";

export const usage = `parley mcp: the room's tools for agents that speak MCP over standard input and output

  parley mcp

It reads where the server is and what to show it from its environment, and passes on what comes, line by line:

  PARLEY_MCP_URL      the address of the tools, for example http://127.0.0.1:8080/mcp
  PARLEY_MCP_TOKEN    a key of the agent's (parley apikey create --for NAME), or the pass of a run

Agents that Parley starts are given both.`;

/** One message as the protocol has it; only what decides how it travels is looked at. */
interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: { readonly protocolVersion?: unknown };
}

/** What the header Mcp-Name repeats, by method. */
const named: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};
const versionKey = "io.modelcontextprotocol/protocolVersion";
/** Longest line, characters: the server takes no larger body. */
const longestLine = 1024 * 1024;

interface Pipes {
  readonly input: AsyncIterable<Uint8Array>;
  readonly say: (line: string) => void;
}

/**
 * Speaks for a program without HTTP: each line it says is a request, each message it is answered with a line. Ends with its input.
 * @throws CommandError with one sentence
 */
export async function mcp(environment: NodeJS.ProcessEnv, { input, say }: Pipes): Promise<void> {
  const { url, token } = whereIn(environment);
  const underWay = new Map<string | number, AbortController>();
  const all = new Set<Promise<void>>();
  /** What the handshake of the older era agreed on. */
  let agreed: string | undefined;

  for await (const line of linesOf(input)) {
    const message = messageIn(line);
    if (!message) {
      say(refusal(null, -32700, "That line is no JSON-RPC message."));
      continue;
    }
    // Over HTTP a request is taken back by hanging up.
    if (message.method === "notifications/cancelled") {
      underWay.get(message.params?.requestId as string | number)?.abort();
      continue;
    }
    const passing = pass(message, line).finally(() => all.delete(passing));
    all.add(passing);
    // The next one says which version was agreed on.
    if (message.method === "initialize") await passing;
  }
  for (const ending of underWay.values()) ending.abort();
  await Promise.allSettled(all);

  async function pass(message: Message, line: string): Promise<void> {
    const { id, method } = message;
    const ending = new AbortController();
    if (method !== undefined && id !== undefined) underWay.set(id, ending);
    try {
      const headers = headersOf(message, token, agreed);
      const answer = await fetch(url, { method: "POST", body: line, headers, signal: ending.signal });
      for await (const said of messagesOf(answer)) {
        const version = (messageIn(said) as Message | undefined)?.result?.protocolVersion;
        if (method === "initialize" && typeof version === "string") agreed = version;
        say(said);
      }
    } catch (error) {
      if (ending.signal.aborted || id === undefined) return;
      say(refusal(id, -32000, error instanceof CommandError ? error.message : `Parley at ${url} does not answer.`));
    } finally {
      if (id !== undefined) underWay.delete(id);
    }
  }
}

/** @throws CommandError */
function whereIn({ PARLEY_MCP_URL: url = "", PARLEY_MCP_TOKEN: token = "" }: NodeJS.ProcessEnv) {
  const parsed = URL.parse(url);
  if (!parsed || !["http:", "https:"].includes(parsed.protocol) || token === "")
    throw new CommandError("parley mcp needs PARLEY_MCP_URL and PARLEY_MCP_TOKEN (see parley mcp --help).");
  return { url: parsed.href, token };
}

/** What the newer era says in headers is in the message as well; the older one repeats what it agreed on. */
function headersOf({ id, method = "", params }: Message, token: string, agreed: string | undefined): Headers {
  const headers = new Headers({
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  });
  const version = (params?._meta as Record<string, unknown> | undefined)?.[versionKey];
  if (typeof version === "string" && id !== undefined) {
    headers.set("mcp-protocol-version", version);
    headers.set("mcp-method", method);
    const name = params?.[named[method] ?? ""];
    if (typeof name === "string") headers.set("mcp-name", inHeader(name));
  } else if (agreed !== undefined) headers.set("mcp-protocol-version", agreed);
  return headers;
}

/** What a header cannot hold as it is travels in base64, marked as such. */
function inHeader(value: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.startsWith("=?base64?");
  return isPlain ? value : `=?base64?${Buffer.from(value).toString("base64")}?=`;
}

/** The messages of an answer, whether it is one or a stream. @throws CommandError for an answer that is none */
async function* messagesOf(answer: Response): AsyncIterable<string> {
  const type = answer.headers.get("content-type") ?? "";
  if (type.includes("text/event-stream") && answer.body) {
    for await (const line of linesOf(answer.body)) if (line.startsWith("data:")) yield line.slice(5).trim();
    return;
  }
  const text = (await answer.text()).trim();
  if (text === "") return;
  const said = messageIn(text) as { jsonrpc?: unknown; message?: unknown } | undefined;
  if (said?.jsonrpc === "2.0") yield JSON.stringify(said);
  else throw new CommandError(typeof said?.message === "string" ? said.message : `Parley answered ${answer.status}.`);
}

/** @throws CommandError for a line that no message is as long as */
async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of input) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > longestLine) throw new CommandError("That line is longer than any message.");
    for (const line of lines) if (line.trim() !== "") yield line.trim();
  }
  if (rest.trim() !== "") yield rest.trim();
}

function messageIn(line: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return message !== null && typeof message === "object" && !Array.isArray(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

function refusal(id: string | number | null, code: number, message: string): string {
  return JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } });
}
