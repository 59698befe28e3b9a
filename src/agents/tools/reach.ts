import { Refusal } from "../../errors.ts";
import { acting } from "../../people/identity.ts";
import { type Member, may, permissionsOf, type Scope } from "../../people/member.ts";
import type { Members } from "../../people/members.ts";
import type { Room } from "../../rooms/room.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { ToolContext } from "./tool.ts";

interface Parts {
  members: Members;
  rooms: Rooms;
}

type Whose = Pick<ToolContext, "agent" | "rooms" | "task" | "asker">;

/**
 * The agent as somebody who reads: of its rooms the one it works in and those that are everybody's, as far as whoever asked may read
 * them by now. What it knows from other private rooms must not be drawn out of it.
 */
export function readingFor({ members, rooms }: Parts, context: Whose): Member {
  return narrowed({ members, rooms }, context, "read", ({ id, visibility }) =>
    context.task ? visibility === "public" || id === context.task.roomId : true,
  );
}

/** The same as somebody who writes. From a private room nothing is carried into another one. */
export function writingFor({ members, rooms }: Parts, context: Whose): Member {
  return narrowed({ members, rooms }, context, "write", ({ id, visibility }) =>
    context.task ? id === context.task.roomId || (context.task.isPublic && visibility === "public") : true,
  );
}

/** A room to read, as a model names it, with or without its #; the one it works in when it names none. @throws Refusal NOT_FOUND */
export function readableRoom({ members, rooms }: Parts, context: Whose, name: string | undefined): Room {
  const member = readingFor({ members, rooms }, context);
  const wanted = bare(name);
  const room = wanted ? rooms.find(member, wanted) : ownRoom(rooms, member, context);
  if (!room) throw outOfReach(wanted);
  return room;
}

/** The same to write in: where a public room and a private one bear the name, none is meant. @throws Refusal NOT_FOUND or CONFLICT */
export function writableRoom({ members, rooms }: Parts, context: Whose, name: string | undefined): Room {
  const member = writingFor({ members, rooms }, context);
  const wanted = bare(name);
  const room = wanted ? rooms.named(member, wanted) : ownRoom(rooms, member, context);
  if (!room) throw outOfReach(wanted);
  return room;
}

/**
 * What a message of the agent's is posted with: whoever it calls does no more for it than the one at whose word it speaks could ask
 * for. Undefined where nothing narrows it.
 */
export function passedOn({ rooms, asker }: Whose): Scope | undefined {
  const from = asker?.scope;
  if (!from && rooms === null) return undefined;
  const both = from?.rooms && rooms ? rooms.filter((id) => from.rooms?.includes(id)) : (from?.rooms ?? rooms);
  return { permissions: from?.permissions ?? ["read", "write", "execute"], rooms: both };
}

function narrowed(
  { members, rooms }: Parts,
  context: Whose,
  permission: "read" | "write",
  isOfTask: (room: Room) => boolean,
): Member {
  const { agent, asker } = context;
  const own = acting(members.byId(agent.member.id), "", {
    permissions: permissionsOf(agent.member),
    rooms: context.rooms,
  });
  // As they are by now: a run takes its time.
  const asking = asker && acting(members.byId(asker.id), "", asker.scope);
  const mayBeUsed = (room: Room) =>
    isOfTask(room) && (!asking || (may(asking, permission) && rooms.mayRead(asking, room)));
  const usable = rooms.readableBy(own).filter(mayBeUsed);
  return acting(own, "", { permissions: permissionsOf(agent.member), rooms: usable.map(({ id }) => id) });
}

function bare(name: string | undefined): string {
  return (name ?? "").trim().replace(/^#/, "");
}

function ownRoom(rooms: Rooms, member: Member, { task }: Whose): Room | undefined {
  if (!task) throw new Refusal("INVALID_MESSAGE", "Say which room: there is no task whose room could be meant.");
  const room = rooms.byId(task.roomId);
  return rooms.mayRead(member, room) ? room : undefined;
}

function outOfReach(name: string): Refusal {
  const which = name ? `room "${name.slice(0, 60)}"` : "room";
  return new Refusal("NOT_FOUND", `There is no ${which} that you may use for this task.`);
}
