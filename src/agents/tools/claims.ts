import { Refusal } from "../../errors.ts";
import type { Lease } from "../../leases/lease.ts";
import type { Leases } from "../../leases/leases.ts";
import type { LeaseRequests } from "../../leases/requests.ts";
import { timeOf } from "../../leases/words.ts";
import { acting } from "../../people/identity.ts";
import { type Member, may, permissionsOf } from "../../people/member.ts";
import type { Members } from "../../people/members.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { FileLeases } from "./leases.ts";
import { readingFor } from "./reach.ts";
import type { ToolContext } from "./tool.ts";

interface Parts {
  members: Members;
  rooms: Rooms;
  leases: Leases;
  leaseRequests: LeaseRequests;
}

/** Claims as agents make them: for the task they are at, and at the word of somebody who may write. */
export function fileLeases(parts: Parts): FileLeases {
  const { leases, leaseRequests } = parts;

  return {
    async claim({ paths, minutes }, context) {
      const claim = { paths, minutes, task: context.task, ...placeOf(context), purpose: context.task?.description };
      const claimed = await leases.claim(writer(context), claim).catch((refusal: unknown) => {
        if (!(refusal instanceof Refusal) || refusal.code !== "CONFLICT") throw refusal;
        throw new Refusal(
          "CONFLICT",
          `${refusal.message} Nothing was claimed. Work on something else meanwhile, or ask for it with request_files.`,
        );
      });
      return listed("You have", claimed);
    },
    async release({ paths }, context) {
      const by = writer(context);
      const released = await leases.releasePaths(by, by, paths.length === 0 ? null : paths);
      return released.length === 0 ? "You had none of that." : `Released: ${pathsOf(released)}.`;
    },
    async request({ path, reason }, context) {
      const asked = await leaseRequests.ask(writer(context), { path, reason, task: context.task, ...placeOf(context) });
      const holders = [...new Set(asked.map(({ holder }) => holder.name))].join(" and ");
      return `${holders} was asked for ${path}. Try claim_files again after a while; the answer is said in the room.`;
    },
    async list(context) {
      const reader = readingFor(parts, context);
      const claimed = leases.list(reader).map((lease) => {
        const whose = lease.holder.id === reader.id ? "you" : lease.holder.name;
        return `${lease.path}: ${whose}, until ${timeOf(lease.expiresAt)}`;
      });
      const waiting = leaseRequests
        .waiting(reader)
        .filter(({ holder }) => holder.id === reader.id)
        .map(({ requester, path }) => `${requester.name} waits for ${path}: release it as soon as you can.`);
      return claimed.length === 0 ? "Nothing is claimed." : [...claimed, ...waiting].join("\n");
    },
  };

  /** The agent, as far as what it came with reaches. @throws Refusal PERMISSION_DENIED when whoever asked may not write by now */
  function writer({ agent, rooms, asker }: ToolContext): Member {
    const asking = asker && acting(parts.members.byId(asker.id), "", asker.scope);
    if (asking && !may(asking, "write"))
      throw new Refusal("PERMISSION_DENIED", `${asking.name} may not have files claimed for them.`);
    const member = parts.members.byId(agent.member.id);
    return acting(member, "", { permissions: permissionsOf(member), rooms });
  }

  /** Who came by a key for private rooms alone works for one of these: what it claims is not for everybody to know. */
  function placeOf({ rooms, task }: ToolContext): { roomId: number | null } {
    const isOpen = !rooms || rooms.some((id) => parts.rooms.byId(id).visibility === "public");
    return { roomId: task || isOpen ? null : (rooms[0] ?? null) };
  }
}

function listed(what: string, leases: readonly Lease[]): string {
  return `${what} ${leases.map(({ path, expiresAt }) => `${path} until ${timeOf(expiresAt)}`).join(", ")}.`;
}

function pathsOf(leases: readonly Lease[]): string {
  return leases.map(({ path }) => path).join(", ");
}
