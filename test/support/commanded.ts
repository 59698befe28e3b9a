import type { Limits } from "../../src/limits.ts";
import type { Message } from "../../src/messages/message.ts";
import type { Member } from "../../src/people/member.ts";
import type { Room } from "../../src/rooms/room.ts";
import { createSlash } from "../../src/slash/slash.ts";
import type { TransportControl } from "../../src/slash/transport.ts";
import { openHouse } from "./house.ts";

export type Commanded = ReturnType<typeof openCommanded>;

/** The house with its slash commands, and transports that only say that they were switched. */
export function openCommanded(limits: Partial<Limits> = {}) {
  const house = openHouse({ limits: { searchDelayMs: 1_000_000, ...limits } });
  const switched: string[] = [];
  let fails = false;
  const transport: TransportControl = {
    describe: () => "talking over WebSocket",
    async switchTo(type, by) {
      if (fails) throw new Error("the transport is on fire");
      switched.push(`${type} by ${by.name}`);
      return `Switched to ${type}.`;
    },
  };
  const linkTo = ({ id, room }: Message) => `https://parley.example/rooms/${room}#m-${id}`;
  const slash = createSlash({ ...house, transport, linkTo });
  const general = house.rooms.forReader(house.person("mira"), "general");

  /** What a command answers, or undefined when it is none. */
  async function ask(
    member: Member,
    text: string,
    more: { room?: Room; who?: Member; fails?: boolean } = {},
  ): Promise<string | undefined> {
    fails = more.fails ?? false;
    // What it is called by is known by heart, as it may have changed since.
    const who = more.who ?? house.members.byId(member.id);
    return slash.answer(who, more.room ?? general, text);
  }

  return {
    ...house,
    slash,
    switched,
    general,
    ask,
    /** The newest message of #general. */
    last(): Message {
      const [message] = house.history.page(general.id, { limit: 1 }).messages;
      if (!message) throw new Error("nothing was said");
      return message;
    },
  };
}
