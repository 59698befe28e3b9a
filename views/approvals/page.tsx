import type { Approval } from "../../src/approvals/approval.ts";
import { PageFrame } from "../frame.tsx";
import type { Assets } from "../layout.tsx";
import { pagesBeside } from "../pages-beside.ts";
import type { ModeProps } from "../people/mode.tsx";
import { ApprovalCard } from "./card.tsx";

/** An approval with what one must know to answer it away from its room. */
export interface Entry {
  readonly approval: Approval;
  /** What the agent was asked to do. */
  readonly task: string;
  /** What the room is called: "#general", or who is in the conversation. */
  readonly room: string;
  readonly requestId: number;
  readonly mayAnswer: boolean;
}

interface PageProps {
  workspace: string;
  mode: ModeProps;
  canAudit: boolean;
  hasAccount: boolean;
  assets: Assets;
}

interface NeedsYouProps extends PageProps {
  waiting: readonly Entry[];
  lately: readonly Entry[];
  /** Whether the reader may answer anything at all. */
  mayAnswer: boolean;
}

/** What waits for the reader, in all their rooms, and what was answered lately. */
export function NeedsYouPage({ waiting, lately, mayAnswer, ...props }: NeedsYouProps) {
  return (
    <PageFrame
      heading="Needs you"
      workspace={props.workspace}
      assets={props.assets}
      testId="needs-you-page"
      address="/needs-you"
      mode={props.mode}
      scripts={["approvals.js", "needs-you.js"]}
      links={pagesBeside("/needs-you", props.canAudit, props.hasAccount)}
    >
      <section aria-labelledby="waiting-title">
        <h2 id="waiting-title">Waiting for an answer</h2>
        <p class="lead">
          {mayAnswer
            ? "Agents ask before they act. Nothing happens until somebody answers; if nobody does, it is rejected."
            : "Agents ask before they act. Who may have things done answers them: you may read along."}
        </p>
        <ul id="waiting" class="asked">
          {waiting.map((entry) => (
            <AskedItem entry={entry} />
          ))}
        </ul>
        <p class="notice asked-none">Nothing waits for you.</p>
      </section>
      <section aria-labelledby="lately-title">
        <h2 id="lately-title">Answered lately</h2>
        <ul id="lately" class="asked">
          {lately.map((entry) => (
            <AskedItem entry={entry} />
          ))}
        </ul>
        <p class="notice asked-none">Nothing yet.</p>
      </section>
    </PageFrame>
  );
}

interface ApprovalPageProps extends PageProps {
  entry: Entry;
  /** Why an answer was refused. */
  error: string | undefined;
}

/** One approval by itself, with all of it. */
export function ApprovalPage({ entry, error, ...props }: ApprovalPageProps) {
  return (
    <PageFrame
      heading={entry.approval.kind === "approval" ? "An approval" : "A question"}
      workspace={props.workspace}
      assets={props.assets}
      testId="approval-page"
      address={`/approvals/${entry.approval.publicId}`}
      mode={props.mode}
      scripts={["approvals.js", "needs-you.js"]}
      links={pagesBeside("/approvals", props.canAudit, props.hasAccount)}
    >
      {error && (
        <p class="notice bad" role="alert">
          {error}
        </p>
      )}
      <ul id="waiting" class="asked">
        <AskedItem entry={entry} whole={true} />
      </ul>
      <p>
        <a href="/needs-you">Everything that waits for you</a>
      </p>
    </PageFrame>
  );
}

function AskedItem({ entry, whole = false }: { entry: Entry; whole?: boolean }) {
  const { approval, task, room, requestId, mayAnswer } = entry;
  return (
    <li id={`asked-${approval.id}`} data-may-answer={mayAnswer ? "" : undefined}>
      <p class="asked-where">
        <a href={`/rooms/${encodeURIComponent(approval.room)}#m-${requestId}`} dir="auto">
          {room}
        </a>
        : <span dir="auto">{task}</span>
      </p>
      <ApprovalCard approval={approval} whole={whole} />
    </li>
  );
}
