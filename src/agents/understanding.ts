import type { Agent } from "./agent.ts";

/** What a message asks for, as far as fixed rules can tell. No language model: what the rules do not know, the answer says so. */
export type Intent =
  | { readonly kind: "help" | "status" | "list" | "summary" | "greeting" }
  | { readonly kind: "search"; readonly words: readonly string[] }
  | { readonly kind: "done" | "cancel"; readonly taskId: number | null }
  | { readonly kind: "progress"; readonly taskId: number | null; readonly percent: number }
  | { readonly kind: "blocked"; readonly taskId: number | null; readonly issue: string }
  | { readonly kind: "trouble" }
  | { readonly kind: "assignment"; readonly description: string }
  | { readonly kind: "question" };

const troubleWords = /\b(help|stuck|problem|issue|error|how to|any ideas|suggestions?|advice)\b/i;
const assigningWords =
  /\b(please|can you|could you|would you|need you to|want you to|add|create|fix|update|implement|make|do|build|write|review|check|test|deploy|change|remove|refactor|design|set up|prepare|investigate|look at|look into|proceed|go ahead)\b/i;

/** At its beginning these make a request an order, whatever it is about. */
const orderingWords =
  /^(add|create|fix|implement|make|build|write|deploy|change|remove|refactor|design|set up|prepare|investigate)\b/i;

/** What somebody wants is said at the beginning; and patterns such as these may cost the square of what they read. */
const readCharacters = 500;

