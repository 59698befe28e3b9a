import type { Message } from "../../messages/message.ts";
import { plainName } from "../../rooms/names.ts";
import type { Task } from "../../tasks/task.ts";
import type { AgentState } from "../agent.ts";
import { fit, type Intent, searchWords, understand } from "../understanding.ts";
import type { Backend, Desk, RunEvent, RunRequest } from "./backend.ts";

/** Milliseconds between pieces of a streamed answer: fast, and slow enough that a reader sees it grow. */
const paceMs = 25;

/**
 * The agent that needs no key and no network. It follows fixed rules: keeps tasks, answers for them, finds and gathers what was
 * said, and finds the colleague who knows. It writes no code and says so.
 */
export const builtinBackend: Backend = {
  name: "builtin",
  opensTask: "itself",
  resumes: false,
  check: async () => null,
  async *run(request, desk, signal) {
    if (request.reason === "offer") {
      yield { type: "say", text: offer(request) };
      return;
    }
    const intent = understand(request.words);
    for (const event of answers(intent, request, desk)) {
      if (signal.aborted) return;
      if (event.type === "text") await Bun.sleep(paceMs);
      yield event;
    }
  },
};

function answers(intent: Intent, request: RunRequest, desk: Desk): Iterable<RunEvent> {
  switch (intent.kind) {
    case "help":
      return stream(helpText(request));
    case "greeting":
      return stream(
        `Hello ${request.message.author.name}, I'm here. Tell me what you need, or say \`@${request.agent.member.handle} help\`.`,
      );
    case "status":
    case "list":
      return stream(statusText(desk));
    case "summary":
      return summarise(request, desk);
    case "search":
      return search(intent.words, request, desk);
    case "done":
      return withTask(intent.taskId, desk, (task) => [
        { type: "move", taskId: task.id, state: "completed", note: `Done, says ${request.message.author.name}` },
        { type: "say", text: `Task ${task.id} completed: ${task.description}.` },
      ]);
    case "cancel":
      return withTask(intent.taskId, desk, (task) => [
        { type: "move", taskId: task.id, state: "cancelled", note: `Cancelled by ${request.message.author.name}` },
        { type: "say", text: `Task ${task.id} is off my list: ${task.description}.` },
      ]);
    case "progress":
      return withTask(intent.taskId, desk, (task) => [
        {
          type: "move",
          taskId: task.id,
          state: intent.percent === 100 ? "completed" : intent.percent === 0 ? "accepted" : "working",
          progress: intent.percent,
          note: `${intent.percent} % reported by ${request.message.author.name}`,
        },
        {
          type: "say",
          text:
            intent.percent === 100
              ? `Task ${task.id} completed: ${task.description}.`
              : `Noted: task ${task.id} is at ${intent.percent} % progress.`,
        },
      ]);
    case "blocked":
      return withTask(intent.taskId, desk, (task) => [
        { type: "move", taskId: task.id, state: "stuck", note: intent.issue },
        { type: "help", taskId: task.id, issue: intent.issue },
        { type: "say", text: blockedText(task, intent.issue, request, desk) },
      ]);
    case "trouble":
      return stream(troubleText(request, desk));
    case "question":
      return stream(questionText(request, desk));
    case "assignment":
      return keep(intent.description, request, desk);
  }
}

/** Work it cannot do itself: kept on its list, with what the room already knows about it. */
function* keep(description: string, request: RunRequest, desk: Desk): Iterable<RunEvent> {
  yield { type: "task", description };
  yield { type: "say", text: `Got it: ${description}.` };
  yield* stream(briefing(description, request, desk));
}

function* summarise(request: RunRequest, desk: Desk): Iterable<RunEvent> {
  yield { type: "task", description: "summarise this room's recent messages" };
  yield { type: "say", text: "Got it: a summary of what was said here lately." };
  yield { type: "move", state: "working" };
  const messages = desk
    .recent(100)
    .filter((message) => message.id !== request.message.id && message.text !== "" && message.taskId === null);
  yield* stream(summaryText(messages));
  yield { type: "move", state: "completed", note: `${messages.length} messages read` };
}

