/** A room: a public channel now; private rooms and direct messages share the shape. */
export interface Room {
  readonly id: number;
  readonly slug: string;
  readonly topic: string;
  /** Public rooms are everybody's; private ones and direct conversations exist for their members only. */
  readonly visibility: "public" | "private" | "direct";
}
