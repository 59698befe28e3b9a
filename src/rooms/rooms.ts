import { appended, type Log, type LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { roomMembers, rooms as table } from "../database/schema.ts";
import { Refusal } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Hub } from "../live/hub.ts";
import { doneBy } from "../people/identity.ts";
import { type Member, may } from "../people/member.ts";
import { standingIn } from "../people/standing.ts";
import { createBegun } from "./begun.ts";
import { createDirectory } from "./directory.ts";
import { createMembership, type RoomCreated, type RoomEntered } from "./membership.ts";
import {
  directSlug,
  folded,
  generalSlug,
  inOrder,
  isPublicAddress,
  noRoom,
  plainName,
  privateSlug,
  publicAddress,
  slugOf,
  topicOf,
} from "./names.ts";
import { type RoomRenamed, repaired } from "./repair.ts";
import type { Room } from "./room.ts";

export interface Rooms {
  /** Whether a member may read a room: the one place that says so, asked by every door. */
  mayRead(member: Member, room: Room): boolean;
  /**
   * A room the member may read: by its slug, else by its name the one private room of theirs that is called so; undefined alike for
   * rooms that do not exist and rooms they may not see.
   */
  find(member: Member, slug: string): Room | undefined;
  /** The same. @throws Refusal NOT_FOUND */
  forReader(member: Member, slug: string): Room;
  /** By its slug and nothing else: which room a name means is found out at the door. @throws Refusal NOT_FOUND or PERMISSION_DENIED */
  forWriter(member: Member, slug: string): Room;
  /**
   * As a program names the room it writes to. Where a public room and a private one of theirs bear the name, none is meant: whoever makes
   * a room of a private one's name gets nothing of what is said there. `name~` is the public one. @throws Refusal as `forWriter`, CONFLICT
   */
  named(member: Member, name: string): Room;
  readableBy(member: Member): readonly Room[];
  /** Whether rooms were made since an event, or the member came into one or went: what a list drawn then lacks. */
  changedSince(member: Member, seq: number): boolean;
  /** What a member hears beyond what is told to everybody. `everywhere`: they hear that as well, because nothing narrows them to some rooms. */
  reachOf(member: Member): { readonly everywhere: boolean; readonly rooms: readonly Room[] };
  has(id: number): boolean;
  byId(id: number): Room;
  /** Ids of who is in a private room or a direct conversation, in the order they came. Public rooms are everybody's and have no list. */
  membersOf(room: Room): readonly number[];
  /** @throws Refusal CONFLICT, INVALID_MESSAGE or PERMISSION_DENIED */
  create(member: Member, name: string, topic: string, visibility?: "public" | "private"): Promise<Room>;
  /** The direct conversation of a member with others: the same people have one, whoever begins it. @throws Refusal */
  direct(member: Member, others: readonly Member[]): Promise<Room>;
  /** Brings somebody into a private room. @throws Refusal CONFLICT, NOT_FOUND or PERMISSION_DENIED */
  bringIn(by: Member, room: Room, member: Member): Promise<void>;
  /** Whether one member may put another out of a room; everybody may leave a private room themselves. */
  mayPutOut(by: Member, room: Room, memberId: number): boolean;
  /** Puts somebody out of a private room, or lets them leave it. @throws Refusal CONFLICT, NOT_FOUND or PERMISSION_DENIED */
  putOut(by: Member, room: Room, member: Member): Promise<void>;
}

/** How many a direct conversation holds: beyond that it is a room. */
const directMembers = { least: 2, most: 8 };

