import { html, raw } from "hono/html";
import type { Message } from "../../src/messages/message.ts";
import type { Task } from "../../src/tasks/task.ts";
import { avatarClass, initials } from "../avatar.ts";
import { TaskCard } from "../tasks/card.tsx";

/** Texts beyond either are folded behind "Show more". */
const longCharacters = 1_400;
const longLines = 24;

/**
 * A message: the only rendering there is, for the page, for new messages and for changed ones. It is rendered once for
 * everybody, so it says nothing about its viewer: the page's own modules mark what is mine, group what belongs together
 * and put times into the viewer's zone. People's messages carry their source, because their authors may edit it.
 *
 * Every message passes through here, so this one view is a template, which escapes as JSX does at a third of its price.
 */
export function MessageItem({ message, task }: { message: Message; task: Task | null }) {
  const { id, author, mentions, clientId, replyTo } = message;
  const at = new Date(message.at).toISOString();
  const source = author.kind === "person" && message.deletedAt === null ? message.text : null;
  return html`<li id="m-${id}" class="message${message.streaming && " streaming"}" tabindex="-1" data-testid="message-item" data-id="${id}" data-author="${author.id}" data-kind="${author.kind}" data-at="${at}"${
    clientId !== null && html` data-cid="${clientId}"`
  }${mentions.length > 0 && html` data-mentions="${mentions.join(" ")}"`}${source !== null && html` data-text="${source}"`}>${
    replyTo && parentLine(replyTo)
  }<span class="${avatarClass(author)}" aria-hidden="true">${initials(author)}</span>${head(message, at)}${body(message)}${
    task && TaskCard({ task })
  }</li>`;
}

function parentLine({ id, authorName, excerpt }: NonNullable<Message["replyTo"]>) {
  return html`<a class="parent" href="#m-${id}"><b>${authorName}</b> ${excerpt || "deleted message"}</a>`;
}

function head({ id, author, origin, streaming, editedAt, deletedAt }: Message, at: string) {
  return html`<div class="head"><b class="who">${author.name}</b>${
    author.kind === "agent" && html`<span class="tag">agent</span>`
  }${origin === "telegram" && html`<span class="via">via Telegram</span>`}<a class="at" href="#m-${id}"><time datetime="${at}">${at.slice(11, 16)}</time></a>${
    streaming && html`<span class="live">writing</span>`
  }${editedAt !== null && deletedAt === null && html`<span class="edited">edited</span>`}</div>`;
}

/** What was written: safe HTML made on the server, or the plain words so far. htmx never acts on anything in here. */
function body({ id, text, html: written, streaming, deletedAt }: Message) {
  if (deletedAt !== null) return html`<p class="body gone">This message was deleted.</p>`;
  if (streaming) return html`<div class="body stream" id="stream-${id}" dir="auto" hx-ignore>${text}</div>`;
  if (!isLong(text)) return html`<div class="body" dir="auto" hx-ignore>${raw(written)}</div>`;
  return html`<div class="body long" id="body-${id}" dir="auto" hx-ignore>${raw(written)}</div><button type="button" class="fold" data-action="fold" aria-expanded="false" aria-controls="body-${id}">Show more</button>`;
}

function isLong(text: string): boolean {
  if (text.length > longCharacters) return true;
  let lines = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines > longLines;
}
