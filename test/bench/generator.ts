import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { buildFolder, type Running } from "./servers.ts";

/** The load generator of `load/`, compiled and told what to do. A generator in JavaScript would be slower than the server. */

const program = join(buildFolder, "load");

/** Clients that speak one protocol; see `load/options.c` for the places in the texts. */
export interface Group {
  readonly name: string;
  readonly clients: number;
  readonly senders: number;
  readonly path: string;
  readonly headers?: readonly string[];
  /** A file with one session token a line, dealt out to the clients in turn. */
  readonly tokens?: string;
  readonly hello?: string;
  readonly ready?: string;
  readonly refusal?: string;
  readonly send: string;
}

export type Pace = { readonly rate: number } | { readonly window: number };

const quantiles = z.object({ count: z.number(), p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() });

const fanoutResult = z.object({
  sent: z.number(),
  messagesPerSecond: z.number(),
  deliveries: z.number(),
  deliveriesPerSecond: z.number(),
  bytesPerDelivery: z.number(),
  received: z.number(),
  lost: z.number(),
  delivery: quantiles,
  echo: quantiles,
  groups: z.record(z.string(), z.number()),
  generatorCpuPercent: z.number(),
  generatorLagP99: z.number(),
  serverCpuPercent: z.number(),
  serverMicrosecondsPerDelivery: z.number(),
  othersCpuPercent: z.number(),
});
export type FanoutResult = z.infer<typeof fanoutResult>;

const stormResult = z.object({
  connectionsPerSecond: z.array(z.number()),
  generatorCpuPercent: z.number(),
  serverMicrosecondsPerConnection: z.number(),
});
export type StormResult = z.infer<typeof stormResult>;

const idleLine = z.object({ held: z.number(), seconds: z.number() });

/** @throws when there is no C compiler, or it complains */
export async function compileGenerator(): Promise<void> {
  mkdirSync(buildFolder, { recursive: true });
  const compiler = Bun.which("cc") ?? Bun.which("gcc");
  if (!compiler) throw new Error("the load generator is C: install a compiler (cc or gcc)");
  const sources = [...new Bun.Glob("*.c").scanSync({ cwd: join(import.meta.dir, "load"), absolute: true })].sort();
  const compiling = Bun.spawn([compiler, "-O2", "-std=gnu11", "-Wall", "-Wextra", "-o", program, ...sources], {
    stderr: "pipe",
  });
  const complaints = await new Response(compiling.stderr).text();
  if ((await compiling.exited) !== 0) throw new Error(`the load generator does not compile:\n${complaints}`);
}

/** Messages into one room that all clients are in, for `warm` + `seconds`. @throws when a client is refused or cut off */
export async function fanout(
  server: Running,
  groups: readonly Group[],
  pace: Pace,
  times: { readonly warm: number; readonly seconds: number; readonly drain?: number },
): Promise<FanoutResult> {
  const speed = "rate" in pace ? ["--rate", String(pace.rate)] : ["--window", String(pace.window)];
  const options = [...speed, "--warm", String(times.warm), "--seconds", String(times.seconds)];
  if (times.drain !== undefined) options.push("--drain", String(times.drain));
  return fanoutResult.parse(await finished("fanout", server, options, groups));
}

/** Everybody connects at once, `rounds` times. */
export async function storm(server: Running, groups: readonly Group[], rounds: number): Promise<StormResult> {
  return stormResult.parse(await finished("storm", server, ["--rounds", String(rounds), "--flight", "128"], groups));
}

/** Everybody connects and stays. @returns once all are there; they leave at `release` */
export async function hold(server: Running, groups: readonly Group[]): Promise<{ release(): Promise<void> }> {
  const generator = start("idle", server, [], groups);
  const lines = generator.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await lines.read();
  if (value === undefined) throw new Error(await complaint(generator));
  idleLine.parse(JSON.parse(value));
  return {
    async release() {
      await generator.stdin.end();
      if ((await generator.exited) !== 0) throw new Error(await complaint(generator));
    },
  };
}

async function finished(
  mode: string,
  server: Running,
  options: readonly string[],
  groups: readonly Group[],
): Promise<unknown> {
  const generator = start(mode, server, options, groups);
  const line = await new Response(generator.stdout).text();
  if ((await generator.exited) !== 0) throw new Error(await complaint(generator));
  return JSON.parse(line);
}

function start(mode: string, server: Running, options: readonly string[], groups: readonly Group[]) {
  const command = [program, "--mode", mode, "--port", String(server.port), "--pid", String(server.pid), ...options];
  return Bun.spawn([...command, ...groups.flatMap(groupOptions)], { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
}

async function complaint(generator: ReturnType<typeof start>): Promise<string> {
  const said = await new Response(generator.stderr).text();
  return said.trim() || `the load generator ended without a word (${generator.signalCode ?? generator.exitCode})`;
}

function groupOptions(group: Group): string[] {
  const options = ["--group", group.name, "--clients", String(group.clients), "--senders", String(group.senders)];
  options.push("--path", group.path, "--send", group.send);
  for (const header of group.headers ?? []) options.push("--header", header);
  if (group.tokens !== undefined) options.push("--tokens", group.tokens);
  if (group.hello !== undefined) options.push("--hello", group.hello);
  if (group.ready !== undefined) options.push("--ready", group.ready);
  if (group.refusal !== undefined) options.push("--refusal", group.refusal);
  return options;
}
