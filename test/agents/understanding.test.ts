import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  asksForHelp,
  asksForWork,
  describe as describeTask,
  fit,
  type Intent,
  searchWords,
  understand,
} from "../../src/agents/understanding.ts";
import { growth, leastCost } from "../support/cost.ts";

describe("what somebody wants from an agent", () => {
  const phrasings: Record<string, string[]> = {
    help: ["", "help", "Help!", "?", "commands", "what can you do?", "How do you work?", "who are you"],
    status: [
      "status",
      "status?",
      "what is your status",
      "How's it going?",
      "how is everything going",
      "what are you working on?",
      "are you busy?",
      "how far are you",
      "progress?",
    ],
    list: ["tasks", "list", "queue", "todo", "your tasks", "What's on your plate?"],
    summary: [
      "summary",
      "summarise this thread",
      "summarize please",
      "tl;dr",
      "TLDR?",
      "a recap of today",
      "catch me up",
    ],
    greeting: ["hi", "Hello!", "hey there", "good morning", "thanks", "Thank you so much", "ping"],
    trouble: [
      "I'm stuck with the css layout",
      "there is a problem with the login",
      "how to centre a div?",
      "any ideas?",
      "any suggestions for the logo",
      "why do I get this error",
    ],
    question: ["what is a monad?", "Who wrote this?", "when is the release", "explain", "is it raining?"],
    assignment: [
      "task: status page for the office",
      "fix the login form",
      "please add a dark mode",
      "can you review my change?",
      "Could you look into the failing build",
      "deploy it to staging",
      "the footer needs a new colour",
      "complete the login form",
      "finish the report by Friday",
      "add a progress bar to the page",
      "fix the status page",
    ],
  };
  const every = Object.entries(phrasings).flatMap(([kind, said]) => said.map((words) => [words, kind] as const));
  test.each(every)("%j is %s", (words, kind) => {
    expect(understand(words).kind).toBe(kind as Intent["kind"]);
  });

  test.each<[string, number | null]>([
    ["done", null],
    ["Done!", null],
    ["it's done", null],
    ["that's finished", null],
    ["completed", null],
    ["complete", null],
    ["task 12 is done", 12],
    ["task 12 done", 12],
    ["#12 is complete", 12],
    ["close task 12", 12],
    ["finish #12", 12],
  ])("%j says that task %p is done", (words, taskId) => {
    expect(understand(words)).toEqual({ kind: "done", taskId });
  });

  test.each<[string, number | null]>([
    ["cancel", null],
    ["stop", null],
    ["never mind", null],
    ["nevermind", null],
    ["forget it", null],
    ["cancel task 7", 7],
    ["drop #7", 7],
  ])("%j gives task %p up", (words, taskId) => {
    expect(understand(words)).toEqual({ kind: "cancel", taskId });
  });

  test.each<[string, number, number | null]>([
    ["40%", 40, null],
    ["it is at 40 % now", 40, null],
    ["task 3 100%", 100, 3],
    ["#3 is at 0%", 0, 3],
  ])("%j says %p %% of task %p", (words, percent, taskId) => {
    expect(understand(words)).toEqual({ kind: "progress", percent, taskId });
  });

  test("more than all of it, or a question about it, is no progress", () => {
    expect(understand("is 40% enough?").kind).not.toBe("progress");
    expect(understand("give 110%").kind).not.toBe("progress");
  });

  test.each<[string, string, number | null]>([
    ["blocked: no access to the server", "no access to the server", null],
    ["blocked on the review", "the review", null],
    ["stuck because of CI", "of CI", null],
    ["task 9 is blocked by Legal", "Legal", 9],
    ["blocked", "no reason was given", null],
  ])("%j is blocked by %j", (words, issue, taskId) => {
    expect(understand(words)).toEqual({ kind: "blocked", issue, taskId });
  });

  test.each<[string, string[]]>([
    ["search login form", ["login", "form"]],
    ["find the invoice", ["invoice"]],
    ["please look up deployment notes", ["deployment", "notes"]],
    ["Search for Zürich", ["zürich"]],
  ])("%j looks for %j", (words, expected) => {
    expect(understand(words)).toEqual({ kind: "search", words: expected });
  });
});

