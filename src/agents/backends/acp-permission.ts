import { relative } from "node:path";
import type { Answer, Ask, AskOption } from "../../approvals/ask.ts";
import { isWithin } from "../directory.ts";
import { plain } from "../processes/plain-text.ts";
import { directoryOf, inputOf, isNamed, wholeOf } from "./acp-input.ts";
import type { ToolCall } from "./acp-tools.ts";
import type { PermissionRequest } from "./acp-wire.ts";

type Option = PermissionRequest["options"][number];

/**
 * What people are asked before an agent does something.
 * @param known all that it announced, where the request itself does not name what would be done
 */
export function askOf(
  options: readonly Option[],
  call: ToolCall,
  { directory, known }: { directory: string; known: string },
): Ask {
  const own = wholeOf(call);
  const whole = isNamed(call) ? own : [...new Set([known, own])].filter((part) => part !== "").join("\n\n");
  return {
    kind: "approval",
    title: titleOf(call, inputOf(call) || (known.split("\n")[0] ?? ""), directory),
    detail: whole || inputOf(call) || (call.title ?? call.name ?? call.toolCallId),
    directory: directoryOf(call) ?? directory,
    diffs: call.diffs,
    options: options.map(({ optionId, name, kind }): AskOption => ({ id: optionId, label: labelOf(name, kind), kind })),
    takesText: false,
    stepId: call.toolCallId,
  };
}

function titleOf({ kind, title, name, diffs }: ToolCall, input: string, directory: string): string {
  const path = diffs[0]?.path ?? input;
  const short = path.startsWith("/") && isWithin(path, directory) ? relative(directory, path) || path : path;
  const more = diffs.length > 1 ? ` and ${diffs.length - 1} more` : "";
  const own = oneLine(title ?? name ?? "use a tool");
  if (kind !== "execute" && path === "") return own;
  switch (kind) {
    case "execute":
      return "run a command";
    case "edit":
    case "delete":
    case "move":
    case "read":
    case "fetch":
      return oneLine(`${kind} ${short}${more}`);
    case "search":
      return oneLine(`search for ${input}`);
    default:
      return oneLine(diffs.length > 0 ? `edit ${short}${more}` : `use ${own}`);
  }
}

const usual: Record<Option["kind"], string> = {
  allow_once: "Allow once",
  allow_always: "Always allow",
  reject_once: "Reject",
  reject_always: "Always reject",
};

function labelOf(name: string, kind: Option["kind"]): string {
  return plain(name).trim().slice(0, 60).toWellFormed() || usual[kind];
}

function oneLine(text: string): string {
  const line = plain(text).replace(/\s+/g, " ").trim();
  return line.length > 140 ? `${line.slice(0, 139).toWellFormed()}…` : line;
}

/**
 * Which of its options an agent is told; null: it was withdrawn. "Always" is kept by whoever asked for us and only for the run: the
 * agent is told "once", or it would write it into its own settings and never ask anybody again.
 */
export function chosenOf(options: readonly Option[], answer: Answer): string | null {
  if (answer.outcome === "none" && answer.reason === "stopped") return null;
  const allowed = answer.outcome === "chosen" && answer.option.kind.startsWith("allow");
  const kinds = allowed ? (["allow_once", "allow_always"] as const) : (["reject_once", "reject_always"] as const);
  for (const kind of kinds) {
    const same = options.filter((option) => option.kind === kind);
    // Several of one kind: the very one that was pressed, where that is one of them.
    const pressed = same.find(({ optionId }) => answer.outcome === "chosen" && answer.option.id === optionId);
    const option = pressed ?? same[0];
    if (option) return option.optionId;
  }
  return null;
}
