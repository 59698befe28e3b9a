import { type Context, Hono } from "hono";
import { ClientsPage } from "../../../../views/docs/clients.tsx";
import { DocsPage } from "../../../../views/docs/docs.tsx";
import type { Config } from "../../../config.ts";
import { type Env, requires } from "../../../guards/identity.ts";
import { page } from "../../../page.tsx";
import type { PublicFiles } from "../../../public-files.ts";
import bot from "../examples/bot.ts.txt" with { type: "text" };
import listener from "../examples/listen.sh" with { type: "text" };
import type { Reference } from "../openapi/reference.ts";

interface Parts {
  config: Config;
  files: PublicFiles;
  reference: () => Promise<Reference>;
}

/** The documents for people: everything that programs may ask, and how to write one. */
export function docsRoutes({ config, files, reference }: Parts) {
  const frame = { workspace: config.workspaceName, assets: files.urls };

  /** The page is long, and the same for everybody who reaches this server by one address: all of them, as a rule. */
  let kept = { origin: "", html: "" };

  /** Where the reader reaches this server, so that what they copy works where they are. */
  function originOf(context: Context<Env>): string {
    return config.publicUrl?.origin ?? new URL(context.req.url).origin;
  }

  return new Hono<Env>()
    .get("/docs", requires("read", "page"), async (context) => {
      const { shown } = await reference();
      const origin = originOf(context);
      if (kept.origin !== origin)
        kept = { origin, html: String(<DocsPage {...frame} reference={shown} origin={origin} />) };
      return page(context, kept.html);
    })
    .get("/docs/clients", requires("read", "page"), (context) =>
      page(context, <ClientsPage {...frame} origin={originOf(context)} bot={bot} listener={listener} />),
    );
}
