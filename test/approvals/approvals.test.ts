import { describe, expect, test } from "bun:test";
import { Refusal } from "../../src/errors.ts";
import type { Member } from "../../src/people/member.ts";
import { allPermissions } from "../../src/people/member.ts";
import { asking, command, question } from "../support/asks.ts";
import { minute } from "../support/clock.ts";
import { type House, openHouse, refusalOf, refused, refusedLater } from "../support/house.ts";

/** Answers, commits it, and tells what became of it. */
async function answers(house: House, by: Member, id: number, option: string, shown?: string): Promise<string> {
  const given = house.approvals.answer(by, id, { option, ...(shown !== undefined && { shown }) }, "web");
  house.log.flush();
  return given.then(
    ({ answer }) => answer?.words ?? "open",
    (refusal: unknown) => {
      if (refusal instanceof Refusal) return `${refusal.code}: ${refusal.message}`;
      throw refusal;
    },
  );
}

describe("what an agent asks", () => {
  test("is shown as it was asked, and waits for an answer, which goes back to its run", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { approval, answer } = asking(house, house.work(mira, "alice", "make it work"));
    expect(approval).toMatchObject({ title: "run a command", detail: "npm test", directory: "/srv/app", answer: null });
    expect(approval).toMatchObject({ room: "general", agent: { name: "alice" }, kind: "approval" });
    expect(approval.publicId).toMatch(/^[\w-]{22}$/);
    expect(approval.seen.labels).toEqual(["Allow once", "Always for this run", "Reject"]);
    expect(await answers(house, mira, approval.id, "once")).toBe("Allowed once by mira");
    expect(await answer).toMatchObject({ outcome: "chosen", option: { id: "once" }, by: { name: "mira" } });
    expect(house.approvals.byId(approval.id)?.answer?.at).toBe(house.clock.now());
  });

  test("says what its buttons do in our words: an agent that calls its yes a no deceives nobody", () => {
    using house = openHouse();
    const options = [
      { id: "a", label: "Reject", kind: "allow_once" },
      { id: "b", label: "git *", kind: "allow_always" },
      { id: "c", label: "npm *", kind: "allow_always" },
    ] as const;
    const { approval } = asking(house, house.work(house.person("mira"), "alice", "x"), { options });
    expect(approval.seen.labels).toEqual(["Allow once", "Always for this run: git *", "Always for this run: npm *"]);
  });

  test("may be a question, answered by a choice or in words", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const task = house.work(mira, "alice", "move the data");
    const first = asking(house, task, question);
    expect(await answers(house, mira, first.approval.id, "old")).toBe("“The old one”, chosen by mira");
    expect(await first.answer).toMatchObject({ outcome: "chosen", option: { id: "old" } });
    const second = asking(house, task, question);
    const given = house.approvals.answer(mira, second.approval.id, { text: "  neither \n" }, "web");
    house.log.flush();
    expect((await given).answer).toMatchObject({ words: "Answered by mira", text: "neither" });
    expect(await second.answer).toMatchObject({ outcome: "said", text: "neither" });
  });

  test("is answered by one of its choices, and in words only where it takes them", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { approval } = asking(house, house.work(mira, "alice", "x"));
    expect(await answers(house, mira, approval.id, "nonsense")).toContain("INVALID_MESSAGE");
    const words = house.approvals.answer(mira, approval.id, { text: "yes" }, "web");
    expect(await words.catch((refusal: Refusal) => refusal.code)).toBe("INVALID_MESSAGE");
    expect(house.approvals.byId(approval.id)?.answer).toBeNull();
  });

  test("that nobody could read before they answer, or choose from, is refused to the agent", async () => {
    using house = openHouse({ limits: { approvalCharacters: 1_000 } });
    const task = house.work(house.person("mira"), "alice", "x");
    const { signal } = new AbortController();
    const refuses = (ask: object) => refusedLater(house.approvals.ask(task, { ...command, ...ask }, signal));
    expect(await refuses({ detail: "x".repeat(1_001) })).toBe("MESSAGE_TOO_LARGE");
    expect(await refuses({ diffs: [{ path: "a", before: "x".repeat(900), after: "y".repeat(100) }] })).toBe(
      "MESSAGE_TOO_LARGE",
    );
    expect(await refuses({ options: [] })).toBe("INVALID_MESSAGE");
    expect(await refuses({ options: [command.options[0], command.options[0]] })).toBe("INVALID_MESSAGE");
    // Signs that hide are shown by eight characters each: what is long when it is shown is long.
    expect(await refuses({ detail: "\u202e".repeat(200) })).toBe("MESSAGE_TOO_LARGE");
    expect(house.approvals.open()).toEqual([]);
  });

  test("of a file is what changes in it, however long the file is; and nobody is asked more at a time than they can follow", async () => {
    using house = openHouse({ limits: { approvalCharacters: 1_000, approvalsOpen: 2 } });
    const task = house.work(house.person("mira"), "alice", "x");
    const before = "the same line\n".repeat(120);
    const { approval } = asking(house, task, { diffs: [{ path: "a", before, after: `${before}one more\n` }] });
    expect(approval.seen.changes[0]?.lines).toHaveLength(5);
    asking(house, task);
    const third = house.approvals.ask(task, command, new AbortController().signal);
    expect(await refusedLater(third)).toBe("QUEUE_FULL");
  });
});

