import type { Clock } from "../clock.ts";
import { appended, type Log, type LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Hub } from "../live/hub.ts";
import type { Logger } from "../logger.ts";
import { doneBy } from "../people/identity.ts";
import { type Member, may } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { TaskMoved } from "../tasks/events.ts";
import { endedStates, type Task } from "../tasks/task.ts";
import { type Approval, timeOf } from "./approval.ts";
import type { Answer, Ask } from "./ask.ts";
import { askedOf } from "./asked.ts";
import type { ApprovalAnswered, ApprovalAsked, Standing } from "./events.ts";
import { createReading, type Reading } from "./reading.ts";
import { createStandings } from "./standings.ts";
import { changedWords, defineApprovals } from "./tables.ts";

/** What somebody answers; `shown` is the hash of what they were shown, where the door knows it. */
export type Choice = ({ readonly option: string } | { readonly text: string }) & { readonly shown?: string };

/** What agents ask people. What is open holds a run up; nothing but an answer, time, or the end of the run closes it. */
export interface Approvals extends Reading {
  /**
   * Makes the card, waits for the answer; `signal` withdraws it. "Always" answers are kept for the run: what is alike is answered at once then.
   * @throws Refusal MESSAGE_TOO_LARGE, INVALID_MESSAGE or QUEUE_FULL for what nobody can be asked
   */
  ask(task: Task, ask: Ask, signal: AbortSignal): Promise<Answer>;
  /** Somebody answers. First answer wins. @throws Refusal NOT_FOUND, PERMISSION_DENIED, CONFLICT (with who answered and when), INVALID_MESSAGE */
  answer(by: Member, id: number, choice: Choice, origin: string): Promise<Approval>;
  /** Whether somebody may answer: a person who may read the room and have things done. */
  mayAnswer(member: Member, approval: Approval): boolean;
  /** Open ones that a member may answer, oldest first. */
  waitingFor(member: Member): readonly Approval[];
  /** Closes what nobody answered in time; looked at every second. @returns how many that were */
  due(): number;
  /** At start: what was open when the process ended is closed (reason "stopped"). */
  recover(): number;
  stop(): void;
}

interface Parts {
  store: Store;
  log: Log;
  hub: Hub;
  clock: Clock;
  logger: Logger;
  limits: Limits;
  members: Members;
  rooms: Rooms;
}

/** A run that waits for people. */
interface Waiting {
  readonly settle: (answer: Answer) => void;
  /** On the clock that nobody can set. */
  readonly until: number;
}