export function createRooms(store: Store, log: Log, hub: Hub, limits: Limits): Rooms {
  const directory = createDirectory();
  defineRooms(store, log);
  const membership = createMembership(store, log);
  const startedAt = log.seq;
  const begun = createBegun(store, directory, limits);

  for (const { id, slug, topic, visibility, createdBy } of store.orm.select().from(table).orderBy(table.id).all())
    directory.remember({ id, slug, topic, visibility, createdBy });
  hub.onCommit((events) => {
    for (const event of events) {
      membership.heard(event);
      if (event.kind === "room.renamed") directory.rename(event.data as RoomRenamed);
      if (event.kind !== "room.created") continue;
      const { slug, topic, visibility } = event.data as RoomCreated;
      directory.remember({ id: event.seq, slug, topic, visibility, createdBy: event.actorId });
    }
  });

  function* own(member: Member): Iterable<Room> {
    for (const id of membership.roomsOf(member.id)) yield rooms.byId(id);
  }

  function exact(member: Member, slug: string): Room | undefined {
    const plain = folded(slug);
    const room = directory.at(isPublicAddress(plain) ? plainName(plain) : plain);
    return room && rooms.mayRead(member, room) ? room : undefined;
  }

  /** The private rooms of theirs that are called so. */
  function called(member: Member, name: string): readonly Room[] {
    return directory.called(folded(name)).filter((room) => rooms.mayRead(member, room));
  }

  /** @throws Refusal when a key or token opens some rooms only: one made with it would not be among them */
  function refuseNarrowed(member: Member): void {
    if (member.scope?.rooms) throw new Refusal("PERMISSION_DENIED", "What you came in with is for certain rooms only.");
  }

  /** @throws Refusal NOT_FOUND to whom the room does not exist, CONFLICT where membership is not to be had */
  function refuseFixed(by: Member, room: Room): void {
    if (!rooms.mayRead(by, room)) throw new Refusal("NOT_FOUND", noRoom);
    if (room.visibility === "public")
      throw new Refusal("CONFLICT", "A public room is everybody's: nobody enters or leaves it.");
    if (room.visibility === "direct")
      throw new Refusal(
        "CONFLICT",
        "A direct conversation keeps its members: begin another one, or make a private room.",
      );
  }

  async function make(member: Member, data: RoomCreated): Promise<Room> {
    const created = { ...data, ...doneBy(member) };
    const { seq } = await appended(log, { kind: "room.created", roomId: null, actorId: member.id, data: created });
    return rooms.byId(seq);
  }

  const rooms: Rooms = {
    mayRead(member, room) {
      if (!may(member, "read")) return false;
      if (member.scope?.rooms && !member.scope.rooms.includes(room.id)) return false;
      return room.visibility === "public" || membership.has(room.id, member.id);
    },
    find(member, slug) {
      const theirs = called(member, slug);
      return exact(member, slug) ?? (theirs.length === 1 ? theirs[0] : undefined);
    },
    forReader(member, slug) {
      const room = rooms.find(member, slug);
      if (!room) throw new Refusal("NOT_FOUND", noRoom);
      return room;
    },
    forWriter(member, slug) {
      const room = exact(member, slug);
      if (!room) throw new Refusal("NOT_FOUND", noRoom);
      if (!may(member, "write")) throw new Refusal("PERMISSION_DENIED", "You may read here, not write.");
      return room;
    },
    named(member, given) {
      const name = folded(given);
      const open = exact(member, name);
      const theirs = called(member, name);
      const [first, second] = open ? [open, ...theirs] : theirs;
      if (first && second) {
        const addresses = [...(open ? [publicAddress(name)] : []), ...theirs.map(({ slug }) => slug)];
        throw new Refusal("CONFLICT", `Several rooms are called "${name}": say which, by ${addresses.join(" or ")}.`);
      }
      return rooms.forWriter(member, first?.slug ?? name);
    },
    readableBy: (member) =>
      [...directory.public(), ...own(member)].filter((room) => rooms.mayRead(member, room)).sort(inOrder),
    changedSince: (member, seq) => directory.newestPublic > seq || (membership.changedAt(member.id) ?? startedAt) > seq,
    reachOf(member) {
      const everywhere = !member.scope?.rooms;
      const candidates = everywhere ? [...own(member)] : rooms.readableBy(member);
      return { everywhere, rooms: candidates.filter((room) => rooms.mayRead(member, room)) };
    },
    has: (id) => directory.byId(id) !== undefined,
    byId(id) {
      const room = directory.byId(id);
      if (!room) throw new Error(`no room ${id}`);
      return room;
    },
    membersOf: (room) => membership.of(room.id),
    async create(member, name, topic, visibility = "public") {
      if (!may(member, "manage_tasks")) throw new Refusal("PERMISSION_DENIED", "You may not create rooms.");
      refuseNarrowed(member);
      if (directory.named >= limits.rooms)
        throw new Refusal("CONFLICT", `A workspace holds at most ${limits.rooms} rooms.`);
      const members = visibility === "private" ? { members: [member.id] } : {};
      const slug = visibility === "private" ? privateSlug(slugOf(name)) : slugOf(name);
      return make(member, { slug, topic: topicOf(topic), visibility, ...members });
    },
    async direct(member, others) {
      if (!may(member, "write")) throw new Refusal("PERMISSION_DENIED", "You may read here, not write.");
      const members = new Set([member, ...others].map(({ id }) => id));
      const { least, most } = directMembers;
      if (members.size < least) throw new Refusal("INVALID_MESSAGE", "Name somebody to talk to, other than yourself.");
      if (members.size > most)
        throw new Refusal("INVALID_MESSAGE", `A direct conversation has at most ${most} members: make a private room.`);
      const slug = directSlug(members);
      const known = rooms.find(member, slug);
      if (known) return known;
      refuseNarrowed(member);
      if (directory.size - directory.named >= limits.directRooms)
        throw new Refusal("CONFLICT", `A workspace holds at most ${limits.directRooms} direct conversations.`);
      if (others.some((other) => !isHere(other))) throw new Refusal("NOT_FOUND", noMember);
      return begun.counted(member, () =>
        make(member, { slug, topic: "", visibility: "direct", members: [...members] }),
      );
    },
    async bringIn(by, room, member) {
      refuseFixed(by, room);
      if (by.role === "guest" || !may(by, "write"))
        throw new Refusal("PERMISSION_DENIED", "You may not bring others into this room.");
      if (!isHere(member)) throw new Refusal("NOT_FOUND", noMember);
      const data: RoomEntered = { memberId: member.id, ...doneBy(by) };
      await appended(log, { kind: "room.entered", roomId: room.id, actorId: by.id, data });
    },
    mayPutOut: (by, room, memberId) =>
      room.visibility === "private" &&
      rooms.mayRead(by, room) &&
      ((by.id === memberId && (!by.scope || may(by, "write"))) ||
        (by.id === room.createdBy && may(by, "write")) ||
        may(by, "manage_users")),
    async putOut(by, room, member) {
      refuseFixed(by, room);
      if (!rooms.mayPutOut(by, room, member.id))
        throw new Refusal("PERMISSION_DENIED", "Only who made the room, or a moderator in it, puts others out.");
      const data: RoomEntered = { memberId: member.id, ...doneBy(by) };
      await appended(log, { kind: "room.left", roomId: room.id, actorId: by.id, data });
    },
  };

  if (!directory.at(generalSlug)) {
    const data: RoomCreated = { slug: generalSlug, topic: "Where everybody is", visibility: "public" };
    log.append([{ kind: "room.created", roomId: null, actorId: null, data }]);
    log.flush();
  }
  for (const data of repaired([...directory.all()]))
    log.append([{ kind: "room.renamed", roomId: null, actorId: null, data }]);
  log.flush();
  return rooms;
}

