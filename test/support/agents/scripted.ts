import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Readable, Writable } from "node:stream";
import { type AgentContext, agent, ndJsonStream, RequestError } from "@agentclientprotocol/sdk";

/**
 * An agent that does what the last lines it is told say, and whatever a bad one would do. Its flags: `--load` and `--forget` (how it
 * takes sessions up), `--auth`, `--deaf` (no answer to initialize), `--version=2`, `--loud` (words before the protocol begins).
 */
const flags = process.argv.slice(2);
const has = (flag: string) => flags.includes(flag);
const flagged = (flag: string) => flags.find((each) => each.startsWith(`${flag}=`))?.split("=")[1];
const memory = `${process.env.HOME}/sessions.json`;
const remembered = (): string[] => {
  try {
    return JSON.parse(readFileSync(memory, "utf8")) as string[];
  } catch {
    return [];
  }
};

const cancelled = new Map<string, () => void>();
const raw = (text: string) => process.stdout.write(text);

if (has("--loud")) raw("Welcome to the scripted agent!\n");

const app = agent({ name: "scripted" })
  .onRequest("initialize", async () => {
    if (has("--deaf")) await new Promise(() => undefined);
    return {
      protocolVersion: Number(flagged("--version") ?? 1),
      agentCapabilities: {
        loadSession: has("--load"),
        mcpCapabilities: { http: !has("--no-http") },
        sessionCapabilities: has("--load") || has("--forget") ? {} : { resume: {} },
      },
      authMethods: [{ id: "browser", name: "Sign in with a browser", description: "Run `scripted login`" }],
    };
  })
  .onRequest("session/new", ({ params }) => {
    if (has("--auth")) throw RequestError.authRequired();
    const sessionId = `session-${crypto.randomUUID()}`;
    mkdirSync(`${process.env.HOME}`, { recursive: true });
    writeFileSync(memory, JSON.stringify([...remembered(), sessionId]));
    process.stderr.write(`${JSON.stringify({ cwd: params.cwd, mcpServers: params.mcpServers })}\n`);
    return {
      sessionId,
      configOptions: [
        {
          id: "model",
          name: "Model",
          category: "model",
          type: "select",
          currentValue: "small",
          options: [
            { value: "small", name: "Small" },
            { value: "large", name: "Large" },
          ],
        },
      ],
    };
  })
  .onRequest("session/set_config_option", ({ params }) => {
    model = String(params.value);
    return { configOptions: [] };
  })
  .onRequest("session/resume", ({ params }) => {
    if (!remembered().includes(params.sessionId)) throw RequestError.resourceNotFound(params.sessionId);
    return {};
  })
  .onRequest("session/load", async ({ params, client }) => {
    if (!remembered().includes(params.sessionId)) throw RequestError.resourceNotFound(params.sessionId);
    const say = (sessionUpdate: "user_message_chunk" | "agent_message_chunk", text: string) =>
      client.notify("session/update", {
        sessionId: params.sessionId,
        update: { sessionUpdate, content: { type: "text", text } },
      });
    await say("user_message_chunk", "what was asked before");
    await say("agent_message_chunk", "what was answered before");
    return {};
  })
  .onNotification("session/cancel", ({ params }) => cancelled.get(params.sessionId)?.())
  .onRequest("session/prompt", async ({ params, client }) => {
    const { promise: stop, resolve } = Promise.withResolvers<void>();
    cancelled.set(params.sessionId, resolve);
    const texts = params.prompt.map((block) => (block.type === "text" ? block.text : ""));
    const turn = new Turn(client, params.sessionId, stop, texts);
    for (const line of (texts.at(-1) ?? "").split("\n")) {
      await turn.obey(line.split(" ")[0] ?? "", line.slice(line.indexOf(" ") + 1));
      if (turn.ending) break;
    }
    const usage = { inputTokens: 100, outputTokens: 20, totalTokens: 120 };
    return { stopReason: turn.ending ?? "end_turn", ...(has("--no-usage") ? {} : { usage }) };
  });

let model = "small";

class Turn {
  ending: "cancelled" | "max_tokens" | "refusal" | "max_turn_requests" | undefined;
  private calls = 0;
  private readonly client: AgentContext;
  private readonly sessionId: string;
  private readonly stop: Promise<void>;
  private readonly texts: readonly string[];
  constructor(client: AgentContext, sessionId: string, stop: Promise<void>, texts: readonly string[]) {
    this.client = client;
    this.sessionId = sessionId;
    this.stop = stop;
    this.texts = texts;
  }

