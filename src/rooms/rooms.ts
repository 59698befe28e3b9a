import type { Limits } from "../config.ts";
import { appended, type Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { rooms as table } from "../database/schema.ts";
import { Refusal } from "../errors.ts";
import type { Hub } from "../live/hub.ts";
import { type Member, may } from "../people/member.ts";
import type { Room } from "./room.ts";

interface RoomCreated {
  readonly slug: string;
  readonly topic: string;
  readonly visibility: Room["visibility"];
}

/** The room everybody is in, and the one a frame without a room concerns. */
export const generalSlug = "general";

export interface Rooms {
  /** Whether a member may read a room: the one place that says so, asked by every door. */
  mayRead(member: Member, room: Room): boolean;
  /** A room the member may read. @throws Refusal NOT_FOUND, the same for rooms that do not exist and rooms they may not see */
  forReader(member: Member, slug: string): Room;
  /** @throws Refusal NOT_FOUND or PERMISSION_DENIED */
  forWriter(member: Member, slug: string): Room;
  readableBy(member: Member): readonly Room[];
  /** Those of them made after an event: what a list drawn then lacks. */
  readableSince(member: Member, seq: number): readonly Room[];
  byId(id: number): Room;
  /** @throws Refusal CONFLICT, INVALID_MESSAGE or PERMISSION_DENIED */
  create(member: Member, name: string, topic: string): Promise<Room>;
}

export function createRooms(store: Store, log: Log, hub: Hub, limits: Limits): Rooms {
  const byId = new Map<number, Room>();
  const bySlug = new Map<string, Room>();
  const taken = store.sqlite.prepare<{ id: number }, [string]>("SELECT id FROM rooms WHERE slug = ?");

  log.define("room.created", (event) => {
    const { slug, topic, visibility } = event.data as RoomCreated;
    if (taken.get(slug)) throw new Refusal("CONFLICT", `There is a room called #${slug} already.`);
    store.orm
      .insert(table)
      .values({ id: event.seq, slug, topic, visibility, createdBy: event.actorId, createdAt: event.at })
      .run();
  });
  const load = () => {
    for (const { id, slug, topic, visibility } of store.orm.select().from(table).orderBy(table.slug).all()) {
      // A room that is known stays the same object: sockets and writers hold on to it.
      if (byId.has(id)) continue;
      const room = { id, slug, topic, visibility };
      byId.set(id, room);
      bySlug.set(slug, room);
    }
  };
  load();
  hub.onCommit((events) => {
    if (events.some((event) => event.kind === "room.created")) load();
  });

  const rooms: Rooms = {
    mayRead: (member, room) => may(member, "read") && room.visibility === "public",
    forReader(member, slug) {
      const room = bySlug.get(slug.replace(/^#/, "").toLowerCase());
      if (!room || !rooms.mayRead(member, room))
        throw new Refusal("NOT_FOUND", "There is no such room, or you may not see it.");
      return room;
    },
    forWriter(member, slug) {
      const room = rooms.forReader(member, slug);
      if (!may(member, "write")) throw new Refusal("PERMISSION_DENIED", "You may read here, not write.");
      return room;
    },
    readableBy: (member) => [...byId.values()].filter((room) => rooms.mayRead(member, room)).sort(byName),
    readableSince: (member, seq) => [...byId.values()].filter((room) => room.id > seq && rooms.mayRead(member, room)),
    byId(id) {
      const room = byId.get(id);
      if (!room) throw new Error(`no room ${id}`);
      return room;
    },
    async create(member, name, topic) {
      if (!may(member, "manage_tasks")) throw new Refusal("PERMISSION_DENIED", "You may not create rooms.");
      if (byId.size >= limits.rooms) throw new Refusal("CONFLICT", `A workspace holds at most ${limits.rooms} rooms.`);
      const data: RoomCreated = { slug: slugOf(name), topic: topicOf(topic), visibility: "public" };
      const { seq } = await appended(log, { kind: "room.created", roomId: null, actorId: member.id, data });
      return rooms.byId(seq);
    },
  };

  if (!bySlug.has(generalSlug)) {
    const data: RoomCreated = { slug: generalSlug, topic: "Where everybody is", visibility: "public" };
    log.append([{ kind: "room.created", roomId: null, actorId: null, data }]);
    log.flush();
  }
  return rooms;
}

/** General first, then by name. */
function byName(a: Room, b: Room): number {
  if (a.slug === generalSlug) return -1;
  if (b.slug === generalSlug) return 1;
  return a.slug.localeCompare(b.slug);
}

/** @throws Refusal INVALID_MESSAGE */
function slugOf(name: string): string {
  const slug = name.normalize("NFKC").trim().replace(/^#/, "").toLowerCase().replace(/\s+/g, "-");
  if (!/^[\p{L}\p{N}][\p{L}\p{N}_-]{0,39}$/u.test(slug)) {
    throw new Refusal(
      "INVALID_MESSAGE",
      "A room's name has 1 to 40 letters, digits, - or _, and begins with a letter or digit.",
    );
  }
  return slug;
}

function topicOf(topic: string): string {
  const plain = topic.replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
  if (plain.length > 200) throw new Refusal("INVALID_MESSAGE", "A topic may have at most 200 characters.");
  return plain;
}
