import type { Lease, LeaseRequest } from "../src/leases/lease.ts";
import { PageFrame } from "./frame.tsx";
import type { Assets } from "./layout.tsx";
import { Moment } from "./moment.tsx";
import { pagesBeside } from "./pages-beside.ts";
import { Alert, Confirm, Done, Field } from "./people/fields.tsx";
import type { ModeProps } from "./people/mode.tsx";

/** A claim as its reader sees it. */
export interface ShownLease {
  readonly lease: Lease;
  /** Whether it is the reader's own. */
  readonly isOwn: boolean;
  /** Whether the reader may end or prolong it. */
  readonly mayEnd: boolean;
  /** The room and the task it is for, where the reader may go there. */
  readonly work: { readonly slug: string; readonly requestId: number } | null;
}

export interface ShownRequest {
  readonly request: LeaseRequest;
  readonly mayDecide: boolean;
}

export interface ClaimsProps {
  readonly leases: readonly ShownLease[];
  readonly requests: readonly ShownRequest[];
  /** Whether the reader may claim at all. */
  readonly canClaim: boolean;
}

interface LeasesProps extends ClaimsProps {
  workspace: string;
  mode?: ModeProps | undefined;
  canAudit?: boolean | undefined;
  hasAccount?: boolean | undefined;
  assets: Assets;
  notice?: string | undefined;
  error?: string | undefined;
  /** What was typed into the form that was refused. */
  typed?: { readonly paths: string; readonly minutes: string; readonly purpose: string } | undefined;
}

/** What was done on the page of files, by the word that its address says it with. */
export const leaseDone: Readonly<Record<string, string>> = {
  claimed: "Claimed. Release it when you are done.",
  renewed: "Yours for longer.",
  released: "Released: it is free for everybody.",
  asked: "Asked. Whoever has it is told.",
  approved: "Handed over.",
  denied: "It stays where it is.",
};

/** Who works on which files, and who waits for what: lists that keep themselves up to date, and the form to claim. */
export function LeasesPage(props: LeasesProps) {
  const { workspace, assets, mode, notice, error, typed, canClaim } = props;
  return (
    <PageFrame
      heading="Files"
      workspace={workspace}
      assets={assets}
      testId="leases-page"
      address="/leases"
      mode={mode}
      scripts={["refresh.js"]}
      links={pagesBeside("/leases", props.canAudit, props.hasAccount)}
    >
      {notice && <Done>{notice}</Done>}
      <div data-refresh="/leases/list">
        <Claims {...props} />
      </div>
      {canClaim && <ClaimForm error={error} typed={typed} />}
    </PageFrame>
  );
}

/** The part that changes by itself. */
export function Claims({ leases, requests, canClaim }: ClaimsProps) {
  return (
    <>
      {requests.length > 0 && (
        <section class="panel" aria-labelledby="requests-title">
          <h2 id="requests-title">Asked for</h2>
          <ul class="rows" data-testid="lease-requests">
            {requests.map((each) => (
              <RequestItem {...each} />
            ))}
          </ul>
        </section>
      )}
      <section class="panel" aria-labelledby="claimed-title">
        <h2 id="claimed-title">Claimed</h2>
        <p class="lead">Files of the project that somebody works on. A folder covers what is in it.</p>
        {leases.length === 0 ? (
          <p class="empty">Nothing is claimed.</p>
        ) : (
          <ul class="rows" data-testid="leases">
            {leases.map((each) => (
              <LeaseItem {...each} canClaim={canClaim} />
            ))}
          </ul>
        )}
      </section>
    </>
  );
}

function LeaseItem({ lease, isOwn, mayEnd, work, canClaim }: ShownLease & { canClaim: boolean }) {
  const { id, path, holder, purpose, expiresAt } = lease;
  return (
    <li class="row" data-lease={id}>
      <p class="row-title">
        <code>
          <bdi>{path}</bdi>
        </code>
      </p>
      <p class="row-facts">
        <span>
          <bdi>{isOwn ? `${holder.name} (you)` : holder.name}</bdi>
          {holder.kind === "agent" && ", agent"}
        </span>
        <Moment at={expiresAt} format="until" />
        {purpose && <bdi>{purpose}</bdi>}
        {work && <a href={`/rooms/${encodeURIComponent(work.slug)}#m-${work.requestId}`}>the task</a>}
      </p>
      <div class="row-acts">
        {mayEnd && (
          <>
            <Act action={`/leases/${id}/renew`} verb="Renew" path={path} />
            <Confirm
              action={`/leases/${id}/release`}
              verb="Release"
              whom={path}
              words={isOwn ? "Others may change it from now on." : `${holder.name} may still be working on it.`}
            />
          </>
        )}
        {canClaim && !isOwn && <Act action={`/leases/${id}/request`} verb="Ask for it" path={path} />}
      </div>
    </li>
  );
}

function RequestItem({ request, mayDecide }: ShownRequest) {
  const { id, path, requester, holder, reason, askedAt } = request;
  return (
    <li class="row" data-request={id}>
      <p class="row-title">
        <bdi>{requester.name}</bdi> would like{" "}
        <code>
          <bdi>{path}</bdi>
        </code>
      </p>
      <p class="row-facts">
        <span>
          of <bdi>{holder.name}</bdi>
        </span>
        <Moment at={askedAt} format="ago" />
        {reason && <bdi>{reason}</bdi>}
      </p>
      {mayDecide && (
        <div class="row-acts">
          <Act action={`/leases/requests/${id}/approve`} verb="Hand over" path={path} primary />
          <Act action={`/leases/requests/${id}/deny`} verb="Deny" path={path} />
        </div>
      )}
    </li>
  );
}

/** One button that does one thing. */
function Act({ action, verb, path, primary }: { action: string; verb: string; path: string; primary?: boolean }) {
  return (
    <form method="post" action={action}>
      <button type="submit" class={primary ? "button small primary" : "button small"} aria-label={`${verb}: ${path}`}>
        {verb}
      </button>
    </form>
  );
}

function ClaimForm({ error, typed }: Pick<LeasesProps, "error" | "typed">) {
  return (
    <section class="panel" aria-labelledby="claim-title">
      <h2 id="claim-title">Claim files</h2>
      <form method="post" action="/leases" class="grid-form" data-testid="claim-form">
        {error && <Alert>{error}</Alert>}
        <Field
          id="paths"
          name="paths"
          label="Files or folders"
          value={typed?.paths ?? ""}
          hint="Relative to the project, with commas between them."
          maxlength={1_000}
          placeholder="src/app.ts, docs"
          required={true}
          exact={true}
          refused={error !== undefined}
          full={true}
        />
        <Field
          id="minutes"
          name="minutes"
          label="Minutes"
          type="number"
          min={1}
          max={240}
          value={typed?.minutes ?? "30"}
        />
        <Field id="purpose" name="purpose" label="What for" maxlength={200} value={typed?.purpose ?? ""} />
        <button type="submit" class="button primary">
          Claim
        </button>
      </form>
    </section>
  );
}
