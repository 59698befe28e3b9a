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
 */
export function MessageItem({ message, task }: { message: Message; task: Task | null }) {
  const { id, author } = message;
  const deleted = message.deletedAt !== null;
  const at = new Date(message.at).toISOString();
  const long = !deleted && !message.streaming && isLong(message.text);
  return (
    <li
      id={`m-${id}`}
      class={message.streaming ? "message streaming" : "message"}
      tabindex={-1}
      data-testid="message-item"
      data-id={id}
      data-author={author.id}
      data-kind={author.kind}
      data-at={at}
      data-cid={message.clientId}
      data-mentions={message.mentions.length > 0 ? message.mentions.join(" ") : null}
      data-text={author.kind === "person" && !deleted ? message.text : null}
    >
      {message.replyTo && (
        <a class="parent" href={`#m-${message.replyTo.id}`}>
          <b>{message.replyTo.authorName}</b> {message.replyTo.excerpt || "deleted message"}
        </a>
      )}
      <span class={avatarClass(author)} aria-hidden="true">
        {initials(author)}
      </span>
      <div class="head">
        <b class="who">{author.name}</b>
        {author.kind === "agent" && <span class="tag">agent</span>}
        {message.origin === "telegram" && <span class="via">via Telegram</span>}
        <a class="at" href={`#m-${id}`}>
          <time datetime={at}>{at.slice(11, 16)}</time>
        </a>
        {message.streaming && <span class="live">writing</span>}
        {message.editedAt !== null && !deleted && <span class="edited">edited</span>}
      </div>
      {deleted ? (
        <p class="body gone">This message was deleted.</p>
      ) : message.streaming ? (
        <div class="body stream" id={`stream-${id}`} dir="auto" hx-ignore="">
          {message.text}
        </div>
      ) : (
        <div
          class={long ? "body long" : "body"}
          id={long ? `body-${id}` : undefined}
          dir="auto"
          hx-ignore=""
          dangerouslySetInnerHTML={{ __html: message.html }}
        />
      )}
      {long && (
        <button type="button" class="fold" data-action="fold" aria-expanded="false" aria-controls={`body-${id}`}>
          Show more
        </button>
      )}
      {task && <TaskCard task={task} />}
    </li>
  );
}

function isLong(text: string): boolean {
  if (text.length > longCharacters) return true;
  let lines = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines > longLines;
}
