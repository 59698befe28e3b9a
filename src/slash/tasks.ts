import type { Roster } from "../agents/roster.ts";
import type { Status } from "../agents/status.ts";
import type { Outcome } from "../database/log.ts";
import { Refusal } from "../errors.ts";
import type { Member } from "../people/member.ts";
import { plainName } from "../rooms/names.ts";
import type { Task } from "../tasks/task.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Asked, SlashCommand } from "./command.ts";
import { agentNamed, needed } from "./named.ts";
import { listOf, plain } from "./words.ts";

interface Parts {
  roster: Roster;
  status: Status;
  tasks: Tasks;
}

/** Lines of one answer: more is for a page. */
const mostLines = 30;

/** `/tasks`, `/progress`, `/queue` and `/stop`: of the tasks in rooms that whoever asks may read. */
export function taskCommands({ roster, status, tasks }: Parts): readonly SlashCommand[] {
  const openFor = (member: Member, agentId?: number) =>
    tasks.active(agentId).filter((task) => tasks.mayRead(member, task));

  /** The tasks that an argument means: one by its number, an agent's, one's own, or all. @throws Refusal NOT_FOUND, AGENT_NOT_FOUND */
  function meant(member: Member, argument: string | undefined): readonly Task[] {
    if (argument === undefined || argument === "all") return openFor(member);
    if (argument === "mine" || argument === "me")
      return openFor(member).filter(({ requester }) => requester.id === member.id);
    const id = numberIn(argument);
    return id === null ? openFor(member, agentNamed(roster, argument).member.id) : [tasks.forReader(member, id)];
  }

  /** @throws Refusal when it is not clear which, or there is none */
  function toStop({ member, room, args: [argument] }: Asked): Task {
    const id = argument === undefined ? null : numberIn(argument);
    if (id !== null) return tasks.forReader(member, id);
    if (argument !== undefined) {
      const agent = agentNamed(roster, argument);
      const open = openFor(member, agent.member.id).filter((task) => tasks.mayDecide(member, task));
      const current = status.currentTask(agent);
      return only(
        open.find((task) => task.id === current?.id) ? [current] : open,
        `${agent.member.name} has no open task`,
      );
    }
    const own = openFor(member).filter((task) => task.requester.id === member.id && task.roomId === room.id);
    return only(own, "No task that you asked for is open in this room");
  }

  function queue(member: Member, agent: Member): string {
    const seen = (task: Task) => tasks.mayRead(member, task);
    const current = tasks.underWay(agent.id);
    const at = current && seen(current) ? [`at work: ${whole(current)}`] : [];
    const rest = lines(tasks.queueOf(agent.id).filter(seen), whole);
    return listOf(`**Queue of ${plain(agent.name)}**`, [...at, ...rest], `Nothing waits for **${plain(agent.name)}**.`);
  }

  return [
    {
      name: "tasks",
      usage: "/tasks [agent | mine]",
      help: "What is being worked on",
      needs: "read",
      run: ({ member, args: [argument] }) =>
        listOf("**Open tasks**", lines(meant(member, argument), whole), "No task is open."),
    },
    {
      name: "progress",
      usage: "/progress [agent | task]",
      help: "How far the tasks are",
      needs: "read",
      run: ({ member, args: [argument] }) =>
        listOf("**Progress**", lines(meant(member, argument), withBar), "No task is open."),
    },
    {
      name: "stop",
      usage: "/stop [task | agent]",
      help: "Stops a task that you asked for",
      details:
        "Without a number it is your only open task in this room. Who may manage tasks stops those of others as well.",
      needs: "write",
      async run(asked) {
        const task = toStop(asked);
        await committed((done) => tasks.decide(asked.member, task.id, "cancel", done));
        const what = `task ${task.id} of **${plain(task.agent.name)}**: ${plain(task.description)}`;
        // What is being worked on is stopped when its run has ended, and its card tells of that.
        return tasks.byId(task.id)?.endedAt === null ? `Stopping ${what}.` : `Stopped ${what}.`;
      },
    },
    {
      name: "queue",
      usage: "/queue <agent | task> [first | up | down | now]",
      help: "What waits for an agent, and in which order",
      details:
        "`/queue alice` lists it. `/queue 12 first` has task 12 come next, `up` and `down` move it by one place, and `now` stops what the agent is at and begins with task 12. Changing the order needs the right to manage tasks.",
      needs: "read",
      async run({ member, args: [argument, where] }) {
        const given = needed(argument, "/queue <agent>");
        const id = numberIn(given);
        if (id === null) return queue(member, agentNamed(roster, given).member);
        const { agent } = tasks.forReader(member, id);
        if (where === "now") {
          await committed((done) => tasks.steer(member, id, done));
          return `**${plain(agent.name)}** does task ${id} now.`;
        }
        if (where === "first" || where === "up" || where === "down")
          await committed((done) => tasks.place(member, id, where, done));
        else if (where !== undefined)
          throw new Refusal("INVALID_MESSAGE", "A task is moved `first`, `up` or `down`, or done `now`.");
        return queue(member, agent);
      },
    },
  ];
}

/** @throws Refusal NOT_FOUND or CONFLICT, which lists what to choose from */
function only(candidates: readonly (Task | undefined)[], none: string): Task {
  const found = candidates.filter((task) => task !== undefined);
  const [task] = found;
  if (!task) throw new Refusal("NOT_FOUND", `${plain(none)}. \`/tasks\` shows what is.`);
  if (found.length > 1) throw new Refusal("CONFLICT", listOf("Which one? `/stop <task>`", lines(found, whole), ""));
  return task;
}

function lines(tasks: readonly Task[], say: (task: Task) => string): string[] {
  const shown = tasks.slice(0, mostLines).map(say);
  return tasks.length > mostLines ? [...shown, `and ${tasks.length - mostLines} more`] : shown;
}

function whole(task: Task): string {
  const where = `asked by ${plain(task.requester.name)} in #${plain(plainName(task.room))}`;
  return `**${task.id}** ${plain(task.agent.name)}: ${plain(task.description)} (${task.state}, ${task.progress} %, ${where})`;
}

function withBar({ id, agent, description, state, progress, note }: Task): string {
  const done = Math.round(progress / 10);
  const bar = `\`${"█".repeat(done)}${"░".repeat(10 - done)}\``;
  return `${bar} ${progress} % **${id}** ${plain(agent.name)}: ${plain(description)} (${state}${note ? `: ${plain(note)}` : ""})`;
}

/** `12`, `#12` */
function numberIn(argument: string): number | null {
  const digits = /^#?(\d{1,15})$/.exec(argument)?.[1];
  return digits === undefined ? null : Number(digits);
}

function committed(act: (done: (outcome: Outcome) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => act((outcome) => (outcome.ok ? resolve() : reject(outcome.refusal))));
}
