import type { Chat } from "./strict.ts";

const words = [
  "RUN:",
  "WRITE",
  "CALL:",
  "THINK",
  "SAY",
  "SLOW",
  "LONG",
  "HTML",
  "MENTION",
  "USAGE",
  "ERROR",
  "HANG",
  "CUT",
] as const;

/** One line of the script: what to do, and the rest of the line. */
export interface Line {
  readonly word: (typeof words)[number];
  readonly rest: string;
}

/** What the user's last message tells the model to do. A request without tools wants a title for the conversation: it obeys nothing. */
export function linesOf({ messages, tools }: Chat): readonly Line[] {
  if (tools.length === 0 && messages.some(({ role }) => role === "system")) return [];
  const asked = messages.findLast(({ role }) => role === "user")?.text ?? "";
  return asked.split("\n").flatMap((line): Line[] => {
    const word = words.find((each) => line === each || line.startsWith(`${each} `));
    return word ? [{ word, rest: line.slice(word.length).trim() }] : [];
  });
}

/** What the model says in words. */
export function wordsOf({ messages }: Chat, lines: readonly Line[]): string {
  const last = messages.at(-1);
  if (last?.role === "tool") {
    const results = messages.slice(messages.findLastIndex(({ role }) => role !== "tool") + 1);
    return `Done. The tools said: ${results.map(({ text }) => text.trim().slice(0, 2_000)).join(" | ")}`;
  }
  const said = lines.flatMap(({ word, rest }): string[] => {
    switch (word) {
      case "SAY":
        return [rest];
      case "MENTION":
        return [`${rest} please go on with this.`];
      case "HTML":
        return [
          `<script>alert(1)</script><img src=x onerror=alert(2)> \u001b[31mred\u001b[0m [link](javascript:alert(3))`,
        ];
      case "LONG":
        return [Array.from({ length: 4_000 }, (_, index) => `word${index}`).join(" ")];
      case "SLOW":
        return [Array.from({ length: 50 }, (_, index) => `slow${index}`).join(" ")];
      default:
        return [];
    }
  });
  return said.join("\n") || "Understood, there is nothing to do.";
}
