import { PageFrame } from "../frame.tsx";
import type { Assets } from "../layout.tsx";
import { pagesBeside } from "../pages-beside.ts";
import { Alert, Done, Field, ShownOnce, type Typed, typedText } from "./fields.tsx";
import { type KeyChoices, type KeyRow, KeysSection } from "./keys.tsx";
import type { ModeProps } from "./mode.tsx";
import { DevicesSection, type GrantRow, type SessionRow, SessionsSection } from "./sessions.tsx";
import { permissionWords } from "./words.ts";

export type SettingsSection = "profile" | "password" | "sessions" | "keys" | "devices";

interface SettingsProps {
  workspace: string;
  mode?: ModeProps | undefined;
  /** Whether the reader may read the audit. */
  canAudit?: boolean | undefined;
  assets: Assets;
  me: {
    readonly name: string;
    readonly title: string;
    readonly role: string;
    readonly permissions: readonly string[];
  };
  hasPassword: boolean;
  sessions: readonly SessionRow[];
  keys: readonly KeyRow[];
  grants: readonly GrantRow[];
  keyChoices: KeyChoices;
  /** A key that was just made: the only time it is shown. */
  fresh?: { readonly kind: "key"; readonly name: string; readonly secret: string } | undefined;
  error?: string | undefined;
  /** Where the error, or what was done, is shown: under the profile, when it is not said. */
  section?: SettingsSection | undefined;
  /** The name of the field the error is about: the first of its form, when it is not said. */
  field?: string | undefined;
  /** What was typed into the refused form. Passwords are never given back. */
  typed?: Typed | undefined;
  notice?: string | undefined;
  /** What a password must be, in words. */
  rules?: string | undefined;
}

const sections: readonly [SettingsSection, string][] = [
  ["profile", "Profile"],
  ["password", "Password"],
  ["sessions", "Sessions"],
  ["keys", "Keys"],
  ["devices", "Devices"],
];

/** Everything a person keeps about themselves: title, password, where they are signed in, and what acts in their name. */
export function SettingsPage(props: SettingsProps) {
  const { workspace, assets, sessions, keys, grants, keyChoices, fresh, typed } = props;
  /** What is said in a section, if anything is. */
  const saidIn = (section: SettingsSection) => {
    const here = (props.section ?? "profile") === section;
    return { error: here ? props.error : undefined, notice: here ? props.notice : undefined };
  };
  return (
    <PageFrame
      heading="Settings"
      workspace={workspace}
      assets={assets}
      testId="settings"
      address="/settings"
      mode={props.mode}
      scripts={["copy.js", "passwords.js"]}
      links={pagesBeside("/settings", props.canAudit)}
      wide={true}
    >
      <div class="with-contents">
        <nav class="contents" aria-label="Settings">
          <ul>
            {sections.map(([id, title]) => (
              <li>
                <a href={`#${id}`}>{title}</a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="stack">
          {fresh && (
            <ShownOnce
              heading={
                <>
                  The key "<bdi>{fresh.name}</bdi>"
                </>
              }
              label="The new key"
              secret={fresh.secret}
            >
              Copy it now. It is shown this once and cannot be shown again.
            </ShownOnce>
          )}
          <Profile {...props} {...saidIn("profile")} />
          <Password {...props} {...saidIn("password")} />
          <SessionsSection sessions={sessions} {...saidIn("sessions")} />
          <KeysSection keys={keys} choices={keyChoices} {...saidIn("keys")} field={props.field} typed={typed} />
          <DevicesSection grants={grants} {...saidIn("devices")} />
        </div>
      </div>
    </PageFrame>
  );
}

function Profile({ me, notice, error, typed }: SettingsProps) {
  return (
    <section id="profile" class="panel" aria-labelledby="profile-title">
      <div class="panel-head">
        <h2 id="profile-title">Profile</h2>
        <form method="post" action="/sign-out">
          <button type="submit" class="button small">
            Sign out
          </button>
        </form>
      </div>
      <dl class="facts-list">
        <div>
          <dt>Name</dt>
          <dd>
            <bdi>{me.name}</bdi>
          </dd>
        </div>
        <div>
          <dt>Role</dt>
          <dd>{me.role}</dd>
        </div>
        <div>
          <dt>You may</dt>
          <dd>{me.permissions.map(permissionWords).join(", ") || "nothing"}</dd>
        </div>
      </dl>
      {notice && <Done>{notice}</Done>}
      <form method="post" action="/settings/profile" class="one-line">
        {error && <Alert>{error}</Alert>}
        <Field
          id="title"
          name="title"
          label="Title"
          hint="Shown beside your name. It grants nothing."
          value={error ? typedText(typed, "title", me.title) : me.title}
          maxlength={50}
          autocomplete="organization-title"
          refused={error !== undefined}
          placeholder="Developer"
        />
        <button type="submit" class="button">
          Save
        </button>
      </form>
    </section>
  );
}

function Password({ me, hasPassword, notice, error, field, rules }: SettingsProps) {
  const refused = error === undefined ? undefined : (field ?? (hasPassword ? "current" : "password"));
  return (
    <section id="password" class="panel" aria-labelledby="password-title">
      <h2 id="password-title">Password</h2>
      <p class="lead">
        {hasPassword
          ? "Changing it ends your sessions everywhere but here."
          : "You have none yet: with one you can sign in from anywhere."}
      </p>
      {notice && <Done>{notice}</Done>}
      <form method="post" action="/settings/password" class="two-fields">
        {error && <Alert>{error}</Alert>}
        <input type="text" autocomplete="username" value={me.name} hidden={true} readonly={true} />
        {hasPassword && (
          <Field
            id="current-password"
            name="current"
            type="password"
            label="Current password"
            required={true}
            autocomplete="current-password"
            refused={refused === "current"}
          />
        )}
        <Field
          id="new-password"
          name="password"
          type="password"
          label="New password"
          hint={rules}
          required={true}
          autocomplete="new-password"
          refused={refused === "password"}
        />
        <button type="submit" class="button">
          {hasPassword ? "Change password" : "Set password"}
        </button>
      </form>
    </section>
  );
}
