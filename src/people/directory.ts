import type { Member } from "./member.ts";
import { handleOf, skeletonsOf } from "./name.ts";

/** Who bears which name, held in memory: it is asked for every mention. */
export interface Directory {
  /** Takes a member in, or what became of them; under the name they had before they are not found any more. */
  remember(member: Member): void;
  get(id: number): Member | undefined;
  all(): Iterable<Member>;
  named(kind: Member["kind"], name: string): Member | undefined;
  /** Everybody who bears a folded handle. */
  bearing(handle: string): readonly Member[];
  /** Those whose names look the same to a reader, whoever bears this very one among them. */
  alike(name: string): readonly Member[];
}

export function createDirectory(): Directory {
  const byId = new Map<number, Member>();
  const byHandle = new Map<string, readonly Member[]>();
  const bySkeleton = new Map<string, readonly Member[]>();

  function forget({ id, handle, name, kind }: Member): void {
    const without = (members: readonly Member[]) => members.filter((other) => other.id !== id);
    byHandle.set(handle, without(byHandle.get(handle) ?? []));
    for (const skeleton of skeletonsOf(name, kind)) bySkeleton.set(skeleton, without(bySkeleton.get(skeleton) ?? []));
  }

  return {
    remember(member) {
      const before = byId.get(member.id);
      if (before) forget(before);
      byId.set(member.id, member);
      byHandle.set(member.handle, [...(byHandle.get(member.handle) ?? []), member]);
      for (const skeleton of skeletonsOf(member.name, member.kind))
        bySkeleton.set(skeleton, [...(bySkeleton.get(skeleton) ?? []), member]);
    },
    get: (id) => byId.get(id),
    all: () => byId.values(),
    named: (kind, name) => byHandle.get(handleOf(name))?.find((member) => member.kind === kind),
    bearing: (handle) => byHandle.get(handle) ?? [],
    alike: (name) => skeletonsOf(name).flatMap((skeleton) => bySkeleton.get(skeleton) ?? []),
  };
}
