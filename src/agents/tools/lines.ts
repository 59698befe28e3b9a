import type { Message } from "../../messages/message.ts";

/** A message on a line or more, for a model: its number, when, who, and what they said. */
export function lineOf({ id, at, author, text, files }: Message): string {
  const who = author.kind === "agent" ? `${author.name} (agent)` : author.name;
  const attached = files.length > 0 ? ` [files: ${files.map(({ name }) => name).join(", ")}]` : "";
  return `[${id}] ${timeOf(at)} ${who}: ${text}${attached}`;
}

/** The last lines, as many as fit into so many characters; at least the end of the last one. */
export function newestWithin(lines: readonly string[], characters: number): readonly string[] {
  let left = characters;
  const shown: string[] = [];
  for (const line of lines.toReversed()) {
    if (line.length + 1 > left && shown.length > 0) break;
    shown.push(line.length > characters ? `…${line.slice(1 - characters).toWellFormed()}` : line);
    left -= line.length + 1;
  }
  return shown.reverse();
}

/** To the minute, UTC. */
export function timeOf(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace("T", " ");
}
