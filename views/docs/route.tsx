import type { ShownRoute } from "../../src/transports/http/openapi/shown.ts";
import { curlOf } from "./curl.ts";
import { Command, Shape, Words } from "./words.tsx";

interface RouteItemProps {
  route: ShownRoute;
  /** Where the reader reaches this server. */
  origin: string;
  known: ReadonlySet<string>;
}

/** One route: what it does, who may, what it takes, and what it answers. */
export function RouteItem({ route, origin, known }: RouteItemProps) {
  const { id, method, path, summary, words, rights, parameters, body, answers, refusals } = route;
  return (
    <article id={id} class="route" aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>
        <a href={`#${id}`}>
          <b data-verb={method}>{method}</b> <code>{path}</code>
        </a>
      </h3>
      <p>
        {summary}. {words && <Words>{words}</Words>}{" "}
        <span class="soft">
          <Words>{rights}</Words>
        </span>
      </p>
      {parameters.length > 0 && (
        <dl class="parameters">
          {parameters.map(({ name, where, type, isNeeded, words: about }) => (
            <div>
              <dt>
                <code>{name}</code>{" "}
                <span class="soft">{where === "path" ? "in the path" : isNeeded ? "in the query" : "optional"}</span>
              </dt>
              <dd>
                <code class="plain">{type}</code> {about && <Words>{about}</Words>}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {body !== undefined && (
        <>
          <h4>Body</h4>
          <Shape text={body} known={known} />
        </>
      )}
      <Command id={`${id}-curl`} label={`the command for ${method} ${path}`}>
        {curlOf(route, origin)}
      </Command>
      {answers.map(({ status, words: about, shape, example }) => (
        <>
          <h4>
            <b data-status={String(status).slice(0, 1)}>{status}</b> <Words>{about}</Words>
          </h4>
          {shape !== undefined && <Shape text={shape} known={known} />}
          {example !== undefined && (
            <>
              <p class="soft">For example:</p>
              <pre class="listing example">
                <code>{example}</code>
              </pre>
            </>
          )}
        </>
      ))}
      <p class="refusals">
        May be refused with{" "}
        {refusals.map((code, index) => (
          <>
            {index > 0 && ", "}
            <a href={`#code-${code}`}>
              <code>{code}</code>
            </a>
          </>
        ))}
        .
      </p>
    </article>
  );
}
