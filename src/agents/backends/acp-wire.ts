import { type AnyMessage, client, ndJsonStream, RequestError, type Stream } from "@agentclientprotocol/sdk";
import { z } from "zod";
import type { Running } from "../processes/program.ts";
import { held } from "./telling.ts";

/** The Agent Client Protocol, version 1, as far as Parley speaks it. This file alone knows the library. */
export interface Peer {
  initialize(): Promise<Introduction>;
  begin(cwd: string, mcpServers: readonly McpServer[]): Promise<Session>;
  /** Takes a session up again without hearing what was said in it. */
  resume(id: string, cwd: string, mcpServers: readonly McpServer[]): Promise<Session>;
  /** The same where the agent can only tell all of it once more. */
  load(id: string, cwd: string, mcpServers: readonly McpServer[]): Promise<Session>;
  choose(session: string, option: string, value: string): Promise<void>;
  prompt(session: string, texts: readonly string[]): Promise<Ending>;
  cancel(session: string): Promise<void>;
  /** Resolves when it says nothing more. */
  readonly closed: Promise<void>;
}

/** What an agent says and asks by itself. */
export interface Hearing {
  update(update: unknown): void;
  /** The id of the chosen option; null: withdrawn. */
  permission(request: PermissionRequest): Promise<string | null>;
  /** Reading goes on when it resolves. */
  room(): Promise<void>;
}

export type McpServer =
  | {
      readonly type: "http";
      readonly name: string;
      readonly url: string;
      readonly headers: { name: string; value: string }[];
    }
  | {
      readonly name: string;
      readonly command: string;
      readonly args: string[];
      readonly env: { name: string; value: string }[];
    };

/** What an agent answered with an error. */
export class PeerError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.name = "PeerError";
    this.code = code;
  }
}

/** The code of an answer that means: sign in first. */
export const authRequired = -32_000;

const named = z.object({ id: z.string(), name: z.string().catch(""), description: z.string().nullish().catch(null) });
const some = z
  .unknown()
  .optional()
  .transform((value) => value !== undefined && value !== null && value !== false);
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((items) =>
      items.flatMap((each) => {
        const parsed = item.safeParse(each);
        return parsed.success ? [parsed.data] : [];
      }),
    );

const introduction = z.object({
  protocolVersion: z.number(),
  agentCapabilities: z
    .object({
      loadSession: some,
      mcpCapabilities: z.object({ http: some }).catch({ http: false }),
      sessionCapabilities: z.object({ resume: some }).catch({ resume: false }),
    })
    .catch({ loadSession: false, mcpCapabilities: { http: false }, sessionCapabilities: { resume: false } }),
  authMethods: listOf(named),
});
export type Introduction = z.infer<typeof introduction>;

const choice = z.object({ value: z.string() });
const configOption = z.object({ id: z.string(), category: z.string().nullish().catch(null), options: listOf(choice) });
const session = z.object({ sessionId: z.string().min(1).max(1_000), configOptions: listOf(configOption) });
export type Session = z.infer<typeof session>;

const count = z.number().nonnegative().catch(0);
const ending = z.object({
  stopReason: z.string(),
  usage: z.object({ inputTokens: count, outputTokens: count }).nullish().catch(null),
  _meta: z
    .object({ quota: z.object({ token_count: z.object({ input_tokens: count, output_tokens: count }) }) })
    .nullish()
    .catch(null),
});
export type Ending = z.infer<typeof ending>;

const optionKinds = ["allow_once", "allow_always", "reject_once", "reject_always"] as const;
const permissionRequest = z.object({
  sessionId: z.string(),
  toolCall: z.looseObject({ toolCallId: z.string().min(1) }),
  options: listOf(z.object({ optionId: z.string(), name: z.string().catch(""), kind: z.enum(optionKinds) })),
});
export type PermissionRequest = z.infer<typeof permissionRequest>;

