import { existsSync } from "node:fs";
import { createServer } from "node:net";
import type { Config } from "../../config.ts";
import { CommandError, operatorOf } from "../operator.ts";

/** Looks whether the addresses of a configuration can be listened at; those where its own running server listens are fine. @returns problems */
export async function portProblems(config: Config, isRunning: boolean): Promise<string[]> {
  const ours = isRunning ? await portsOfServer(config) : [];
  const problems: string[] = [];
  if (isRunning && ours.length === 0)
    problems.push(
      `${config.databasePath} is in use, but no server of it answers where it said it is: look whether it still runs, or stop it`,
    );
  const wanted: [string, string, number][] = [["PORT", config.host, config.port]];
  if (config.websocketPort !== null) wanted.push(["WEBSOCKET_PORT", config.websocketHost, config.websocketPort]);
  for (const [name, host, port] of wanted) {
    if (port === 0 || ours.includes(port)) continue;
    const failure = await listenFailure(host, port);
    if (failure === "EADDRINUSE")
      problems.push(`${name}=${port} is taken at ${host} by another program: stop that one, or choose another port`);
    else if (failure !== null) problems.push(`${name}=${port} cannot be opened at ${host} (${failure})`);
  }
  return problems;
}

/** The ports at which the running server of a database listens; none when it is not found. */
async function portsOfServer(config: Config): Promise<number[]> {
  // Without its key nobody can prove anything to it, and asking would make one.
  if (config.secretKey === null && !existsSync(`${config.databasePath}.key`)) return [];
  try {
    const operator = operatorOf(config);
    const { by } = await operator.ask("GET", "/api/v1/me");
    const { port } = await operator.ask("GET", "/communication/stats");
    return by === "operator" ? [Number(new URL(operator.url).port), Number(port)] : [];
  } catch (error) {
    if (error instanceof CommandError || error instanceof SyntaxError) return [];
    throw error;
  }
}

/** @returns why nothing can listen there; null when it can */
function listenFailure(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
