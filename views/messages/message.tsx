import { raw } from "hono/html";
import type { Approval } from "../../src/approvals/approval.ts";
import type { Message } from "../../src/messages/message.ts";
import type { Member } from "../../src/people/member.ts";
import type { Card } from "../../src/tasks/card.ts";
import { ApprovalCard } from "../approvals/card.tsx";
import { avatarClass, initials } from "../avatar.ts";
import { TaskCard } from "../tasks/card.tsx";
import { renderFiles } from "./files.ts";

/** Texts beyond either are folded behind "Show more". */
const longCharacters = 1_400;
const longLines = 24;

const escaped = Bun.escapeHTML;

/** A message in JSX: the same rendering, for pages. */
export function MessageItem({
  message,
  card,
  asks,
}: {
  message: Message;
  card: Card | null;
  asks: readonly Approval[];
}) {
  return raw(renderMessage(message, card, asks));
}

/**
 * A message: the only rendering there is, for the page, for new messages and for changed ones. It is rendered once for
 * everybody, so it says nothing about its viewer: the page's own modules mark what is mine, group what belongs together
 * and put times into the viewer's zone. People's messages carry their source when it is more than what is shown, because
 * their authors may edit it.
 *
 * Every message passes through here and its bytes go to every page, so this one view is a plain string: a tenth of what JSX
 * costs. Whatever comes from outside is escaped where it is put in.
 */
export function renderMessage(message: Message, card: Card | null, asks: readonly Approval[] = []): string {
  const { id, author, mentions, clientId, replyTo, streaming, deletedAt } = message;
  const at = isoOf(message.at);
  const cid = clientId === null ? "" : ` data-cid="${escaped(String(clientId))}"`;
  const named = mentions.length === 0 ? "" : ` data-mentions="${escaped(mentions.join(" "))}"`;
  const needsSource = author.kind === "person" && deletedAt === null && !isAsWritten(message);
  const source = needsSource ? ` data-text="${escaped(message.text)}"` : "";
  return `<li id="m-${id}" class="message${streaming ? " streaming" : ""}" data-testid="message-item" data-id="${id}" data-author="${author.id}" data-kind="${author.kind}" data-at="${at}"${cid}${named}${source}>${
    replyTo ? parentLine(replyTo) : ""
  }${avatar(author)}${head(message, at)}${body(message)}${renderFiles(message.files)}${card ? String(TaskCard({ card })) + asksOf(card, asks) : ""}</li>`;
}

/** What the task asks people. Beside its card, which comes anew with every step: nobody loses what they are about to answer. */
function asksOf({ task }: Card, asks: readonly Approval[]): string {
  return `<div class="asks" id="asks-${task.id}">${asks.map((approval) => String(ApprovalCard({ approval }))).join("")}</div>`;
}

function parentLine({ id, authorName, excerpt }: NonNullable<Message["replyTo"]>): string {
  return `<a class="parent" href="#m-${id}"><b>${escaped(authorName)}</b> ${escaped(excerpt || "deleted message")}</a>`;
}

function avatar(author: Member): string {
  let known = avatars.get(author);
  if (known === undefined) {
    known = `<span class="${avatarClass(author)}" aria-hidden="true">${escaped(initials(author))}</span>`;
    avatars.set(author, known);
  }
  return known;
}

/** A member's avatar never changes while the object lives. */
const avatars = new WeakMap<Member, string>();

/** What one must know of an author to believe them: a guest's name is anybody's. */
const tags: Readonly<Record<string, string>> = {
  agent: '<span class="tag">agent</span>',
  guest: '<span class="tag">guest</span>',
};

/** The time's machine-readable form is the item's own `data-at`: said once, because these bytes go to everybody. */
function head({ id, author, origin, streaming, editedAt, deletedAt }: Message, at: string): string {
  const tag = tags[author.kind === "agent" ? "agent" : author.role] ?? "";
  const via = origin === "telegram" ? '<span class="via">via Telegram</span>' : "";
  const live = streaming ? '<span class="live">writing</span>' : "";
  const edited = editedAt !== null && deletedAt === null ? '<span class="edited">edited</span>' : "";
  return `<div class="head"><b class="who">${escaped(author.name)}</b>${tag}${via}<a class="at" href="#m-${id}"><time>${at.slice(11, 16)}</time></a>${live}${edited}</div>`;
}

/** What was written: safe HTML made on the server, or the plain words so far. htmx never acts on anything in here. */
function body({ id, text, html, streaming, deletedAt }: Message): string {
  if (deletedAt !== null) return '<p class="body gone">This message was deleted.</p>';
  if (streaming) return `<div class="body stream" id="stream-${id}" dir="auto" hx-ignore>${escaped(text)}</div>`;
  if (!isLong(text)) return `<div class="body" dir="auto" hx-ignore>${html}</div>`;
  return `<div class="body long" id="body-${id}" dir="auto" hx-ignore>${html}</div><button type="button" class="fold" data-action="fold" aria-expanded="false" aria-controls="body-${id}">Show more</button>`;
}

/** Whether what is shown is, letter for letter, what was written: then an editor can take it from there. */
function isAsWritten({ text, html }: Message): boolean {
  return html === `<p>${text}</p>\n`;
}

let lastTime = { ms: Number.NaN, iso: "" };

/** Messages of one moment share it, and dates are dear. */
function isoOf(ms: number): string {
  if (lastTime.ms !== ms) lastTime = { ms, iso: new Date(ms).toISOString() };
  return lastTime.iso;
}

function isLong(text: string): boolean {
  if (text.length > longCharacters) return true;
  let lines = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines > longLines;
}
