import type { Clock } from "../clock.ts";
import type { Message } from "../messages/message.ts";
import { plainName } from "../rooms/names.ts";
import type { Search } from "../search/search.ts";
import type { SlashCommand } from "./command.ts";
import { needed } from "./named.ts";
import { ago, listOf, plain } from "./words.ts";

interface Parts {
  clock: Clock;
  search: Search;
  linkTo: (message: Message) => string;
}

const hitsShown = 10;

/** `/search`: what was said in every room that whoever asks may read. */
export function searchCommand({ clock, search, linkTo }: Parts): SlashCommand {
  const usage = "/search <words>";
  return {
    name: "search",
    usage,
    help: "Finds what was said, newest first",
    details: [
      'Words, `"a phrase"`, `begin*`, `*part*`, and to narrow it:',
      "`from:mira` `in:general` `before:2026-01-31` `after:2026-01` `has:link` `has:code`.",
    ].join(" "),
    needs: "read",
    run({ member, rest }) {
      const found = search.find(member, needed(rest, usage), { limit: hitsShown });
      const lines = found.hits.map(({ message, snippet }) => {
        const words = snippet.map(({ text, marked }) => (marked ? `**${spaced(text)}**` : spaced(text))).join("");
        const when = ago(clock.now() - message.at);
        return `${plain(message.author.name)} in #${plain(plainName(message.room))}, [${when}](${linkTo(message)}): ${words.trim()}`;
      });
      const more =
        found.next !== null ? "\n\nThere are more: narrow it with `from:`, `in:`, `before:` or another word." : "";
      const late = found.complete
        ? ""
        : "\n\nSome may be missing: the search took too long, or its index is not up to date.";
      return `${listOf("**Found**", lines, "Nothing that you may read holds that.")}${more}${late}`;
    },
  };
}

/** A piece as plain words; its spaces at both ends part it from its neighbours. */
function spaced(text: string): string {
  return `${/^\s/.test(text) ? " " : ""}${plain(text)}${/\S\s$/.test(text) ? " " : ""}`;
}
