/** A room: a public channel now; private rooms and direct messages share the shape. */
export interface Room {
  readonly id: number;
  readonly slug: string;
  readonly topic: string;
  readonly visibility: "public" | "private";
}
