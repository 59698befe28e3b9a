import type { Member } from "../src/people/member.ts";
import type { Room } from "../src/rooms/room.ts";
import type { SlashCommand } from "../src/slash/command.ts";
import { avatarClass, initials } from "./avatar.ts";
import { type Assets, Icon } from "./layout.tsx";

interface ComposerProps {
  room: Room;
  /** What the room is called. */
  name: string;
  me: Member;
  maxCharacters: number;
  files: FileLimits;
  /** Slash commands that the reader may use. */
  commands: readonly SlashCommand[];
  assets: Assets;
}

/** What may be attached, so that what is too much is said before it is sent. */
export interface FileLimits {
  readonly bytes: number;
  readonly count: number;
  /** Of an image that is shown in place. */
  readonly pixels: number;
}

/**
 * Where messages are written. The form goes over the socket; `public/outbox.js` gives each message its client id first
 * and keeps it until it is seen in the room. Who may only read gets a sentence instead.
 */
export function Composer({ room, name, me, maxCharacters, files, commands, assets }: ComposerProps) {
  return (
    <div class="composer">
      <button type="button" id="jump" class="jump" data-action="jump" hidden={true}>
        <span data-words="">Latest</span>
        <Icon assets={assets} name="down" />
      </button>
      <p class="offline-note">
        You are not connected. What you write is kept here and sent when the connection is back.
      </p>
      <div id="typing" class="typing" aria-live="off" />
      {me.role === "viewer" ? (
        <p class="notice">You can read this room. Ask an owner or admin for the right to write.</p>
      ) : (
        <form id="composer" class="box" hx-ws:send="" autocomplete="off" data-testid="composer">
          <input type="hidden" name="type" value="message" />
          <input type="hidden" name="room" value={room.slug} />
          <input type="hidden" name="clientId" value="" />
          <input type="hidden" name="replyTo" value="" />
          <input type="hidden" name="files" value="" />
          <div id="reply-bar" class="reply-bar" data-testid="reply-bar" hidden={true}>
            <span data-words="">Replying to</span>
            <span data-excerpt="" class="excerpt" />
            <button type="button" class="button small" data-action="cancel-reply">
              Cancel
            </button>
          </div>
          <div id="suggestions" class="suggestions" role="listbox" aria-label="Members to mention" hidden={true} />
          <ul id="attachments" class="attachments" aria-label="Files to send" hidden={true} />
          <div id="commands" class="suggestions commands" role="listbox" aria-label="Commands" hidden={true}>
            {commands.map(CommandOption)}
          </div>
          <p id="usage" class="suggestions usage" role="status" data-testid="command-usage" hidden={true} />
          <div class="input" data-testid="message-input">
            <textarea
              id="text"
              name="text"
              rows={1}
              dir="auto"
              placeholder={room.visibility === "direct" ? `Message ${name}` : `Message ${name}, or @ an agent`}
              aria-label={`Message ${name}`}
              aria-autocomplete="list"
              aria-controls="suggestions"
              aria-describedby="composer-hint"
              enterkeyhint="send"
            />
          </div>
          <div class="tools">
            <button
              type="button"
              class="icon-button"
              data-action="attach"
              aria-label="Attach files"
              title="Attach files, or paste and drop them"
            >
              <Icon assets={assets} name="clip" />
            </button>
            <input
              id="picker"
              type="file"
              multiple={true}
              hidden={true}
              aria-label="Files to attach"
              data-bytes={files.bytes}
              data-files={files.count}
              data-pixels={files.pixels}
            />
            <button
              type="button"
              class="icon-button"
              data-action="mention"
              aria-label="Mention somebody"
              title="Mention somebody"
            >
              <Icon assets={assets} name="at" />
            </button>
            <span id="composer-hint" class="hint">
              Markdown, <kbd>@</kbd> to mention, <kbd>/</kbd> for commands, <kbd>Shift</kbd> <kbd>Enter</kbd> for a new
              line
            </span>
            <output id="characters" class="characters" hidden={true} data-max={maxCharacters} />
            <button type="submit" class="button primary send" data-testid="send-button">
              <span data-words="">Send</span>
            </button>
          </div>
        </form>
      )}
      <AttachmentTemplate assets={assets} />
    </div>
  );
}

/** One command to choose: `public/commands.js` shows those that what is typed begins. */
function CommandOption({ name, usage, help }: SlashCommand) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the box, which names the chosen option
    <div
      id={`command-${name}`}
      class="suggestion"
      role="option"
      aria-selected="false"
      data-name={name}
      data-usage={usage}
    >
      <b>{usage}</b>
      <span data-help="">{help}</span>
    </div>
  );
}

/** A file on its way, and until its message is sent: filled in by `public/attach.js`. */
function AttachmentTemplate({ assets }: { assets: Assets }) {
  return (
    <template id="attachment">
      <li class="attachment" data-testid="attachment">
        <span class="what">
          <bdi class="name" />
          <span class="weight" />
        </span>
        <progress max="1" value="0" />
        <button type="button" class="icon-button">
          <Icon assets={assets} name="close" />
        </button>
      </li>
    </template>
  );
}

/** What a message looks like before the server has it: filled in by `public/outbox.js`. */
export function PendingTemplate({ me }: { me: Member }) {
  return (
    <template id="pending-message">
      <li class="message pending" data-testid="pending-message" data-mine="">
        <span class={avatarClass(me)} aria-hidden="true">
          {initials(me)}
        </span>
        <div class="head">
          <b class="who">{me.name}</b>
        </div>
        <div class="body plain" dir="auto" />
        <p class="carried" dir="auto" hidden={true} />
        <div class="delivery">
          <span data-words="">Sending</span>
          <button type="button" class="button small" data-action="resend" hidden={true}>
            Retry
          </button>
          <button type="button" class="button small" data-action="discard" hidden={true}>
            Discard
          </button>
        </div>
      </li>
    </template>
  );
}
