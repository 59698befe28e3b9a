import { Hono } from "hono";
import { z } from "zod";
import type { Approvals } from "../../approvals/approvals.ts";
import { approvalData } from "../../approvals/data.ts";
import { Refusal } from "../../errors.ts";
import { type Env, memberOf, requires } from "../../guards/identity.ts";
import { accepts } from "../../guards/validation.ts";

const answering = z
  .strictObject({
    option: z.string().max(1_000).optional().describe("The id of a choice."),
    text: z.string().optional().describe("An answer in words, where it takes them; instead of a choice."),
    shown: z.string().max(64).describe("Its `shown`: the hash of what you were shown. Another one is refused."),
  })
  .refine(({ option, text }) => (option === undefined) !== (text === undefined), "needs a choice or a text");

/** What agents ask people, for programs that people use: what waits for them, and the answer. */
export function approvalApi({ approvals }: { approvals: Approvals }) {
  return new Hono<Env>()
    .get("/api/v1/approvals", requires("read"), (context) => {
      const waiting = approvals.waitingFor(memberOf(context));
      return context.json({ approvals: waiting.map((approval) => approvalData(approval)) });
    })
    .post("/api/v1/approvals/:id/answer", requires("execute"), accepts("json", answering), async (context) => {
      const me = memberOf(context);
      const approval = approvals.named(context.req.param("id"));
      if (!approval || !approvals.mayRead(me, approval))
        throw new Refusal("NOT_FOUND", "There is no such approval, or you may not see it.");
      const { option, text = "", shown } = context.req.valid("json");
      const choice = option === undefined ? { text, shown } : { option, shown };
      return context.json({ approval: approvalData(await approvals.answer(me, approval.id, choice, "api")) });
    });
}
