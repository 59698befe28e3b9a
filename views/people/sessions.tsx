import { Moment } from "../moment.tsx";
import { Alert, Confirm, Done } from "./fields.tsx";
import { deviceWords, permissionWords } from "./words.ts";

export interface SessionRow {
  readonly id: number;
  /** How it began: "password", "development", "guest", … */
  readonly method: string;
  /** What the browser or program calls itself. */
  readonly device: string;
  readonly address: string;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly expiresAt: number;
  /** The one this page came by. */
  readonly current: boolean;
}

interface SessionsProps {
  sessions: readonly SessionRow[];
  notice: string | undefined;
  error: string | undefined;
}

/** Where one is signed in, and the way to end that. */
export function SessionsSection({ sessions, notice, error }: SessionsProps) {
  const others = sessions.filter(({ current }) => !current).length;
  return (
    <section id="sessions" class="panel" aria-labelledby="sessions-title">
      <div class="panel-head">
        <h2 id="sessions-title">Sessions</h2>
        {others > 0 && (
          <Confirm
            action="/settings/sessions/end-others"
            verb="End all others"
            whom=""
            words={others === 1 ? "One other browser is signed out." : `${others} other browsers are signed out.`}
          />
        )}
      </div>
      <p class="lead">Where you are signed in.</p>
      {notice && <Done>{notice}</Done>}
      {error && <Alert>{error}</Alert>}
      <ul class="rows">
        {sessions.map((session) => (
          <SessionItem session={session} />
        ))}
      </ul>
    </section>
  );
}

function SessionItem({ session }: { session: SessionRow }) {
  const device = deviceWords(session.device);
  return (
    <li class="row">
      <p class="row-title">
        <b title={session.device || undefined}>
          <bdi>{device}</bdi>
        </b>
        {session.current && <span class="tag">this one</span>}
      </p>
      <p class="row-facts">
        <span>{session.method}</span>
        {session.address && <span>from {session.address}</span>}
        <span>
          signed in <Moment at={session.createdAt} format="ago" />
        </span>
        <span>
          used <Moment at={session.seenAt} format="ago" />
        </span>
        <span>
          <Moment at={session.expiresAt} format="until" />
        </span>
      </p>
      {!session.current && (
        <div class="row-acts">
          <Confirm
            action={`/settings/sessions/${session.id}/end`}
            verb="End"
            whom={session.address ? `${device} from ${session.address}` : device}
            words="Whoever uses it is signed out at once."
          />
        </div>
      )}
    </li>
  );
}

export interface GrantRow {
  readonly id: number;
  /** What the program calls itself. */
  readonly client: string;
  /** Permissions, space-separated. */
  readonly scope: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

interface DevicesProps {
  grants: readonly GrantRow[];
  notice: string | undefined;
  error: string | undefined;
}

/** Programs that were let in with a code. */
export function DevicesSection({ grants, notice, error }: DevicesProps) {
  return (
    <section id="devices" class="panel" aria-labelledby="devices-title">
      <div class="panel-head">
        <h2 id="devices-title">Devices</h2>
        <a class="button small" href="/auth/device">
          Enter a code
        </a>
      </div>
      <p class="lead">Programs that you let in with a code. They act as you.</p>
      {notice && <Done>{notice}</Done>}
      {error && <Alert>{error}</Alert>}
      {grants.length === 0 ? (
        <p class="empty">None.</p>
      ) : (
        <ul class="rows">
          {grants.map((grant) => (
            <li class="row">
              <p class="row-title">
                <b>
                  <bdi>{grant.client || "Unknown program"}</bdi>
                </b>
              </p>
              <p class="row-facts">
                <span>may {grant.scope.split(" ").filter(Boolean).map(permissionWords).join(", ") || "nothing"}</span>
                <span>
                  let in <Moment at={grant.createdAt} format="ago" />
                </span>
                <span>
                  <Moment at={grant.expiresAt} format="until" />
                </span>
              </p>
              <div class="row-acts">
                <Confirm
                  action={`/settings/grants/${grant.id}/revoke`}
                  verb="Revoke"
                  whom={grant.client}
                  words="It is shut out at once. To come back it needs a new code."
                />
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
