import type { LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import type { Hub } from "../live/hub.ts";
import type { Logger } from "../logger.ts";
import type { PostMessage } from "../messages/post.ts";
import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import { generalSlug } from "../rooms/names.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { LeaseDecided } from "./events.ts";
import { leaseRows, type RequestRow } from "./rows.ts";

interface Parts {
  store: Store;
  hub: Hub;
  logger: Logger;
  members: Members;
  rooms: Rooms;
  post: PostMessage;
}

/**
 * Says in the room that somebody waits for a file, and what became of it: whoever has it need not look for requests. From a private
 * room nothing is said in another one: there only the two see it, among the claims.
 */
export function announceRequests({ store, hub, logger, members, rooms, post }: Parts): void {
  const rows = leaseRows(store);

  function say(roomId: number | null, request: RequestRow, text: string): void {
    const from = request.roomId === null ? undefined : rooms.byId(request.roomId);
    const room = roomId === null ? generalSlug : rooms.byId(roomId).slug;
    if (from && from.visibility !== "public" && from.slug !== room) return;
    try {
      post(members.system, { room, text, origin: "system" });
    } catch (error) {
      logger.warn("leases.silent", { request: request.id, error });
    }
  }

  function heard({ kind, seq, roomId, actorId, data }: LogEvent): void {
    if (kind === "lease.requested") {
      const request = rows.request(seq);
      if (!request) return;
      const [requester, holder] = [members.byId(request.requesterId), members.byId(request.holderId)];
      const words = `${plainName(requester)} asks ${called(holder)} for ${code(request.path)}. ${holder.name}, or who manages tasks, decides on the page Files.`;
      say(roomId, request, words);
    }
    if (kind === "lease.decided") {
      const { requestId, approved } = data as LeaseDecided;
      const request = rows.request(requestId);
      if (!request) return;
      const by = plainName(actorId === null ? members.system : members.byId(actorId));
      const requester = called(members.byId(request.requesterId));
      say(
        request.roomId,
        request,
        `${by} ${approved ? "lets" : "does not let"} ${requester} have ${code(request.path)}.`,
      );
    }
  }

  hub.onCommit((events) => {
    for (const event of events) heard(event);
  });
}

/** People are called, agents are not: being named must not set one to work. */
function called(member: Member): string {
  return member.kind === "person" ? `@${member.handle}` : plainName(member);
}

function plainName({ name }: Member): string {
  return name.replace(/[\\`*[\]<>~|&@_]/g, "\\$&");
}

/** A path in a line of Markdown, whatever it holds. */
function code(path: string): string {
  return `\`\` ${path.replaceAll("`", "'")} \`\``;
}
