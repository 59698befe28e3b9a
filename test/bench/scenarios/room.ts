import { type Bench, progress, record, type Scenario } from "../harness.ts";
import { processorSeconds } from "../machine.ts";
import { chatPath, cookieName, type Prepared, roomPath, startParley } from "../parley.ts";
import { atMost, number } from "../report.ts";
import { prepareDatabase } from "../seed.ts";
import type { Running } from "../servers.ts";
import { median, pairedRatio } from "../statistics.ts";

const fewMessages = 10_000;

/** Requests in a row to one server before it is the other's turn. */
const requests = 100;
/** Turns of each server in a repetition. */
const turns = 5;

/** One of the two rooms, with everything needed to open it. */
interface Room {
  readonly messages: number;
  readonly server: Running;
  readonly prepared: Prepared;
  readonly socket: Asking;
}

interface Opening {
  readonly pageMs: number[];
  readonly historyMs: number[];
  cpuSeconds: number;
}

/** Whether a room with a long past opens as fast as a young one, as a page and for a program. */
export function openRoom(goal: number): Scenario {
  return {
    name: "room",
    async run(bench) {
      const young = await open(bench, fewMessages);
      const old = await open(bench, bench.options.messages);
      try {
        const [youngFigures, oldFigures] = await compare(young, old, bench.options.reps);
        const page = pairedRatio(oldFigures.pageMs, youngFigures.pageMs);
        const history = pairedRatio(oldFigures.historyMs, youngFigures.historyMs);
        return {
          title: "Opening a room: the page over HTTP, and the newest 50 messages over the socket",
          columns: ["messages in the room", "page ms", "history ms", "µs CPU a request"],
          rows: [row(young, youngFigures, bench.options.reps), row(old, oldFigures, bench.options.reps)],
          verdicts: [
            atMost(`opening the page with ${number(old.messages)} ÷ ${number(young.messages)} messages`, page, goal),
            atMost(`reading history with ${number(old.messages)} ÷ ${number(young.messages)} messages`, history, goal),
          ],
        };
      } finally {
        for (const room of [young, old]) {
          room.socket.close();
          await room.server.stop();
        }
      }
    },
  };
}

function row(room: Room, figures: Opening, reps: number): string[] {
  return [
    number(room.messages),
    number(median(figures.pageMs)),
    number(median(figures.historyMs)),
    number((figures.cpuSeconds / (reps * turns * requests * 2)) * 1e6),
  ];
}

async function open(bench: Bench, messages: number): Promise<Room> {
  progress(`room: writing ${number(messages)} messages`);
  const prepared = await prepareDatabase(bench.parleyCommand, `room-${messages}`, { people: 20, messages });
  const server = await startParley(bench.parleyCommand, prepared.database);
  return { messages, server, prepared, socket: await Asking.connect(server, prepared.tokens[0] ?? "") };
}

/** Both take turns; the first turn of each only warms it up. Each figure is the median of one turn. */
async function compare(young: Room, old: Room, reps: number): Promise<[Opening, Opening]> {
  const figures: [Opening, Opening] = [
    { pageMs: [], historyMs: [], cpuSeconds: 0 },
    { pageMs: [], historyMs: [], cpuSeconds: 0 },
  ];
  for (let turn = -1; turn < reps * turns; turn++) {
    progress(`room: turn ${turn + 1}/${reps * turns}`);
    const pairs = [[young, figures[0]] as const, [old, figures[1]] as const];
    for (const [room, opening] of turn % 2 === 0 ? pairs : pairs.toReversed()) {
      const before = processorSeconds(room.server.pid);
      const pageMs = await timed(() => fetchPage(room));
      const historyMs = await timed(() =>
        room.socket.ask({ type: "get_chat_history", data: { limit: 50 } }, "chat_history"),
      );
      if (turn < 0) continue;
      opening.cpuSeconds += processorSeconds(room.server.pid) - before;
      opening.pageMs.push(pageMs);
      opening.historyMs.push(historyMs);
      record({ scenario: "room", messages: room.messages, turn, pageMs, historyMs });
    }
  }
  progress("");
  return figures;
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const durations: number[] = [];
  for (let request = 0; request < requests; request++) {
    const start = performance.now();
    await act();
    durations.push(performance.now() - start);
  }
  return median(durations);
}

async function fetchPage({ server, prepared, messages }: Room): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${server.port}${roomPath}`, {
    headers: { cookie: `${cookieName}=${prepared.tokens[0]}` },
    redirect: "manual",
  });
  const page = await response.text();
  // A sign-in page or an empty room would be fast too.
  if (response.status !== 200 || !page.includes(`Message ${messages} of`)) {
    throw new Error(`${roomPath} did not show the newest message: ${response.status} ${page.slice(0, 200)}`);
  }
}

/** A program's socket that asks one thing at a time. */
class Asking {
  private readonly socket: WebSocket;
  private waiting: ((frame: string) => void) | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.onmessage = ({ data }) => this.waiting?.(String(data));
    socket.onclose = ({ code }) => this.waiting?.(`{"type":"closed","code":${code}}`);
  }

  static async connect(server: Running, sessionToken: string): Promise<Asking> {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${chatPath}`);
    const asking = new Asking(socket);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error(`${chatPath} did not open`));
    });
    await asking.ask({ type: "auth", data: { sessionToken } }, "auth_response");
    return asking;
  }

  /** @throws when something else is answered */
  async ask(frame: unknown, answer: string): Promise<void> {
    const answered = new Promise<string>((resolve) => {
      this.waiting = resolve;
    });
    this.socket.send(JSON.stringify(frame));
    const text = await answered;
    if (!text.startsWith(`{"type":"${answer}"`)) throw new Error(`expected ${answer}, got ${text.slice(0, 200)}`);
  }

  close(): void {
    this.waiting = undefined;
    this.socket.close();
  }
}
