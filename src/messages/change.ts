import type { Config } from "../config.ts";
import type { Log, Outcome, Proposal } from "../database/log.ts";
import { Refusal } from "../errors.ts";
import type { Limiter } from "../limiter.ts";
import { type Member, may } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { cleanText, renderBody } from "./body.ts";
import type { MessageDeleted, MessageEdited, MessageFinished } from "./events.ts";
import type { History } from "./history.ts";
import type { Origin } from "./message.ts";
import type { Rendered } from "./rendered.ts";

/** Changing what was said: by its author or a moderator, with every earlier text kept in the log. */
export interface ChangeMessage {
  edit(member: Member, id: number, text: string, done?: (outcome: Outcome) => void, by?: ByDoor): void;
  remove(member: Member, id: number, done?: (outcome: Outcome) => void): void;
  /** Gives a streamed answer its final text. */
  finish(member: Member, id: number, text: string, done?: (outcome: Outcome) => void): void;
}

/** What a door adds to a change that came by it. */
export interface ByDoor {
  readonly origin: Origin;
  /** Written in the same commit, or not at all: where the door goes on. */
  readonly along: readonly Proposal[];
}

interface Parts {
  config: Config;
  log: Log;
  members: Members;
  rooms: Rooms;
  history: History;
  limiter: Limiter;
  rendered: Rendered;
}

export function createChange({ config, log, members, rooms, history, limiter, rendered }: Parts): ChangeMessage {
  const known = (handle: string) => members.mentioned(handle).length > 0;

  /** @throws Refusal NOT_FOUND for what they may not read, PERMISSION_DENIED for what is not theirs */
  function own(member: Member, id: number) {
    const row = history.row(id);
    if (!row || row.deletedAt !== null || !rooms.mayRead(member, rooms.byId(row.roomId))) {
      throw new Refusal("NOT_FOUND", "There is no such message, or you may not see it.");
    }
    if (row.authorId !== member.id && !may(member, "manage_users")) {
      throw new Refusal("PERMISSION_DENIED", "Only its author or a moderator may change a message.");
    }
    return row;
  }

  return {
    edit(member, id, rawText, done, by) {
      limiter.message(member);
      const row = own(member, id);
      const hasFiles = (history.message(id)?.files.length ?? 0) > 0;
      const text = cleanText(rawText, config.limits.messageCharacters, hasFiles);
      const body = renderBody(text, known);
      const data: MessageEdited = {
        id,
        text,
        mentions: body.mentions,
        ...ofAnother(member, row),
        ...(by && { origin: by.origin }),
      };
      rendered.expect(data, body.html);
      const edited = { kind: "message.edited", roomId: row.roomId, actorId: member.id, data };
      log.append([edited, ...(by?.along ?? [])], first(done));
    },
    remove(member, id, done) {
      limiter.message(member);
      const row = own(member, id);
      const data: MessageDeleted = { id, ...ofAnother(member, row) };
      log.append([{ kind: "message.deleted", roomId: row.roomId, actorId: member.id, data }], first(done));
    },
    finish(member, id, rawText, done) {
      // Whoever began an answer ends it, even when they were fired or put out of the room meanwhile: it must not stay open for ever.
      const row = history.row(id);
      if (!row || row.deletedAt !== null) throw new Refusal("NOT_FOUND", "That answer is gone.");
      if (row.authorId !== member.id) throw new Refusal("PERMISSION_DENIED", "Only who began an answer ends it.");
      const text = cleanText(rawText, config.limits.messageCharacters);
      const body = renderBody(text, known);
      const data: MessageFinished = { id, text, mentions: body.mentions };
      rendered.expect(data, body.html);
      log.append([{ kind: "message.finished", roomId: row.roomId, actorId: member.id, data }], first(done));
    },
  };
}

/** What the audit wants to know when it is not one's own. */
function ofAnother(member: Member, { authorId }: { readonly authorId: number }) {
  return authorId === member.id ? {} : { authorId, address: member.address ?? "" };
}

function first(done: ((outcome: Outcome) => void) | undefined) {
  return ([outcome]: readonly Outcome[]) => {
    if (outcome) done?.(outcome);
  };
}
