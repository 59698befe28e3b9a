import { type Config, ConfigurationError, createConfig } from "../config.ts";
import { DatabaseError } from "../database/open.ts";
import { newReference } from "../errors.ts";
import { createLogger } from "../logger.ts";
import { type Parley, startParley } from "../start.ts";
import { CommandError } from "./operator.ts";
import { settingsFrom } from "./settings.ts";

export const usage = `parley serve: runs the server (what parley does when no command is given)

  --host ADDRESS          where to listen (HOST, default 127.0.0.1)
  --port NUMBER           pages, API and WebSockets (PORT, default 8080)
  --websocket-port NUMBER a second port for WebSocket chat only (WEBSOCKET_PORT)
  --transport NAME        auto, websocket, telegram or both (OPENCODE_TRANSPORT)
  --db FILE               the database (OPENCODE_CHAT_DB, default ./data/parley.db)

All settings: .env.example.`;

/** Runs the server until it is told to stop. @returns the exit status */
export async function serve(args: readonly string[]): Promise<number> {
  try {
    const config = createConfig(settingsFrom(args, process.env));
    const logger = createLogger(config.logLevel);
    for (const note of config.notes) logger.warn("config.unused", { note });
    // The last walls. A promise that nobody awaited broke nothing that somebody waits for: it is logged. What was thrown outside of every
    // wall may have left anything half done: the process ends, and the service manager starts a fresh one from what is on the disk.
    process.on("unhandledRejection", (error) =>
      logger.error("process.unhandled", { reference: newReference(), error }),
    );
    process.on("uncaughtException", (error) => {
      logger.error("process.uncaught", { reference: newReference(), error });
      process.exit(1);
    });
    // From here on: who stops it while it starts has it stopped in order as well.
    const told = signalled();
    const parley = await startParley(config, { logger });
    process.stdout.write(`${greeting(parley, config)}\n`);
    await told;
    await parley.stop();
    return 0;
  } catch (error) {
    process.stderr.write(`${sentenceFor(error)}\n`);
    return 1;
  }
}

function greeting({ url, setUpUrl }: Parley, { development, allowGuest, safeMode }: Config): string {
  const lines = [`Parley is ready at ${url.href.replace("//127.0.0.1:", "//localhost:")}`];
  if (development) lines.push("Development sign-in is on: any name gets in, from this machine only.");
  if (allowGuest && !development) lines.push("Guests may enter, by name.");
  if (safeMode) lines.push("Safe mode: every agent is off.");
  // In development anybody may call themselves an owner: the link would only be in the way.
  if (setUpUrl !== null && !development)
    lines.push(`This workspace has no owner yet. Make one, once, at\n  ${setUpUrl}`);
  return [...lines, "Stop it with Ctrl+C."].join("\n");
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        // A second signal does not wait for anybody.
        process.once(signal, () => process.exit(130));
        resolve();
      });
    }
  });
}

/** What went wrong, for the person who typed a command: a sentence where we know one, everything where we do not. */
export function sentenceFor(error: unknown): string {
  const ours = [ConfigurationError, DatabaseError, CommandError];
  if (error instanceof Error && ours.some((kind) => error instanceof kind)) return error.message;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "EADDRINUSE")
    return "The port is in use by another program: stop that one, or choose another with PORT or --port.";
  if (["EACCES", "EADDRNOTAVAIL", "EINVAL", "ENOTFOUND", "EAI_AGAIN"].includes(code)) {
    return "That address or port cannot be opened: ports under 1024 need rights, and HOST must be an address of this machine.";
  }
  return `Parley cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