export function createApprovals({ store, log, hub, clock, logger, limits, members, rooms }: Parts): Approvals {
  defineApprovals(store, log);
  const reading = createReading(store, members, rooms, limits);
  const standings = createStandings();
  const waiting = new Map<number, Waiting>();
  let timer: Timer | undefined;

  hub.onCommit((events) => {
    for (const event of events) {
      if (event.kind === "approval.answered") heard((event.data as ApprovalAnswered).id);
      if (event.kind === "task.moved") followed(event);
    }
  });

  function heard(id: number): void {
    const approval = reading.byId(id);
    if (!approval?.answer) return;
    standings.heard(approval);
    settle(id, answerOf(approval));
  }

  /** Nobody is asked on behalf of a run that has ended, whoever ended it. */
  function followed(event: LogEvent): void {
    const { id, state } = event.data as TaskMoved;
    if (!endedStates.includes(state)) return;
    standings.forget(id);
    for (const { id: open } of reading.openOf(id)) close(open, "stopped");
  }

  function settle(id: number, answer: Answer): void {
    waiting.get(id)?.settle(answer);
    waiting.delete(id);
    if (waiting.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  async function ask(task: Task, asks: Ask, signal: AbortSignal): Promise<Answer> {
    const asked = askedOf(task, asks, limits);
    if (reading.openOf(task.id).length >= limits.approvalsOpen)
      throw new Refusal("QUEUE_FULL", `${limits.approvalsOpen} asks of this task wait already.`);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return resolve({ outcome: "none", reason: "stopped" });
      propose(standings.of(task.id, asked));

      function propose(standing: Standing | null): void {
        const data: ApprovalAsked = { ...asked, deadline: clock.now() + limits.approvalMs, standing };
        const proposal = { kind: "approval.asked", roomId: task.roomId, actorId: task.agent.id, data };
        log.append([proposal], ([outcome]) => {
          if (!outcome?.ok) {
            // Whoever said "always" may not any more: then it is asked.
            if (!standing) return reject(outcome?.refusal ?? new Refusal("INTERNAL_ERROR"));
            try {
              return propose(null);
            } catch (refusal) {
              return reject(refusal);
            }
          }
          const approval = reading.byId(outcome.seq);
          if (approval?.answer) return resolve(answerOf(approval));
          wait(outcome.seq, resolve);
        });
      }
    });

    function wait(id: number, resolve: (answer: Answer) => void): void {
      const stop = () => close(id, "stopped");
      const done = (answer: Answer) => {
        signal.removeEventListener("abort", stop);
        resolve(answer);
      };
      waiting.set(id, { settle: done, until: clock.monotonic() + limits.approvalMs });
      timer ??= setInterval(due, limits.approvalCheckMs);
      signal.addEventListener("abort", stop);
      if (signal.aborted) stop();
    }
  }

  /** Ends one without an answer. Where that cannot be stored nobody waits for it all the same: the next start closes it. */
  function close(id: number, outcome: "deadline" | "stopped"): void {
    const approval = reading.byId(id);
    if (!approval || approval.answer) return;
    const data: ApprovalAnswered = { id, outcome, optionId: null, text: null, shown: approval.shown, origin: "system" };
    const proposal = { kind: "approval.answered", roomId: approval.roomId, actorId: members.system.id, data };
    const denied: Answer = { outcome: "none", reason: outcome };
    try {
      log.append([proposal], ([closed]) => {
        // Somebody may have answered in the same moment, and were first.
        if (!closed?.ok && closed?.refusal.code !== "CONFLICT") settle(id, denied);
      });
    } catch (error) {
      logger.warn("approval.unclosed", { id, error });
      settle(id, denied);
    }
  }

  function due(): number {
    const over = [...waiting].filter(([id, { until }]) => {
      const deadline = reading.byId(id)?.deadline ?? 0;
      return clock.monotonic() >= until || clock.now() >= deadline;
    });
    for (const [id] of over) close(id, "deadline");
    return over.length;
  }

  const mayAnswer = (member: Member, { roomId }: Approval) =>
    member.kind === "person" && may(member, "execute") && rooms.mayRead(member, rooms.byId(roomId));

  async function answer(by: Member, id: number, choice: Choice, origin: string): Promise<Approval> {
    const approval = reading.byId(id);
    if (!approval || !reading.mayRead(by, approval)) throw new Refusal("NOT_FOUND", `There is no approval ${id}.`);
    if (by.kind !== "person") throw new Refusal("PERMISSION_DENIED", "Only people answer that.");
    if (!mayAnswer(by, approval))
      throw new Refusal(
        "PERMISSION_DENIED",
        "You may not answer that: it takes the right to have things done (execute).",
      );
    if (choice.shown !== undefined && choice.shown !== approval.shown) throw new Refusal("CONFLICT", changedWords);
    if (approval.answer)
      throw new Refusal("CONFLICT", `Too late: ${lower(approval.answer.words)}, ${timeOf(approval.answer.at)}.`);
    const given = reading.givenOf(approval, choice);
    const data: ApprovalAnswered = { id, ...given, shown: approval.shown, origin, ...doneBy(by) };
    await appended(log, { kind: "approval.answered", roomId: approval.roomId, actorId: by.id, data });
    return reading.byId(id) ?? approval;
  }

  return {
    ...reading,
    ask,
    answer,
    mayAnswer,
    waitingFor: (member) => reading.open().filter((approval) => mayAnswer(member, approval)),
    due,
    recover() {
      const open = reading.open();
      for (const { id } of open) close(id, "stopped");
      return open.length;
    },
    stop: () => clearInterval(timer),
  };
}

function answerOf({ answer }: Approval): Answer {
  if (answer?.by && answer.outcome === "said") return { outcome: "said", text: answer.text ?? "", by: answer.by };
  if (answer?.by && answer.option) return { outcome: "chosen", option: answer.option, by: answer.by };
  return { outcome: "none", reason: answer?.outcome === "deadline" ? "deadline" : "stopped" };
}

const lower = (words: string) => words.slice(0, 1).toLowerCase() + words.slice(1);
