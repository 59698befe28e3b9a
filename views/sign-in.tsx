import { type Assets, Layout } from "./layout.tsx";

/** What one may call one's role when signing in: a title, shown beside the name. */
const titles = ["Developer", "Designer", "Tester", "Manager", "Analyst", "Viewer"];

interface SignInProps {
  workspace: string;
  mode: "development" | "guest" | "closed";
  error?: string | undefined;
  /** What was typed before, when it was refused. */
  name?: string | undefined;
  assets: Assets;
}

/** The door. It says which way of signing in is open, because that decides who may be behind the next name. */
export function SignInPage({ workspace, mode, error, name = "", assets }: SignInProps) {
  return (
    <Layout title={`Sign in to ${workspace}`} assets={assets} bodyAttributes={{ class: "door" }}>
      <main class="door-card" data-testid="sign-in">
        <img class="door-logo" src={assets["icon.svg"]} width="48" height="48" alt="" />
        <h1>{workspace}</h1>
        <p class="door-lead">One room for people and agents.</p>
        {error && (
          <p class="notice bad" role="alert">
            {error}
          </p>
        )}
        {mode === "closed" ? <Closed /> : <SignInForm mode={mode} name={name} refused={error !== undefined} />}
      </main>
    </Layout>
  );
}

function SignInForm({ mode, name, refused }: { mode: "development" | "guest"; name: string; refused: boolean }) {
  return (
    <>
      <form method="post" action="/sign-in" class="door-form">
        <label>
          <span>{mode === "development" ? "User id" : "Your name"}</span>
          <input
            name="name"
            value={name}
            required={true}
            maxlength={50}
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            autofocus={true}
            placeholder="mira"
            aria-invalid={refused ? "true" : null}
          />
        </label>
        {mode === "development" && (
          <label>
            <span>Role</span>
            <select name="role">
              {titles.map((title) => (
                <option value={title}>{title}</option>
              ))}
            </select>
          </label>
        )}
        <button type="submit" class="button primary wide">
          {mode === "development" ? "Sign in" : "Enter as a guest"}
        </button>
      </form>
      <p class="notice">
        {mode === "development" ? (
          <>
            <b>Development mode.</b> Any name and role will do, without a password. It works on this machine only.
          </>
        ) : (
          <>
            <b>Guest access.</b> You can read and write. Names of members are theirs and cannot be taken.
          </>
        )}
      </p>
    </>
  );
}

function Closed() {
  return (
    <div class="notice">
      <p>
        <b>Sign-in is not open yet.</b> This workspace has no owner, so nobody can let you in.
      </p>
      <p>
        To try it on this machine, start it with <code>OPENCODE_DEV_MODE=true</code> on a loopback address, for example:
      </p>
      <pre>
        <code>OPENCODE_DEV_MODE=true HOST=127.0.0.1 parley</code>
      </pre>
    </div>
  );
}
