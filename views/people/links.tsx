import { DoorFrame } from "../frame.tsx";
import type { Assets } from "../layout.tsx";
import { Moment } from "../moment.tsx";
import { plainName } from "../room-name.ts";
import { Alert, Field } from "./fields.tsx";
import { NameAndPassword, NewPasswordField } from "./set-up.tsx";

export interface InvitationFacts {
  /** Who invites. */
  readonly by: string;
  readonly role: string;
  /** Slugs of private rooms that come with it. */
  readonly rooms: readonly string[];
  readonly note: string;
  readonly expiresAt: number;
}

interface AcceptInvitationProps {
  workspace: string;
  assets: Assets;
  code: string;
  invitation: InvitationFacts;
  error?: string | undefined;
  /** Which field the error is about: the name, when it is not said. */
  field?: "name" | "password" | undefined;
  name?: string | undefined;
  rules: string;
  /** As whom the reader is signed in already. */
  me?: string | undefined;
}

/** What an invitation's link opens: who invites to what, and the way in. */
export function AcceptInvitationPage(props: AcceptInvitationProps) {
  const { workspace, assets, code, invitation, error, field = "name", name = "", rules, me } = props;
  const { by, role, rooms, note, expiresAt } = invitation;
  return (
    <DoorFrame
      title={`Join ${workspace}`}
      heading={`Join ${workspace}`}
      assets={assets}
      testId="invitation"
      scripts={["clock.js", "passwords.js", "way-back.js"]}
    >
      <p class="door-lead">
        <b>
          <bdi>{by}</bdi>
        </b>{" "}
        invites you as {role}.
      </p>
      {note && (
        <blockquote class="quote" dir="auto">
          {note}
        </blockquote>
      )}
      {rooms.length > 0 && (
        <div class="door-rooms">
          <p>It opens these private rooms:</p>
          <ul class="chips">
            {rooms.map((slug) => (
              <li>#{plainName(slug)}</li>
            ))}
          </ul>
        </div>
      )}
      {me !== undefined && (
        <div class="notice" data-testid="signed-in">
          <p>
            You are signed in as{" "}
            <b>
              <bdi>{me}</bdi>
            </b>
            . Joining makes another account here.
          </p>
          <p>
            <a href="/" data-way-back="">
              Back to the room
            </a>
          </p>
        </div>
      )}
      {error && <Alert>{error}</Alert>}
      <NameAndPassword
        action={`/invitations/${encodeURIComponent(code)}`}
        submit="Join"
        name={name}
        rules={rules}
        refused={error === undefined ? undefined : field}
      />
      <p class="door-note">
        The invitation <Moment at={expiresAt} format="until" />.
      </p>
    </DoorFrame>
  );
}

interface NewPasswordProps {
  workspace: string;
  assets: Assets;
  code: string;
  /** Whose password it is. */
  memberName: string;
  error?: string | undefined;
  rules: string;
}

/** What a reset link opens. The name stands in a field so that password managers keep both together. */
export function NewPasswordPage({ workspace, assets, code, memberName, error, rules }: NewPasswordProps) {
  return (
    <DoorFrame
      title={`New password, ${workspace}`}
      heading="Choose a new password"
      assets={assets}
      testId="new-password"
      scripts={["passwords.js"]}
    >
      <p class="door-lead">
        Wherever you are signed in to {workspace}, you sign in again with it. Your keys and devices end too: make them
        anew. This link works once.
      </p>
      {error && <Alert>{error}</Alert>}
      <form method="post" action={`/reset/${encodeURIComponent(code)}`} class="door-form">
        <Field id="name" label="Name" value={memberName} readonly={true} autocomplete="username" exact={true} />
        <NewPasswordField rules={rules} refused={error !== undefined} autofocus={true} />
        <button type="submit" class="button primary wide">
          Set the password
        </button>
      </form>
    </DoorFrame>
  );
}

interface GoneProps {
  workspace: string;
  assets: Assets;
  title: string;
  /** What happened to the link, and who can make another. */
  words: string;
}

/** A link that opens nothing any more, or never did: the same page for all of them, so that it betrays nothing. */
export function GonePage({ workspace, assets, title, words }: GoneProps) {
  return (
    <DoorFrame title={`${title}, ${workspace}`} heading={title} assets={assets} testId="gone">
      <p class="door-lead">{words}</p>
      <a class="button primary wide" href="/">
        Go to {workspace}
      </a>
    </DoorFrame>
  );
}
