import type { AgentState } from "../src/agents/agent.ts";
import type { Member } from "../src/people/member.ts";
import type { RoomsBeside } from "../src/rooms/beside.ts";
import type { Room } from "../src/rooms/room.ts";
import type { SlashCommand } from "../src/slash/command.ts";
import { Composer, type FileLimits, PendingTemplate } from "./composer.tsx";
import { Dialogs } from "./dialogs.tsx";
import { type Assets, Icon, Layout } from "./layout.tsx";
import { MessageItem } from "./messages/message.tsx";
import { EarlierButton, type Entry } from "./messages/older.tsx";
import type { RefusedRoom } from "./new-room.tsx";
import { Mode, type ModeProps } from "./people/mode.tsx";
import { count } from "./people/words.ts";
import type { Rights } from "./rights.ts";
import { plainName, roomName } from "./room-name.ts";
import { roomScripts } from "./room-scripts.ts";
import { type PersonState, RoomSign, Sidebar } from "./sidebar.tsx";
import { Welcome } from "./welcome.tsx";

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
  rights: Rights;
  /** A new room that was refused: its form stands open. */
  newRoom?: RefusedRoom | undefined;
  /** What was done before one came here. */
  notice?: string | undefined;
  /** How the workspace runs, where that decides whom one may believe. */
  mode: ModeProps;
  /** How much waits for the reader to answer. */
  waiting: number;
  /** The seq everything on this page is complete up to. */
  seq: number;
  /** Which history the seq belongs to. */
  epoch: string;
  assets: Assets;
  /** Whether this person's pages use WebSockets; else they go on over HTTP. */
  websocket: boolean;
  reconnect: { readonly delayMs: number; readonly maxAttempts: number };
  /** Messages the browser may keep while it is away. */
  outboxLimit: number;
  maxCharacters: number;
  files: FileLimits;
  /** Slash commands that the reader may use. */
  commands: readonly SlashCommand[];
}

/** The room: who is here, what was said, and where to say something. Everything live arrives through `hx-ws:connect`. */
export function RoomPage(props: RoomProps) {
  const { workspace, room, rooms, messages, people, agents, me, rights, assets } = props;
  const name = roomName(props);
  return (
    <Layout
      title={`${name}, ${workspace}`}
      assets={assets}
      scripts={roomScripts}
      bodyAttributes={bodyAttributes(props)}
    >
      <a class="skip" href={rights.write ? "#text" : "#log"}>
        {rights.write ? "Skip to the message box" : "Skip to the messages"}
      </a>
      <Sidebar
        workspace={workspace}
        rooms={rooms}
        currentRoom={room}
        people={people}
        agents={agents}
        me={me}
        rights={rights}
        newRoom={props.newRoom}
        mode={props.mode}
        assets={assets}
      />
      <button type="button" class="backdrop" data-action="close-drawer" tabindex={-1} aria-label="Close the menu" />
      <main id="chat" class="chat" data-testid="chat-interface">
        <RoomHeader {...props} />
        <Mode {...props.mode} />
        <div id="log" class="log" role="log" aria-label={`Messages in ${name}`} aria-live="off" tabindex={0}>
          <EarlierButton room={room} before={messages[0]?.message.id ?? 0} hasOlder={props.hasOlder} />
          <Welcome room={room} name={name} members={props.members} agents={agents} rights={rights} />
          <ol id="messages" data-testid="message-list">
            {messages.map(({ message, card, asks }) => (
              <MessageItem message={message} card={card} asks={asks} />
            ))}
          </ol>
          <ol id="pending" aria-label="Messages that are being sent" />
        </div>
        <Composer {...props} name={name} />
      </main>
      <p id="announcer" class="sr" aria-live="polite" />
      <div id="toasts" role="alert">
        {props.notice && <p class="toast">{props.notice}</p>}
      </div>
      <PendingTemplate me={me} />
      <MessageActions assets={assets} />
      <Dialogs />
    </Layout>
  );
}

function bodyAttributes(props: RoomProps) {
  const { room, me, seq, epoch, websocket, newRoom, notice, reconnect, outboxLimit, maxCharacters } = props;
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
    ...((newRoom || notice) && { "data-address": `/rooms/${encodeURIComponent(room.slug)}` }),
    ...(props.rights.answer && { "data-may-answer": "" }),
    "data-seq": seq,
    "data-epoch": epoch,
    "data-websocket": String(websocket),
    "data-reconnect-delay": reconnect.delayMs,
    "data-reconnect-attempts": reconnect.maxAttempts,
    "data-outbox-limit": outboxLimit,
    "data-max-characters": maxCharacters,
  };
}

function RoomHeader({ room, members, memberCount, online, agents, waiting, rights, assets }: RoomProps) {
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
        <span class="label">{isDirect ? roomName({ room, members }) : plainName(room.slug)}</span>
      </h1>
      {room.visibility !== "public" && <span class="tag">{room.visibility}</span>}
      <span class="topic" title={room.topic || undefined}>
        {room.topic}
      </span>
      <span class="bar-end">
        {rights.answer && (
          <a class="needs-you" href="/needs-you" title="What agents ask, and you may answer" data-testid="needs-you">
            <span class="label">Needs you</span>{" "}
            <span data-count="waiting" aria-live="polite">
              {waiting === 0 ? "" : waiting}
            </span>
          </a>
        )}
        {room.visibility === "private" && (
          <a class="members-link" href={`/rooms/${encodeURIComponent(room.slug)}/members`} title="Members of this room">
            <Icon assets={assets} name="people" />
            <span data-count="members">{count(memberCount, "member", "members")}</span>
          </a>
        )}
        {room.visibility === "public" && (
          <span id="member-count" class="members">
            <span data-count="online">{online}</span> online, <span data-count="agents">{agents.length}</span>{" "}
            {agents.length === 1 ? "agent" : "agents"}
          </span>
        )}
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
