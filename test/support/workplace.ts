import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Agent } from "../../src/agents/agent.ts";
import type { AcpParts } from "../../src/agents/backends/acp.ts";
import type { Backend, Desk, RunEvent, RunRequest } from "../../src/agents/backends/backend.ts";
import type { Machine } from "../../src/agents/processes/machine.ts";
import { marked, markerOf, markerPrefix } from "../../src/agents/processes/marker.ts";
import type { Program } from "../../src/agents/programs.ts";
import { type AgentSettings, defaultSettings } from "../../src/agents/settings.ts";
import type { Answer, Ask } from "../../src/approvals/ask.ts";
import { defaultLimits, type Limits } from "../../src/limits.ts";
import type { Message } from "../../src/messages/message.ts";
import type { Member } from "../../src/people/member.ts";
import type { StepChange } from "../../src/tasks/step.ts";

/** Nothing to confine with, so that a test of something else is about that alone. */
export const bareMachine: Machine = { bubblewrap: { missing: "no sandbox in this test" }, prlimit: null };

interface Options {
  program: Partial<Program> & Pick<Program, "command" | "backend">;
  settings?: Partial<AgentSettings>;
  machine?: Machine | undefined;
  limits?: Partial<Limits>;
  environment?: Record<string, string>;
  mcpFor?: AcpParts["mcpFor"];
}

