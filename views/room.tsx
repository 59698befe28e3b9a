import type { AgentState } from "../src/agents/agent.ts";
import type { Member } from "../src/people/member.ts";
import type { RoomsBeside } from "../src/rooms/beside.ts";
import type { Room } from "../src/rooms/room.ts";
import { Composer, PendingTemplate } from "./composer.tsx";
import { type Assets, Icon, Layout } from "./layout.tsx";
import { MessageItem } from "./messages/message.tsx";
import { EarlierButton, type Entry } from "./messages/older.tsx";
import type { ModeProps } from "./people/mode.tsx";
import { roomName } from "./room-name.ts";
import { type PersonState, RoomSign, Sidebar } from "./sidebar.tsx";

/** The scripts of the room, in the order they run: the connection opens last, when everybody who listens to it is there. */
export const roomScripts = [
  "clock.js",
  "timeline.js",
  "scroll.js",
  "htmx.js",
  "hx-ws.js",
  "hx-upsert.js",
  "toast.js",
  "title.js",
  "outbox.js",
  "composer.js",
  "drafts.js",
  "mentions.js",
  "presence.js",
  "actions.js",
  "toolbar.js",
  "drawer.js",
  "keys.js",
  "connection.js",
] as const;

interface RoomProps {
  workspace: string;
  room: Room;
  /** Who is in it beside the reader, when it is a direct conversation. */
  members: readonly Member[];
  /** How many are in it, when it is private. */
  memberCount: number;
  rooms: RoomsBeside;
  messages: readonly Entry[];
  hasOlder: boolean;
  people: readonly PersonState[];
  /** How many are here, also those for whom the list beside has no place. */
  online: number;
  agents: readonly AgentState[];
  me: Member;
  /** How the workspace runs, where that decides whom one may believe. */
  mode: ModeProps;
  /** The seq everything on this page is complete up to. */
  seq: number;
  /** Which history the seq belongs to. */
  epoch: string;
  assets: Assets;
  reconnect: { readonly delayMs: number; readonly maxAttempts: number };
  /** Messages the browser may keep while it is away. */
  outboxLimit: number;
  maxCharacters: number;
}

/** The room: who is here, what was said, and where to say something. Everything live arrives through `hx-ws:connect`. */
export function RoomPage(props: RoomProps) {
  const { workspace, room, rooms, messages, people, agents, me, assets } = props;
  const name = roomName(props);
  return (
    <Layout
      title={`${name}, ${workspace}`}
      assets={assets}
      scripts={roomScripts}
      bodyAttributes={bodyAttributes(props)}
    >
      <a class="skip" href="#text">
        Skip to the message box
      </a>
      <Sidebar
        workspace={workspace}
        rooms={rooms}
        currentRoom={room}
        people={people}
        agents={agents}
        me={me}
        mode={props.mode}
        assets={assets}
      />
      <button type="button" class="backdrop" data-action="close-drawer" tabindex={-1} aria-label="Close the menu" />
      <main id="chat" class="chat" data-testid="chat-interface">
        <RoomHeader {...props} />
        <div id="log" class="log" role="log" aria-label={`Messages in ${name}`} aria-live="off" tabindex={0}>
          <EarlierButton room={room} before={messages[0]?.message.id ?? 0} hasOlder={props.hasOlder} />
          <Welcome room={room} name={name} members={props.members} agents={agents} />
          <ol id="messages" data-testid="message-list">
            {messages.map(({ message, task }) => (
              <MessageItem message={message} task={task} />
            ))}
          </ol>
          <ol id="pending" aria-label="Messages that are being sent" />
        </div>
        <Composer room={room} name={name} me={me} maxCharacters={props.maxCharacters} assets={assets} />
      </main>
      <p id="announcer" class="sr" aria-live="polite" />
      <div id="toasts" role="alert" />
      <PendingTemplate me={me} />
      <MessageActions assets={assets} />
      <Dialogs />
    </Layout>
  );
}

function bodyAttributes({ room, me, seq, epoch, reconnect, outboxLimit, maxCharacters }: RoomProps) {
  return {
    class: "room",
    "hx-ws:connect": "/live",
    "hx-trigger": "parley:connect",
    "hx-swap": "none",
    "data-connection": "connecting",
    "data-me": me.id,
    "data-me-name": me.name,
    "data-me-handle": me.handle,
    "data-me-role": me.role,
    "data-room": room.slug,
    "data-room-id": room.id,
    "data-seq": seq,
    "data-epoch": epoch,
    "data-reconnect-delay": reconnect.delayMs,
    "data-reconnect-attempts": reconnect.maxAttempts,
    "data-outbox-limit": outboxLimit,
    "data-max-characters": maxCharacters,
  };
}

