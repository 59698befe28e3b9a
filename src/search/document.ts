import type { Room } from "../rooms/room.ts";
import type { Feature } from "./query.ts";
import { tokensOf } from "./tokens.ts";

/** A message as the index holds it: each column is words separated by spaces. */
export interface Document {
  readonly room: string;
  readonly author: string;
  readonly has: string;
  readonly body: string;
}

/** Every public room is one word, however many there are: who looks everywhere must not name a thousand. */
export const publicRooms = "public";
/** And every message is in some room. */
export const anyRoom = "room";

/** A room as a word of the index: with it in the query a room where nothing is found costs nothing. */
export function roomWord(roomId: number): string {
  return `r${roomId}`;
}

export function authorWord(memberId: number): string {
  return `a${memberId}`;
}

/**
 * Makes the document of a message. A room keeps its visibility for life; whoever changes that must index its messages anew (and even
 * then nothing is shown that may not be read, because the search asks the rooms besides).
 */
export function documentOf(
  room: Pick<Room, "id" | "visibility">,
  authorId: number,
  text: string,
  hasFile: boolean,
): Document {
  return {
    room: [anyRoom, roomWord(room.id), ...(room.visibility === "public" ? [publicRooms] : [])].join(" "),
    author: authorWord(authorId),
    has: [...featuresOf(text), ...(hasFile ? ["file"] : [])].join(" "),
    body: tokensOf(text)
      .map(({ word }) => word)
      .join(" "),
  };
}

function featuresOf(text: string): Feature[] {
  const found: Feature[] = [];
  if (/https?:\/\/[^\s/]/i.test(text)) found.push("link");
  if (/`[^`]/.test(text)) found.push("code");
  return found;
}
