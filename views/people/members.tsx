import { PageFrame } from "../frame.tsx";
import type { Assets } from "../layout.tsx";
import { pagesBeside } from "../pages-beside.ts";
import { Alert, ShownOnce, type Typed } from "./fields.tsx";
import { type InvitationRow, InvitationsSection } from "./invitations.tsx";
import { MemberItem, type MemberRow } from "./member-item.tsx";
import type { ModeProps } from "./mode.tsx";
import { RoleMeanings } from "./roles.tsx";

interface MembersProps {
  workspace: string;
  mode?: ModeProps | undefined;
  assets: Assets;
  me: { readonly id: number; readonly role: string };
  /** Whether the reader may invite, and change some of the others. */
  canManage: boolean;
  /** Whether the reader may read the audit. */
  canAudit?: boolean | undefined;
  /** Whether the reader has settings. */
  hasAccount?: boolean | undefined;
  members: readonly MemberRow[];
  /** Those the reader may grant. */
  roles: readonly string[];
  invitations: readonly InvitationRow[];
  /** Private rooms that an invitation can open. */
  inviteRooms: readonly { readonly id: number; readonly slug: string }[];
  /** A link that was just made: the only time it is shown. */
  fresh?: FreshLink | undefined;
  error?: string | undefined;
  /** The name of the field the error is about: the first of its form, when it is not said. */
  field?: string | undefined;
  /** What was typed into the refused form. If that was the invitation's, the error stands there. */
  typed?: Typed | undefined;
  /** What was done. */
  notice?: string | undefined;
  /** Whom the error, or what was done, is about: said at that member. Without one, what was done is about invitations. */
  about?: number | undefined;
}

export interface FreshLink {
  readonly kind: "invitation" | "reset";
  readonly link: string;
  /** What it is: "Invitation as developer", "New password for tomas". */
  readonly words: string;
}

/** As people look for each other: without regard to case and accents. */
const byName = new Intl.Collator("en", { sensitivity: "base", numeric: true });

const afterwards = {
  invitation: "Send it to whom you invite. It is shown this once and cannot be shown again.",
  reset:
    "Hand it over yourself: whoever opens it chooses the password. Sessions, keys and devices end then. It works once, and cannot be shown again.",
};

/** Everybody who belongs here, with what the reader may change about them. */
export function MembersPage(props: MembersProps) {
  const { workspace, assets, me, canManage, members, roles, fresh, error, typed, notice } = props;
  const people = members.filter(({ kind }) => kind === "person").toSorted((a, b) => byName.compare(a.name, b.name));
  const agents = members.filter(({ kind }) => kind === "agent");
  const inviting = typed && Object.hasOwn(typed, "uses");
  const about = people.some(({ id }) => id === props.about) ? props.about : undefined;
  /** What is said at a member, if anything is. */
  const saidAt = (id: number) => (id === about && !inviting ? { error, notice } : {});
  return (
    <PageFrame
      heading="Members"
      workspace={workspace}
      assets={assets}
      testId="members-page"
      address="/members"
      mode={props.mode}
      scripts={["copy.js"]}
      links={pagesBeside("/members", props.canAudit, props.hasAccount)}
    >
      {error && !inviting && about === undefined && <Alert>{error}</Alert>}
      {fresh && (
        <ShownOnce heading={<bdi>{fresh.words}</bdi>} label="The new link" secret={fresh.link}>
          {afterwards[fresh.kind]}
        </ShownOnce>
      )}
      {canManage && (
        <InvitationsSection
          invitations={props.invitations}
          roles={roles}
          rooms={props.inviteRooms}
          notice={about === undefined ? notice : undefined}
          error={inviting ? error : undefined}
          field={props.field}
          typed={inviting ? typed : undefined}
        />
      )}
      <section aria-labelledby="people-title">
        <h2 id="people-title">
          People <small class="soft">{people.length}</small>
        </h2>
        <p class="lead">
          {canManage ? "What a role allows is decided here; a title is only shown." : "Owners and admins change roles."}
        </p>
        <details class="unfold quiet">
          <summary>What each role may do</summary>
          <RoleMeanings />
        </details>
        <ul class="roster" data-testid="members">
          {people.map((member) => (
            <MemberItem member={member} isMe={member.id === me.id} roles={roles} {...saidAt(member.id)} />
          ))}
        </ul>
      </section>
      {agents.length > 0 && (
        <section aria-labelledby="agents-title">
          <h2 id="agents-title">
            Agents <small class="soft">{agents.length}</small>
          </h2>
          <p class="lead">
            Members like all others, hired and fired under <a href="/agents">Agents</a>.
          </p>
          <ul class="roster">
            {agents.map((member) => (
              <MemberItem member={member} isMe={false} roles={roles} />
            ))}
          </ul>
        </section>
      )}
    </PageFrame>
  );
}