const noMember = "Nobody of that name is here.";

/** The house itself sits in no room, and who left is not brought back by others. */
function isHere(member: Member): boolean {
  return member.kind !== "system" && member.removedAt === null;
}

/** How a room comes into the tables. */
function defineRooms(store: Store, log: Log): void {
  const taken = store.sqlite.prepare<{ id: number }, [string]>("SELECT id FROM rooms WHERE slug = ?");
  const renamed = store.sqlite.prepare("UPDATE rooms SET slug = ? WHERE id = ?");
  log.define("room.renamed", ({ data }) => {
    const { id, slug } = data as RoomRenamed;
    renamed.run(slug, id);
  });
  const standing = standingIn(store);
  const created = (event: LogEvent) => {
    const { slug, topic, visibility, members = [] } = event.data as RoomCreated;
    const known = taken.get(slug);
    // The same people have one conversation, however many of them begin it in one moment.
    if (known && visibility === "direct") return known.id;
    if (known) throw new Refusal("CONFLICT", `The name "${slug}" is taken: choose another.`, { field: "name" });
    const room = { id: event.seq, slug, topic, visibility, createdBy: event.actorId, createdAt: event.at };
    store.orm.insert(table).values(room).run();
    for (const memberId of members)
      store.orm.insert(roomMembers).values({ roomId: event.seq, memberId, joinedAt: event.at }).run();
    return undefined;
  };
  log.define("room.created", created, (event) => {
    const { slug, visibility, members = [] } = event.data as RoomCreated;
    standing.needs(event, visibility === "direct" ? "write" : "manage_tasks");
    // Public names are no secret, and nobody is to be led from such a room into another.
    if (visibility === "private" && taken.get(plainName(slug)))
      throw new Refusal("CONFLICT", `The name "${plainName(slug)}" is taken: choose another.`);
    if (members.some((id) => standing.member(id)?.removedAt !== null)) throw new Refusal("NOT_FOUND", noMember);
    for (const id of members) standing.needsSomebody(id);
  });
}
