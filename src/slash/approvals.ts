import type { Approval } from "../approvals/approval.ts";
import type { Approvals, Choice } from "../approvals/approvals.ts";
import { Refusal } from "../errors.ts";
import { plainName } from "../rooms/names.ts";
import type { Asked, SlashCommand } from "./command.ts";
import { listOf, plain } from "./words.ts";

/** Characters of a command that a line about it shows. */
const mostDetail = 200;

/** `/approve`, `/reject` and `/answer`: what agents ask, answered by its number; without one, what waits. */
export function approvalCommands({ approvals }: { approvals: Approvals }): readonly SlashCommand[] {
  /** @throws Refusal NOT_FOUND alike for what does not exist and what they may not know of */
  function meant({ member, args: [argument = ""] }: Asked): Approval {
    const id = /^#?(\d{1,15})$/.exec(argument)?.[1];
    const approval = id === undefined ? undefined : approvals.byId(Number(id));
    if (!approval || !approvals.mayRead(member, approval))
      throw new Refusal("NOT_FOUND", `There is no approval ${plain(argument)}. \`/approve\` lists what waits.`);
    return approval;
  }

  function waiting({ member }: Asked): string {
    return listOf("**Waiting for an answer**", approvals.waitingFor(member).map(lineOf), "Nothing waits for you.");
  }

  async function give({ member }: Asked, approval: Approval, choice: Choice): Promise<string> {
    // They name what they saw by its number: what is stored under it never changes.
    const { answer } = await approvals.answer(member, approval.id, { ...choice, shown: approval.shown }, "slash");
    return `${plain(answer?.words ?? "")}: ${lineOf(approval)}`;
  }

  function decide(asked: Asked, does: "allow" | "reject"): string | Promise<string> {
    if (asked.args[0] === undefined) return waiting(asked);
    const approval = meant(asked);
    const often = asked.args[1]?.toLowerCase() === "always" ? "always" : "once";
    const option = approval.options.find(({ kind }) => kind === `${does}_${often}`);
    if (!option)
      throw new Refusal("INVALID_MESSAGE", `Approval ${approval.id} has no such choice: ${choicesOf(approval)}.`);
    // What is allowed here is what the list shows of it: more than that has to be looked at first.
    if (does === "allow" && !isWhole(approval))
      throw new Refusal(
        "INVALID_MESSAGE",
        `Approval ${approval.id} is more than a line can show. Look at all of it and allow it there: \`/approvals/${approval.publicId}\`.`,
      );
    return give(asked, approval, { option: option.id });
  }

  return [
    {
      name: "approve",
      usage: "/approve [number] [always]",
      help: "Allows what an agent asks; without a number, lists what waits",
      details:
        "With `always` it holds until the run ends, for what its card says. What the list cannot show whole is allowed on its card.",
      needs: "execute",
      run: (asked) => decide(asked, "allow"),
    },
    {
      name: "reject",
      usage: "/reject [number] [always]",
      help: "Rejects what an agent asks",
      needs: "execute",
      run: (asked) => decide(asked, "reject"),
    },
    {
      name: "answer",
      usage: "/answer [number] [words]",
      help: "Answers an agent's question, by a choice or in words",
      needs: "execute",
      run(asked) {
        if (asked.args[0] === undefined) return waiting(asked);
        const approval = meant(asked);
        const text = asked.rest.replace(/^\S+\s*/, "").trim();
        if (text === "") throw new Refusal("INVALID_MESSAGE", `What do you answer? ${choicesOf(approval)}.`);
        const option = approval.options.find(
          ({ label, kind }) => kind === "choice" && label.toLowerCase() === text.toLowerCase(),
        );
        return give(asked, approval, option ? { option: option.id } : { text });
      },
    },
  ];
}

/** Whether a line about it shows everything that would be done. */
function isWhole({ seen, diffs }: Approval): boolean {
  return seen.detail.length <= mostDetail && seen.changes.length === 0 && diffs.length === 0;
}

function lineOf({ id, agent, title, seen, directory, room }: Approval): string {
  const detail = seen.detail.length > mostDetail ? `${seen.detail.slice(0, mostDetail).toWellFormed()} …` : seen.detail;
  const where = directory === null ? "" : `, in ${plain(seen.directory ?? "")}`;
  return `**${id}** ${plain(agent.name)}: ${plain(title)}: ${plain(detail.replaceAll("\n", " "))}${where} (#${plain(plainName(room))})`;
}

function choicesOf({ seen, takesText }: Approval): string {
  return [...seen.labels.map((label) => plain(label)), ...(takesText ? ["your own words"] : [])].join(", ");
}
