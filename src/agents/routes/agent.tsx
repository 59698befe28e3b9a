import { type Context, Hono } from "hono";
import { z } from "zod";
import { AgentPage } from "../../../views/agents/agent.tsx";
import { agentDone, doneIn } from "../../../views/people/done.ts";
import type { Config } from "../../config.ts";
import type { Outcome } from "../../database/log.ts";
import { Refusal } from "../../errors.ts";
import { type Env, hasAccount, memberOf, requires } from "../../guards/identity.ts";
import { accepts, formText } from "../../guards/validation.ts";
import { modeOf, page } from "../../page.tsx";
import { wholeNumber } from "../../people/id.ts";
import { type Member, may } from "../../people/member.ts";
import type { PublicFiles } from "../../public-files.ts";
import type { PastTasks } from "../../tasks/past.ts";
import type { Task } from "../../tasks/task.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import type { Agent } from "../agent.ts";
import type { Check } from "../check.ts";
import { isolationOf, type SandboxHere } from "../isolation.ts";
import { type Programs, titleOf } from "../programs.ts";
import { projectFolders } from "../project-folders.ts";
import type { Roster } from "../roster.ts";
import type { Status } from "../status.ts";
import type { UsageBook } from "../usage.ts";
import { agentAt } from "./api.ts";
import { agentForm, type Fields, fieldsOf, wishesIn } from "./form.ts";

interface Parts {
  config: Config;
  files: PublicFiles;
  roster: Roster;
  status: Status;
  tasks: Tasks;
  pastTasks: PastTasks;
  programs: Programs;
  sandbox: SandboxHere;
  check: Check;
  /** What tasks used, where that is counted. */
  usage?: Pick<UsageBook, "ofTask">;
}

const shown = z.object({ hired: formText(10), check: formText(10), done: formText(20) });

const queued = z.object({ task: formText(20), act: formText(10) });

/** What is said on the page after something was done there. */
interface Said {
  readonly hired?: boolean;
  readonly check?: boolean;
  readonly done?: string | undefined;
  readonly refusal?: Refusal;
  readonly typed?: Fields;
  /** What was refused is a change of the queue, not of the settings. */
  readonly isOfQueue?: boolean;
}

/** The page of one agent: what it does, and how it is set up. */
export function agentPageRoutes(parts: Parts) {
  const { config, files, roster, status, tasks, pastTasks, programs, sandbox, check, usage } = parts;

  return new Hono<Env>()
    .get("/agents/:id", requires("read", "page"), accepts("query", shown), (context) => {
      const { hired, check, done } = context.req.valid("query");
      const said = { hired: hired === "1", check: check === "1", done: doneIn(agentDone, done) };
      return agentPage(context, agentAt(roster, context.req.param("id")), said);
    })
    .on("GET", ["/agents/:id/settings", "/agents/:id/queue"], requires("read", "page"), (context) =>
      context.redirect(`/agents/${agentAt(roster, context.req.param("id")).member.id}`),
    )
    .post("/agents/:id/settings", requires("manage_tasks"), accepts("form", agentForm), async (context) => {
      const agent = agentAt(roster, context.req.param("id"));
      const fields = fieldsOf(await context.req.parseBody());
      try {
        await roster.change(memberOf(context), agent.member.name, wishesIn(fields));
        return context.redirect(`/agents/${agent.member.id}?done=settings`, 303);
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || refusal.code === "NOT_AUTHENTICATED") throw refusal;
        return agentPage(context, agent, { refusal, typed: fields });
      }
    })
    .post("/agents/:id/queue", requires("write"), accepts("form", queued), async (context) => {
      const agent = agentAt(roster, context.req.param("id"));
      const form = await context.req.parseBody();
      try {
        const done = await changeQueue(memberOf(context), wholeNumber(String(form.task ?? "")), String(form.act ?? ""));
        return context.redirect(`/agents/${agent.member.id}?done=${done}#queue`, 303);
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || refusal.code === "NOT_AUTHENTICATED") throw refusal;
        return agentPage(context, agent, { refusal, isOfQueue: true });
      }
    });

  /** @returns the word for what was done */
  function changeQueue(member: Member, id: number, act: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const answered = (word: string) => (outcome: Outcome) => (outcome.ok ? resolve(word) : reject(outcome.refusal));
      if (act === "cancel") tasks.decide(member, id, "cancel", answered("cancelled"));
      else if (act === "first" || act === "up" || act === "down") tasks.place(member, id, act, answered("moved"));
      else throw new Refusal("INVALID_MESSAGE", "What waits is moved first, up or down, or cancelled.");
    });
  }

  async function agentPage(context: Context<Env>, agent: Agent, said: Said): Promise<Response> {
    const me = memberOf(context);
    const canSetUp = may(me, "manage_system");
    // Whoever may not set up what runs a program may neither save nor see how it is.
    const canChange = canSetUp || (may(me, "manage_tasks") && agent.settings.program === null);
    const mayKnow = (task: Task) => tasks.mayRead(me, task);
    const shownTask = (task: Task) => ({
      task,
      usage: usage?.ofTask(task.id),
      canMove: may(me, "manage_tasks"),
      canCancel: tasks.mayDecide(me, task),
    });
    const { id } = agent.member;
    const active = tasks.active(id);
    const waiting = tasks.queueOf(id);
    const atWork = active.filter((task) => !waiting.some((each) => each.id === task.id));
    const content = (
      <AgentPage
        workspace={config.workspaceName}
        mode={modeOf(config)}
        canAudit={canSetUp}
        hasAccount={hasAccount(context)}
        assets={files.urls}
        state={status.of(agent, mayKnow)}
        program={titleOf(agent, programs)}
        isolation={isolationOf(agent, sandbox).words}
        atWork={atWork.filter(mayKnow).map(shownTask)}
        waiting={waiting.filter(mayKnow).map(shownTask)}
        past={pastTasks(id, mayKnow).map(shownTask)}
        canFire={may(me, "manage_tasks")}
        setUp={canChange ? setUpOf(agent, canSetUp, said) : undefined}
        checkup={canSetUp && (said.hired || said.check) ? await check(agent) : undefined}
        hired={said.hired}
        notice={said.done}
        error={said.refusal?.message}
        isOfQueue={said.isOfQueue}
      />
    );
    return page(context, content, said.refusal ? (said.refusal.code === "PERMISSION_DENIED" ? 403 : 422) : 200);
  }

  function setUpOf(agent: Agent, canSetUp: boolean, { refusal, typed }: Said) {
    const program = agent.settings.program === null ? undefined : programs.byName(agent.settings.program);
    return {
      backend: agent.settings.program === null ? null : (agent.backend as "acp" | "exec" | "openai"),
      settings: agent.settings,
      usualModel: program?.model ?? null,
      folders: config.projectRoots.length === 0 ? null : projectFolders(config.projectRoots),
      programs: programs.list(),
      canSetUp,
      typed,
      field: refusal?.field,
    };
  }
}
