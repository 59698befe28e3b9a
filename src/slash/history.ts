import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";
import type { History } from "../messages/history.ts";
import { plainName } from "../rooms/names.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { SlashCommand } from "./command.ts";
import { ago, listOf, plain } from "./words.ts";

interface Parts {
  config: Config;
  clock: Clock;
  rooms: Rooms;
  history: History;
}

const shown = { usual: 10, most: 50 };

/** `/history`: what was said last, for those who see no list of it. */
export function historyCommand({ config, clock, rooms, history }: Parts): SlashCommand {
  return {
    name: "history",
    usage: "/history [count] [room]",
    help: "What was said last, here or in another room",
    needs: "read",
    run({ member, room: here, args }) {
      const numbers = args.filter((arg) => /^\d+$/.test(arg));
      const [slug] = args.filter((arg) => !/^\d+$/.test(arg));
      const limit = Number(numbers[0] ?? shown.usual);
      if (limit < 1 || limit > shown.most)
        throw new Refusal("INVALID_MESSAGE", `From 1 to ${shown.most} messages at a time.`);
      const room = slug === undefined ? here : rooms.forReader(member, slug);
      // Commands, this one before all, are nothing that was said.
      const { messages } = history.page(room.id, { limit: config.limits.historyMessages });
      const said = messages.filter(({ command, deletedAt, streaming }) => !command && deletedAt === null && !streaming);
      const lines = said
        .slice(-limit)
        .map(({ author, at, text }) => `**${plain(author.name)}**, ${ago(clock.now() - at)}: ${plain(text)}`);
      return listOf(`**Last in #${plain(plainName(room.slug))}**`, lines, "Nothing was said there yet.");
    },
  };
}