function* search(words: readonly string[], request: RunRequest, desk: Desk): Iterable<RunEvent> {
  yield { type: "task", description: `search this room for ${words.join(" ")}` };
  yield {
    type: "say",
    text: `Got it: looking for ${words.map((word) => `"${word}"`).join(" and ")} in #${plainName(request.message.room)}.`,
  };
  yield { type: "move", state: "working" };
  const hits = desk
    .search(words, 11)
    .filter(
      (message) => message.id !== request.message.id && message.taskId === null && message.author.kind !== "agent",
    );
  yield* stream(
    hits.length === 0
      ? "Nothing in this room holds all of these words."
      : `Found, newest first:\n\n${hits.slice(0, 10).map(quoteLine).join("\n")}`,
  );
  yield { type: "move", state: "completed", note: `${Math.min(hits.length, 10)} found` };
}

/** Runs on the task that was meant: the one of that number, or the only open one. */
function withTask(taskId: number | null, desk: Desk, act: (task: Task) => readonly RunEvent[]): Iterable<RunEvent> {
  const open = desk.openTasks();
  if (taskId === null && open.length > 1) {
    return stream(
      `Which one? I have ${open.length} open tasks:\n\n${open.map(taskLine).join("\n")}\n\nName its number, for instance \`task ${open[0]?.id} done\`.`,
    );
  }
  const task = taskId === null ? open[0] : open.find((candidate) => candidate.id === taskId);
  if (task) return act(task);
  return stream(taskId === null ? "There is no open task on my list." : `Task ${taskId} is not open on my list.`);
}

/** Cuts a text into the pieces it is streamed in: a few words each, nothing lost. */
function* stream(text: string): Iterable<RunEvent> {
  for (const piece of text.match(/\S+(?:[^\S\n]+\S+){0,3}\s*|\s+/g) ?? [text]) yield { type: "text", delta: piece };
}

function helpText({ agent }: RunRequest): string {
  const at = `@${agent.member.handle}`;
  return [
    `I'm ${agent.member.name}, ${agent.role} (${agent.expertise.join(", ")}). I run on the built-in backend: fixed rules, no language model, so I cannot write code or reason. What I can do:`,
    "",
    `- \`${at} fix the login form\`: I keep it as a task and gather what was said about it`,
    `- \`${at} status\`: what is on my list and how far it is`,
    `- \`${at} 40%\`, \`${at} done\`, \`${at} blocked: no access\`, \`${at} cancel\`: move the task on (add \`task 12\` when there are several)`,
    `- \`${at} summarise this thread\`: who said what here lately`,
    `- \`${at} search login form\`: messages in this room with these words`,
    `- \`${at} I'm stuck with …\`: I find the colleague who knows`,
  ].join("\n");
}

function statusText(desk: Desk): string {
  const open = desk.openTasks();
  if (open.length === 0) return "Status: nothing on my list, I'm idle.";
  return `Status: ${open.length === 1 ? "one open task" : `${open.length} open tasks`}.\n\n${open.map(taskLine).join("\n")}`;
}

function taskLine(task: Task): string {
  const note = task.note === "" ? "" : ` (${task.note})`;
  return `- Task ${task.id}: ${task.description}. ${task.state}, progress ${task.progress} %${note}`;
}

function briefing(description: string, request: RunRequest, desk: Desk): string {
  const words = searchWords(description);
  const hits = desk
    .search(words.slice(0, 2), 12)
    .filter((message) => message.id !== request.message.id && message.author.kind === "person")
    .slice(0, 3);
  const colleague = bestColleague(description, request, desk);
  const own = fit(request.agent, description);
  const lines = [
    "It is on my list. I can't do it myself: the built-in backend keeps work and finds things, it does not write code.",
  ];
  if (hits.length > 0) lines.push(`\nSaid here about it before:\n\n${hits.map(quoteLine).join("\n")}`);
  if (colleague && fit(colleague.agent, description) > own) {
    lines.push(
      `\nCloser to this than me: @${colleague.agent.member.handle}, who knows ${colleague.agent.expertise.join(", ")}.`,
    );
  }
  lines.push(
    `\nTell me \`@${request.agent.member.handle} 50%\` or \`@${request.agent.member.handle} done\` as it moves.`,
  );
  return lines.join("\n");
}

