import { avatarClass, initials } from "../avatar.ts";
import { Moment } from "../moment.tsx";
import { Alert, Confirm, Done } from "./fields.tsx";

export interface MemberRow {
  readonly id: number;
  readonly name: string;
  readonly handle: string;
  readonly title: string;
  readonly role: string;
  readonly kind: "person" | "agent";
  readonly disabledAt: number | null;
  readonly hasPassword: boolean;
  readonly online: boolean;
  readonly lastSeen: number | null;
  readonly joinedAt: number;
  /** Whether the reader may change this one. */
  readonly manageable: boolean;
  /** The name of somebody else that this one's can be taken for. */
  readonly looksLike?: string | undefined;
}

interface MemberItemProps {
  member: MemberRow;
  isMe: boolean;
  /** Those the reader may grant. */
  roles: readonly string[];
  /** What was refused about them, or done. */
  error?: string | undefined;
  notice?: string | undefined;
}

/** One member in the list, with what the reader may do about them folded away. */
export function MemberItem({ member, isMe, roles, error, notice }: MemberItemProps) {
  const disabled = member.disabledAt !== null;
  const state = disabled || !member.online ? "offline" : "online";
  return (
    <li
      id={`member-${member.id}`}
      class="roster-item member"
      data-handle={member.handle}
      data-state={state}
      data-managed={member.manageable || null}
    >
      <span class={avatarClass(member)}>
        <span aria-hidden="true">{initials(member)}</span>
        <i class="dot" />
      </span>
      <div class="roster-text">
        <p class="row-title">
          <b>
            <bdi>{member.name}</bdi>
          </b>
          <span class="tag">{member.kind === "agent" ? "agent" : member.role}</span>
          {member.title && member.title.toLowerCase() !== member.role.toLowerCase() && (
            <bdi class="soft" title={`@${member.handle}`}>
              {member.title}
            </bdi>
          )}
          {isMe && <span class="tag plain">you</span>}
          {disabled && <span class="tag bad">disabled</span>}
          {member.looksLike && (
            <span class="tag warn" title="Two names that are easily taken for each other.">
              looks like <bdi>{member.looksLike}</bdi>
            </span>
          )}
        </p>
        <p class="row-facts">
          <Presence member={member} />
          {member.kind === "person" && !member.hasPassword && <span>no password</span>}
          <span>
            joined <Moment at={member.joinedAt} format="date" />
          </span>
        </p>
      </div>
      {notice && <Done>{notice}</Done>}
      {error && !member.manageable && <Alert>{error}</Alert>}
      {member.manageable && <Manage member={member} roles={roles} error={error} />}
    </li>
  );
}

function Presence({ member }: { member: MemberRow }) {
  if (member.disabledAt !== null) {
    return (
      <span>
        disabled <Moment at={member.disabledAt} format="ago" />
      </span>
    );
  }
  if (member.online) return <span>online</span>;
  if (member.lastSeen === null) return <span>offline</span>;
  return (
    <span>
      seen <Moment at={member.lastSeen} format="ago" />
    </span>
  );
}

/** Role, link for a new password, sign-out everywhere, and shutting out: the member's own name on each. */
function Manage({ member, roles, error }: Pick<MemberItemProps, "member" | "roles" | "error">) {
  const { id, name, role } = member;
  const at = (what: string) => `/members/${id}/${what}`;
  const choices = roles.includes(role) ? roles : [role, ...roles];
  return (
    <details class="manage" open={error !== undefined || undefined}>
      <summary class="button small" aria-label={`Manage ${name}`}>
        Manage
      </summary>
      <div class="manage-body">
        {error && <Alert>{error}</Alert>}
        <form method="post" action={at("role")} class="one-line">
          <label class="field">
            <span>Role</span>
            <select
              name="role"
              aria-describedby={error === undefined ? undefined : "error"}
              autofocus={error !== undefined || undefined}
            >
              {choices.map((each) => (
                <option value={each} selected={each === role || undefined}>
                  {each}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" class="button" aria-label={`Change the role of ${name}`}>
            Change
          </button>
        </form>
        <div class="acts">
          <form method="post" action={at("reset")}>
            <button type="submit" class="button small" aria-label={`Link for a new password for ${name}`}>
              Link for a new password
            </button>
          </form>
          <Confirm
            action={at("sign-out")}
            verb="Sign out everywhere"
            whom={`: ${name}`}
            words="Ends every session of theirs. They can sign in again."
          />
          {member.disabledAt === null ? (
            <Confirm
              action={at("disable")}
              verb="Disable"
              whom={name}
              words="Shut out at once, with all keys and devices. What they wrote stays."
            />
          ) : (
            <form method="post" action={at("enable")}>
              <button type="submit" class="button small" aria-label={`Enable ${name}`}>
                Enable
              </button>
            </form>
          )}
        </div>
      </div>
    </details>
  );
}
