import type { Child } from "hono/jsx";
import { DoorFrame } from "./frame.tsx";
import type { Assets } from "./layout.tsx";
import { Alert, Done, Field } from "./people/fields.tsx";
import { Mode } from "./people/mode.tsx";

/** What one may call one's role when signing in: a title, shown beside the name. */
const titles = ["Developer", "Designer", "Tester", "Manager", "Analyst", "Viewer"];

export interface SignInWays {
  readonly password: boolean;
  /** By a name and nothing else: under any name in development, or as a guest. */
  readonly byName: "development" | "guest" | null;
  /** Nobody owns this workspace yet. */
  readonly setUp: boolean;
}

interface SignInProps {
  workspace: string;
  assets: Assets;
  ways: SignInWays;
  error?: string | undefined;
  /** Which form was refused: the first one, when it is not said. */
  refused?: "password" | "name" | undefined;
  /** What was typed before, when it was refused. */
  name?: string | undefined;
  role?: string | undefined;
  /** What has just happened, such as signing out. */
  notice?: string | undefined;
  /** Where they wanted to go. */
  next?: string | undefined;
  safeMode?: boolean | undefined;
}

/** The door. It says which ways of signing in are open, because that decides who may be behind the next name. */
export function SignInPage(props: SignInProps) {
  const { workspace, assets, ways, error, notice, safeMode = false } = props;
  const development = ways.byName === "development";
  const open: Way[] = [];
  if (ways.password) open.push("password");
  if (ways.byName) open.push("name");
  if (development) open.reverse();
  const [first, second] = open;
  const named = open.find((way) => way === props.refused);
  const refused = error === undefined ? undefined : (named ?? first);
  const form = (way: Way, main: boolean) => (
    <WayForm
      way={way}
      main={main}
      development={development}
      name={way === (refused ?? first) ? (props.name ?? "") : ""}
      focus={way === (refused ?? first)}
      next={props.next}
      role={props.role}
      error={way === refused ? error : undefined}
    />
  );

  return (
    <DoorFrame
      title={`Sign in to ${workspace}`}
      heading={workspace}
      assets={assets}
      testId="sign-in"
      scripts={["passwords.js"]}
      above={<Mode open={true} development={development} guests={ways.byName === "guest"} safeMode={safeMode} />}
    >
      <p class="door-lead">One room for people and agents.</p>
      {error && !first && <Alert>{error}</Alert>}
      {notice && !error && <Done>{notice}</Done>}
      {ways.setUp && !development && <NoOwner />}
      {first && form(first, true)}
      {second && (
        <details class="other-way" open={refused === second || undefined}>
          <summary>{second === "password" ? "Sign in with a password" : "Enter as a guest"}</summary>
          {form(second, false)}
        </details>
      )}
      {ways.setUp && development && <NoOwner />}
      {ways.password && <p class="door-note">No account, or password lost? An owner or admin gives you a link.</p>}
      {!first && !ways.setUp && <Closed />}
    </DoorFrame>
  );
}

type Way = "password" | "name";

interface WayFormProps {
  way: Way;
  /** The first one has the colour. */
  main: boolean;
  development: boolean;
  name: string;
  focus: boolean;
  next: string | undefined;
  /** The one that was chosen. */
  role: string | undefined;
  error: string | undefined;
}

function WayForm({ way, main, development, name, focus, next, role, error }: WayFormProps) {
  const byPassword = way === "password";
  const refused = error !== undefined;
  // The name stands there again; the password does not.
  const again = refused && byPassword && name !== "";
  return (
    <form method="post" action="/sign-in" class="door-form" data-way={way}>
      <input type="hidden" name="method" value={way} />
      {next && <input type="hidden" name="next" value={next} />}
      {error && <Alert>{error}</Alert>}
      <Field
        id={`${way}-name`}
        name="name"
        label={byPassword || development ? "Name" : "Your name"}
        value={name}
        required={true}
        maxlength={50}
        autocomplete="username"
        exact={true}
        autofocus={focus && !again}
        refused={refused && !again}
        invalid={refused}
        placeholder="mira"
      />
      {byPassword && (
        <Field
          id="password"
          name="password"
          type="password"
          label="Password"
          required={true}
          autocomplete="current-password"
          autofocus={again}
          invalid={refused}
        />
      )}
      {!byPassword && development && (
        <div class="field">
          <label for="role">Role</label>
          <select id="role" name="role">
            {titles.map((title) => (
              <option value={title} selected={title === role || undefined}>
                {title}
              </option>
            ))}
          </select>
        </div>
      )}
      <button type="submit" class={main ? "button primary wide" : "button wide"}>
        {byPassword || development ? "Sign in" : "Enter as a guest"}
      </button>
      {!byPassword && <p class="door-note">{development ? developmentWords : guestWords}</p>}
    </form>
  );
}

const developmentWords: Child = "Any name and role will do, without a password. It works on this machine only.";
const guestWords: Child = "Guests read and write. Names of members are theirs and cannot be taken.";

function NoOwner() {
  return (
    <div class="notice" data-testid="no-owner">
      <p>
        <b>This workspace has no owner yet.</b> A link that sets it up, once, was printed where the server was started:
        look into its log.
      </p>
      <p>On that machine, this makes an owner as well:</p>
      <pre>
        <code>parley user add NAME --role owner</code>
      </pre>
    </div>
  );
}

function Closed() {
  return (
    <div class="notice">
      <p>
        <b>Sign-in is not open here.</b> Neither passwords nor guests are let in: whoever runs this server decides that
        in its settings.
      </p>
      <p>
        To try Parley on this machine, start it with <code>OPENCODE_DEV_MODE=true</code> on a loopback address.
      </p>
    </div>
  );
}
