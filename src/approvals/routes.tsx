import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { z } from "zod";
import { ApprovalPage, type Entry, NeedsYouPage } from "../../views/approvals/page.tsx";
import { roomName } from "../../views/room-name.ts";
import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";
import { asksForPage, type Env, hasAccount, memberOf, requires } from "../guards/identity.ts";
import { accepts, formText } from "../guards/validation.ts";
import { modeOf, page } from "../page.tsx";
import { may } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { PublicFiles } from "../public-files.ts";
import { roomBeside, withoutMe } from "../rooms/beside.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Approval } from "./approval.ts";
import type { Approvals } from "./approvals.ts";

interface Parts {
  config: Config;
  files: PublicFiles;
  members: Members;
  rooms: Rooms;
  tasks: Tasks;
  approvals: Approvals;
}

/** Answered ones that the page shows beneath those that wait. */
const mostLately = 20;

const answering = z.object({ option: formText(), text: formText(1_000_000), shown: formText(64) });

/** What agents ask, as pages: everything that waits for somebody, and each by itself; and the form that answers one. */
export function approvalRoutes({ config, files, members, rooms, tasks, approvals }: Parts) {
  const beside = (context: Context<Env>) => ({
    workspace: config.workspaceName,
    mode: modeOf(config),
    canAudit: may(memberOf(context), "manage_system"),
    hasAccount: hasAccount(context),
    assets: files.urls,
  });

  function entryFor(context: Context<Env>, approval: Approval): Entry {
    const me = memberOf(context);
    const task = tasks.byId(approval.taskId);
    const room = rooms.byId(approval.roomId);
    return {
      approval,
      task: task?.description ?? "",
      room: roomName(withoutMe(roomBeside(room, rooms, members), me)),
      requestId: task?.requestId ?? 0,
      mayAnswer: approvals.mayAnswer(me, approval),
    };
  }

  /** @throws Refusal NOT_FOUND alike for what does not exist and what they may not know of */
  function approvalOf(context: Context<Env>): Approval {
    const approval = approvals.named(context.req.param("id") ?? "");
    if (!approval || !approvals.mayRead(memberOf(context), approval))
      throw new Refusal("NOT_FOUND", "There is no such approval, or you may not see it.");
    return approval;
  }

  const show = (context: Context<Env>, approval: Approval, refusal?: Refusal) =>
    page(
      context,
      <ApprovalPage entry={entryFor(context, approval)} error={refusal?.message} {...beside(context)} />,
      (refusal?.status ?? 200) as ContentfulStatusCode,
    );

  return new Hono<Env>()
    .get("/needs-you", requires("read", "page"), (context) => {
      const me = memberOf(context);
      const entries = (list: readonly Approval[]) => list.map((approval) => entryFor(context, approval));
      const content = (
        <NeedsYouPage
          waiting={entries(approvals.waitingFor(me))}
          lately={entries(approvals.latelyFor(me, mostLately))}
          mayAnswer={me.kind === "person" && may(me, "execute")}
          {...beside(context)}
        />
      );
      return page(context, content);
    })
    .get("/approvals/:id", requires("read", "page"), (context) => show(context, approvalOf(context)))
    .post("/approvals/:id", requires("execute"), accepts("form", answering), async (context) => {
      const approval = approvalOf(context);
      const { option, text = "", shown = "" } = context.req.valid("form");
      const choice = option ? { option, shown } : { text, shown };
      try {
        const { answer } = await approvals.answer(memberOf(context), approval.id, choice, "web");
        if (!asksForPage(context)) return context.json({ message: answer?.words ?? "" });
        return context.redirect(`/approvals/${approval.publicId}`, 303);
      } catch (refusal) {
        // What was refused is said where it can be tried again, or where one sees who was first.
        const isTheirs = refusal instanceof Refusal && ["CONFLICT", "INVALID_MESSAGE"].includes(refusal.code);
        if (!isTheirs || !asksForPage(context)) throw refusal;
        return show(context, approvals.byId(approval.id) ?? approval, refusal);
      }
    });
}
