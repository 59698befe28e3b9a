import type { Config } from "../config.ts";
import type { Log, Outcome, Proposal } from "../database/log.ts";
import { Refusal } from "../errors.ts";
import type { Limiter } from "../limiter.ts";
import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { cleanText, renderBody } from "./body.ts";
import type { MessagePosted } from "./events.ts";
import type { Origin } from "./message.ts";
import type { Rendered } from "./rendered.ts";

/** What somebody wants to say, as any door understood it. */
export interface Draft {
  /** Slug. */
  readonly room: string;
  readonly text: string;
  readonly replyTo?: number | null;
  /** The sender's own id for this message: the same one again gives the first result again. */
  readonly clientId?: string | null;
  /** The client's own id, only to be echoed. */
  readonly echoId?: string | number | null;
  readonly origin: Origin;
  readonly taskId?: number | null;
  /** Ids of files that the author stored before; with some, the text may be empty. */
  readonly files?: readonly string[] | null;
  /** The text comes later, by `finish`. */
  readonly streaming?: boolean;
  /** What is written in the same commit, or not at all: where the door it came by goes on. */
  readonly along?: readonly Proposal[];
}

export type PostMessage = (author: Member, draft: Draft, done?: (outcome: Outcome) => void) => void;

interface Parts {
  config: Config;
  log: Log;
  members: Members;
  rooms: Rooms;
  limiter: Limiter;
  rendered: Rendered;
}

/**
 * The one way a message comes into being, whichever door it came in by: may they, are they too fast, is the draft sound, then
 * into the log. Synchronous up to there; `done` runs after the commit, when everybody has been told.
 * Everything it refuses it throws, before anything is written.
 */
export function createPost({ config, log, members, rooms, limiter, rendered }: Parts): PostMessage {
  const known = (handle: string) => members.mentioned(handle).length > 0;
  return (author, draft, done) => {
    const room = rooms.forWriter(author, draft.room);
    limiter.message(author);
    const clientId = draft.clientId ?? null;
    if (clientId !== null && (clientId === "" || clientId.length > 64)) {
      throw new Refusal("INVALID_MESSAGE", "A clientId has 1 to 64 characters.");
    }
    const files = [...new Set(draft.files ?? [])];
    if (files.length > config.limits.filesPerMessage) {
      throw new Refusal("INVALID_MESSAGE", `A message may have at most ${config.limits.filesPerMessage} files.`);
    }
    const text = draft.streaming ? "" : cleanText(draft.text, config.limits.messageCharacters, files.length > 0);
    const body = renderBody(text, known);
    const data: MessagePosted = {
      authorId: author.id,
      text,
      mentions: body.mentions,
      replyTo: draft.replyTo ?? null,
      clientId,
      echoId: draft.echoId ?? null,
      origin: draft.origin,
      taskId: draft.taskId ?? null,
      streaming: draft.streaming ?? false,
      ...(files.length > 0 && { files }),
      ...(author.scope && { scope: author.scope }),
    };
    rendered.expect(data, body.html);
    const posted = { kind: "message.posted", roomId: room.id, actorId: author.id, data };
    log.append([posted, ...(draft.along ?? [])], ([outcome]) => {
      if (outcome) done?.(outcome);
    });
  };
}
