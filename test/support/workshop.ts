import type { Outcome } from "../../src/database/log.ts";
import { Refusal } from "../../src/errors.ts";
import type { startParley } from "../../src/start.ts";
import type { Task } from "../../src/tasks/task.ts";
import { ScriptedTransport } from "./scripted.ts";
import { startServer, type TestServer } from "./server.ts";

type Core = Parameters<NonNullable<NonNullable<Parameters<typeof startParley>[1]>["telegram"]>>[0];

/** A real server whose agents do what a test says, in the place of a backend. */
export interface Workshop {
  readonly server: TestServer;
  readonly core: Core;
  /** A task of an agent's that somebody asked for in a room, under way, with its card in that room. */
  task(agent: string, requester: string, words: string, room?: string): Promise<Task>;
  move(task: Task, change: Parameters<Core["tasks"]["move"]>[1]): Promise<void>;
}

export async function openWorkshop(options: Parameters<typeof startServer>[0] = {}): Promise<Workshop> {
  let opened: Core | undefined;
  const server = await startServer({
    ...options,
    telegram(core) {
      opened = core;
      return new ScriptedTransport("telegram");
    },
  });
  if (!opened) throw new Error("the house has no core");
  const core = opened;
  const committed = (act: (done: (outcome: Outcome) => void) => void) =>
    new Promise<number>((resolve, reject) =>
      act((outcome) => (outcome.ok ? resolve(outcome.seq) : reject(outcome.refusal))),
    );

  async function move(task: Task, change: Parameters<Core["tasks"]["move"]>[1]): Promise<void> {
    await committed((done) => core.tasks.move(task.id, change, task.agent, done));
  }

  return {
    server,
    core,
    move,
    async task(agentName, requesterName, words, room = "general") {
      const agent = core.roster.byName(agentName)?.member;
      const requester = core.members.person(requesterName);
      if (!agent || !requester) throw new Error(`${agentName} or ${requesterName} is not here`);
      const requestId = await committed((done) => core.post(requester, { room, text: words, origin: "web" }, done));
      const roomId = core.history.row(requestId)?.roomId ?? 0;
      const asked = { agentId: agent.id, requestId, requesterId: requester.id, description: words, roomId };
      const task = await new Promise<Task>((resolve, reject) =>
        core.tasks.open(asked, (given) => (given instanceof Refusal ? reject(given) : resolve(given))),
      );
      await move(task, { state: "accepted" });
      const answer = { room, text: "On it.", origin: "agent", taskId: task.id } as const;
      await committed((done) => core.post(agent, answer, done));
      await move(task, { state: "working" });
      return core.tasks.byId(task.id) ?? task;
    },
  };
}
