import { type Config, createConfig } from "../config.ts";
import { DatabaseError } from "../database/open.ts";
import { createLogger } from "../logger.ts";
import { createTokens, signingKey } from "../people/tokens.ts";
import { startParley } from "../start.ts";
import { readWhereabouts } from "../whereabouts.ts";
import { settingsFrom } from "./settings.ts";

/** The API of a workspace, as whoever runs its machine. */
export interface Operator {
  /** The answer's JSON. @throws CommandError with the server's own sentence when it refuses */
  ask(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<Record<string, unknown>>;
}

/** A command that did not work, in one sentence for the person who typed it. */
export class CommandError extends Error {
  /** Of the server's answer, when it was one. */
  readonly status: number | undefined;
  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** Seconds a command's own token lives: it is made for one request on this machine. */
const tokenSeconds = 10;

/**
 * Does something with a workspace over its API: with the server that is running or, when none is, with one that runs for this
 * command only. Who may read the signing key beside the database may do this, and nobody else; and only the server that has the
 * database is given anything, because it says in a file beside it where it is.
 * @param args flags that say which workspace: `--db`, `--port`, …
 */
export async function withOperator(args: readonly string[], act: (operator: Operator) => Promise<void>): Promise<void> {
  const config = createConfig(settingsFrom(args, process.env));
  const alone = await startAlone(config);
  try {
    await act(operatorOf(config));
  } finally {
    await alone?.stop();
  }
}

/** The operator of the server that has a database, wherever on this machine it listens. @throws CommandError when none has said where it is */
export function operatorOf(config: Config): Operator & { readonly url: string } {
  const at = readWhereabouts(config.databasePath);
  if (!at)
    throw new CommandError(
      "The database is in use, but its server has not said where it listens: try again in a moment, or restart it.",
    );
  const key = signingKey(config);
  const tokens = createTokens(config, () => key, { now: Date.now, monotonic: () => performance.now() });
  const sign = (method: string, path: string) =>
    tokens.sign({ operator: true, run: at.run, method, path }, tokenSeconds);
  return { url: at.url, ask: async (method, path, body) => ask(at.url, await sign(method, path), method, path, body) };
}

/** A server of our own, reached by nobody else; undefined when the database is in use, because then the real one runs. */
async function startAlone(config: Config) {
  const address = config.publicUrl ?? new URL(`http://localhost:${config.port}`);
  const here = { host: "127.0.0.1", websocketHost: "127.0.0.1", port: 0, websocketPort: null };
  try {
    // Links that it makes are for the server that will run.
    const own: Config = { ...config, ...here, publicUrl: address, isPublic: false, trustedProxies: [], safeMode: true };
    return await startParley(own, { logger: createLogger("error") });
  } catch (error) {
    if (error instanceof DatabaseError && error.isInUse) return undefined;
    throw error;
  }
}

async function ask(
  base: string,
  token: string,
  method: string,
  path: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${token}`, accept: "application/json", "content-type": "application/json" };
  let answer: Response;
  try {
    answer = await fetch(base + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  } catch {
    throw new CommandError(
      `The database is in use, but its server does not answer at ${base}: look whether it still runs, or restart it.`,
    );
  }
  const told = (await answer.json()) as Record<string, unknown>;
  if (answer.ok) return told;
  if (answer.status === 401)
    throw new CommandError(
      "The running server does not know this signing key: give the OPENCODE_SECRET_KEY or --db it has.",
      answer.status,
    );
  throw new CommandError(String(told.message ?? `The server answered ${answer.status}.`), answer.status);
}
