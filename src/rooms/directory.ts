import { plainName } from "./names.ts";
import type { RoomRenamed } from "./repair.ts";
import type { Room } from "./room.ts";

/** Every room there is, held in memory: which one is meant is asked for each message. */
export interface Directory {
  remember(room: Room): void;
  /** Before anybody is let in: whoever is here holds the room itself. */
  rename(renamed: RoomRenamed): void;
  byId(id: number): Room | undefined;
  /** By its whole slug, folded. */
  at(slug: string): Room | undefined;
  /** Private rooms of a name: several may be called alike. */
  called(name: string): readonly Room[];
  /** How many direct conversations a member began. */
  begunBy(memberId: number): number;
  all(): Iterable<Room>;
  public(): readonly Room[];
  /** How many have a name: direct conversations, of which there are many more, have none. */
  readonly named: number;
  readonly size: number;
  /** The id of the newest public one. */
  readonly newestPublic: number;
}

export function createDirectory(): Directory {
  const byId = new Map<number, Room>();
  const bySlug = new Map<string, Room>();
  const byName = new Map<string, readonly Room[]>();
  const begun = new Map<number, number>();
  let open: Room[] = [];
  let hidden = 0;

  function call(room: Room): void {
    const name = plainName(room.slug);
    byName.set(name, [...(byName.get(name) ?? []), room]);
  }

  function uncall({ id, slug }: Room): void {
    const name = plainName(slug);
    byName.set(
      name,
      (byName.get(name) ?? []).filter((each) => each.id !== id),
    );
  }

  return {
    remember(room) {
      byId.set(room.id, room);
      bySlug.set(room.slug, room);
      if (room.visibility === "public") open.push(room);
      if (room.visibility === "direct" && room.createdBy !== null)
        begun.set(room.createdBy, (begun.get(room.createdBy) ?? 0) + 1);
      if (room.visibility !== "private") return;
      hidden += 1;
      call(room);
    },
    rename({ id, slug }) {
      const room = byId.get(id);
      if (!room) return;
      const renamed = { ...room, slug };
      if (bySlug.get(room.slug) === room) bySlug.delete(room.slug);
      bySlug.set(slug, renamed);
      byId.set(id, renamed);
      open = open.map((each) => (each.id === id ? renamed : each));
      if (room.visibility !== "private") return;
      uncall(room);
      call(renamed);
    },
    byId: (id) => byId.get(id),
    at: (slug) => bySlug.get(slug),
    called: (name) => byName.get(name) ?? [],
    begunBy: (memberId) => begun.get(memberId) ?? 0,
    all: () => byId.values(),
    public: () => open,
    get named() {
      return open.length + hidden;
    },
    get size() {
      return byId.size;
    },
    get newestPublic() {
      return open.at(-1)?.id ?? 0;
    },
  };
}