/** Begins to speak with a program. It is offered nothing of this machine: no files and no terminals. What it asks beyond is unknown here. */
export function connect(running: Running, hearing: Hearing, frameBytes: number): Peer {
  const input = new WritableStream<Uint8Array>({ write: (chunk) => running.stdin.write(chunk) });
  const stream = ndJsonStream(
    input,
    held(running.stdout, () => hearing.room()),
    { maxMessageBytes: frameBytes },
  );
  const connection = client({ name: "parley" })
    .onRequest("session/request_permission", permissionRequest, async ({ params }) => {
      const optionId = await hearing.permission(params);
      return { outcome: optionId === null ? { outcome: "cancelled" } : { outcome: "selected", optionId } };
    })
    .connect(heardFirst(stream, (update) => hearing.update(update)));

  async function ask<T>(answer: z.ZodType<T>, method: string, params: object): Promise<T> {
    const raw = await connection.agent.request<unknown>(method, params).catch((error: unknown) => {
      throw error instanceof RequestError ? new PeerError(error.code, wordsOf(error)) : error;
    });
    const parsed = answer.safeParse(raw);
    if (!parsed.success) throw new PeerError(0, `it answered ${method} with something else than the protocol says`);
    return parsed.data;
  }
  const taken = session.omit({ sessionId: true }).catch({ configOptions: [] });

  return {
    initialize: () =>
      ask(introduction, "initialize", {
        protocolVersion: 1,
        clientCapabilities: {},
        clientInfo: { name: "parley", title: "Parley", version: "1" },
      }),
    begin: (cwd, mcpServers) => ask(session, "session/new", { cwd, mcpServers }),
    resume: async (sessionId, cwd, mcpServers) => ({
      sessionId,
      ...(await ask(taken, "session/resume", { sessionId, cwd, mcpServers })),
    }),
    load: async (sessionId, cwd, mcpServers) => ({
      sessionId,
      ...(await ask(taken, "session/load", { sessionId, cwd, mcpServers })),
    }),
    choose: async (sessionId, configId, value) => {
      await ask(z.unknown(), "session/set_config_option", { sessionId, configId, value });
    },
    prompt: (sessionId, texts) =>
      ask(ending, "session/prompt", { sessionId, prompt: texts.map((text) => ({ type: "text", text })) }),
    cancel: (sessionId) => connection.agent.notify("session/cancel", { sessionId }),
    closed: connection.closed,
  };
}

/** The library keeps what went wrong in `data`, and some agents say it only there. */
function wordsOf({ message, data }: RequestError): string {
  const details = z
    .object({ details: z.string() })
    .or(z.object({ message: z.string() }))
    .safeParse(data);
  if (!details.success) return message;
  return `${message}: ${"details" in details.data ? details.data.details : details.data.message}`;
}

/**
 * Takes updates out of the stream, in the order in which they came and before any answer that came after them, and drops what answers
 * nothing that was asked. Only requests, and answers to ours, go on to the library, which would write of all else into our log.
 */
function heardFirst({ readable, writable }: Stream, update: (update: unknown) => void): Stream {
  const asked = new Set<unknown>();
  const reader = readable.getReader();
  const writer = writable.getWriter();
  return {
    readable: new ReadableStream<AnyMessage>(
      {
        async pull(controller) {
          for (;;) {
            const { done, value } = await reader.read();
            if (done) return controller.close();
            if ("method" in value) {
              if ("id" in value) return controller.enqueue(value);
              if (value.method === "session/update") update(value.params);
            } else if (asked.delete(value.id)) return controller.enqueue(value);
          }
        },
        cancel: (reason) => reader.cancel(reason),
      },
      { highWaterMark: 0 },
    ),
    writable: new WritableStream<AnyMessage>({
      async write(message) {
        if ("method" in message && "id" in message) asked.add(message.id);
        await writer.write(message);
      },
    }),
  };
}
