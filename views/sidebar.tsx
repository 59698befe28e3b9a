import type { AgentState } from "../src/agents/agent.ts";
import type { Member } from "../src/people/member.ts";
import type { Room } from "../src/rooms/room.ts";
import { avatarClass, initials } from "./avatar.ts";
import { type Assets, Icon } from "./layout.tsx";

/** A person and whether they are here. */
export interface PersonState {
  readonly member: Member;
  readonly online: boolean;
  /** Wall time of the last departure, when known. */
  readonly lastSeen?: number | null | undefined;
}

interface SidebarProps {
  workspace: string;
  rooms: readonly Room[];
  currentRoom: Room;
  people: readonly PersonState[];
  agents: readonly AgentState[];
  me: Member;
  assets: Assets;
}

/** The left bar: where one can go, who is here, what the agents are doing. On the phone it is a drawer. */
export function Sidebar({ workspace, rooms, currentRoom, people, agents, me, assets }: SidebarProps) {
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
      <nav class="nav-scroll" aria-label="Rooms, agents and people">
        <details class="section">
          <summary>
            <span>Rooms</span>
            <span class="add" title="New room">
              <Icon assets={assets} name="plus" />
              <span class="sr">New room</span>
            </span>
          </summary>
          <form class="new-room" method="post" action="/rooms">
            <label>
              <span>Name</span>
              <input name="name" required={true} maxlength={60} autocomplete="off" placeholder="release" />
            </label>
            <label>
              <span>Topic</span>
              <input name="topic" maxlength={200} autocomplete="off" placeholder="What it is about" />
            </label>
            <button type="submit" class="button primary">
              Create room
            </button>
          </form>
        </details>
        <ul id="rooms">
          {rooms.map((room) => (
            <RoomItem room={room} current={room.id === currentRoom.id} />
          ))}
        </ul>
        <div class="section">
          <h2>Agents</h2>
          <a class="add" href="/agents" title="Manage agents">
            <Icon assets={assets} name="settings" />
            <span class="sr">Manage agents</span>
          </a>
        </div>
        <ul id="agents" data-testid="agent-list">
          {agents.map((state) => (
            <AgentItem state={state} />
          ))}
        </ul>
        <div class="section">
          <h2>People</h2>
        </div>
        <ul id="people" data-testid="user-list">
          {people.map((person) => (
            <PersonItem person={person} />
          ))}
        </ul>
      </nav>
      <div class="self">
        <span class={avatarClass(me)} aria-hidden="true">
          {initials(me)}
        </span>
        <div class="self-name">
          <b>{me.name}</b>
          <small>{me.title || me.role}</small>
        </div>
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
    <li id={`room-${room.id}`} data-slug={room.slug} data-order={`${room.slug === "general" ? 0 : 1} ${room.slug}`}>
      <a
        class="item"
        href={`/rooms/${encodeURIComponent(room.slug)}`}
        title={room.topic || undefined}
        aria-current={current ? "page" : null}
      >
        <span class="hash" aria-hidden="true">
          #
        </span>
        <span class="label">{room.slug}</span>
      </a>
    </li>
  );
}

/** A person and whether they are here, in words too. The same for every viewer. */
export function PersonItem({ person }: { person: PersonState }) {
  const { member, online, lastSeen } = person;
  const state = online ? "online" : "offline";
  return (
    <li
      id={`person-${member.id}`}
      class="item"
      data-handle={member.handle}
      data-name={member.name}
      data-kind="person"
      data-state={state}
    >
      <span class={avatarClass(member)}>
        <span aria-hidden="true">{initials(member)}</span>
        <i class="dot" />
      </span>
      <span class="label" title={member.title || undefined}>
        {member.name}
      </span>
      {!online && lastSeen ? (
        <time class="say" datetime={new Date(lastSeen).toISOString()} data-format="ago">
          offline
        </time>
      ) : (
        <span class="say">{state}</span>
      )}
    </li>
  );
}

/** An agent and what it is doing now, in words. The same for every viewer. */
export function AgentItem({ state }: { state: AgentState }) {
  const { member } = state.agent;
  const says = agentWords(state);
  return (
    <li
      id={`agent-${member.id}`}
      class="item"
      data-handle={member.handle}
      data-name={member.name}
      data-kind="agent"
      data-state={state.status}
    >
      <span class={avatarClass(member)}>
        <span aria-hidden="true">{initials(member)}</span>
        <i class="dot" />
      </span>
      <span class="label" title={state.agent.role}>
        {member.name}
      </span>
      <span class="say" title={says}>
        {says}
      </span>
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
