import type { LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { cleanText } from "../messages/body.ts";
import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { StepDiff } from "../tasks/step.ts";
import { type Approval, type Given, labelsOf, outcomeWords, type Seen } from "./approval.ts";
import type { AskOption } from "./ask.ts";
import type { ApprovalAnswered } from "./events.ts";
import { changeOf } from "./lines.ts";
import { type ApprovalRow, approvalColumns } from "./tables.ts";
import { visible } from "./visible.ts";

/** Reads what was asked and answered. */
export interface Reading {
  byId(id: number): Approval | undefined;
  byPublicId(publicId: string): Approval | undefined;
  /** By either of its ids, as it stands in an address. */
  named(name: string): Approval | undefined;
  /** All that are open, oldest first. */
  open(): readonly Approval[];
  openOf(taskId: number): readonly Approval[];
  /** What a task's card shows: the newest that were answered, and all that are open; in the order in which they were asked. */
  ofTask(taskId: number): readonly Approval[];
  /** The newest that were answered, of those that a member may know of. */
  latelyFor(member: Member, most: number): readonly Approval[];
  /** Whether a member may know of it: who may read its room. */
  mayRead(member: Member, approval: Approval): boolean;
  /** The approval an event is about, as it was right after it. */
  ofEvent(event: LogEvent): Approval | undefined;
  /** What a choice means for what is asked. @throws Refusal INVALID_MESSAGE */
  givenOf(
    approval: Approval,
    choice: { option: string } | { text: string },
  ): Pick<ApprovalAnswered, "outcome" | "optionId" | "text">;
}

/** What does not change of an approval is made once: of the newest, and of those that are looked at again and again. */
const mostRemembered = 200;
/** Answered ones that are looked through for those that somebody may know of. */
const mostLate = 200;

type Asked = Omit<Approval, "seq" | "answer">;

export function createReading({ sqlite }: Store, members: Members, rooms: Rooms, limits: Limits): Reading {
  const select = `SELECT ${approvalColumns} FROM approvals`;
  const byId = sqlite.prepare<ApprovalRow, [number]>(`${select} WHERE id = ?`);
  const byPublicId = sqlite.prepare<ApprovalRow, [string]>(`${select} WHERE public_id = ?`);
  const open = sqlite.prepare<ApprovalRow, []>(`${select} WHERE answered_at IS NULL ORDER BY id`);
  const openOf = sqlite.prepare<ApprovalRow, [number]>(
    `${select} WHERE task_id = ? AND answered_at IS NULL ORDER BY id`,
  );
  const newestOf = sqlite.prepare<ApprovalRow, [number, number]>(
    `${select} WHERE task_id = ? AND answered_at IS NOT NULL ORDER BY id DESC LIMIT ?`,
  );
  const newest = sqlite.prepare<ApprovalRow, [number]>(
    `${select} WHERE answered_at IS NOT NULL ORDER BY id DESC LIMIT ?`,
  );
  const remembered = new Map<string, Asked>();

  function complete(row: ApprovalRow): Approval {
    const asked = remembered.get(row.publicId) ?? askedOf(row);
    remembered.set(row.publicId, asked);
    const [oldest] = remembered.keys();
    if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest);
    // Rooms and members change while an approval lives.
    return {
      ...asked,
      room: rooms.byId(row.roomId).slug,
      agent: members.byId(row.agentId),
      seq: row.seq,
      answer: givenIn(row, asked),
    };
  }

  function askedOf({ seq, diffs, options, takesText, ...row }: ApprovalRow): Asked {
    const asked = {
      ...row,
      diffs: JSON.parse(diffs) as StepDiff[],
      options: JSON.parse(options) as AskOption[],
      takesText: takesText === 1,
      room: rooms.byId(row.roomId).slug,
      agent: members.byId(row.agentId),
    };
    const {
      answeredAt: _at,
      outcome: _outcome,
      optionId: _option,
      text: _text,
      answeredBy: _by,
      standing: _standing,
      agentId: _agent,
      ...kept
    } = asked;
    return { ...kept, seen: seenOf(kept) };
  }

  function givenIn(row: ApprovalRow, { options, kind }: Pick<Approval, "options" | "kind">): Given | null {
    const { outcome, answeredAt, answeredBy, text, standing } = row;
    if (outcome === null || answeredAt === null) return null;
    const option = options.find(({ id }) => id === row.optionId) ?? null;
    const by = answeredBy === null ? null : members.byId(answeredBy);
    const words = outcomeWords(kind, { outcome, option, standing }, by?.name ?? "");
    return { outcome, option, text, by, at: answeredAt, standing, words };
  }

  const all = (rows: readonly ApprovalRow[]) => rows.map(complete);
  const one = (row: ApprovalRow | null) => (row ? complete(row) : undefined);

  const reading: Reading = {
    byId: (id) => one(byId.get(id)),
    byPublicId: (publicId) => one(byPublicId.get(publicId)),
    named: (name) => (/^[1-9]\d{0,14}$/.test(name) ? reading.byId(Number(name)) : reading.byPublicId(name)),
    open: () => all(open.all()),
    openOf: (taskId) => all(openOf.all(taskId)),
    ofTask: (taskId) =>
      all([...newestOf.all(taskId, limits.approvalsShown), ...openOf.all(taskId)]).sort((a, b) => a.id - b.id),
    latelyFor: (member, most) =>
      all(newest.all(mostLate))
        .filter((approval) => reading.mayRead(member, approval))
        .slice(0, most),
    mayRead: (member, { roomId }) => rooms.mayRead(member, rooms.byId(roomId)),
    ofEvent({ kind, seq, data }) {
      if (kind !== "approval.asked" && kind !== "approval.answered") return undefined;
      const approval = reading.byId(kind === "approval.asked" ? seq : (data as ApprovalAnswered).id);
      if (!approval || kind === "approval.answered" || (approval.answer?.standing ?? null) !== null) return approval;
      return { ...approval, seq, answer: null };
    },
    givenOf({ options, takesText }, choice) {
      if ("option" in choice) {
        const option = options.find(({ id }) => id === choice.option);
        if (!option) throw new Refusal("INVALID_MESSAGE", "That is none of the choices.");
        return { outcome: "chosen", optionId: option.id, text: null };
      }
      if (!takesText) throw new Refusal("INVALID_MESSAGE", "That is answered by one of its choices, not in words.");
      return { outcome: "said", optionId: null, text: cleanText(choice.text, limits.messageCharacters).trim() };
    },
  };
  return reading;
}

function seenOf({
  detail,
  directory,
  diffs,
  options,
  alike,
}: Pick<Approval, "detail" | "directory" | "diffs" | "options" | "alike">): Seen {
  const offersAlways = options.some(({ kind }) => kind === "allow_always" || kind === "reject_always");
  return {
    detail: visible(detail),
    directory: directory === null ? null : visible(directory),
    changes: diffs.map(changeOf),
    labels: labelsOf(options),
    covers: offersAlways ? (alike ?? "exactly this, and nothing else") : null,
  };
}
