import type { Child } from "hono/jsx";
import type { AgentState } from "../src/agents/agent.ts";
import type { Member } from "../src/people/member.ts";
import type { RoomBeside, RoomsBeside } from "../src/rooms/beside.ts";
import type { Room } from "../src/rooms/room.ts";
import { avatarClass, initials } from "./avatar.ts";
import { type Assets, Icon } from "./layout.tsx";
import { NewRoom, type RefusedRoom } from "./new-room.tsx";
import { Mode, type ModeProps } from "./people/mode.tsx";
import type { Rights } from "./rights.ts";
import { plainName } from "./room-name.ts";

/** A person and whether they are here. */
export interface PersonState {
  readonly member: Member;
  readonly online: boolean;
  /** Wall time of the last departure, when known. */
  readonly lastSeen?: number | null | undefined;
}

interface SidebarProps {
  workspace: string;
  rooms: RoomsBeside;
  currentRoom: Room;
  people: readonly PersonState[];
  agents: readonly AgentState[];
  me: Member;
  rights: Rights;
  newRoom: RefusedRoom | undefined;
  mode: ModeProps;
  assets: Assets;
}

/** The left bar: where one can go, who is here, what the agents are doing. On the phone it is a drawer. */
export function Sidebar(props: SidebarProps) {
  const { workspace, currentRoom, people, agents, me, rights, mode, assets } = props;
  const { rooms, older } = props.rooms;
  const isDirect = ({ room }: RoomBeside) => room.visibility === "direct";
  return (
    <aside id="sidebar" class="nav" aria-label="Rooms and members">
      <div class="brand">
        <span class="logo" aria-hidden="true">
          {workspace.trim().charAt(0).toUpperCase() || "P"}
        </span>
        <span class="brand-name">{workspace}</span>
        <button type="button" class="icon-button drawer-close" data-action="close-drawer" aria-label="Close the menu">
          <Icon assets={assets} name="close" />
        </button>
      </div>
      <Mode {...mode} />
      <nav class="nav-scroll" aria-label="Rooms, agents and people">
        {rights.makeRooms ? (
          <NewRoom refused={props.newRoom} from={currentRoom} assets={assets} />
        ) : (
          <div class="section">
            <h2>Rooms</h2>
          </div>
        )}
        <ul id="rooms">
          {rooms
            .filter((beside) => !isDirect(beside))
            .map(({ room }) => (
              <RoomItem room={room} current={room.id === currentRoom.id} />
            ))}
        </ul>
        <div class="section">
          <h2>Direct</h2>
        </div>
        <ul id="directs" data-testid="direct-list">
          {rooms.filter(isDirect).map(({ room, members }) => (
            <DirectItem room={room} members={members} current={room.id === currentRoom.id} />
          ))}
        </ul>
        {older > 0 && (
          <p class="nav-hint shown" data-testid="older-directs">
            {older} older {older === 1 ? "one" : "ones"}: choose the same person to come back to it.
          </p>
        )}
        <p class="nav-hint">{rights.write ? "Choose an agent or a person below." : "None."}</p>
        <form method="post" action="/direct">
          {/* Whoever may not write begins no conversation: also not with those who come into the list later. */}
          <fieldset class="bare" disabled={!rights.write}>
            <div class="section">
              <h2>Agents</h2>
              <a class="add" href="/agents" title={rights.hire ? "Manage agents" : "About the agents"}>
                <Icon assets={assets} name="settings" />
                <span class="sr">{rights.hire ? "Manage agents" : "About the agents"}</span>
              </a>
            </div>
            <ul id="agents" data-testid="agent-list">
              {agents.map((state) => (
                <AgentItem state={state} />
              ))}
            </ul>
            <div class="section">
              <h2>People</h2>
              <a class="add" href="/members" title="Members and invitations">
                <Icon assets={assets} name="people" />
                <span class="sr">Members and invitations</span>
              </a>
            </div>
            <ul id="people" data-testid="user-list">
              {people.map((person) => (
                <PersonItem person={person} />
              ))}
            </ul>
          </fieldset>
        </form>
      </nav>
      <div class="self">
        <span class={avatarClass(me)} aria-hidden="true">
          {initials(me)}
        </span>
        {rights.account ? (
          <a class="self-name" href="/settings" title="Your settings" data-testid="settings-link">
            <b>{me.name}</b>
            <small>{me.title || me.role}</small>
          </a>
        ) : (
          <span class="self-name">
            <b>{me.name}</b>
            <small>{me.title || me.role}</small>
          </span>
        )}
        <ThemeToggle assets={assets} />
        <form method="post" action="/sign-out">
          <button type="submit" class="icon-button" aria-label="Sign out" title="Sign out">
            <Icon assets={assets} name="leave" />
          </button>
        </form>
      </div>
    </aside>
  );
}

