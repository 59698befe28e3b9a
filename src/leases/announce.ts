import type { Logger } from "../logger.ts";
import type { PostMessage } from "../messages/post.ts";
import type { Member } from "../people/member.ts";
import { generalSlug } from "../rooms/names.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { LeaseRequest } from "./lease.ts";

/** Tells a room about requests. Each is done when it is stored, and nothing of it fails. */
export interface Announcements {
  /** Whoever has it is told, in the room of what they do with it. */
  asked(request: LeaseRequest): Promise<void>;
  /** Whoever asked is told, in the room of what they want it for. */
  decided(request: LeaseRequest, by: Member): Promise<void>;
}

interface Parts {
  logger: Logger;
  rooms: Rooms;
  post: PostMessage;
  /** The house itself. */
  house: Member;
}

/**
 * Says in the room that somebody waits for a file, and what became of it: whoever has it need not look for requests. From a private
 * room nothing is said in another one: there only the two see it, among the claims.
 */
export function createAnnouncements({ logger, rooms, post, house }: Parts): Announcements {
  function say(roomId: number | null, { id, roomId: fromId }: LeaseRequest, text: string): Promise<void> {
    const from = fromId === null ? undefined : rooms.byId(fromId);
    const room = roomId === null ? generalSlug : rooms.byId(roomId).slug;
    if (from && from.visibility !== "public" && from.slug !== room) return Promise.resolve();
    return new Promise<void>((resolve) => {
      post(house, { room, text, origin: "system" }, () => resolve());
    }).catch((error: unknown) => logger.warn("leases.silent", { request: id, error }));
  }

  return {
    asked: (request) => {
      const { requester, holder, path, leaseRoomId } = request;
      const words = `${plainName(requester)} asks ${called(holder)} for ${code(path)}. ${plainName(holder)}, or who manages tasks, decides on the page Files.`;
      return say(leaseRoomId, request, words);
    },
    decided: (request, by) => {
      const { requester, path, roomId, state } = request;
      const words = state === "approved" ? "lets" : "does not let";
      return say(roomId, request, `${plainName(by)} ${words} ${called(requester)} have ${code(path)}.`);
    },
  };
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