function RoomHeader({ room, members, memberCount, online, agents, assets }: RoomProps) {
  const isDirect = room.visibility === "direct";
  return (
    <header class="bar">
      <button
        type="button"
        class="icon-button drawer-open"
        data-action="open-drawer"
        aria-controls="sidebar"
        aria-expanded="false"
      >
        <Icon assets={assets} name="menu" />
        <span class="sr">Open the menu</span>
      </button>
      <h1>
        {!isDirect && <RoomSign room={room} />}
        <span class="label">{isDirect ? roomName({ room, members }) : room.slug}</span>
      </h1>
      {room.visibility !== "public" && <span class="tag">{room.visibility}</span>}
      <span class="topic" title={room.topic || undefined}>
        {room.topic}
      </span>
      <span class="bar-end">
        {room.visibility === "private" && (
          <a class="members-link" href={`/rooms/${encodeURIComponent(room.slug)}/members`} title="Members of this room">
            <Icon assets={assets} name="people" />
            <span data-count="members">{memberCount}</span> <span class="sr">members of this room</span>
          </a>
        )}
        <span id="member-count" class="members">
          <span data-count="online">{online}</span> online, <span data-count="agents">{agents.length}</span>{" "}
          {agents.length === 1 ? "agent" : "agents"}
        </span>
        <span id="connection" class="connection">
          <span class="connection-state" role="status" data-testid="connection-status">
            <i class="dot" />
            <span data-words="">Connecting</span>
            <span data-detail="" aria-hidden="true" />
          </span>
          <button type="button" class="button small" data-action="retry" hidden={true}>
            Retry
          </button>
        </span>
      </span>
    </header>
  );
}

interface WelcomeProps {
  room: Room;
  name: string;
  members: readonly Member[];
  agents: readonly AgentState[];
}

/** Shown while nothing has been said here. */
function Welcome({ room, name, members, agents }: WelcomeProps) {
  const agent = agents[0]?.agent.member.handle;
  const isDirect = room.visibility === "direct";
  const listening = members.filter(({ kind }) => kind === "agent");
  return (
    <div class="welcome" data-testid="empty-room">
      <span class="welcome-hash" aria-hidden="true">
        {isDirect ? "@" : room.visibility === "private" ? <span class="lock" /> : "#"}
      </span>
      <h2>{isDirect ? `You and ${name}` : `This is the start of ${name}`}</h2>
      {isDirect && (
        <p>
          Only you can read this.
          {listening.length > 0 && ` What you write goes to ${roomName({ room, members: listening })}.`}
        </p>
      )}
      {room.visibility === "private" && (
        <p>
          Only its members can read this room. Bring in people and agents on the{" "}
          <a href={`/rooms/${encodeURIComponent(room.slug)}/members`}>members page</a>.
        </p>
      )}
      {room.visibility === "public" &&
        (agent ? (
          <p>
            Say hello, or mention an agent:{" "}
            <button type="button" class="try" data-action="insert" data-insert={`@${agent} help`}>
              @{agent} help
            </button>
          </p>
        ) : (
          <p>Say hello. Everybody in the workspace can read and write here.</p>
        ))}
    </div>
  );
}

/** One bar for all messages: the page puts it on the one that is pointed at or has the focus. */
function MessageActions({ assets }: { assets: Assets }) {
  return (
    <template id="message-actions">
      <div class="actions" role="toolbar" aria-label="Message">
        <button type="button" data-action="reply" aria-label="Reply" title="Reply">
          <Icon assets={assets} name="reply" />
        </button>
        <button type="button" data-action="copy-link" aria-label="Copy link" title="Copy link">
          <Icon assets={assets} name="link" />
        </button>
        <button type="button" data-action="edit" aria-label="Edit" title="Edit">
          <Icon assets={assets} name="edit" />
        </button>
        <button type="button" data-action="delete" class="danger" aria-label="Delete" title="Delete">
          <Icon assets={assets} name="trash" />
        </button>
      </div>
    </template>
  );
}

const shortcuts = [
  ["Enter", "Send"],
  ["Shift Enter", "New line"],
  ["@", "Mention somebody"],
  ["↑", "Edit your last message, in an empty box"],
  ["Esc", "Cancel a reply or an edit"],
  ["Alt ↑ / Alt ↓", "Room above, room below"],
  ["?", "This list"],
] as const;

function Dialogs() {
  return (
    <>
      <dialog id="confirm" aria-labelledby="confirm-title">
        <form method="dialog">
          <h2 id="confirm-title">Delete this message?</h2>
          <p class="quote" data-quote="" />
          <p class="soft">Everybody sees that it was deleted.</p>
          <div class="acts end">
            <button type="submit" class="button" value="keep">
              Keep
            </button>
            <button type="submit" class="button danger solid" value="delete">
              Delete
            </button>
          </div>
        </form>
      </dialog>
      <dialog id="shortcuts" aria-labelledby="shortcuts-title">
        <form method="dialog">
          <h2 id="shortcuts-title">Keyboard</h2>
          <dl class="keys">
            {shortcuts.map(([keys, what]) => (
              <div>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <div class="acts end">
            <button type="submit" class="button">
              Close
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