/** A room one may enter. */
export function RoomItem({ room, current }: { room: Room; current: boolean }) {
  return (
    <li
      id={`room-${room.id}`}
      data-slug={room.slug}
      data-order={`${room.slug === "general" ? 0 : 1} ${plainName(room.slug)}`}
    >
      <a
        class="item"
        href={`/rooms/${encodeURIComponent(room.slug)}`}
        title={room.topic || undefined}
        aria-current={current ? "page" : null}
      >
        <RoomSign room={room} />
        <span class="label">{plainName(room.slug)}</span>
      </a>
    </li>
  );
}

/** What stands before a room's name: a hash, or a lock. Drawn by the stylesheet, because it is told to many. */
export function RoomSign({ room }: { room: Room }) {
  if (room.visibility === "private") {
    return (
      <span class="lock">
        <span class="sr">Private room </span>
      </span>
    );
  }
  return (
    <span class="hash" aria-hidden="true">
      #
    </span>
  );
}

interface DirectProps {
  room: Room;
  members: readonly Member[];
  current: boolean;
}

/** A direct conversation under the names of its members. What is told live names them all; `public/presence.js` leaves its reader out. */
export function DirectItem({ room, members, current }: DirectProps) {
  return (
    <li id={`room-${room.id}`} data-slug={room.slug} data-order={room.id}>
      <a class="item direct" href={`/rooms/${encodeURIComponent(room.slug)}`} aria-current={current ? "page" : null}>
        {members.map((member) => (
          <span class={avatarClass(member)} data-member={member.id} aria-hidden="true">
            {initials(member)}
          </span>
        ))}
        <span class="label">
          {members.map(({ id, name }) => (
            <span data-member={id}>{name}</span>
          ))}
        </span>
        {/* Filled when something is said there while another room is shown. */}
        <span id={`unseen-${room.id}`} class="unseen" />
      </a>
    </li>
  );
}

/** A person and whether they are here, in words too; choosing them begins a direct conversation. The same for every viewer. */
export function PersonItem({ person }: { person: PersonState }) {
  const { member, online, lastSeen } = person;
  const state = online ? "online" : "offline";
  return (
    <MemberItem member={member} state={state} about={member.title}>
      {!online && lastSeen ? (
        <time class="say" datetime={new Date(lastSeen).toISOString()} data-format="ago">
          offline
        </time>
      ) : (
        <span class="say">{state}</span>
      )}
    </MemberItem>
  );
}

/** An agent and what it is doing now, in words. The same for every viewer. */
export function AgentItem({ state }: { state: AgentState }) {
  const says = agentWords(state);
  return (
    <MemberItem member={state.agent.member} state={state.status} about={state.agent.role}>
      <span class="say" title={says}>
        {says}
      </span>
    </MemberItem>
  );
}

interface MemberItemProps {
  member: Member;
  state: string;
  about: string;
  children?: Child;
}

function MemberItem({ member, state, about, children }: MemberItemProps) {
  const { id, handle, name, kind } = member;
  return (
    <li id={`${kind}-${id}`} data-handle={handle} data-name={name} data-kind={kind} data-state={state}>
      <button
        type="submit"
        class="item"
        name="members"
        value={kind === "agent" ? `${name}-bot` : name}
        title={`Message ${name}`}
      >
        <span class={avatarClass(member)}>
          <span aria-hidden="true">{initials(member)}</span>
          <i class="dot" />
        </span>
        <span class="label" title={about || undefined}>
          {name}
        </span>
        {member.role === "guest" && <span class="tag">guest</span>}
        {children}
      </button>
    </li>
  );
}

/** What an agent is doing, as one would say it. */
export function agentWords(state: AgentState): string {
  if (state.status === "completed") return "done";
  if (state.status === "working" && state.currentTask) return `working: ${state.currentTask}`;
  return state.status;
}

/** Switches between the light and the dark look; `public/theme.js` gives it its words. */
export function ThemeToggle({ assets }: { assets: Assets }) {
  return (
    <button
      type="button"
      class="icon-button theme-toggle"
      data-testid="dark-mode-toggle"
      data-action="theme"
      aria-label="Change the theme"
    >
      <span class="theme-icon auto">
        <Icon assets={assets} name="auto" />
      </span>
      <span class="theme-icon light">
        <Icon assets={assets} name="sun" />
      </span>
      <span class="theme-icon dark">
        <Icon assets={assets} name="moon" />
      </span>
    </button>
  );
}
