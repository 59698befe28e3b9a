import type { Source } from "../../environment.ts";
import { Refusal } from "../../errors.ts";
import type { Limits } from "../../limits.ts";
import type { Agent } from "../agent.ts";
import type { Program } from "../programs.ts";
import type { AgentSettings } from "../settings.ts";
import { Complaint, withoutSecrets } from "./complaint.ts";
import { limited, sandboxed } from "./confine.ts";
import { environmentOf, executableOf, secretsOf } from "./environment.ts";
import { type Places, placesOf } from "./folders.ts";
import { hiddenFrom } from "./hidden.ts";
import { type Machine, thisMachine } from "./machine.ts";
import { markerOf, markerPrefix } from "./marker.ts";

/** What starting programs takes. */
export interface ProcessParts {
  readonly limits: Limits;
  /** `<database>.agents`. */
  readonly agentsFolder: string;
  readonly projectRoots: readonly string[];
  /** Parley's own environment, of which programs get what they are allowed to. */
  readonly environment: Source;
  /** Whose runs these are, and what no program may see. */
  readonly databasePath: string;
  /** What to confine with; this machine's where it is left out. */
  readonly machine?: Machine;
}

/** What a run starts. */
export interface Start {
  readonly agent: Agent;
  readonly settings: AgentSettings;
  readonly program: Program;
  /** The command with what was asked put in: each word goes to the program as it is, no shell reads it. */
  readonly argv: readonly string[];
  /** The run's own mark, 32 hex digits. */
  readonly run: string;
  /** Hears its standard error as it comes; more of it is read when that resolves. */
  readonly overhear?: (chunk: Uint8Array) => Promise<void>;
}

/** A program that works for an agent. */
export interface Running {
  readonly pid: number;
  /** The whole mark that everything it starts bears. */
  readonly marker: string;
  readonly places: Places;
  readonly stdin: { write(chunk: Uint8Array): Promise<void>; end(): void };
  readonly stdout: ReadableStream<Uint8Array>;
  /** Its exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | string>;
  /** Its last words on the standard error, fit to be shown. */
  complaint(): string;
  /** Text without the keys that it was given. */
  discreet(text: string): string;
  /** A key that it is given while it runs. */
  hush(secret: string): void;
}

/** Starts a program in a session of its own, with an environment that is listed and as confined as this machine can. @throws Refusal */
export function startProgram(parts: ProcessParts, { agent, settings, program, argv, run, overhear }: Start): Running {
  const { limits, environment, machine = thisMachine() } = parts;
  const places = placesOf(parts, agent.member.handle, settings.directory);
  const marker = markerOf(markerPrefix(parts.databasePath), run);
  const env = environmentOf(program, environment, { home: places.home, marker });
  const [executable, ...words] = argv;
  const path = executableOf(executable, env.PATH);
  if (path === null) throw new Refusal("AGENT_OFFLINE", missing(program));

  const sandbox = settings.sandbox === "auto" && "path" in machine.bubblewrap ? machine.bubblewrap.path : null;
  const bare = [path, ...words];
  const needed = [path, ...program.command.slice(1).filter((word) => !word.includes("{"))];
  const view = {
    needed,
    places,
    hidden: hiddenFrom(parts.databasePath, { cwd: process.cwd(), home: environment.HOME }),
  };
  const confined = sandbox === null ? bare : sandboxed(bare, sandbox, view);
  const child = Bun.spawn([...limited(confined, machine, limits)], {
    cwd: places.directory,
    env,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    // A session and group of its own: signals of ours reach all of it, and none of it reaches our terminal.
    detached: true,
  });
  const complaint = new Complaint(limits.agentComplaintBytes);
  const heard = listen(child.stderr, complaint, overhear);
  const secrets = secretsOf(program, environment);

  return {
    pid: child.pid,
    marker,
    places,
    stdin: {
      async write(chunk) {
        const written = child.stdin.write(chunk);
        await Promise.all([written, child.stdin.flush()]);
      },
      end: () => void Promise.resolve(child.stdin.end()).catch(() => undefined),
    },
    stdout: child.stdout,
    exited: child.exited.then(async (code) => {
      // What it said last is on its way still; what holds the pipe open longer is somebody it left behind.
      await Promise.race([heard, Bun.sleep(limits.agentTermMs)]);
      return child.signalCode ?? code;
    }),
    complaint: () => complaint.lines(limits.agentComplaintLines, secrets),
    discreet: (text) => withoutSecrets(text, secrets),
    hush: (secret) => void secrets.push(secret),
  };
}

/** What to do about a program that is not on this machine. */
export function missing({ title, command, hint }: Program): string {
  return `${title} is not installed where Parley runs: there is no ${command[0] ?? "command"} on its PATH. ${hint}`.trim();
}

async function listen(
  stream: ReadableStream<Uint8Array>,
  complaint: Complaint,
  overhear: Start["overhear"],
): Promise<void> {
  try {
    for await (const chunk of stream) {
      complaint.add(chunk);
      await overhear?.(chunk);
    }
  } catch {
    // The pipe broke: there is nothing more to hear.
  }
}
