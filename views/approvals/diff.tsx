import { raw } from "hono/html";
import type { Change } from "../../src/approvals/lines.ts";
import { exactHtml } from "./exact.ts";

/** A file as it would be changed: what goes, what comes, and the lines around it. */
export function Diff({ change }: { change: Change }) {
  const { path, isNew, lines } = change;
  const count = (sign: string) => lines.filter((line) => line.sign === sign).length;
  return (
    <figure class="ask-diff">
      <figcaption>
        <code dir="ltr">{raw(exactHtml(path))}</code> {isNew && <span class="tag">new</span>}
        <small>
          +{count("+")} −{count("-")}
        </small>
      </figcaption>
      <section class="exact" tabindex={0} aria-label={`Changes of ${path}`} hx-ignore="">
        <pre dir="ltr">
          {lines.map(({ sign, text }) => (
            <Line sign={sign} text={text} />
          ))}
        </pre>
      </section>
    </figure>
  );
}

function Line({ sign, text }: Change["lines"][number]) {
  if (sign === "~") return <span class="diff-gap">⋯{"\n"}</span>;
  const html = raw(`${sign}${exactHtml(text)}\n`);
  if (sign === " ") return <span>{html}</span>;
  return sign === "-" ? <del>{html}</del> : <ins>{html}</ins>;
}
