/** Remembers the newest of what is put in, up to so many: for "said already", where to say it twice after long is no harm. */
export class Newest<Item> {
  private readonly items = new Set<Item>();
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  has(item: Item): boolean {
    return this.items.has(item);
  }

  add(item: Item): void {
    this.items.delete(item);
    this.items.add(item);
    for (const oldest of this.items) {
      if (this.items.size <= this.most) return;
      this.items.delete(oldest);
    }
  }

  delete(item: Item): void {
    this.items.delete(item);
  }
}
