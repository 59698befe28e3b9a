/** How many sockets listen to each topic. Bun's own count costs as much as telling somebody; this one is a look-up. */
export class Audience {
  private readonly counts = new Map<string, number>();

  join(topic: string): void {
    this.counts.set(topic, this.count(topic) + 1);
  }

  leave(topic: string): void {
    const left = this.count(topic) - 1;
    if (left > 0) this.counts.set(topic, left);
    else this.counts.delete(topic);
  }

  count(topic: string): number {
    return this.counts.get(topic) ?? 0;
  }
}
