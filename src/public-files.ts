import actionsJs from "../public/actions.js" with { type: "file" };
import addressJs from "../public/address.js" with { type: "file" };
import appCss from "../public/app.css" with { type: "file" };
import approvalsJs from "../public/approvals.js" with { type: "file" };
import attachJs from "../public/attach.js" with { type: "file" };
import clockJs from "../public/clock.js" with { type: "file" };
import commandsJs from "../public/commands.js" with { type: "file" };
import composerJs from "../public/composer.js" with { type: "file" };
import connectionJs from "../public/connection.js" with { type: "file" };
import connectionWordsJs from "../public/connection-words.js" with { type: "file" };
import copyJs from "../public/copy.js" with { type: "file" };
import draftsJs from "../public/drafts.js" with { type: "file" };
import drawerJs from "../public/drawer.js" with { type: "file" };
import foldsJs from "../public/folds.js" with { type: "file" };
import framesJs from "../public/frames.js" with { type: "file" };
import httpLineJs from "../public/http-line.js" with { type: "file" };
import iconSvg from "../public/icon.svg" with { type: "file" };
import iconsSvg from "../public/icons.svg" with { type: "file" };
import keysJs from "../public/keys.js" with { type: "file" };
import leaveJs from "../public/leave.js" with { type: "file" };
import manifestWebmanifest from "../public/manifest.webmanifest" with { type: "file" };
import mentionsJs from "../public/mentions.js" with { type: "file" };
import needsYouJs from "../public/needs-you.js" with { type: "file" };
import noticesJs from "../public/notices.js" with { type: "file" };
import outboxJs from "../public/outbox.js" with { type: "file" };
import passwordsJs from "../public/passwords.js" with { type: "file" };
import popupsJs from "../public/popups.js" with { type: "file" };
import presenceJs from "../public/presence.js" with { type: "file" };
import refreshJs from "../public/refresh.js" with { type: "file" };
import reportJs from "../public/report.js" with { type: "file" };
import sayJs from "../public/say.js" with { type: "file" };
import scrollJs from "../public/scroll.js" with { type: "file" };
import terminalsJs from "../public/terminals.js" with { type: "file" };
import themeJs from "../public/theme.js" with { type: "file" };
import timelineJs from "../public/timeline.js" with { type: "file" };
import titleJs from "../public/title.js" with { type: "file" };
import toastJs from "../public/toast.js" with { type: "file" };
import toolbarJs from "../public/toolbar.js" with { type: "file" };
import htmxJs from "../public/vendor/htmx-4.0.1.min.js" with { type: "file" };
import hxUpsertJs from "../public/vendor/hx-upsert-4.0.1.min.js" with { type: "file" };
import hxWsJs from "../public/vendor/hx-ws-4.0.1.min.js" with { type: "file" };
import wayBackJs from "../public/way-back.js" with { type: "file" };

/** Public files by their logical name, imported one by one so that they are inside the executable. A test checks that none is missing. */
const files: Record<string, string> = {
  "actions.js": actionsJs,
  "address.js": addressJs,
  "app.css": appCss,
  "approvals.js": approvalsJs,
  "attach.js": attachJs,
  "clock.js": clockJs,
  "commands.js": commandsJs,
  "composer.js": composerJs,
  "connection.js": connectionJs,
  "connection-words.js": connectionWordsJs,
  "copy.js": copyJs,
  "drafts.js": draftsJs,
  "drawer.js": drawerJs,
  "folds.js": foldsJs,
  "frames.js": framesJs,
  "http-line.js": httpLineJs,
  "icon.svg": iconSvg,
  "icons.svg": iconsSvg,
  "keys.js": keysJs,
  "leave.js": leaveJs,
  "manifest.webmanifest": manifestWebmanifest,
  "mentions.js": mentionsJs,
  "needs-you.js": needsYouJs,
  "notices.js": noticesJs,
  "outbox.js": outboxJs,
  "passwords.js": passwordsJs,
  "popups.js": popupsJs,
  "presence.js": presenceJs,
  "refresh.js": refreshJs,
  "report.js": reportJs,
  "say.js": sayJs,
  "scroll.js": scrollJs,
  "terminals.js": terminalsJs,
  "theme.js": themeJs,
  "timeline.js": timelineJs,
  "title.js": titleJs,
  "toast.js": toastJs,
  "toolbar.js": toolbarJs,
  "way-back.js": wayBackJs,
  "htmx.js": htmxJs,
  "hx-upsert.js": hxUpsertJs,
  "hx-ws.js": hxWsJs,
};

const types: Record<string, string> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  webmanifest: "application/manifest+json",
};

export interface PublicFiles {
  /** Hashed address of each logical name. */
  readonly urls: Readonly<Record<string, string>>;
  /** Answers for an address, packed when the browser takes that; undefined when there is no such file. */
  respond(pathname: string, acceptEncoding: string | null): Response | undefined;
}

/** Reads every public file once and serves it from memory under an address that changes with its content. */
export async function loadPublicFiles(): Promise<PublicFiles> {
  const urls: Record<string, string> = {};
  const served = new Map<string, { plain: Uint8Array<ArrayBuffer>; packed: Uint8Array<ArrayBuffer>; type: string }>();
  for (const [name, path] of Object.entries(files)) {
    const plain = await Bun.file(path).bytes();
    const dot = name.lastIndexOf(".");
    const hash = Bun.hash(plain).toString(36).slice(0, 10);
    const url = `/static/${name.slice(0, dot)}.${hash}${name.slice(dot)}`;
    urls[name] = url;
    served.set(url, {
      plain,
      packed: Bun.gzipSync(plain),
      type: types[name.slice(dot + 1)] ?? "application/octet-stream",
    });
  }
  return {
    urls,
    respond(pathname, acceptEncoding) {
      const file = served.get(pathname);
      if (!file) return undefined;
      const packed = /\bgzip\b/.test(acceptEncoding ?? "");
      return new Response(packed ? file.packed : file.plain, {
        headers: {
          "content-type": file.type,
          "cache-control": "public, max-age=31536000, immutable",
          vary: "accept-encoding",
          ...(packed && { "content-encoding": "gzip" }),
        },
      });
    },
  };
}