/** Reads a request (without its mentions). The first rule that fits decides; narrow rules stand before wide ones. */
export function understand(words: string): Intent {
  const text = words.trim().slice(0, readCharacters).toWellFormed();
  const lower = withoutEnd(text.toLowerCase(), ".!?");
  if (/^(help|commands|what can you do|how do you work|who are you|\?)?$/.test(lower)) return { kind: "help" };
  // Whoever says that it is one need not be guessed at: "task: status page" asks for no status.
  const given = /^task:\s*(\S[\s\S]*)$/i.exec(text);
  if (given?.[1]) return { kind: "assignment", description: describe(given[1]) };
  const taskId = taskNumber(lower);
  if (
    /^(done|finished|completed)\b|^complete$/.test(lower) ||
    /^(it'?s |that'?s |task \S+ (is )?|#\d+ (is )?)(done|finished|completed?)\b/.test(lower) ||
    /^(close|finish|complete) (task )?#?\d+$/.test(lower)
  ) {
    return { kind: "done", taskId };
  }
  // Only the word itself, perhaps with what it is about: "stop the docker container" is work, not the end of it.
  if (/^(cancel|drop|stop|forget|never ?mind)( (it|that|this|about it|(the |your )?task))?( ?#?\d+)?$/.test(lower))
    return { kind: "cancel", taskId };
  const blocked =
    /^(?:task #?\d+ is |#\d+ is |you are |we are |it'?s )?(?:blocked|stuck)\b[\s:,-]*(?:on|by|because|at)?\s*([\s\S]*)$/i.exec(
      text,
    );
  if (blocked) return { kind: "blocked", taskId, issue: blocked[1]?.trim() || "no reason was given" };
  // Likewise a report says little else: "roll out to 50% of users" is work.
  const percent =
    /^(?:(?:task|#)? ?#?\d+ )?(?:(?:it|it'?s|that'?s|is|now|we'?re|we are|at|about|progress:?) )*(\d{1,3}) ?%(?: (?:done|complete|finished|progress|there|now))*$/.exec(
      lower,
    );
  if (percent && !text.endsWith("?") && Number(percent[1]) <= 100)
    return { kind: "progress", taskId, percent: Number(percent[1]) };
  if (/^(tasks?|list|queue|todo|your (tasks|list|queue)|what'?s on your (list|plate))$/.test(lower))
    return { kind: "list" };
  if (/\b(summar(y|ise|ize|ies)|tl;?dr|recap|catch me up)\b/.test(lower)) return { kind: "summary" };
  const search = /^(?:please )?(?:search|find|look up)(?: for)?\s+(.+)$/.exec(lower);
  if (search?.[1]) return { kind: "search", words: searchWords(search[1]) };
  if (/^(hi|hello|hey|good (morning|afternoon|evening)|thanks|thank you|cheers|welcome|ping)\b[^?]{0,20}$/.test(lower))
    return { kind: "greeting" };
  const ordered = orderingWords.test(describe(text));
  if (
    !ordered &&
    /\b(status|progress|how('?s| is) (it|that|everything|the task) going|what are you (doing|working on)|are you (busy|free|done)|how far)\b/.test(
      lower,
    )
  ) {
    return { kind: "status" };
  }
  if (
    /^(what (is|are|does|do|would)|why|who|when|where|which|explain|clarify|how (do|does|can|would|should) )/.test(
      lower,
    )
  ) {
    return troubleWords.test(lower) ? { kind: "trouble" } : { kind: "question" };
  }
  if (assigningWords.test(lower) && !/\b(any ideas|suggestions?|advice)\b/.test(lower))
    return { kind: "assignment", description: describe(text) };
  if (troubleWords.test(lower)) return { kind: "trouble" };
  return text.endsWith("?") ? { kind: "question" } : { kind: "assignment", description: describe(text) };
}

/** Whether a message that names nobody asks the room for help. Whole words, so that "helper" or "tissue" do not. */
export function asksForHelp(text: string): boolean {
  return troubleWords.test(text);
}

/** Whether words that are for many give them work: asked for in so many words or put as an order, and not only told. */
export function asksForWork(words: string): boolean {
  const text = words.trim().slice(0, readCharacters).toWellFormed();
  if (understand(text).kind !== "assignment") return false;
  const isOrder = new RegExp(`^${assigningWords.source.slice(2)}`, "i").test(describe(text));
  return isOrder || /^task:|\b(please|can you|could you|would you|need you to|want you to)\b/i.test(text);
}

/** How well an agent's expertise and role fit a text: the number of its words that the text holds, whole, in its first characters. */
export function fit(agent: Pick<Agent, "expertise" | "role">, text: string): number {
  // Asked of each agent for the same text.
  const words = new Set(
    text
      .slice(0, 4 * readCharacters)
      .toLowerCase()
      .match(/[\p{L}\p{N}+#/]+(?:[.-][\p{L}\p{N}]+)*/gu) ?? [],
  );
  const usual = Object.hasOwn(roleWords, agent.role) ? roleWords[agent.role] : undefined;
  const known = new Set([...agent.expertise, ...(usual ?? [])]);
  return [...known].filter((word) => words.has(word) || words.has(`${word}s`)).length;
}

const roleWords: Record<string, readonly string[]> = {
  developer: ["code", "bug", "function", "api", "database", "login", "backend", "frontend"],
  designer: ["ui", "ux", "design", "layout", "css", "style", "colour", "color", "button", "font"],
  tester: ["test", "testing", "bug", "quality"],
  qa: ["test", "testing", "bug", "quality", "regression"],
  devops: [
    "deploy",
    "deployment",
    "server",
    "docker",
    "pipeline",
    "release",
    "build",
    "logs",
    "production",
    "ssl",
    "disk",
  ],
};

/** The task in its own words: the request without address, politeness and closing. */
export function describe(request: string): string {
  const text = request.slice(0, readCharacters).toWellFormed();
  // A task's description is repeated by its agent: it must not call everybody again whom the request named.
  let rest = text.replace(/(^|\s)@(?=[\p{L}\p{N}_])/gu, "$1").trim();
  for (let before = ""; before !== rest; ) {
    before = rest;
    rest = rest
      .replace(/^[\s,:;–-]+/, "")
      .replace(
        /^(so|and|ok|okay|hey|hi|hello|please|can you|could you|would you|will you|i (?:need|want) you to|i would like you to|i'd like you to)\b[\s,:]*/i,
        "",
      );
  }
  rest = withoutEnd(rest.replace(/[\s,]*\b(thanks|thank you|pls|plz|please)\b[\s.!]*$/i, ""), "?.! \t\n");
  if (/^(start|go ahead|proceed|start then|exactly then)$/i.test(rest)) return "Continue with the previous request";
  if (rest === "") return text.trim().slice(0, 200);
  return rest.length > 300 ? `${rest.slice(0, 299).toWellFormed()}…` : rest;
}

/** Takes these characters off the end. By hand: a pattern would begin anew at each of them. */
function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** The words of a text worth searching for: longer than two letters and not of the kind that every sentence holds. */
export function searchWords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_.-]+/gu) ?? [];
  const telling = words.filter((word) => word.length > 2 && !commonWords.has(word));
  return [...new Set(telling.length > 0 ? telling : words)].slice(0, 8);
}

const commonWords = new Set(
  "the and for with that this from have are was were you your our can could would should please add new not but all any into about what how why who when where does did make create fix update".split(
    " ",
  ),
);

function taskNumber(text: string): number | null {
  const match = /#(\d{1,9})\b|\btask (\d{1,9})\b/.exec(text);
  const digits = match?.[1] ?? match?.[2];
  return digits === undefined ? null : Number(digits);
}
