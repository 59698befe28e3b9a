import type { Change } from "../../src/approvals/lines.ts";
import { Exact } from "./exact.tsx";

/** A file as it would be changed: what goes, what comes, and the lines around it. */
export function Diff({ change }: { change: Change }) {
  const { path, isNew, lines } = change;
  const count = (sign: string) => lines.filter((line) => line.sign === sign).length;
  return (
    <figure class="ask-diff">
      <figcaption>
        <code dir="ltr">
          <Exact seen={path} />
        </code>{" "}
        {isNew && <span class="tag">new</span>}
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
  const shown = (
    <>
      {sign}
      <Exact seen={text} />
      {"\n"}
    </>
  );
  if (sign === " ") return <span>{shown}</span>;
  return sign === "-" ? <del>{shown}</del> : <ins>{shown}</ins>;
}
