import { z } from "zod";

/** Frames of one dialect and one direction, by type: the shape of each as it is on the wire. */
export type Frames = Readonly<Record<string, z.ZodType>>;

/** What a chat dialect understands and says. */
export interface Spoken {
  readonly clientSends: Frames;
  readonly serverSends: Frames;
  /** Any of them, under a name of its own: of those that the server sends, all but the batch that holds several. */
  readonly clientFrame: z.ZodType;
  readonly serverFrame: z.ZodType;
}

/** `CamelServerAuthResponse` for `auth_response`: what a frame is called in documents and in TypeScript. */
export function frameName(speaker: string, type: string): string {
  const words = type.split("_").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
  return speaker + words.join("");
}

/** A frame with its fields under `data`. @param speaker the dialect and who sends it, such as `CamelServer` */
export function nested<Data extends z.ZodType>(speaker: string, type: string, description: string, data: Data) {
  return z.strictObject({ type: z.literal(type), data }).meta({ id: frameName(speaker, type), description });
}

/** A frame with its fields beside its type. */
export function flat<Fields extends z.ZodRawShape>(
  speaker: string,
  type: string,
  description: string,
  fields: Fields,
  name = type,
) {
  return z.strictObject({ type: z.literal(type), ...fields }).meta({ id: frameName(speaker, name), description });
}
