import type { Leases } from "../leases/leases.ts";
import type { LeaseRequests } from "../leases/requests.ts";
import { timeOf } from "../leases/words.ts";
import type { Room } from "../rooms/room.ts";
import type { SlashCommand } from "./command.ts";
import { needed } from "./named.ts";
import { listOf, plain } from "./words.ts";

interface Parts {
  leases: Leases;
  leaseRequests: LeaseRequests;
}

/** Lines of one answer: the page shows more. */
const mostLines = 30;

/** `/claim`, `/release` and `/request`: files of the project that one works on, and nobody else meanwhile. */
export function leaseCommands({ leases, leaseRequests }: Parts): readonly SlashCommand[] {
  const claim = "/claim [path …]";
  const request = "/request <path> [reason …]";
  // What is claimed in a private room is for that room.
  const placeOf = ({ id, visibility }: Room) => ({ roomId: visibility === "public" ? null : id });

  return [
    {
      name: "claim",
      usage: claim,
      help: "Claims files, or shows what is claimed",
      details:
        "Paths are relative to the project, and a folder covers what is in it. A claim ends after half an hour unless you claim again.",
      needs: "write",
      async run({ member, room, args }) {
        if (args.length > 0) {
          const claimed = await leases.claim(member, { paths: args, ...placeOf(room) });
          return `Yours: ${claimed.map(({ path, expiresAt }) => `${plain(path)} until ${timeOf(expiresAt)}`).join(", ")}.`;
        }
        const lines = leases
          .list(member)
          .map(({ path, holder, expiresAt }) => `${plain(path)}: **${plain(holder.name)}** until ${timeOf(expiresAt)}`);
        const shown = lines.slice(0, mostLines);
        const more = lines.length > mostLines ? [`and ${lines.length - mostLines} more, on the page Files`] : [];
        return listOf("**Claimed files**", [...shown, ...more], "Nothing is claimed.");
      },
    },
    {
      name: "release",
      usage: "/release [path …]",
      help: "Releases files that you claimed, or all of them",
      needs: "write",
      async run({ member, args }) {
        const released = await leases.releasePaths(member, member, args.length === 0 ? null : args);
        if (released.length === 0) return "You have claimed none of that.";
        return `Released: ${released.map(({ path }) => plain(path)).join(", ")}.`;
      },
    },
    {
      name: "request",
      usage: request,
      help: "Asks whoever has a file to hand it over",
      needs: "write",
      async run({ member, room, args: [path, ...words] }) {
        const asking = { path: needed(path, request), reason: words.join(" "), ...placeOf(room) };
        const asked = await leaseRequests.ask(member, asking);
        const holders = [...new Set(asked.map(({ holder }) => plain(holder.name)))];
        return `Asked **${holders.join("** and **")}**.`;
      },
    },
  ];
}
