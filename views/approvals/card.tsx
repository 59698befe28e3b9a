import type { Approval } from "../../src/approvals/approval.ts";
import { Diff } from "./diff.tsx";
import { Exact, lengthWords } from "./exact.tsx";

interface CardProps {
  approval: Approval;
  /** On a page of its own: with all of it, also when it was answered. */
  whole?: boolean;
}

/** Characters of an answered command that its card goes on showing: all of it stands on its own page. */
const mostAnswered = 600;

/**
 * What an agent asks: exactly what, where, and the buttons that answer it; or what became of it in their place. Rendered once for
 * everybody: whoever may not answer sees no buttons, because nothing around the card says that they may (`data-may-answer`).
 */
export function ApprovalCard({ approval, whole = false }: CardProps) {
  const { id, publicId, kind, title, agent, answer, seen } = approval;
  const isShort = answer !== null && !whole && seen.detail.length > mostAnswered;
  const length = answer === null || whole ? lengthWords(seen.detail) : undefined;
  return (
    <article
      id={`ask-${id}`}
      class="ask"
      data-testid="approval-card"
      data-id={id}
      data-kind={kind}
      data-state={answer === null ? "open" : answer.outcome}
      data-does={answer?.option?.kind}
      tabindex={0}
      aria-labelledby={`ask-${id}-title`}
    >
      <p class="ask-head" id={`ask-${id}-title`} hx-ignore="">
        <b dir="auto">{agent.name}</b> {kind === "approval" ? "wants to" : "asks"}{" "}
        <b class="ask-title" dir="auto">
          {title}
        </b>
        <small title="Its number: /approve, /reject and /answer take it">#{id}</small>
        <a class="at" href={`/approvals/${publicId}`} title="Open by itself">
          <time datetime={isoOf(approval.askedAt)}>{isoOf(approval.askedAt).slice(11, 16)}</time>
        </a>
      </p>
      {length && <p class="ask-length">{length}</p>}
      {seen.detail !== "" &&
        (kind === "approval" ? (
          <section class="exact" tabindex={0} aria-label="Exactly what" data-testid="exact" hx-ignore="">
            <pre dir="ltr">
              <Exact seen={isShort ? seen.detail.slice(0, mostAnswered) : seen.detail} />
            </pre>
          </section>
        ) : (
          <p class="ask-words" dir="auto" hx-ignore="">
            <Exact seen={seen.detail} />
          </p>
        ))}
      {isShort && (
        <p class="ask-length">
          Only how it begins: <a href={`/approvals/${publicId}`}>all of it</a>.
        </p>
      )}
      {seen.directory !== null && (
        <p class="ask-where">
          in{" "}
          <code dir="ltr">
            <Exact seen={seen.directory} />
          </code>
        </p>
      )}
      {(answer === null || whole) && seen.changes.map((change) => <Diff change={change} />)}
      {answer === null ? <Answering approval={approval} /> : <Answered answer={answer} />}
    </article>
  );
}

/** The ways to answer. Without a script they are a form; `approvals.js` sends them as a frame, and gives them keys. */
function Answering({ approval }: { approval: Approval }) {
  const { id, publicId, kind, options, takesText, seen, shown, deadline } = approval;
  const [yes, no] = ["allow", "reject"].map(
    (does) =>
      options.find((option) => option.kind === `${does}_once`) ??
      options.find((option) => option.kind.startsWith(does)),
  );
  return (
    <>
      <form class="ask-form" method="post" action={`/approvals/${publicId}`} data-approval={id}>
        <input type="hidden" name="shown" value={shown} />
        {options.length > 0 && (
          <div class="acts">
            {options.map((option, index) => {
              const key = option === yes ? "y" : option === no ? "n" : undefined;
              return (
                <button
                  type="submit"
                  class={styleOf(option.kind)}
                  id={`ask-${id}-${index}`}
                  name="option"
                  value={option.id}
                  data-key={key}
                  aria-keyshortcuts={key}
                >
                  {seen.labels[index]} {key && <kbd>{key}</kbd>}
                </button>
              );
            })}
          </div>
        )}
        {takesText && (
          <div class="ask-text">
            <label class="sr" for={`ask-${id}-text`}>
              Your answer
            </label>
            <textarea id={`ask-${id}-text`} name="text" rows={2} placeholder="Or in your own words" dir="auto" />
            <button type="submit" class="button">
              Answer
            </button>
          </div>
        )}
        {seen.covers !== null && (
          <p class="ask-note">
            “Always” covers, until this run ends: <i>{seen.covers}</i>.
          </p>
        )}
        <p class="ask-refused" role="alert" />
      </form>
      <p class="ask-note">
        <span class="ask-wait">Waits for somebody who may answer. </span>
        {kind === "approval" ? "If nobody answers it is rejected" : "If nobody answers it goes on without"} at{" "}
        <time datetime={isoOf(deadline)}>{isoOf(deadline).slice(11, 16)}</time>.
      </p>
    </>
  );
}

/** "Allowed once by Ana, 14:02", and her words where she had some. */
function Answered({ answer }: { answer: NonNullable<Approval["answer"]> }) {
  return (
    <>
      {answer.text !== null && (
        <blockquote class="ask-words" dir="auto" hx-ignore="">
          {answer.text}
        </blockquote>
      )}
      <p class="ask-outcome" data-testid="outcome">
        <i class="mark" />
        <b dir="auto">{answer.words}</b>, <time datetime={isoOf(answer.at)}>{isoOf(answer.at).slice(11, 16)}</time>
      </p>
    </>
  );
}

function styleOf(kind: Approval["options"][number]["kind"]): string {
  if (kind === "allow_once") return "button primary";
  return kind.startsWith("reject") ? "button danger" : "button";
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