/** A folder with what a backend needs to work in it, and whoever asks. */
export class Workplace implements AsyncDisposable {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "parley-work-")));
  readonly projects = join(this.folder, "projects");
  readonly parts: AcpParts;
  readonly prefix: string;
  /** What was said in the room before; oldest first. */
  readonly room: Message[] = [];
  private readonly begun: Attempt[] = [];

  constructor({ program, settings = {}, machine, limits = {}, environment = {}, mcpFor }: Options) {
    mkdirSync(this.projects);
    const databasePath = join(this.folder, "data", "parley.db");
    mkdirSync(join(this.folder, "data"));
    const full: Program = {
      name: "tested",
      title: "The tested program",
      passes: [],
      environment: {},
      endpoint: null,
      keyVariable: null,
      model: null,
      hint: "Install it with care.",
      ...program,
    };
    this.prefix = markerPrefix(databasePath);
    const { PATH = "" } = process.env;
    this.parts = {
      limits: { ...defaultLimits, ...limits },
      databasePath,
      agentsFolder: `${databasePath}.agents`,
      projectRoots: [this.projects],
      environment: { PATH, ...environment },
      programs: { list: () => [full], byName: (name) => (name === full.name ? full : undefined), problems: () => [] },
      settingsOf: () => ({ ...defaultSettings, program: "tested", ...settings }),
      ...(machine && { machine }),
      ...(mcpFor && { mcpFor }),
    };
  }

  get home(): string {
    return join(this.parts.agentsFolder, "builder", "home");
  }

  get work(): string {
    return join(this.parts.agentsFolder, "builder", "work");
  }

  /** Mira asks @builder something. */
  ask(
    backend: Backend,
    words: string,
    more: Partial<RunRequest> & { answer?: (ask: Ask) => Promise<Answer> } = {},
  ): Attempt {
    const { answer = async () => ({ outcome: "none", reason: "deadline" }), ...request } = more;
    const message = said(mira, words, 1_000);
    const asked: RunRequest = {
      agent: builder,
      message,
      asker: mira,
      words,
      reason: "mention",
      task: null,
      session: null,
      marker: crypto.randomUUID().replaceAll("-", ""),
      ...request,
    };
    const attempt = new Attempt(backend, asked, answer, this);
    this.begun.push(attempt);
    return attempt;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const attempt of this.begun) attempt.stop();
    await Promise.allSettled(this.begun.map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A run, as whoever started it sees it. */
export class Attempt {
  readonly events: RunEvent[] = [];
  readonly asked: Ask[] = [];
  readonly ended: Promise<void>;
  private readonly stopping = new AbortController();
  private readonly marker: string;
  private next = Promise.withResolvers<void>();
  private isOver = false;

  constructor(backend: Backend, request: RunRequest, answer: (ask: Ask) => Promise<Answer>, place: Workplace) {
    this.marker = markerOf(place.prefix, request.marker);
    const desk: Desk = {
      recent: (limit) => place.room.slice(-limit),
      search: () => [],
      openTasks: () => [],
      task: () => undefined,
      colleagues: () => [],
      ask: (ask) => {
        this.asked.push(ask);
        return answer(ask);
      },
      signal: this.stopping.signal,
    };
    this.ended = this.listen(backend.run(request, desk, this.stopping.signal));
    this.ended.catch(() => undefined);
  }

  stop(): void {
    this.stopping.abort();
  }

  /** Everything it answered. */
  get text(): string {
    return this.events.flatMap((event) => (event.type === "text" ? [event.delta] : [])).join("");
  }

  get thoughts(): string {
    return this.events.flatMap((event) => (event.type === "thought" ? [event.delta] : [])).join("");
  }

  get notes(): readonly string[] {
    return this.events.flatMap((event) => (event.type === "note" ? [event.text] : []));
  }

  get session(): string | null {
    return this.events.findLast((event) => event.type === "session")?.id ?? null;
  }

  /** A step with all that was told of it, in order of the last word. */
  step(id: string): StepChange & { streamed: string } {
    const told = this.events.flatMap((event) => (event.type === "step" && event.step.id === id ? [event.step] : []));
    return Object.assign({ id, streamed: this.output(id) }, ...told);
  }

  get steps(): readonly string[] {
    return [...new Set(this.events.flatMap((event) => (event.type === "step" ? [event.step.id] : [])))];
  }

  output(id: string): string {
    return this.events
      .flatMap((event) => (event.type === "output" && event.stepId === id ? [event.data] : []))
      .join("");
  }

  /** Ids of the processes that bear its mark now. */
  processes(): Promise<readonly number[]> {
    return marked(this.marker);
  }

  /** Waits until what was heard so far is enough; looks at each event, and once more when there are no more. */
  async hears(fits: () => boolean, what: string): Promise<void> {
    while (!fits()) {
      if (this.isOver) throw new Error(`${what} was not heard: ${JSON.stringify(this.events).slice(-2_000)}`);
      await this.next.promise;
    }
  }

  private async listen(events: AsyncIterable<RunEvent>): Promise<void> {
    try {
      for await (const event of events) {
        this.events.push(event);
        this.stir();
      }
    } finally {
      this.isOver = true;
      this.stir();
    }
  }

  private stir(): void {
    this.next.resolve();
    this.next = Promise.withResolvers();
  }
}

/** An answer to what is asked: the option of that kind. */
export function pressing(kind: Ask["options"][number]["kind"]): (ask: Ask) => Promise<Answer> {
  return async (ask) => {
    const option = ask.options.find((each) => each.kind === kind);
    if (!option) throw new Error(`nobody can answer ${kind}`);
    return { outcome: "chosen", option, by: mira };
  };
}

const memberOf = (id: number, name: string, kind: Member["kind"]): Member => ({
  id,
  kind,
  handle: name.toLowerCase(),
  name,
  title: "",
  role: kind === "agent" ? "agent" : "developer",
  removedAt: null,
});

export const mira = memberOf(10, "Mira", "person");
export const tomas = memberOf(11, "Tomas", "person");
export const builder: Agent = {
  member: memberOf(20, "Builder", "agent"),
  role: "a developer",
  expertise: ["bun"],
  backend: "acp",
  smartness: "smart",
  settings: defaultSettings,
  hiredAt: 0,
};

/** What somebody said in #general. */
export function said(author: Member, text: string, id: number): Message {
  return {
    id,
    seq: id,
    roomId: 1,
    room: "general",
    author,
    at: 0,
    text,
    html: "",
    mentions: [],
    command: null,
    replyTo: null,
    threadId: null,
    clientId: null,
    origin: "web",
    taskId: null,
    streaming: false,
    files: [],
    editedAt: null,
    deletedAt: null,
  };
}

/** The scripted agent as one file, so that it runs wherever it is put: a sandbox shows it nothing of ours. */
export function scriptedAgent(): Promise<string> {
  return bundled(resolve(import.meta.dir, "agents", "scripted.ts"));
}

/** The protocol library's own example of an agent, of an older version than the one Parley speaks with. */
export function exampleAgent(): Promise<string> {
  return bundled(resolve(import.meta.dir, "..", "..", "node_modules", "acp-example", "dist", "examples", "agent.js"));
}

const built = new Map<string, Promise<string>>();

function bundled(entry: string): Promise<string> {
  const file = built.get(entry) ?? bundle(entry);
  built.set(entry, file);
  return file;
}

async function bundle(entry: string): Promise<string> {
  const outdir = mkdtempSync(join(tmpdir(), "parley-agent-"));
  process.once("exit", () => rmSync(outdir, { recursive: true, force: true }));
  const { outputs } = await Bun.build({ entrypoints: [entry], outdir, target: "bun" });
  const [file] = outputs;
  if (!file) throw new Error(`${entry} was not built`);
  return file.path;
}
