import { camelFrames } from "./camel-frames.ts";
import { classicFrames } from "./classic-frames.ts";
import type { Spoken } from "./frame.ts";

/** Every frame of the chat sockets, by dialect and who sends it. */
export const chatFrames: Readonly<Record<"camel" | "classic", Spoken>> = {
  camel: camelFrames,
  classic: classicFrames,
};
