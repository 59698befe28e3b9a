import type { Clock } from "../../clock.ts";
import type { LogEvent } from "../../database/log.ts";
import { closeCodes, Refusal } from "../../errors.ts";
import type { Hub } from "../../live/hub.ts";
import { may } from "../../people/member.ts";
import type { RoomCreated, RoomEntered } from "../../rooms/membership.ts";
import { plainName } from "../../rooms/names.ts";
import type { Room } from "../../rooms/room.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Typing } from "../../rooms/typing.ts";
import type { Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";

/**
 * Brings the sockets of whoever came into a room, or went, in line with what they may hear now. It must listen before what tells the
 * commit: who was put out hears nothing of the commit that did it.
 */
export function followMembership(hub: Hub, connections: Connections, rooms: Rooms, typing: Typing, clock: Clock): void {
  hub.onCommit((events) => {
    const concerned = new Set(events.flatMap(membersOf));
    for (const memberId of concerned) for (const connection of [...connections.of(memberId)]) follow(connection);
    for (const { kind, data, roomId } of events)
      if (kind === "room.left" && roomId !== null) typing.clearIn((data as RoomEntered).memberId, rooms.byId(roomId));
  });

  function follow(connection: Connection): void {
    if (connection.closed) return;
    for (const room of keepToReach(connection, rooms)) dismiss(connection, room);
  }

  /** A page shows one room and has nothing left to show; a program may hear others, so it is only told. */
  function dismiss(connection: Connection, room: Room): void {
    if (connection.door === "page") {
      connection.wire.close(closeCodes.accessRemoved, "ACCESS_REMOVED");
      return;
    }
    const refusal = new Refusal("PERMISSION_DENIED", `You are no longer in #${plainName(room.slug)}.`);
    const { dialect, wire } = connection;
    wire.send(dialect.answer({ type: "error", refusal, clientId: null, now: clock.now(), closing: false }));
  }
}

/** Ends what a socket heard and its member may not read any more, and begins what they may. @returns the rooms it lost */
export function keepToReach(connection: Connection, rooms: Rooms): readonly Room[] {
  const member = connection.identity?.member;
  if (!member) return [];
  if (!may(member, "read")) {
    connection.topics.clear();
    connection.agents.clear();
  }
  const lost = [...connection.rooms].filter((room) => !rooms.mayRead(member, room));
  for (const room of lost) connection.rooms.delete(room);
  connection.subscribe();
  return lost;
}

/** Whose membership an event changes. */
function membersOf({ kind, data }: LogEvent): readonly number[] {
  if (kind === "room.created") return (data as RoomCreated).members ?? [];
  if (kind === "room.entered" || kind === "room.left") return [(data as RoomEntered).memberId];
  return [];
}
