import type { Attachment } from "../../files/file.ts";
import type { Limits } from "../../limits.ts";
import { spoken } from "../../messages/command.ts";
import type { Message } from "../../messages/message.ts";
import type { Member } from "../../people/member.ts";
import { captionUnits, type Formatted, formatStyled, messageUnits, type Part, partOf } from "./format.ts";
import { styledOf } from "./markdown.ts";
import { isRich } from "./rich.ts";
import { joined, type Styled, words } from "./styled.ts";

/** One message of text to Telegram; `rich` is the same as Telegram's own Markdown, where that shows more. */
export interface TextPiece extends Part {
  readonly type: "text";
  readonly rich?: string;
}

/** One file to Telegram. */
export interface FilePiece {
  readonly type: "file";
  readonly name: string;
  readonly isPhoto: boolean;
  readonly caption: string;
  /** Undefined when they are gone. */
  readonly bytes: () => Promise<Uint8Array | undefined>;
  /** What is said when the file cannot be shown. */
  readonly instead: Part;
}

export type Piece = TextPiece | FilePiece;

/** A piece of one message under the number by which its copy is known: texts count from 0, files from where no text comes. */
export type Numbered = Piece & { readonly part: number };

/** The number of a text that goes as a file. */
export const wholePart = 1_000;
const attachedPart = wholePart + 1;

/** What messages become on Telegram. */
export interface Pieces {
  /** A message's own pieces, in order. */
  of(message: Message): readonly Numbered[];
  /** Those of the others that go along with a first one, in one of Telegram's messages. */
  fitting(first: Message, others: readonly Message[]): readonly Message[];
  /** Whether several are short enough to be one. */
  fit(crowd: readonly Message[]): boolean;
  /** Several as one; what does not fit is cut. */
  together(crowd: readonly Message[]): TextPiece;
  /** What somebody's own message in Telegram reads like now. */
  correction(message: Message): TextPiece;
  /** A message with what its agent does for it beneath. */
  worked(message: Message, lines: readonly string[]): TextPiece;
  /** An answer so far. */
  preview(author: Member, text: string): TextPiece;
}

interface Parts {
  limits: Limits;
  /** Where the page is, for what cannot be shown in a chat. */
  origin: () => string;
  read: (file: Attachment) => Promise<Uint8Array | undefined>;
}

export function createPieces({ limits, origin, read }: Parts): Pieces {
  function of(message: Message): Numbered[] {
    const files = message.files.map((file, index) => ({ ...filePiece(message, file), part: attachedPart + index }));
    return message.text === "" ? files : [...textsOf(message), ...files];
  }

  function textsOf(message: Message): Numbered[] {
    const { text, author } = message;
    const whole = joined([headOf(author), styledOf(spoken(text))], "\n");
    const formatted = formatStyled(whole, text, limits);
    if (isRich(text, formatted.parts.length)) return [{ ...richPiece(message, formatted), part: 0 }];
    const { file, parts } = formatted;
    if (file) return [{ ...documentOf(file, parts[0]), part: wholePart }];
    return parts.map((each, part) => ({ type: "text", ...each, part }));
  }

  function filePiece({ author }: Message, file: Attachment): FilePiece {
    const { name, type } = file;
    return {
      type: "file",
      name,
      isPhoto: /^image\/(png|jpeg|webp)$/.test(type),
      caption: author.name,
      bytes: () => read(file),
      instead: partOf(joined([headOf(author), words(`${name}: ${origin()}${file.url}`)], "\n")),
    };
  }

  function single(message: Message): Styled | undefined {
    if (message.files.length > 0 || message.text.length > messageUnits / 2) return undefined;
    return joined([headOf(message.author), styledOf(message.text)], "\n");
  }

  return {
    of,
    fitting(first, others) {
      let length = single(first)?.text.length ?? Number.POSITIVE_INFINITY;
      const along: Message[] = [];
      for (const message of others) {
        length += between.length + (single(message)?.text.length ?? Number.POSITIVE_INFINITY);
        if (length > messageUnits) break;
        along.push(message);
      }
      return along;
    },
    fit: (crowd) => crowdOf(crowd).text.length <= messageUnits,
    together: (crowd) => ({ type: "text", ...cut(crowdOf(crowd)) }),
    correction: ({ author, text }) => ({
      type: "text",
      ...cut(joined([words(`✏️ ${author.name} changed this to:`, "italic"), styledOf(spoken(text))], "\n")),
    }),
    worked: ({ author, text }, lines) => ({
      type: "text",
      ...cut(joined([headOf(author), styledOf(spoken(text)), words(lines.join("\n"))], "\n")),
    }),
    preview(author, text) {
      const shown = text.length > mostPreview ? `…${text.slice(-mostPreview).toWellFormed()}` : text;
      return { type: "text", ...partOf(joined([headOf(author), words(`${shown} …`)], "\n")) };
    },
  };

  function crowdOf(crowd: readonly Message[]): Styled {
    const each = crowd.map(({ author, text }, index) =>
      crowd[index - 1]?.author.id === author.id
        ? styledOf(spoken(text))
        : joined([headOf(author), styledOf(spoken(text))], "\n"),
    );
    return joined(each, between);
  }

  function cut(styled: Styled): Part {
    const { parts } = formatStyled(styled, styled.text, { telegramParts: Number.POSITIVE_INFINITY });
    return parts[0] ?? partOf(styled);
  }
}

const between = "\n\n";

/** Units of an answer's end that are shown while it is written. */
const mostPreview = 3_500;

/** Who speaks, above their words: Telegram itself only says that the bot did. */
function headOf(author: Member): Styled {
  if (author.kind === "system") return words("Parley", "italic");
  return words(author.kind === "agent" ? `🤖 ${author.name}` : author.name, "bold");
}

/** Where Telegram refuses it as a rich message it goes the older way, whole: what fills more than one message is a file then. */
function richPiece({ author, text }: Message, { parts }: Formatted): TextPiece {
  const name = author.name.replace(/[^\p{L}\p{M}\p{N} ]/gu, (character) => `\\${character}`);
  const head = author.kind === "agent" ? `🤖 **${name}**` : `**${name}**`;
  const [html, plain] = [parts.map((part) => part.html).join("\n"), parts.map((part) => part.plain).join("\n")];
  return { type: "text", html, plain, rich: `${head}\n\n${text}` };
}

function documentOf(file: NonNullable<Formatted["file"]>, summary: Part | undefined): FilePiece {
  const instead = summary ?? { html: "", plain: "" };
  return {
    type: "file",
    name: file.name,
    isPhoto: false,
    caption: instead.plain.slice(0, captionUnits).toWellFormed(),
    bytes: () => Promise.resolve(file.bytes),
    instead,
  };
}