describe("who may answer", () => {
  test("whoever may read the room and have things done; others are refused, and to whom the room does not exist neither does it", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const room = await made(house.rooms.create(mira, "vault", "", "private"), house);
    await made(house.rooms.bringIn(mira, room, house.agent("alice")), house);
    const vera = house.person("vera", "viewer");
    await made(house.rooms.bringIn(mira, room, vera), house);
    const task = workIn(house, mira, "vault");
    const { approval } = asking(house, task);
    const { id } = approval;
    expect(await answers(house, tomas, id, "once")).toBe(`NOT_FOUND: There is no approval ${id}.`);
    expect(await answers(house, tomas, 9_999, "once")).toBe("NOT_FOUND: There is no approval 9999.");
    expect(await answers(house, vera, id, "once")).toContain("PERMISSION_DENIED");
    expect(await answers(house, house.agent("alice"), id, "once")).toBe("PERMISSION_DENIED: Only people answer that.");
    const narrowed = { permissions: allPermissions.filter((each) => each !== "execute"), rooms: null };
    expect(await answers(house, { ...mira, scope: narrowed }, id, "once")).toContain("PERMISSION_DENIED");
    const elsewhere = { permissions: allPermissions, rooms: [house.rooms.forReader(mira, "general").id] };
    expect(await answers(house, { ...mira, scope: elsewhere }, id, "once")).toContain("NOT_FOUND");
    expect(house.approvals.byId(id)?.answer).toBeNull();
    for (const who of [tomas, vera, house.agent("alice")]) expect(house.approvals.waitingFor(who)).toEqual([]);
    expect(house.approvals.waitingFor(mira).map((each) => each.id)).toEqual([id]);
    expect(await answers(house, mira, id, "no")).toBe("Rejected by mira");
  });

  test("is asked again when it is committed: whoever lost the right in between answers nothing", async () => {
    using house = openHouse();
    const [mira, ada] = [house.person("mira"), house.person("ada", "admin")];
    const { approval } = asking(house, house.work(ada, "alice", "x"));
    // Proposed before the answer, and so committed before it.
    const demoted = { id: mira.id, title: "viewer", role: "viewer" };
    house.log.append([{ kind: "member.changed", roomId: null, actorId: null, data: demoted }]);
    const late = house.approvals.answer(mira, approval.id, { option: "once" }, "web");
    house.log.flush();
    expect(await late.catch((refusal: Refusal) => refusal.code)).toBe("PERMISSION_DENIED");
    expect(house.approvals.byId(approval.id)?.answer).toBeNull();
    expect(await answers(house, ada, approval.id, "once")).toBe("Allowed once by ada");
  });

  test("neither an agent nor the house can put an answer into the log, and no agent asks about another's task", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const task = house.work(mira, "alice", "x");
    const { approval } = asking(house, task);
    const append = (kind: string, actorId: number, data: object) =>
      refused(() =>
        house.outcomeOf((done) =>
          house.log.append([{ kind, roomId: task.roomId, actorId, data }], ([outcome]) => outcome && done(outcome)),
        ),
      );
    const chosen = { id: approval.id, outcome: "chosen", optionId: "once", text: null, shown: approval.shown };
    expect(append("approval.answered", house.agent("alice").id, chosen)).toBe("PERMISSION_DENIED");
    expect(append("approval.answered", house.members.system.id, chosen)).toBe("PERMISSION_DENIED");
    expect(append("approval.answered", mira.id, { ...chosen, outcome: "deadline" })).toBe("PERMISSION_DENIED");
    const again = house.committed.find(({ kind }) => kind === "approval.asked")?.data as object;
    expect(append("approval.asked", house.agent("bob").id, { ...again, publicId: "another" })).toBe(
      "PERMISSION_DENIED",
    );
  });

  test("what somebody was shown is what they answer: another hash is refused, at the door and in the transaction", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const task = house.work(mira, "alice", "x");
    const { approval } = asking(house, task);
    const other = asking(house, task, { detail: "rm -rf /" }).approval;
    expect(other.shown).not.toBe(approval.shown);
    expect(await answers(house, mira, other.id, "once", approval.shown)).toContain("CONFLICT: What you were shown");
    const data = { id: other.id, outcome: "chosen", optionId: "once", text: null, shown: approval.shown };
    const forged = [{ kind: "approval.answered", roomId: task.roomId, actorId: mira.id, data }];
    const outcome = refusalOf(() =>
      house.outcomeOf((done) => house.log.append(forged, ([each]) => each && done(each))),
    );
    expect(outcome.code).toBe("CONFLICT");
    expect(await answers(house, mira, other.id, "once", other.shown)).toBe("Allowed once by mira");
  });
});

