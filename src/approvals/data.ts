import type { Approval } from "./approval.ts";

/** An approval as programs are told of it, in camel case. @param seq of the event that it is told for */
export function approvalData(approval: Approval, seq = approval.seq) {
  const { kind, title, detail, directory, diffs, options, takesText, alike, stepId, shown } = approval;
  return {
    ...headOf(approval),
    kind,
    title,
    detail,
    directory,
    diffs,
    options: options.map(({ id, label, kind }) => ({ id, label, kind })),
    takesText,
    alike,
    stepId,
    shown,
    askedAt: iso(approval.askedAt),
    deadline: iso(approval.deadline),
    answer: answerData(approval),
    seq,
  };
}

/** What became of it. */
export function approvalUpdateData(approval: Approval, seq = approval.seq) {
  const { kind, title } = approval;
  return { ...headOf(approval), kind, title, answer: answerData(approval), seq };
}

function headOf({ id, publicId, taskId, agent, room }: Approval) {
  return { id, publicId, taskId: String(taskId), agentName: agent.name, room };
}

function answerData({ answer }: Approval) {
  if (!answer) return null;
  const { outcome, option, text, by, at, words, standing } = answer;
  return { outcome, option: option?.id ?? null, text, by: by?.name ?? null, at: iso(at), words, standing };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
