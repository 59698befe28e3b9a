import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { signIn } from "../support/server.ts";

/** The programs of the guide are taken off its page and run, against a server that is killed under them. */

// Programs start and come back in their own time; only a test that fails takes all of it.
setDefaultTimeout(60_000);
const patienceMs = 20_000;

let server: ServerProcess;
let cookie: string;
/** Ada looks at what becomes of it all, over and over: what she reads is not counted as read by those whose programs run. */
let ada: string;
beforeAll(async () => {
  server = await startProcess({});
  cookie = await signIn(server, "mira", "admin");
  ada = await signIn(server, "ada");
});
afterAll(async () => {
  await server.kill();
  rmSync(server.folder, { recursive: true, force: true });
});

/** What stands in a listing of a page, as its copy button would give it. */
async function listings(path: string): Promise<Map<string, string>> {
  const html = await (await fetch(server.http + path, { headers: { cookie, accept: "text/html" } })).text();
  const found = [...html.matchAll(/<pre id="([\w-]+)" class="listing"><code>([\s\S]*?)<\/code><\/pre>/g)];
  const signs: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&" };
  return new Map(
    found.map(([, id = "", code = ""]) => [id, code.replace(/&(?:lt|gt|quot|#39|amp);/g, (sign) => signs[sign] ?? "")]),
  );
}

async function listing(path: string, id: string): Promise<string> {
  const text = (await listings(path)).get(id);
  if (!text) throw new Error(`${path} shows no listing #${id}`);
  return text;
}

async function keyFor(agent?: string): Promise<string> {
  const answer = await fetch(`${server.http}/api/v1/api-keys`, {
    method: "POST",
    headers: { cookie, origin: server.http, "content-type": "application/json" },
    body: JSON.stringify({
      name: crypto.randomUUID(),
      permissions: ["read", "write"],
      ...(agent && { for: agent, rooms: ["general"] }),
    }),
  });
  if (answer.status !== 201) throw new Error(`no key: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { key: string }).key;
}

/** A program in a folder of its own. */
class Program implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "parley-guide-"));
  output = "";
  private readonly command: readonly string[];
  private readonly env: Record<string, string>;
  private running: ReturnType<typeof Bun.spawn> | undefined;

  constructor(command: readonly string[], key: string) {
    this.command = command;
    this.env = { PATH: process.env.PATH ?? "", PARLEY_URL: server.http, PARLEY_KEY: key };
  }

  start(): void {
    const running = Bun.spawn([...this.command], {
      cwd: this.folder,
      env: this.env,
      stdout: "pipe",
      stderr: "ignore",
      // In a group of its own, so that what a script started ends with it.
      detached: true,
    });
    this.running = running;
    void (async () => {
      const decoder = new TextDecoder();
      for await (const bytes of running.stdout) this.output += decoder.decode(bytes, { stream: true });
    })();
  }

  async kill(): Promise<void> {
    this.end();
    await this.running?.exited;
  }

  [Symbol.dispose](): void {
    this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private end(): void {
    if (this.running && this.running.exitCode === null && this.running.signalCode === null)
      process.kill(-this.running.pid, "SIGKILL");
  }
}

/** Runs a command of a page to its end. */
async function run(command: string, key: string, folder = tmpdir()): Promise<string> {
  const env = { PATH: process.env.PATH ?? "", PARLEY_KEY: key };
  const running = Bun.spawn(["sh", "-c", command], { cwd: folder, env, stdout: "pipe", stderr: "ignore" });
  return await new Response(running.stdout).text();
}

async function soon<T>(find: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${what} did not happen`);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

interface Said {
  readonly id: number;
  readonly text: string;
  readonly sender: string;
  readonly replyTo: number | null;
}

/** What Ada reads, as soon as she may: whoever asks too often is told to wait. */
async function read(path: string): Promise<unknown> {
  const answer = await soon(async () => {
    const given = await fetch(server.http + path, { headers: { cookie: ada } });
    return given.status === 429 ? undefined : given;
  }, `reading ${path}`);
  return answer.json();
}

async function messages(): Promise<Said[]> {
  return ((await read("/api/v1/rooms/general/messages?limit=200")) as { messages: Said[] }).messages;
}

async function isHere(name: string): Promise<true | undefined> {
  const { connected_users } = (await read("/websocket/users")) as { connected_users: { user_id: string }[] };
  return connected_users.some(({ user_id }) => user_id === name) ? true : undefined;
}

/** Tomas says something, by a connection of that moment. */
async function tomasSays(text: string): Promise<number> {
  const tomas = await Client.camel(server.ws, "tomas");
  const { data } = await tomas.say(text);
  await tomas.close();
  return data.id;
}

const answersTo = async (id: number) => (await messages()).filter(({ replyTo }) => replyTo === id);
const answered = (id: number) =>
  soon(async () => ((await answersTo(id)).length > 0 ? true : undefined), `pong to ${id}`);

describe.each([
  ["mira", undefined],
  ["alice", "alice"],
] as const)("the bot of the guide, as %s", (name, agent) => {
  test("answers each ping once, though it and the server are killed", async () => {
    const bot = await listing("/docs/clients", "bot-ts");
    using program = new Program([process.execPath, "bot.ts"], await keyFor(agent));
    await Bun.write(join(program.folder, "bot.ts"), bot);
    program.start();
    await soon(() => isHere(name), "the bot's coming");
    const asked = [await tomasSays("ping, please")];
    await answered(asked[0] ?? 0);
    // It moves on only when its answer is acknowledged.
    const [pong] = await answersTo(asked[0] ?? 0);
    const kept = join(program.folder, "bot.json");
    const hasMovedOn = () => existsSync(kept) && JSON.parse(readFileSync(kept, "utf8")).lastSeq >= (pong?.id ?? 0);
    await soon(() => hasMovedOn() || undefined, "its moving on");

    asked.push(await tomasSays("Ping at the moment of its death"));
    await program.kill();
    asked.push(await tomasSays("ping while it is dead"));
    expect(await answersTo(asked[2] ?? 0)).toEqual([]);
    program.start();
    await answered(asked[2] ?? 0);

    await server.kill();
    server = await server.restart();
    asked.push(await tomasSays("ping of another server"));
    await answered(asked[3] ?? 0);

    for (const id of asked)
      expect((await answersTo(id)).map(({ text, sender }) => [text, sender.replace("-bot", "")])).toEqual([
        ["pong", name],
      ]);
    const unasked = (await messages()).filter(({ text, replyTo }) => text === "pong" && replyTo === null);
    expect(unasked).toEqual([]);
  });
});

describe.skipIf(!Bun.which("curl"))("what the guide does with curl", () => {
  test("listens, and goes on where it left off when the server is killed", async () => {
    using program = new Program(["sh", "listen.sh"], await keyFor());
    await Bun.write(join(program.folder, "listen.sh"), await listing("/docs/clients", "listen-sh"));
    program.start();
    await soon(() => (program.output.includes("auth_response") ? true : undefined), "the welcome");
    const texts = ["one thing", "another while nobody listens", "a third"];
    await tomasSays(texts[0] ?? "");
    await soon(() => (program.output.includes("one thing") ? true : undefined), "the first");
    await program.kill();
    await tomasSays(texts[1] ?? "");
    await server.kill();
    server = await server.restart();
    program.start();
    await tomasSays(texts[2] ?? "");
    await soon(() => (program.output.includes("a third") ? true : undefined), "the third");
    // What it had printed and not noted when it was killed is told again, under the same id.
    const heard = program.output
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { type: string; data: Said });
    const told = new Map(heard.flatMap(({ type, data }) => (type === "message" ? [[data.id, data.text]] : [])));
    expect([...told.values()]).toEqual(texts);
  });

  test("says something once, however often it is said, and gets the types", async () => {
    const key = await keyFor();
    const say = await listing("/docs/clients", "say");
    const first = JSON.parse(await run(say, key));
    expect(first.message).toMatchObject({ text: "The build is green.", sender: "mira" });
    expect(JSON.parse(await run(say, key)).message.id).toBe(first.message.id);
    using folder = new Program([], key);
    await run(await listing("/docs/clients", "types"), key, folder.folder);
    expect(readFileSync(join(folder.folder, "parley.ts"), "utf8")).toContain("export type CamelServerFrame");
  });
});

describe.skipIf(!Bun.which("curl"))("the commands of the reference", () => {
  test("ask what they stand for, where their reader is", async () => {
    const all = [...(await listings("/docs"))].filter(([id]) => id.endsWith("-curl"));
    expect(all.length).toBeGreaterThan(60);
    const key = await keyFor();
    // Those that look only: the others would do it.
    const looking = all.filter(
      ([, command]) => command.startsWith(`curl "${server.http}/`) && !/ -d | --data/.test(command),
    );
    expect(looking.length).toBeGreaterThan(30);
    for (const [id, command] of looking) {
      if (/FilesIdName|AgentsId|TasksId|Events/.test(id)) continue;
      const status = await run(`${command} --silent --output /dev/null --write-out '%{http_code}'`, key);
      expect([id, /^(?:200|403)$/.test(status)]).toEqual([id, true]);
    }
  });
});
