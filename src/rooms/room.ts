/** Where people and agents talk: a public room, a private one, or a direct conversation of a few. */
export interface Room {
  /** The seq of the event that made it. */
  readonly id: number;
  readonly slug: string;
  readonly topic: string;
  /** Public rooms are everybody's; private ones and direct conversations exist for their members only. */
  readonly visibility: "public" | "private" | "direct";
  /** Who made it; null for the room that was here first. */
  readonly createdBy: number | null;
}
