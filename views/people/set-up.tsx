import { DoorFrame } from "../frame.tsx";
import type { Assets } from "../layout.tsx";
import { Alert, Field } from "./fields.tsx";

interface SetUpProps {
  workspace: string;
  assets: Assets;
  /** Of the one-time link. */
  code: string;
  error?: string | undefined;
  /** Which field the error is about: the name, when it is not said. */
  field?: "name" | "password" | undefined;
  name?: string | undefined;
  /** What a password must be, in words. */
  rules: string;
}

/** The first page of a new workspace, behind the link that was printed at its start: makes its owner. */
export function SetUpPage({ workspace, assets, code, error, field = "name", name = "", rules }: SetUpProps) {
  return (
    <DoorFrame
      title={`Set up ${workspace}`}
      heading={`Set up ${workspace}`}
      assets={assets}
      testId="set-up"
      scripts={["passwords.js"]}
    >
      <p class="door-lead">Make the owner: the one who invites everybody else. This link works once.</p>
      {error && <Alert>{error}</Alert>}
      <NameAndPassword
        action={`/setup/${encodeURIComponent(code)}`}
        submit="Make the owner"
        name={name}
        rules={rules}
        refused={error === undefined ? undefined : field}
      />
    </DoorFrame>
  );
}

interface NameAndPasswordProps {
  action: string;
  submit: string;
  name: string;
  rules: string;
  refused: "name" | "password" | undefined;
}

/** Chooses a name and a password: what a new person begins with. */
export function NameAndPassword({ action, submit, name, rules, refused }: NameAndPasswordProps) {
  return (
    <form method="post" action={action} class="door-form">
      <Field
        id="name"
        name="name"
        label="Your name"
        hint="People mention you as @name."
        value={name}
        required={true}
        maxlength={50}
        autocomplete="username"
        exact={true}
        autofocus={refused === undefined}
        refused={refused === "name"}
        placeholder="mira"
      />
      <NewPasswordField rules={rules} refused={refused === "password"} />
      <button type="submit" class="button primary wide">
        {submit}
      </button>
    </form>
  );
}

interface NewPasswordFieldProps {
  rules: string;
  refused: boolean;
  autofocus?: boolean;
}

export function NewPasswordField({ rules, refused, autofocus = false }: NewPasswordFieldProps) {
  return (
    <Field
      id="password"
      name="password"
      type="password"
      label="New password"
      hint={rules}
      required={true}
      autocomplete="new-password"
      autofocus={autofocus}
      refused={refused}
    />
  );
}
