import { DoorFrame } from "../frame.tsx";
import type { Assets } from "../layout.tsx";
import { Alert, Field } from "./fields.tsx";
import { permissionWords } from "./words.ts";

interface DeviceProps {
  workspace: string;
  assets: Assets;
  stage: "enter" | "confirm" | "done" | "denied";
  /** As XXXX-XXXX. */
  code?: string | undefined;
  /** What the program calls itself. */
  client?: string | undefined;
  permissions?: readonly string[] | undefined;
  /** As whom the program would act. */
  meName: string;
  error?: string | undefined;
}

const headings = {
  enter: "Connect a device",
  confirm: "Let this device in?",
  done: "Device connected",
  denied: "Device refused",
};

/** Lets a program in that cannot open a page itself: its code, what it may do, and the decision. */
export function DevicePage(props: DeviceProps) {
  const { workspace, assets, stage, error } = props;
  return (
    <DoorFrame title={`${headings[stage]}, ${workspace}`} heading={headings[stage]} assets={assets} testId="device">
      {error && stage !== "enter" && <Alert>{error}</Alert>}
      {stage === "enter" && <EnterCode {...props} />}
      {stage === "confirm" && <Decide {...props} />}
      {(stage === "done" || stage === "denied") && <Decided {...props} />}
    </DoorFrame>
  );
}

function EnterCode({ code = "", error, meName }: DeviceProps) {
  return (
    <>
      <p class="door-lead">
        The program shows a code. You are signed in as{" "}
        <b>
          <bdi>{meName}</bdi>
        </b>
        .
      </p>
      {error && <Alert>{error}</Alert>}
      <form method="post" action="/auth/device" class="door-form">
        <input type="hidden" name="decision" value="look" />
        <Field
          id="user-code"
          name="user_code"
          class="code-input"
          label="Code"
          hint="Eight characters. Capitals and the dash do not matter."
          value={code}
          required={true}
          maxlength={20}
          exact={true}
          autofocus={true}
          refused={error !== undefined}
          placeholder="XXXX-XXXX"
        />
        <button type="submit" class="button primary wide">
          Continue
        </button>
      </form>
    </>
  );
}

function Decide({ code = "", client = "", permissions = [], meName, workspace }: DeviceProps) {
  return (
    <>
      <p class="door-lead">
        <b>
          <bdi>{client || "A program"}</bdi>
        </b>{" "}
        wants to act in {workspace} as{" "}
        <b>
          <bdi>{meName}</bdi>
        </b>
        .
      </p>
      <p class="code-shown">
        <span class="sr">Code </span>
        {code}
      </p>
      {permissions.length > 0 && (
        <div class="door-rooms">
          <p>It could:</p>
          <ul class="chips">
            {permissions.map((permission) => (
              <li>{permissionWords(permission)}</li>
            ))}
          </ul>
        </div>
      )}
      <p class="notice">
        Allow it only when <b>you started it yourself</b> and it shows this same code. Nobody at {workspace} will ask
        you for this code.
      </p>
      <form method="post" action="/auth/device" class="decision">
        <input type="hidden" name="user_code" value={code} />
        <button type="submit" name="decision" value="deny" class="button wide">
          Deny
        </button>
        <button type="submit" name="decision" value="allow" class="button primary wide">
          Allow
        </button>
      </form>
    </>
  );
}

function Decided({ stage, client = "", meName }: DeviceProps) {
  const name = <bdi>{client || "The program"}</bdi>;
  return (
    <>
      {stage === "done" ? (
        <p class="door-lead">
          {name} now acts as <bdi>{meName}</bdi>. Go on there; you can close this page. Your settings list it, and end
          it.
        </p>
      ) : (
        <p class="door-lead">{name} was not let in. If you did not start it, there is nothing more to do.</p>
      )}
      <div class="decision">
        <a class="button wide" href="/settings">
          Settings
        </a>
        <a class="button primary wide" href="/">
          To the room
        </a>
      </div>
    </>
  );
}