  async obey(word: string, rest: string): Promise<void> {
    switch (word) {
      case "SAY":
        return this.say(rest);
      case "TOLD":
        return this.say(JSON.stringify(this.texts));
      case "MODEL":
        return this.say(model);
      case "ENVIRONMENT":
        return this.say(JSON.stringify({ ...process.env, cwd: process.cwd() }));
      case "THINK":
        return this.update({ sessionUpdate: "agent_thought_chunk", content: { type: "text", text: rest } });
      case "PLAN":
        return this.update({
          sessionUpdate: "plan",
          entries: rest.split(",").map((content, index) => ({
            content,
            priority: "high",
            status: index === 0 ? "in_progress" : "pending",
          })),
        });
      case "COST":
        return this.update({
          sessionUpdate: "usage_update",
          used: 50,
          size: 1000,
          cost: { amount: Number(rest), currency: "USD" },
        });
      case "PERMIT":
        return this.permit(rest);
      case "TWICE":
        await Promise.all([this.permit(`${rest} one`), this.permit(`${rest} two`)]);
        return;
      case "BARE":
        return this.bare(rest);
      case "EDIT":
        return this.edit(rest);
      case "GROW":
        return this.grow(rest);
      case "STOP":
        this.ending = rest as typeof this.ending;
        return;
      case "HANG":
        process.stderr.write("hanging\n");
        await this.say("waiting");
        await this.stop;
        this.ending = "cancelled";
        return;
      case "DEAF":
        // Neither cancel nor a closed input nor a polite signal ends it.
        for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, () => undefined);
        setInterval(() => undefined, 1_000);
        await this.say("deaf");
        await new Promise(() => undefined);
        return;
      case "CRASH":
        process.stderr.write(`\u001b[31m${rest}\u001b[0m\n`);
        process.exit(7);
        return;
      case "ORPHAN":
        return this.orphan(rest);
      case "FLOOD":
        return this.flood(Number(rest));
      case "GARBAGE":
        return this.garbage();
      case "UNKNOWN":
        return this.ask(rest);
      case "FAIL":
        throw new RequestError(-32_603, rest);
    }
  }

  private say(text: string): Promise<void> {
    return this.update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text } });
  }

  private update(update: object): Promise<void> {
    return this.client.notify<unknown>("session/update", { sessionId: this.sessionId, update });
  }

  private async permission(toolCall: object, options = standardOptions): Promise<string> {
    const answer = await this.client.request<{ outcome: { outcome: string; optionId?: string } }>(
      "session/request_permission",
      {
        sessionId: this.sessionId,
        toolCall: toolCall as { toolCallId: string },
        options,
      },
    );
    return answer.outcome.optionId ?? answer.outcome.outcome;
  }

  private async permit(command: string): Promise<void> {
    this.calls += 1;
    const toolCallId = `call-${this.calls}-${crypto.randomUUID().slice(0, 4)}`;
    await this.update({
      sessionUpdate: "tool_call",
      toolCallId,
      title: "shell",
      kind: "execute",
      status: "in_progress",
    });
    const rawInput = { command, cwd: process.cwd() };
    const answer = await this.permission({ toolCallId, kind: "execute", status: "pending", title: command, rawInput });
    if (answer === "cancelled") this.ending = "cancelled";
    if (answer.startsWith("yes")) await this.run(toolCallId, command);
    else await this.update({ sessionUpdate: "tool_call_update", toolCallId, status: "failed" });
    await this.say(`answer ${answer}`);
  }

  /** Repeats all of the output each time there is more. */
  private async run(toolCallId: string, command: string): Promise<void> {
    const child = Bun.spawn(["sh", "-c", command], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    const reader = child.stdout.getReader();
    void this.stop.then(() => {
      this.ending = "cancelled";
      child.kill();
      void reader.cancel();
    });
    const decoder = new TextDecoder();
    let text = "";
    const told = () => ({ content: [{ type: "content", content: { type: "text", text } }] });
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      text += decoder.decode(read.value, { stream: true });
      await this.update({ sessionUpdate: "tool_call_update", toolCallId, status: "in_progress", ...told() });
    }
    await child.exited;
    await this.update({ sessionUpdate: "tool_call_update", toolCallId, status: "completed", ...told() });
  }

  /** Asks about a call that it never announced, then says no more than that it is done. */
  private async bare(path: string): Promise<void> {
    const answer = await this.permission({ toolCallId: `read-${path}`, title: `Read ${path}`, kind: "read" });
    await this.update({ sessionUpdate: "tool_call_update", toolCallId: `read-${path}`, status: "completed" });
    await this.say(`answer ${answer}`);
  }

  private async edit(path: string): Promise<void> {
    const toolCallId = `edit-${path}`;
    const content = [{ type: "diff", path: `${process.cwd()}/${path}`, oldText: null, newText: "new\n" }];
    await this.permission({ toolCallId, title: "write", kind: "edit", content, rawInput: { file_path: path } });
    await this.update({ sessionUpdate: "tool_call_update", toolCallId, status: "completed", content });
  }

  /** Repeats all of the output each time it grows, as most agents do. */
  private async grow(lines: string): Promise<void> {
    const call = { toolCallId: "grow", title: "make", kind: "execute", rawInput: { command: ["make", "it now"] } };
    await this.update({ sessionUpdate: "tool_call", ...call, status: "pending" });
    let output = "";
    for (const line of lines.split(",")) {
      output += `${line}\n`;
      const content = [{ type: "content", content: { type: "text", text: output } }];
      await this.update({ sessionUpdate: "tool_call_update", toolCallId: "grow", status: "in_progress", content });
    }
    await this.update({
      sessionUpdate: "tool_call_update",
      toolCallId: "grow",
      status: "completed",
      rawOutput: { output },
    });
  }

  /** Leaves a process in a session of its own behind; `wiped` has no environment either. */
  private async orphan(how: string): Promise<void> {
    const [kind, seconds = "600"] = how.split(" ");
    const wiped = kind === "wiped" ? ["env", "-i"] : [];
    const child = Bun.spawn(["setsid", ...wiped, "sleep", seconds], { stdio: ["ignore", "inherit", "inherit"] });
    child.unref();
    await this.say(`left ${child.pid}`);
  }

  private async flood(megabytes: number): Promise<void> {
    const text = "x".repeat(1_000);
    for (let sent = 0; sent < megabytes * 1_000; sent += 1) await this.say(text);
    await this.say(" end");
  }

  /** Everything odd that was seen of real agents, and some that was not. */
  private async garbage(): Promise<void> {
    raw("npm WARN this is no JSON\n");
    raw("[1,2,3]\n");
    raw('{"jsonrpc":"2.0","id":"nobody asked\\nfor this","result":{}}\n');
    raw('{"jsonrpc":"2.0","id":991,"error":{"code":-1}}\n');
    raw('{"jsonrpc":"2.0","method":"some/notice","params":{"x":1}}\n');
    raw('{"neither":"this"}\n');
    await this.update({ sessionUpdate: "something_new", value: 1 });
    await this.update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: "" } });
    await this.update({ sessionUpdate: "agent_message_chunk" });
    await this.update({
      sessionUpdate: "agent_message_chunk",
      content: { type: "image", data: "", mimeType: "image/png" },
    });
    await this.update({ sessionUpdate: "tool_call_update", toolCallId: "odd", _meta: { only: true } });
    await this.update({
      sessionUpdate: "tool_call_update",
      toolCallId: "odd",
      kind: "dance",
      status: "resting",
      content: 7,
    });
    await this.update({ sessionUpdate: "tool_call_update", title: "no id" });
    await this.update({ sessionUpdate: "plan", entries: "none" });
    await this.update({ sessionUpdate: "usage_update" });
    await this.client.notify<unknown>("session/update", "nothing");
  }

  private async ask(method: string): Promise<void> {
    const answer = await this.client
      .request<unknown>(method, { sessionId: this.sessionId, path: "/etc/passwd", content: "x", command: "sh" })
      .then(
        () => "answered",
        (error: unknown) => (error instanceof RequestError ? String(error.code) : "failed"),
      );
    await this.say(`${method} ${answer}`);
  }
}

const standardOptions: {
  optionId: string;
  name: string;
  kind: "allow_once" | "allow_always" | "reject_once" | "reject_always";
}[] = [
  { optionId: "yes-for-ever", name: "Always", kind: "allow_always" },
  { optionId: "yes-now", name: "Yes", kind: "allow_once" },
  { optionId: "no-now", name: "No", kind: "reject_once" },
];

app.connect(
  ndJsonStream(
    Writable.toWeb(process.stdout) as WritableStream<Uint8Array>,
    Readable.toWeb(process.stdin) as unknown as ReadableStream<Uint8Array>,
  ),
);