describe("words are whole words", () => {
  test.each([
    "Is the window open?",
    "Whose address is that?",
    "Is the download ready?",
    "Was it a prefix?",
    "Is that the latest?",
    "Is the makeup on?",
  ])("%j is a question, and no task hides in it", (words) => {
    expect(understand(words).kind).toBe("question");
  });

  test.each([
    "a helper",
    "the tissue",
    "she is helpful",
    "errors? none",
    "stuckness",
    "adviceless",
    "a problematic word",
  ])("%j asks nobody for help", (text) => {
    expect(asksForHelp(text)).toBe(false);
  });

  test.each([
    "Help!",
    "I am stuck",
    "we have a problem",
    "an issue came up",
    "error 500",
    "how to do this",
    "any ideas?",
    "a suggestion",
    "advice, please",
  ])("%j does", (text) => {
    expect(asksForHelp(text)).toBe(true);
  });
});

describe("a task in its own words", () => {
  test.each([
    ["please fix the login form, thanks!", "fix the login form"],
    ["hey, can you please review my change?", "review my change"],
    ["I need you to deploy it.", "deploy it"],
    ["So, could you - write the docs pls", "write the docs"],
    ["go ahead", "Continue with the previous request"],
    ["please", "please"],
    ["x".repeat(400), `${"x".repeat(299)}…`],
  ])("%j is kept as %j", (text, kept) => {
    expect(describeTask(text)).toBe(kept);
  });

  test("is never empty and never long, whatever was said", () => {
    const word = fc.constantFrom(
      "please",
      "can you",
      "fix",
      "it",
      "thanks",
      ",",
      "?",
      "-",
      "so",
      "x".repeat(200),
      "😀",
    );
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (words) => {
        const kept = describeTask(words.join(" "));
        expect(kept.length).toBeWithin(1, 301);
        expect(kept.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe("who fits", () => {
  const alice = { role: "developer", expertise: ["python", "javascript", "css", "c++"] };

  test.each<[string, number]>([
    ["the Python script", 1],
    ["python and CSS", 2],
    ["a bug in my code", 2],
    ["databases are slow", 1],
    ["c++ templates", 1],
    ["JavaScripting", 0],
    ["pythonic cssx", 0],
    ["nothing of that", 0],
  ])("%j fits alice by %i of her words", (text, words) => {
    expect(fit(alice, text)).toBe(words);
  });

  test("a role that nobody thought of fits by its expertise alone, even one with an awkward name", () => {
    expect(fit({ role: "gardener", expertise: ["roses"] }, "the roses have a bug")).toBe(1);
    expect(fit({ role: "constructor", expertise: ["roses"] }, "the roses have a bug")).toBe(1);
  });
});

describe("words worth searching for", () => {
  test.each<[string, string[]]>([
    ["the login form of the login page", ["login", "form", "page"]],
    ["please fix it", ["please", "fix", "it"]],
    ["config.ts and über-lang", ["config.ts", "über-lang"]],
    ["", []],
    ["a b c d e f g h i j", ["a", "b", "c", "d", "e", "f", "g", "h"]],
  ])("of %j are %j", (text, expected) => {
    expect(searchWords(text)).toEqual(expected);
  });
});

const units = [
  " ",
  "please ",
  "a-",
  "task ",
  "stuck ",
  "1",
  "blocked: ",
  "hi ",
  "thanks",
  ", ",
  "it's ",
  "search ",
  "??",
  "\n",
  ",",
  "!",
  ".",
  "so and ",
];

test.each(units)("8,000 characters of %j, and then a word, are understood at once", (unit) => {
  const text = `please fix x${unit.repeat(7_900 / unit.length)}x`;
  const cost = leastCost(() => {
    understand(text);
    describeTask(text);
    asksForHelp(text);
    for (let agent = 0; agent < 100; agent += 1) fit({ role: "qa", expertise: ["testing"] }, text);
  }, 50);
  expect(cost).toBeLessThan(50);
});

test.each(units)("8,000 hostile characters of %j are understood in about as many steps as their length", (unit) => {
  const make = (length: number) => unit.repeat(length / unit.length);
  const cost = growth(make, (text) => {
    understand(text);
    asksForHelp(text);
    fit({ role: "qa", expertise: ["testing"] }, text);
  });
  expect(cost).toBeLessThan(40);
});

test.each([
  ["please look at the login", true],
  ["can you deploy it?", true],
  ["task: status page", true],
  ["review the pull request", true],
  ["check what is left", true],
  ["we do have a release", false],
  ["the build is green", false],
  ["x", false],
  ["good morning", false],
  ["what is left?", false],
])("to many, %p gives work: %p", (words, does) => {
  expect(asksForWork(words)).toBe(does);
});
