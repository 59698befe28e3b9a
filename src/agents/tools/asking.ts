import { z } from "zod";
import type { Tool } from "./tool.ts";

const help = z.object({
  issue: z.string().trim().min(1).max(500).describe("What you are stuck on, and what you have tried."),
});

export const requestHelp: Tool<z.infer<typeof help>> = {
  name: "request_help",
  description:
    "Ask people, and colleagues whose expertise fits, for help when you cannot go on with your task. Says what came of it.",
  schema: help,
  readOnly: false,
  run: ({ issue }, context) => context.help(issue),
};

const question = z.object({
  question: z.string().trim().min(1).max(2_000).describe("One question, with all somebody needs to answer it."),
  choices: z
    .array(z.string().trim().min(1).max(80))
    .max(8)
    .default([])
    .describe("Answers to choose from; another one may be typed. Leave it out for an open question."),
});

export const askHuman: Tool<z.infer<typeof question>> = {
  name: "ask_human",
  description:
    "Ask the people in the room a question and wait for the answer. Use it when you need a decision or a fact that only they have.",
  schema: question,
  readOnly: false,
  async run({ question: detail, choices }, context) {
    const answer = await context.ask({
      kind: "question",
      title: titleOf(detail),
      detail,
      directory: null,
      options: choices.map((label, index) => ({ id: String(index + 1), label, kind: "choice" as const })),
      takesText: true,
      stepId: null,
    });
    switch (answer.outcome) {
      case "chosen":
        return `${answer.by.name} chose: ${answer.option.label}`;
      case "said":
        return `${answer.by.name} answered: ${answer.text}`;
      case "none":
        return answer.reason === "deadline"
          ? "Nobody answered in time. Go on without it if you can, and say what you assumed."
          : "The task was stopped before anybody answered.";
    }
  },
};

function titleOf(question: string): string {
  const line = question.replace(/\s+/g, " ");
  return line.length > 120 ? `${line.slice(0, 119).toWellFormed()}…` : line;
}
