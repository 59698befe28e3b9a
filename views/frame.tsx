import type { Child } from "hono/jsx";
import { type Assets, asset, Icon, Layout } from "./layout.tsx";
import type { PageBeside } from "./pages-beside.ts";
import { Mode, type ModeProps } from "./people/mode.tsx";
import { ThemeToggle } from "./sidebar.tsx";

interface PageFrameProps {
  /** What the page is about: its heading, and the first words of its title. */
  heading: string;
  workspace: string;
  assets: Assets;
  testId: string;
  /** Where the way back leads; to the room one came from, unless it is said. */
  back?: string;
  /** Its address, when it may be shown as the answer to a form or say what was done. */
  address?: string;
  /** Scripts besides the one that tells times. */
  scripts?: readonly string[];
  /** Pages beside this one, and this one among them. */
  links?: readonly PageBeside[];
  /** How the workspace runs, where that decides whom one may believe. */
  mode?: ModeProps | undefined;
  /** What `<body>` says, of pages that go on by themselves. */
  live?: Readonly<Record<string, string | number>>;
  /** Tables get more room than text. */
  wide?: boolean;
  children?: Child;
}

/** A page beside the room: the way back, its heading, and what it is about. */
export function PageFrame(props: PageFrameProps) {
  const {
    heading,
    workspace,
    assets,
    testId,
    back,
    address,
    scripts = [],
    links = [],
    mode,
    wide,
    live,
    children,
  } = props;
  return (
    <Layout
      title={`${heading}, ${workspace}`}
      assets={assets}
      scripts={["clock.js", "address.js", "way-back.js", "popups.js", ...scripts]}
      bodyAttributes={{ class: "page", ...(address && { "data-address": address }), ...live }}
    >
      <header class="bar">
        <a
          class="icon-button"
          href={back ?? "/"}
          data-way-back={back === undefined ? "" : undefined}
          aria-label="Back to the room"
          title="Back to the room"
        >
          <Icon assets={assets} name="back" />
        </a>
        <h1>{heading}</h1>
        <span class="topic">{workspace}</span>
        <span class="bar-end">
          {links.length > 0 && (
            <nav class="bar-links" aria-label="Beside this page">
              {links.map(({ href, label, isHere }) => (
                <a href={href} aria-current={isHere ? "page" : undefined}>
                  {label}
                </a>
              ))}
            </nav>
          )}
          <ThemeToggle assets={assets} />
        </span>
      </header>
      <main class={wide ? "page-body wide" : "page-body"} data-testid={testId}>
        {mode && <Mode {...mode} />}
        {children}
      </main>
    </Layout>
  );
}

interface DoorFrameProps {
  title: string;
  heading: string;
  assets: Assets;
  testId: string;
  scripts?: readonly string[];
  /** Between the picture and the heading. */
  above?: Child;
  children?: Child;
}

/** A page with one thing to do: a card in the middle. */
export function DoorFrame({ title, heading, assets, testId, scripts = [], above, children }: DoorFrameProps) {
  return (
    <Layout title={title} assets={assets} scripts={scripts} bodyAttributes={{ class: "door" }}>
      <main class="door-card" data-testid={testId}>
        <img class="door-logo" src={asset(assets, "icon.svg")} width="48" height="48" alt="" />
        {above}
        <h1 dir="auto">{heading}</h1>
        {children}
      </main>
    </Layout>
  );
}
