import type { Dialect } from "./dialects/dialect.ts";

/** How many sockets listen to each topic. Bun's own count costs as much as telling somebody; this one is a look-up. */
export class Audience {
  private readonly counts = new Map<string, number>();
  private readonly kinds = new Map<string, number>();

  join(topic: string): void {
    add(this.counts, topic, 1);
  }

  leave(topic: string): void {
    add(this.counts, topic, -1);
  }

  count(topic: string): number {
    return this.counts.get(topic) ?? 0;
  }

  /** A socket that reads so hears something from now on. */
  enter(dialect: Dialect["name"], batch: boolean): void {
    add(this.kinds, batch ? batched[dialect] : dialect, 1);
  }

  exit(dialect: Dialect["name"], batch: boolean): void {
    add(this.kinds, batch ? batched[dialect] : dialect, -1);
  }

  hasReaders(dialect: Dialect["name"], batch: boolean): boolean {
    return this.kinds.has(batch ? batched[dialect] : dialect);
  }
}

const batched = { html: "html+", camel: "camel+", classic: "classic+" } as const;

function add(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change;
  if (count > 0) counts.set(name, count);
  else counts.delete(name);
}