describe("the first answer wins", () => {
  test("of two in the same commit, and the second is told who was first and when", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const { approval, answer } = asking(house, house.work(mira, "alice", "x"));
    const [first, second] = [mira, tomas].map((who, index) =>
      house.approvals.answer(who, approval.id, { option: index === 0 ? "no" : "once" }, "web"),
    );
    house.log.flush();
    expect((await first)?.answer?.words).toBe("Rejected by mira");
    const refusal = await second?.catch((thrown: Refusal) => thrown);
    expect(refusal).toMatchObject({ code: "CONFLICT", message: "Too late: rejected by mira, 09:00 UTC." });
    expect(await answer).toMatchObject({ option: { id: "no" }, by: { name: "mira" } });
    house.clock.advance(5 * minute);
    expect(await answers(house, tomas, approval.id, "once")).toBe("CONFLICT: Too late: rejected by mira, 09:00 UTC.");
  });
});

describe("nobody answers", () => {
  test("in time: it is denied, the card says so, and whoever comes later is told", async () => {
    using house = openHouse({ limits: { approvalMs: 15 * minute } });
    const mira = house.person("mira");
    const { approval, answer } = asking(house, house.work(mira, "alice", "x"));
    house.clock.advance(15 * minute - 1);
    expect(house.approvals.due()).toBe(0);
    house.clock.advance(1);
    // The time is over from this moment, whenever that is looked at.
    expect(await answers(house, mira, approval.id, "once")).toContain("CONFLICT: Too late");
    expect(house.approvals.due()).toBe(1);
    house.log.flush();
    expect(await answer).toEqual({ outcome: "none", reason: "deadline" });
    expect(house.approvals.byId(approval.id)?.answer?.words).toBe("Rejected: nobody answered in time");
    expect(await answers(house, mira, approval.id, "once")).toBe(
      "CONFLICT: Too late: rejected: nobody answered in time, 09:15 UTC.",
    );
    expect(house.approvals.due()).toBe(0);
  });

  test("and the wall clock is set back: time passes all the same", async () => {
    using house = openHouse({ limits: { approvalMs: minute } });
    const { answer } = asking(house, house.work(house.person("mira"), "alice", "x"), question);
    house.clock.setBack(60 * minute);
    house.clock.advance(minute);
    house.approvals.due();
    house.log.flush();
    expect(await answer).toEqual({ outcome: "none", reason: "deadline" });
  });

  test("because the run ended: by its own stop, or because its task did", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const stopped = asking(house, house.work(mira, "alice", "x"));
    stopped.stop();
    house.log.flush();
    expect(await stopped.answer).toEqual({ outcome: "none", reason: "stopped" });
    const task = house.work(mira, "alice", "y");
    const ended = asking(house, task);
    house.outcomeOf((done) => house.tasks.decide(mira, task.id, "cancel", done));
    expect(await answers(house, mira, ended.approval.id, "once")).toContain("CONFLICT: Too late");
    expect(await ended.answer).toEqual({ outcome: "none", reason: "stopped" });
    expect(house.approvals.byId(ended.approval.id)?.answer?.words).toContain("Withdrawn");
    const { signal } = new AbortController();
    const after = house.approvals.ask(task, command, signal);
    house.log.flush();
    expect(await after.catch((refusal: Refusal) => refusal.code)).toBe("CONFLICT");
    expect(await house.approvals.ask(task, command, AbortSignal.abort())).toMatchObject({ reason: "stopped" });
    expect(house.approvals.open()).toEqual([]);
  });

  test("before the process ended: at the next start the card says that its run is gone", () => {
    const path = `${process.env.TMPDIR ?? "/tmp"}/parley-approvals-${crypto.randomUUID()}.db`;
    let id = 0;
    {
      using house = openHouse({ path });
      id = asking(house, house.work(house.person("mira"), "alice", "x")).approval.id;
    }
    using house = openHouse({ path });
    expect(house.approvals.byId(id)?.answer).toBeNull();
    expect(house.approvals.recover()).toBe(1);
    house.log.flush();
    expect(house.approvals.byId(id)?.answer).toMatchObject({ outcome: "stopped", by: null });
    expect(house.approvals.recover()).toBe(0);
  });
});

