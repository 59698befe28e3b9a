import type { ShownFrames, ShownReference } from "../../src/transports/http/openapi/shown.ts";
import { PageFrame } from "../frame.tsx";
import type { Assets } from "../layout.tsx";
import { RouteItem } from "./route.tsx";
import { Command, CopiedHere, Shape, Words } from "./words.tsx";

interface DocsProps {
  workspace: string;
  assets: Assets;
  reference: ShownReference;
  /** Where the reader reaches this server. */
  origin: string;
}

/** Everything that programs may ask and hear, on one page, so that the browser's own search finds it. */
export function DocsPage({ workspace, assets, reference, origin }: DocsProps) {
  const { groups, frames, shapes } = reference;
  const known = new Set([...shapes, ...frames.flatMap((each) => each.frames)].map(({ name }) => name));
  return (
    <PageFrame
      heading="API"
      workspace={workspace}
      assets={assets}
      testId="docs"
      scripts={["copy.js"]}
      links={[
        { href: "/docs/clients", label: "Writing a client" },
        { href: "/settings#keys", label: "Keys" },
      ]}
      wide={true}
    >
      <div class="with-contents docs">
        <Contents reference={reference} />
        <div class="stack">
          <Begin origin={origin} />
          {groups.map(({ id, name, about, routes }) => (
            <section id={id} aria-labelledby={`${id}-title`}>
              <h2 id={`${id}-title`}>{name}</h2>
              <p class="lead">
                <Words>{about}</Words>
              </p>
              {routes.map((route) => (
                <RouteItem route={route} origin={origin} known={known} />
              ))}
            </section>
          ))}
          {frames.map((each) => (
            <Frames of={each} known={known} />
          ))}
          <section id="shapes" aria-labelledby="shapes-title">
            <h2 id="shapes-title">Shapes</h2>
            <p class="lead">
              What several routes or frames have in them. Fields may be added, never renamed or removed.
            </p>
            {shapes.map(({ name, words, shape }) => (
              <article id={name} class="route">
                <h3>
                  <a href={`#${name}`}>
                    <code>{name}</code>
                  </a>
                </h3>
                {words && (
                  <p>
                    <Words>{words}</Words>
                  </p>
                )}
                <Shape text={shape} known={known} />
              </article>
            ))}
          </section>
          <Codes reference={reference} />
          <CopiedHere />
        </div>
      </div>
    </PageFrame>
  );
}

const dialectNames: Readonly<Record<string, string>> = { camel: "Camel frames", classic: "Classic frames" };

function Contents({ reference }: { reference: ShownReference }) {
  const dialects = reference.frames.filter(({ id }) => id.endsWith("-client"));
  const entries = [
    { id: "begin", name: "Begin" },
    ...reference.groups,
    ...dialects.map(({ id, dialect }) => ({ id, name: dialectNames[dialect] ?? dialect })),
    { id: "shapes", name: "Shapes" },
    { id: "codes", name: "Codes" },
  ];
  return (
    <nav class="contents" aria-label="On this page">
      <ul>
        {entries.map(({ id, name }) => (
          <li>
            <a href={`#${id}`}>{name}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Begin({ origin }: { origin: string }) {
  return (
    <section id="begin" class="panel" aria-labelledby="begin-title">
      <h2 id="begin-title">Begin</h2>
      <p>
        Make a key under <a href="/settings#keys">Settings, Keys</a>, put it into <code>PARLEY_KEY</code>, and ask who
        you are:
      </p>
      <Command id="begin-curl" label="the command">
        {`curl "${origin}/api/v1/me" \\\n  -H "Authorization: Bearer $PARLEY_KEY"`}
      </Command>
      <p>
        A session's token and a JWT are shown the same way, or in <code>X-API-Key</code>. Answers are JSON, refusals
        too:{" "}
        <a href="#Refusal">
          <code>Refusal</code>
        </a>
        . What you may not see does not exist: 404. Times are UTC.
      </p>
      <p>
        The same for programs: <a href="/api/v1/openapi.json">openapi.json</a> (every route),{" "}
        <a href="/api/v1/frames.json">frames.json</a> (every frame of the sockets),{" "}
        <a href="/api/v1/types.ts">types.ts</a> (both in TypeScript). <a href="/docs/clients">Writing a client</a> has
        two programs that run.
      </p>
    </section>
  );
}

interface FramesProps {
  of: ShownFrames;
  known: ReadonlySet<string>;
}

function Frames({ of: { id, dialect, title, frames }, known }: FramesProps) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>
        {dialectNames[dialect] ?? dialect}: {title.toLowerCase()}
      </h2>
      {frames.map(({ name, type, words, shape }) => (
        <article id={name} class="route">
          <h3>
            <a href={`#${name}`}>
              <code>{type}</code>
            </a>{" "}
            <small class="soft">{name}</small>
          </h3>
          {words && (
            <p>
              <Words>{words}</Words>
            </p>
          )}
          <Shape text={shape} known={known} />
        </article>
      ))}
    </section>
  );
}

function Codes({ reference: { refusals, closeCodes } }: { reference: ShownReference }) {
  return (
    <section id="codes" aria-labelledby="codes-title">
      <h2 id="codes-title">Codes</h2>
      <p class="lead">Of refusals, the same over HTTP and sockets; and what a socket is closed with.</p>
      <dl class="parameters panel">
        {refusals.map(({ code, status, close, message }) => (
          <div id={`code-${code}`}>
            <dt>
              <code>{code}</code>
            </dt>
            <dd>
              {message}{" "}
              <span class="soft">
                {status}
                {close !== undefined && `, closes the socket with ${close}`}
              </span>
            </dd>
          </div>
        ))}
      </dl>
      <dl class="parameters panel" aria-label="Close codes">
        {closeCodes.map(({ code, meaning, comesBack }) => (
          <div>
            <dt>
              <code>{code}</code>
            </dt>
            <dd>
              {meaning} <span class="soft">{comesBack ? "Come back." : "Do not come back."}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
