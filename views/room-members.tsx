import type { Member } from "../src/people/member.ts";
import type { Room } from "../src/rooms/room.ts";
import { avatarClass, initials } from "./avatar.ts";
import { PageFrame } from "./frame.tsx";
import type { Assets } from "./layout.tsx";

interface RoomMembersProps {
  workspace: string;
  assets: Assets;
  room: Room;
  me: Member;
  members: readonly { readonly member: Member; readonly mayPutOut: boolean }[];
  /** Whether the reader may bring in others. */
  canBringIn: boolean;
  /** Names to suggest: those who are not in it. */
  names: readonly string[];
  /** What was refused, and the name that was typed. */
  error?: string | undefined;
  typed?: string | undefined;
}

/** Who is in a private room: seen by its members, who bring in others, put them out, or leave. */
export function RoomMembersPage(props: RoomMembersProps) {
  const { workspace, assets, room, me, members, canBringIn, error } = props;
  const path = `/rooms/${encodeURIComponent(room.slug)}`;
  return (
    <PageFrame
      heading={`Members of #${room.slug}`}
      workspace={workspace}
      assets={assets}
      testId="room-members-page"
      back={path}
    >
      {error && (
        <p class="notice bad" role="alert" id="error">
          {error}
        </p>
      )}
      <section aria-labelledby="in-title">
        <h2 id="in-title">
          In this room <small class="soft">{members.length}</small>
        </h2>
        <p class="lead">Nobody else can read it, or see that it is there. Whoever comes in reads all of it.</p>
        <ul class="roster" data-testid="room-members">
          {members.map(({ member, mayPutOut }) => (
            <li class="roster-item" data-handle={member.handle}>
              <span class={avatarClass(member)} aria-hidden="true">
                {initials(member)}
              </span>
              <div class="roster-text">
                <p>
                  <b>
                    <bdi>{member.name}</bdi>
                  </b>{" "}
                  <span class="soft">
                    {member.id === me.id && "you, "}
                    {member.kind === "agent" ? `agent, ${member.title}` : member.role}
                    {member.id === room.createdBy && ", made this room"}
                  </span>
                </p>
              </div>
              {mayPutOut && <Out path={path} room={room} member={member} isMe={member.id === me.id} />}
            </li>
          ))}
        </ul>
      </section>
      {canBringIn && (
        <section class="panel" aria-labelledby="bring-title">
          <h2 id="bring-title">Bring somebody in</h2>
          <form method="post" action={`${path}/members`} class="bring-in" data-testid="bring-in">
            <label>
              <span>Name of a person or an agent</span>
              <input
                name="name"
                required={true}
                maxlength={60}
                autocomplete="off"
                spellcheck={false}
                list="names"
                value={props.typed}
                aria-invalid={error && props.typed !== undefined ? "true" : undefined}
                aria-describedby={error ? "error" : undefined}
              />
            </label>
            <datalist id="names">
              {props.names.map((name) => (
                <option value={name} />
              ))}
            </datalist>
            <button type="submit" class="button primary">
              Bring in
            </button>
          </form>
        </section>
      )}
    </PageFrame>
  );
}

interface OutProps {
  path: string;
  room: Room;
  member: Member;
  isMe: boolean;
}

function Out({ path, room, member, isMe }: OutProps) {
  return (
    <details class="confirm">
      <summary class="button danger" aria-label={isMe ? `Leave #${room.slug}` : `Put out ${member.name}`}>
        {isMe ? "Leave" : "Put out"}
      </summary>
      <form method="post" action={`${path}/members/${member.id}/remove`}>
        <span>
          {isMe
            ? "You come back only when somebody brings you in."
            : "It closes for them at once. What they wrote stays."}
        </span>
        <button type="submit" class="button danger solid">
          {isMe ? `Leave #${room.slug}` : `Put out ${member.name}`}
        </button>
      </form>
    </details>
  );
}