describe("always", () => {
  test("holds for the very same ask, for the rest of the run, and the card says whose word that is", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const task = house.work(mira, "alice", "x");
    const first = asking(house, task);
    expect(first.approval.seen.covers).toBe("exactly this, and nothing else");
    await answers(house, mira, first.approval.id, "always");
    const again = asking(house, task);
    expect(await again.answer).toMatchObject({ outcome: "chosen", option: { id: "once" }, by: { name: "mira" } });
    expect(again.approval.answer).toMatchObject({
      words: "Allowed at once, because mira said always for this run",
      standing: first.approval.id,
    });
    for (const other of [
      { detail: "npm test --force" },
      { directory: "/" },
      { diffs: [{ path: "a", before: null, after: "b" }] },
    ])
      expect(asking(house, task, other).approval.answer).toBeNull();
    expect(asking(house, house.work(mira, "alice", "another run")).approval.answer).toBeNull();
  });

  test("covers more where the ask says so, in the words that people were shown; a rejection holds as well", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const task = house.work(mira, "alice", "x");
    const options = [...command.options, { id: "never", label: "Never", kind: "reject_always" as const }];
    const first = asking(house, task, { alike: "git commands", options });
    expect(first.approval.seen.covers).toBe("git commands");
    await answers(house, mira, first.approval.id, "never");
    const next = asking(house, task, { detail: "git push", alike: "git commands", options });
    expect(await next.answer).toMatchObject({ option: { id: "no" } });
    expect(next.approval.answer?.words).toBe("Rejected at once, because mira said always for this run");
    expect(asking(house, task, { detail: "git push", alike: "other commands", options }).approval.answer).toBeNull();
  });

  test("ends with the right of whoever said it: then it is asked", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const task = house.work(mira, "alice", "x");
    await answers(house, mira, asking(house, task).approval.id, "always");
    house.person("mira", "viewer");
    const again = asking(house, task);
    expect(again.approval.answer).toBeNull();
    expect(house.approvals.waitingFor(tomas)).toHaveLength(1);
  });

  test("is forgotten when its run ends, and is never kept for questions", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const task = house.work(mira, "alice", "x");
    const options = [{ id: "always", label: "Always this", kind: "allow_always" as const }];
    await answers(house, mira, asking(house, task, { ...question, options }).approval.id, "always");
    expect(asking(house, task, { ...question, options }).approval.answer).toBeNull();
  });
});

/** Something that commits before it is done. */
async function made<T>(making: Promise<T>, house: House): Promise<T> {
  house.log.flush();
  return making;
}

/** Work that alice was asked for in a room. */
function workIn(house: House, requester: Member, room: string) {
  const request = house.say(requester, "@alice please", { room });
  const asked = {
    agentId: house.agent("alice").id,
    requestId: request.id,
    requesterId: requester.id,
    description: "x",
  };
  let id = 0;
  house.tasks.open({ ...asked, roomId: request.roomId }, (task) => {
    if ("id" in task) id = task.id;
  });
  house.log.flush();
  const task = house.tasks.byId(id);
  if (!task) throw new Error("no task");
  return task;
}
