import { type Approval, timeOf } from "../../approvals/approval.ts";
import type { Change } from "../../approvals/lines.ts";
import { captionUnits, messageUnits, type Part, partOf } from "./format.ts";
import type { FilePiece, TextPiece } from "./pieces.ts";
import type { Keyboard } from "./send.ts";
import { joined, type Styled, words } from "./styled.ts";

/** Units that what is asked may take: what became of it must find room beneath it. */
const mostAsked = messageUnits - 400;
const mostSaid = 300;

/** Whether what is asked fits into one message: what does not goes as a file before it, because nothing of it may be left out. */
export function isLong(approval: Approval): boolean {
  return whole(approval).text.length > mostAsked;
}

/** The message that asks, with buttons beneath it. */
export function askPiece(approval: Approval): TextPiece {
  return piece(joined([shown(approval), notesOf(approval)], "\n\n"));
}

/** The same message when it is over. */
export function outcomePiece(approval: Approval): TextPiece {
  const { answer } = approval;
  if (!answer) return askPiece(approval);
  const said = answer.text === null ? [] : [words(cut(answer.text), "blockquote")];
  const outcome = joined([words(signOf(approval)), words(answer.words, "bold")], " ");
  return piece(joined([shown(approval), ...said, joined([outcome, words(timeOf(answer.at))], ", ")], "\n\n"));
}

/** All of it, for what one message cannot hold. @param link where it can be read as well */
export function wholeFile(approval: Approval, link: string): FilePiece {
  const { text } = whole(approval);
  const caption = headOf(approval).text;
  const instead = joined([headOf(approval), words(`This is too long for a chat, read it here: ${link}`)], "\n\n");
  return {
    type: "file",
    name: `ask-${approval.id}.txt`,
    isPhoto: false,
    caption: caption.slice(0, captionUnits).toWellFormed(),
    bytes: () => Promise.resolve(new TextEncoder().encode(text)),
    instead: partOf(instead),
  };
}

/**
 * A button for each choice, what allows before what does not. What it says about itself is under 64 bytes: who it is by its public
 * id, which of the choices, and the hash of what was shown.
 */
export function askKeyboard({ publicId, options, seen, shown: hash }: Approval): Keyboard {
  const buttons = options.map(({ kind }, index) => ({
    kind,
    button: { text: seen.labels[index] ?? "", callback_data: `ask:${publicId}:${index}:${hash}` },
  }));
  const rowOf = (does: string) => buttons.filter(({ kind }) => kind.startsWith(does)).map(({ button }) => button);
  const choices = rowOf("choice").map((button) => [button]);
  return [rowOf("allow"), rowOf("reject"), ...choices].filter((row) => row.length > 0);
}

export interface PressedAsk {
  readonly publicId: string;
  readonly index: number;
  readonly shown: string;
}

/** What a button of ours says; undefined for any other data. */
export function pressedAsk(data: string): PressedAsk | undefined {
  const [, publicId, index, shown] = /^ask:([\w-]{22}):(\d{1,2}):([0-9a-f]{32})$/.exec(data) ?? [];
  if (publicId === undefined || index === undefined || shown === undefined) return undefined;
  return { publicId, index: Number(index), shown };
}

function shown(approval: Approval): Styled {
  if (!isLong(approval)) return whole(approval);
  const { length } = whole(approval).text;
  return joined([headOf(approval), words(`All of it is in the file above: ${length} characters.`, "italic")], "\n\n");
}

function whole(approval: Approval): Styled {
  const { kind, seen } = approval;
  const where = seen.directory === null ? [] : [joined([words("in"), words(seen.directory, "code")], " ")];
  const detail = words(seen.detail, kind === "approval" ? "pre" : undefined);
  return joined([headOf(approval), detail, ...where, ...seen.changes.map(changeOf)], "\n\n");
}

function headOf({ id, kind, title, agent }: Approval): Styled {
  const asks = words(kind === "approval" ? "wants to" : "asks");
  return joined([words(`🤖 ${agent.name}`, "bold"), asks, words(title, "bold"), words(`(#${id})`)], " ");
}

function changeOf({ path, isNew, lines }: Change): Styled {
  const drawn = lines.map(({ sign, text }) => (sign === "~" ? "⋯" : `${sign}${text}`)).join("\n");
  return joined([words(`${path}${isNew ? " (new)" : ""}`, "code"), words(drawn, "pre")], "\n");
}

function notesOf({ kind, takesText, seen, deadline }: Approval): Styled {
  const over = kind === "approval" ? "it is rejected" : "it goes on without";
  return words(
    [
      ...(takesText ? ["Or reply to this message in your own words."] : []),
      ...(seen.covers === null ? [] : [`“Always” covers, until this run ends: ${seen.covers}.`]),
      `If nobody answers, ${over} at ${timeOf(deadline)}.`,
    ].join("\n"),
    "italic",
  );
}

function signOf({ answer }: Approval): string {
  if (answer?.outcome === "stopped") return "⏹";
  if (answer?.outcome === "deadline") return "⌛";
  return answer?.option?.kind.startsWith("reject") ? "❌" : "✅";
}

function piece(styled: Styled): TextPiece {
  const part: Part = partOf(styled);
  return { type: "text", ...part };
}

function cut(text: string): string {
  return text.length <= mostSaid ? text : `${text.slice(0, mostSaid).toWellFormed()}…`;
}
