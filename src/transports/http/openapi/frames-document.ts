import type { z } from "zod";
import { breathe, type Direction, gatherSchemas, type JsonSchema } from "./json-schema.ts";

/** What a chat dialect understands and says, as its own part of the house knows it. */
export interface Spoken {
  readonly clientSends: Readonly<Record<string, z.ZodType>>;
  readonly serverSends: Readonly<Record<string, z.ZodType>>;
  readonly clientFrame: z.ZodType;
  readonly serverFrame: z.ZodType;
}

export type ChatFrames = Readonly<Record<string, Spoken>>;

/** Frames of one direction: where each type's shape stands. */
type Places = Record<string, JsonSchema>;

export interface FramesDocument {
  readonly $schema: string;
  readonly title: string;
  readonly description: string;
  readonly dialects: Readonly<Record<string, { readonly clientSends: Places; readonly serverSends: Places }>>;
  readonly $defs: Record<string, JsonSchema>;
}

/** JSON Schema of each frame, by dialect and who sends it. */
export async function framesDocument(frames: ChatFrames): Promise<FramesDocument> {
  const shapes = gatherSchemas("#/$defs/");
  const dialects: Record<string, { clientSends: Places; serverSends: Places }> = {};
  for (const [name, { clientSends, serverSends, clientFrame, serverFrame }] of Object.entries(frames)) {
    dialects[name] = {
      clientSends: await each(clientSends, "input"),
      serverSends: await each(serverSends, "output"),
    };
    shapes.of(clientFrame, "input");
    shapes.of(serverFrame, "output");
    await breathe();
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Frames of Parley's chat sockets",
    description:
      "Frames are JSON texts. A socket speaks the camel dialect until its client sends a frame with `user_id` at top level. What is accepted is lenient: fields may stand beside `type` or under `data`, in either spelling.",
    dialects,
    $defs: shapes.named(),
  };

  async function each(some: Spoken["serverSends"], direction: Direction): Promise<Places> {
    const places: Places = {};
    for (const [type, schema] of Object.entries(some)) {
      places[type] = shapes.of(schema, direction);
      await breathe();
    }
    return places;
  }
}