function troubleText(request: RunRequest, desk: Desk): string {
  const own = fit(request.agent, request.words);
  const colleague = bestColleague(request.words, request, desk);
  const hits = desk
    .search(searchWords(request.words).slice(0, 2), 8)
    .filter((message) => message.id !== request.message.id && message.author.kind === "person");
  const said =
    hits.length > 0 ? `\n\nThis was said about it before:\n\n${hits.slice(0, 3).map(quoteLine).join("\n")}` : "";
  if (colleague && fit(colleague.agent, request.words) > own) {
    return `I might not be the best to help here. Try @${colleague.agent.member.handle}: ${colleague.agent.role}, knows ${colleague.agent.expertise.join(", ")}.${said}`;
  }
  const mine = own > 0 ? "That is my field, " : "Nobody here has that as a field, ";
  return `${mine}but I follow fixed rules and cannot reason about it. I can keep it as a task: say \`@${request.agent.member.handle} please …\`. A person, or an agent with a coding backend, can help further.${said}`;
}

function questionText(request: RunRequest, desk: Desk): string {
  const words = searchWords(request.words);
  const hits = desk
    .search(words.slice(0, 2), 8)
    .filter((message) => message.id !== request.message.id && message.author.kind === "person");
  const honest = "I can't answer that from knowledge: the built-in backend has no language model.";
  if (hits.length === 0) return `${honest} Nothing in this room speaks of it either.`;
  return `${honest} What was said here about it:\n\n${hits.slice(0, 4).map(quoteLine).join("\n")}`;
}

function blockedText(task: Task, issue: string, request: RunRequest, desk: Desk): string {
  const colleague = bestColleague(`${task.description} ${issue}`, request, desk);
  const call = colleague ? ` @${colleague.agent.member.handle} knows this field.` : "";
  return `I need help with task ${task.id} (${task.description}, ${task.progress} %): ${issue}.${call}`;
}

function offer({ agent, message }: RunRequest): string {
  const fields = agent.expertise.filter((field) => fit({ expertise: [field], role: "" }, message.text) > 0);
  const field = fields.length > 0 ? fields.join(" and ") : agent.role;
  return `${message.author.name}, I might be able to help with that: ${field} is my field. Try \`@${agent.member.handle} search …\` for what was said here before, or \`@${agent.member.handle} please …\` and I keep it as a task.`;
}

function bestColleague(text: string, request: RunRequest, desk: Desk): AgentState | undefined {
  return desk
    .colleagues()
    .filter((state) => state.agent.member.id !== request.agent.member.id && state.status !== "offline")
    .map((state) => ({ state, fits: fit(state.agent, text) }))
    .filter(({ fits }) => fits > 0)
    .sort((a, b) => b.fits - a.fits)[0]?.state;
}

function summaryText(messages: readonly Message[]): string {
  const [first] = messages;
  if (!first) return "There is nothing here to summarise yet.";
  const byAuthor = new Map<string, Message[]>();
  for (const message of messages)
    byAuthor.set(message.author.name, [...(byAuthor.get(message.author.name) ?? []), message]);
  const open = messages
    .filter((message) => message.author.kind === "person" && message.text.trim().endsWith("?"))
    .slice(-3);
  const lines = [
    `${messages.length} messages by ${byAuthor.size} ${byAuthor.size === 1 ? "member" : "members"} since ${new Date(first.at).toISOString().slice(0, 16).replace("T", " ")} UTC. The last words of each:`,
    "",
    ...[...byAuthor].map(([author, said]) => `- **${author}** (${said.length}): ${excerpt(said.at(-1)?.text ?? "")}`),
  ];
  if (open.length > 0) lines.push("", "Questions asked:", "", ...open.map(quoteLine));
  return lines.join("\n");
}

function quoteLine(message: Message): string {
  return `- ${message.author.name}, ${new Date(message.at).toISOString().slice(0, 10)}: ${excerpt(message.text)}`;
}

/** One line of somebody's words, without markup or mentions: a quotation must not call anybody. */
function excerpt(text: string): string {
  const line = text
    .replace(/[`*_#>[\]|~]/g, "")
    .replace(/@/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > 120 ? `${line.slice(0, 119).toWellFormed()}…` : line;
}
