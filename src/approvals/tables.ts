import type { Log, LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { standingIn } from "../people/standing.ts";
import { outcomeWords, timeOf } from "./approval.ts";
import type { AskOption } from "./ask.ts";
import type { ApprovalAnswered, ApprovalAsked } from "./events.ts";

/** A row of `approvals`. */
export interface ApprovalRow {
  readonly id: number;
  readonly seq: number;
  readonly publicId: string;
  readonly roomId: number;
  readonly taskId: number;
  readonly agentId: number;
  readonly stepId: string | null;
  readonly kind: "approval" | "question";
  readonly title: string;
  readonly detail: string;
  readonly directory: string | null;
  readonly diffs: string;
  readonly options: string;
  readonly takesText: number;
  readonly alike: string | null;
  readonly shown: string;
  readonly askedAt: number;
  readonly deadline: number;
  readonly answeredAt: number | null;
  readonly outcome: ApprovalAnswered["outcome"] | null;
  readonly optionId: string | null;
  readonly text: string | null;
  readonly answeredBy: number | null;
  readonly standing: number | null;
}

export const approvalColumns = `id, seq, public_id AS publicId, room_id AS roomId, task_id AS taskId, agent_id AS agentId, step_id AS stepId,
  kind, title, detail, directory, diffs, options, takes_text AS takesText, alike, shown, asked_at AS askedAt, deadline,
  answered_at AS answeredAt, outcome, option_id AS optionId, text, answered_by AS answeredBy, standing`;

/** How events of approvals change the table, and who may still ask and answer; nothing else does. */
export function defineApprovals(store: Store, log: Log): void {
  const { sqlite } = store;
  const standing = standingIn(store);
  const row = sqlite.prepare<ApprovalRow, [number]>(`SELECT ${approvalColumns} FROM approvals WHERE id = ?`);
  const task = sqlite.prepare<{ agentId: number; endedAt: number | null }, [number]>(
    "SELECT agent_id AS agentId, ended_at AS endedAt FROM tasks WHERE id = ?",
  );
  const nameOf = sqlite.prepare<{ name: string }, [number | null]>("SELECT name FROM members WHERE id = ?");
  const insert = sqlite.prepare(
    `INSERT INTO approvals (id, seq, public_id, room_id, task_id, agent_id, step_id, kind, title, detail, directory, diffs, options, takes_text,
       alike, shown, asked_at, deadline) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const close = sqlite.prepare(
    "UPDATE approvals SET seq = ?, answered_at = ?, outcome = ?, option_id = ?, text = ?, answered_by = ?, standing = ? WHERE id = ?",
  );

  const asked = (event: LogEvent) => {
    const data = event.data as ApprovalAsked;
    if (task.get(data.taskId)?.endedAt !== null) throw new Refusal("CONFLICT", "That run is over: nobody is asked.");
    insert.run(
      event.seq,
      event.seq,
      data.publicId,
      event.roomId,
      data.taskId,
      event.actorId,
      data.stepId,
      data.kind,
      data.title,
      data.detail,
      data.directory,
      JSON.stringify(data.diffs),
      JSON.stringify(data.options),
      data.takesText ? 1 : 0,
      data.alike,
      data.shown,
      event.at,
      data.deadline,
    );
    if (!data.standing) return;
    const { approvalId, memberId, optionId } = data.standing;
    close.run(event.seq, event.at, "chosen", optionId, null, memberId, approvalId, event.seq);
  };
  log.define("approval.asked", asked, ({ roomId, actorId, data }) => {
    const { taskId, standing: always } = data as ApprovalAsked;
    if (actorId === null || task.get(taskId)?.agentId !== actorId) throw new Refusal("PERMISSION_DENIED");
    standing.needsIn(roomId, actorId, "write");
    if (always) needsPerson(roomId, always.memberId);
  });

  const answered = (event: LogEvent) => {
    const { id, outcome, optionId, text, shown } = event.data as ApprovalAnswered;
    const current = row.get(id);
    if (!current) throw new Refusal("NOT_FOUND", `There is no approval ${id}.`);
    if (current.answeredAt !== null) throw tooLate(current);
    if (outcome === "chosen" || outcome === "said") {
      if (shown !== current.shown) throw new Refusal("CONFLICT", changedWords);
      if (event.at >= current.deadline) throw new Refusal("CONFLICT", "Too late: the time to answer that is over.");
      if (task.get(current.taskId)?.endedAt !== null) throw new Refusal("CONFLICT", "Too late: that run is over.");
    }
    const by = outcome === "chosen" || outcome === "said" ? event.actorId : null;
    close.run(event.seq, event.at, outcome, optionId, text, by, null, id);
  };
  log.define("approval.answered", answered, (event) => {
    const { outcome } = event.data as ApprovalAnswered;
    const actor = standing.actorOf(event);
    if (outcome !== "chosen" && outcome !== "said") {
      // Time and the end of a run are the house's to say.
      if (actor) throw new Refusal("PERMISSION_DENIED");
      return;
    }
    needsPerson(event.roomId, event.actorId ?? 0);
  });

  /** @throws Refusal unless it is a person who may read the room and have things done */
  function needsPerson(roomId: number | null, memberId: number): void {
    if (standing.needsIn(roomId, memberId, "execute").kind !== "person")
      throw new Refusal("PERMISSION_DENIED", "Only people answer that.");
  }

  function tooLate({
    kind,
    outcome,
    optionId,
    options,
    standing: always,
    answeredBy,
    answeredAt,
  }: ApprovalRow): Refusal {
    const option = (JSON.parse(options) as AskOption[]).find(({ id }) => id === optionId) ?? null;
    const words = outcomeWords(
      kind,
      { outcome: outcome ?? "stopped", option, standing: always },
      nameOf.get(answeredBy)?.name ?? "",
    );
    return new Refusal(
      "CONFLICT",
      `Too late: ${words.slice(0, 1).toLowerCase()}${words.slice(1)}, ${timeOf(answeredAt ?? 0)}.`,
    );
  }
}

/** To whoever answers something else than what is asked. */
export const changedWords = "What you were shown is not what is asked: look at it again before you answer.";
