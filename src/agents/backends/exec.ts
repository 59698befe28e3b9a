import { Refusal } from "../../errors.ts";
import { endProgram } from "../processes/ending.ts";
import { PlainText, plain } from "../processes/plain-text.ts";
import { type Running, startProgram } from "../processes/program.ts";
import { quoted } from "./acp-input.ts";
import { exitOf, fenced } from "./acp-trouble.ts";
import type { Backend, RunRequest } from "./backend.ts";
import { aborted, driven } from "./driven.ts";
import { filled, lackOf, type ProgramParts, programOf, takesWords } from "./program-of.ts";
import type { Telling } from "./telling.ts";

/** The one step of a run: the command itself. */
const stepId = "command";

/** The backend of command line tools: what was asked goes in as a word or on the standard input, what comes out is the answer. */
export function createExecBackend(parts: ProgramParts): Backend {
  const { limits } = parts;

  async function work(
    { agent, words, marker: run }: RunRequest,
    telling: Telling,
    stopped: AbortSignal,
  ): Promise<void> {
    const settings = parts.settingsOf(agent);
    const program = programOf(parts, settings, "exec");
    const argv = filled(program.command, { model: settings.model ?? program.model, words });
    const decoder = new TextDecoder();
    const overhear = async (chunk: Uint8Array) => {
      telling.tell({ type: "output", stepId, data: decoder.decode(chunk, { stream: true }) });
      await telling.room();
    };
    const running = startProgram(parts, { agent, settings, program, argv, run, overhear });
    const input = running.discreet(argv.map(quoted).join(" "));
    telling.tell({
      type: "step",
      step: { id: stepId, kind: "execute", title: program.title, state: "running", input },
    });

    const fed = feed(running, takesWords(program) ? "" : `${plain(words)}\n`);
    const answered = answer(running, telling);
    const timer = Promise.withResolvers<"late">();
    const timeout = setTimeout(() => timer.resolve("late"), limits.execMs);
    const exit = await Promise.race([running.exited, timer.promise, aborted(stopped).then(() => "stopped" as const)]);
    clearTimeout(timeout);
    // Its last words; whoever inherited its pipe may hold that open for ever.
    if (exit !== "stopped" && exit !== "late") await Promise.race([answered, Bun.sleep(limits.agentTermMs)]);

    const cancel = exit === "stopped" || exit === "late" ? () => interrupt(running) : undefined;
    if (cancel) telling.stopping();
    await endProgram(running, limits, { cancel, note: (text) => telling.tell({ type: "note", text }) });
    await Promise.race([Promise.all([fed, answered]), Bun.sleep(limits.agentTermMs)]);
    telling.tell({ type: "step", step: { id: stepId, state: exit === 0 ? "completed" : "failed" } });
    if (exit === 0 || exit === "stopped") return;
    const last = running.complaint();
    const said = last === "" ? "" : ` It said last:\n\n${fenced(last)}`;
    if (exit === "late")
      throw new Refusal(
        "COMMAND_TIMEOUT",
        `${program.title} was not done after ${limits.execMs / 60_000} minutes.${said}`,
      );
    throw new Refusal("AGENT_OFFLINE", `${program.title} failed (${exitOf(exit)}).${said}`);
  }

  /** What it writes is the answer, as it comes; of a flood its beginning. */
  async function answer(running: Running, telling: Telling): Promise<void> {
    const text = new PlainText();
    let left = limits.execAnswerCharacters;
    const say = (words: string) => {
      if (left <= 0 || words === "") return;
      telling.tell({ type: "text", delta: words.slice(0, left).toWellFormed() });
      left -= words.length;
      if (left <= 0) telling.tell({ type: "text", delta: "\n\n(Cut off: it wrote more than fits into an answer.)" });
    };
    try {
      for await (const chunk of running.stdout) {
        say(text.add(chunk));
        await telling.room();
      }
      say(text.end());
    } catch {
      // The pipe broke when it was ended: what came is the answer.
    }
  }

  return {
    name: "exec",
    opensTask: "at once",
    resumes: false,
    check: async (agent) => lackOf(parts, agent, "exec"),
    run: (request, _desk, signal) =>
      driven(limits.agentBacklogCharacters, signal, (telling, stopped) => work(request, telling, stopped)),
  };
}

/** Gives it what was asked and nothing more. One that does not read its input has broken the pipe: that is its own affair. */
async function feed(running: Running, words: string): Promise<void> {
  try {
    if (words !== "") await running.stdin.write(new TextEncoder().encode(words));
  } catch {
    // It ended before it read.
  }
  running.stdin.end();
}

/** What Ctrl+C does in a terminal; resolves when it ended by that. */
async function interrupt({ pid, exited }: Running): Promise<void> {
  try {
    process.kill(-pid, "SIGINT");
  } catch {
    // Nobody is left.
  }
  await exited;
}
