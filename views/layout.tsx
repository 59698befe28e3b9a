import type { Child } from "hono/jsx";

/** Logical names of public files ("app.css", "htmx.js") and the hashed addresses they are served at. */
export type Assets = Readonly<Record<string, string>>;

/**
 * htmx without what a strict policy forbids or a room has no use for: no history, no injected styles, no settling delay
 * (a swap is then over before the browser paints). Reconnecting is off because `public/connection.js` does it: it looks
 * every second while the page is seen and tells the truth about it. It reads the codes after which coming back is right.
 */
const htmxConfig = JSON.stringify({
  // No others, whatever markup asks for; and nothing is fetched from elsewhere.
  extensions: "ws,upsert",
  mode: "same-origin",
  history: false,
  includeIndicatorCSS: false,
  defaultSettleDelay: 0,
  noSwap: [204, 304, "4xx", "5xx"],
  ws: { reconnect: false, pauseOnBackground: false, reconnectCodes: [1001, 1005, 1006, 1011, 1012, 1013, 1014, 4000] },
});

interface LayoutProps {
  title: string;
  assets: Assets;
  /** Attributes of `<body>`: what the page's modules need to know. */
  bodyAttributes?: Readonly<Record<string, string | number>>;
  /** Logical names of the scripts of this page, run in this order once the document is parsed. */
  scripts?: readonly string[];
  children?: Child;
}

/** The frame of every page. The route puts `<!DOCTYPE html>` before it. The theme is set before anything is painted. */
export function Layout({ title, assets, bodyAttributes = {}, scripts = [], children }: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          name="viewport"
          content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
        />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f3f5f9" />
        <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0b0e14" />
        <meta name="htmx-config" content={htmxConfig} />
        <title>{title}</title>
        <link rel="icon" type="image/svg+xml" href={asset(assets, "icon.svg")} />
        <link rel="manifest" href={asset(assets, "manifest.webmanifest")} />
        <script src={asset(assets, "theme.js")} />
        <link rel="stylesheet" href={asset(assets, "app.css")} />
        {scripts.map((name) => (
          <Script assets={assets} name={name} />
        ))}
      </head>
      <body {...bodyAttributes}>{children}</body>
    </html>
  );
}

/** Scripts that arrange what the server sent: the first paint waits for them, so that nothing jumps. */
const beforeFirstPaint = ["clock.js", "timeline.js", "scroll.js"];

/** Ours are modules of their own scope that share no names; htmx and its extensions are classic scripts. All run in order, once the document is parsed. */
function Script({ assets, name }: { assets: Assets; name: string }) {
  const src = asset(assets, name);
  if (name.startsWith("htmx") || name.startsWith("hx-")) return <script src={src} defer={true} />;
  return <script src={src} type="module" blocking={beforeFirstPaint.includes(name) ? "render" : undefined} />;
}

/** The address of a public file. A name that is not served is a bug of ours, so it fails at once rather than as a blank page. */
export function asset(assets: Assets, name: string): string {
  const url = assets[name];
  if (url === undefined) throw new Error(`the public file "${name}" is not among the assets`);
  return url;
}

/** One drawing of the sprite, for pages only: fragments that everybody gets carry no icons, so that they stay small. */
export function Icon({ assets, name }: { assets: Assets; name: string }) {
  return (
    <svg class="icon" width="18" height="18" aria-hidden="true">
      <use href={`${asset(assets, "icons.svg")}#${name}`} />
    </svg>
  );
}
