import { PageFrame } from "../frame.tsx";
import type { Assets } from "../layout.tsx";
import { Alert, Done, ShownOnce, type Typed } from "./fields.tsx";
import { type InvitationRow, InvitationsSection } from "./invitations.tsx";
import { MemberItem, type MemberRow } from "./member-item.tsx";

interface MembersProps {
  workspace: string;
  assets: Assets;
  me: { readonly id: number; readonly role: string };
  /** Whether the reader may invite, and change some of the others. */
  canManage: boolean;
  /** Whether the reader may read the audit. */
  canAudit?: boolean | undefined;
  members: readonly MemberRow[];
  /** Those the reader may grant. */
  roles: readonly string[];
  invitations: readonly InvitationRow[];
  /** Private rooms that an invitation can open. */
  inviteRooms: readonly { readonly id: number; readonly slug: string }[];
  /** A link that was just made: the only time it is shown. */
  fresh?: FreshLink | undefined;
  error?: string | undefined;
  /** What was typed into the refused form. If that was the invitation's, the error stands there. */
  typed?: Typed | undefined;
  notice?: string | undefined;
}

export interface FreshLink {
  readonly kind: "invitation" | "reset";
  readonly link: string;
  /** What it is: "Invitation as developer", "New password for tomas". */
  readonly words: string;
}

const afterwards = {
  invitation: "Send it to whom you invite. It is shown this once: only its fingerprint is kept.",
  reset: "Hand it over yourself: whoever opens it chooses the password. It works once, and is shown this once.",
};

/** Everybody who belongs here, with what the reader may change about them. */
export function MembersPage(props: MembersProps) {
  const { workspace, assets, me, canManage, members, roles, fresh, error, typed, notice } = props;
  const people = members.filter(({ kind }) => kind === "person");
  const agents = members.filter(({ kind }) => kind === "agent");
  const inviting = typed && Object.hasOwn(typed, "uses");
  return (
    <PageFrame
      heading="Members"
      workspace={workspace}
      assets={assets}
      testId="members-page"
      scripts={["copy.js"]}
      links={[
        { href: "/settings", label: "Settings" },
        ...(props.canAudit
          ? [
              { href: "/transport", label: "Transport" },
              { href: "/connections", label: "Connections" },
              { href: "/audit", label: "Audit" },
            ]
          : []),
      ]}
    >
      {error && !inviting && <Alert>{error}</Alert>}
      {notice && <Done>{notice}</Done>}
      {fresh && (
        <ShownOnce heading={<bdi>{fresh.words}</bdi>} label="The new link" secret={fresh.link}>
          {afterwards[fresh.kind]}
        </ShownOnce>
      )}
      <section aria-labelledby="people-title">
        <h2 id="people-title">
          People <small class="soft">{people.length}</small>
        </h2>
        <p class="lead">
          {canManage
            ? "What a role allows is decided here; a title is only shown."
            : "Somebody who manages people can change roles."}
        </p>
        <ul class="roster" data-testid="members">
          {people.map((member) => (
            <MemberItem member={member} isMe={member.id === me.id} roles={roles} />
          ))}
        </ul>
      </section>
      {canManage && (
        <InvitationsSection
          invitations={props.invitations}
          roles={roles}
          rooms={props.inviteRooms}
          error={inviting ? error : undefined}
          typed={inviting ? typed : undefined}
        />
      )}
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
