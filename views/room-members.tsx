import type { Member } from "../src/people/member.ts";
import type { Room } from "../src/rooms/room.ts";
import { avatarClass, initials } from "./avatar.ts";
import { PageFrame } from "./frame.tsx";
import type { Assets } from "./layout.tsx";
import { pagesBeside } from "./pages-beside.ts";
import { Alert, Done, Field } from "./people/fields.tsx";
import type { ModeProps } from "./people/mode.tsx";
import { plainName } from "./room-name.ts";

interface RoomMembersProps {
  workspace: string;
  mode?: ModeProps | undefined;
  /** Whether the reader may read the audit, and has settings. */
  canAudit?: boolean | undefined;
  hasAccount?: boolean | undefined;
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
  /** What was done, and about whom: said at them, or above all when they are not here any more. */
  notice?: string | undefined;
  about?: number | undefined;
}

/** Who is in a private room: seen by its members, who bring in others, put them out, or leave. */
export function RoomMembersPage(props: RoomMembersProps) {
  const { workspace, assets, room, me, members, canBringIn, error, notice, about } = props;
  const isHere = members.some(({ member }) => member.id === about);
  const path = `/rooms/${encodeURIComponent(room.slug)}`;
  return (
    <PageFrame
      heading={`Members of #${plainName(room.slug)}`}
      workspace={workspace}
      assets={assets}
      testId="room-members-page"
      back={path}
      links={pagesBeside(path, props.canAudit, props.hasAccount)}
      address={`${path}/members`}
      mode={props.mode}
    >
      {notice && !isHere && <Done>{notice}</Done>}
      <section aria-labelledby="in-title">
        <h2 id="in-title">
          In this room <small class="soft">{members.length}</small>
        </h2>
        <p class="lead">Nobody else can read it, or see that it is there. Whoever comes in reads all of it.</p>
        <ul class="roster" data-testid="room-members">
          {members.map(({ member, mayPutOut }) => (
            <li id={`member-${member.id}`} class="roster-item seat" data-handle={member.handle}>
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
                {notice && member.id === about && <Done>{notice}</Done>}
              </div>
              {mayPutOut && <Out path={path} room={room} member={member} isMe={member.id === me.id} />}
            </li>
          ))}
        </ul>
      </section>
      {canBringIn && (
        <section class="panel" aria-labelledby="bring-title">
          <h2 id="bring-title">Bring somebody in</h2>
          <form method="post" action={`${path}/members`} class="one-line" data-testid="bring-in">
            {error && <Alert>{error}</Alert>}
            <Field
              id="bring-in-name"
              name="name"
              label="Name of a person or an agent"
              value={props.typed ?? ""}
              required={true}
              maxlength={60}
              exact={true}
              list="names"
              refused={error !== undefined}
            />
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
    <details class="confirm" name="confirm">
      <summary class="button danger" aria-label={isMe ? `Leave #${plainName(room.slug)}` : `Put out ${member.name}`}>
        {isMe ? "Leave" : "Put out"}
      </summary>
      <form method="post" action={`${path}/members/${member.id}/remove`}>
        <span>
          {isMe
            ? "You come back only when somebody brings you in."
            : "It closes for them at once. What they wrote stays."}
        </span>
        <button type="submit" class="button danger solid">
          {isMe ? `Leave #${plainName(room.slug)}` : `Put out ${member.name}`}
        </button>
      </form>
    </details>
  );
}
