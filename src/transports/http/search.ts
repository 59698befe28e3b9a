import { Hono } from "hono";
import { z } from "zod";
import type { Config } from "../../config.ts";
import { type Env, memberOf, requires } from "../../guards/identity.ts";
import { accepts } from "../../guards/validation.ts";
import { wholeNumberFrom } from "../../people/id.ts";
import type { Search } from "../../search/search.ts";
import { snippetHtml } from "../../search/snippet.ts";
import type { Slash } from "../../slash/slash.ts";
import { messageJson } from "./json.ts";

interface Parts {
  config: Config;
  search: Search;
  slash: Slash;
}

/** Finding what was said, and the commands there are, for programs. */
export function searchApi({ config, search, slash }: Parts) {
  const { searchHits, searchMostHits } = config.limits;
  const asked = z.object({
    q: z.string().max(10_000).default("").describe("Nothing gives the newest."),
    limit: wholeNumberFrom(1, searchMostHits).default(searchHits),
    before: wholeNumberFrom(1).optional().describe("The `next` of the page before."),
    order: z.enum(["newest", "relevant"]).default("newest"),
  });

  return new Hono<Env>()
    .get("/api/v1/search", requires("read"), accepts("query", asked), (context) => {
      const { q, ...asking } = context.req.valid("query");
      const { hits, next, complete } = search.find(memberOf(context), q, asking);
      const found = hits.map(({ message, snippet }) => ({ ...messageJson(message), snippet: snippetHtml(snippet) }));
      return context.json({ hits: found, next, complete });
    })
    .get("/api/v1/slash-commands", requires("read"), (context) =>
      context.json({ commands: slash.of(memberOf(context)).map(({ name, usage, help }) => ({ name, usage, help })) }),
    );
}
