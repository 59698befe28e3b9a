import { type Context, Hono } from "hono";
import { type Chosen, HirePage } from "../../../views/agents/hire.tsx";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { type Env, hasAccount, memberOf, requires } from "../../guards/identity.ts";
import { accepts, formText } from "../../guards/validation.ts";
import { modeOf, page } from "../../page.tsx";
import { type Member, may } from "../../people/member.ts";
import type { Members } from "../../people/members.ts";
import type { PublicFiles } from "../../public-files.ts";
import type { Check, Checkup } from "../check.ts";
import type { Programs } from "../programs.ts";
import { projectFolders } from "../project-folders.ts";
import type { Hiring, Roster } from "../roster.ts";
import { defaultSettings } from "../settings.ts";
import { expertiseByRole, programIn } from "../terms.ts";
import { agentForm, type Fields, fieldsOf, wishesIn } from "./form.ts";

interface Parts {
  config: Config;
  files: PublicFiles;
  members: Members;
  roster: Roster;
  programs: Programs;
  check: Check;
}

const asked = agentForm.extend({ check: formText(10) });

/** Hiring on pages: what works for it, then who it is, with what is missing said before anybody is hired. Works without a script. */
export function hireRoutes({ config, files, members, roster, programs, check }: Parts) {
  return new Hono<Env>()
    .get("/agents/hire", requires("manage_tasks", "page"), accepts("query", asked), async (context) => {
      const fields = fieldsOf(context.req.valid("query"));
      if (fields.program === undefined) return hirePage(context, undefined);
      return formPage(context, fields);
    })
    .post("/agents", requires("manage_tasks"), accepts("form", agentForm), async (context) => {
      const fields = fieldsOf(await context.req.parseBody());
      try {
        const agent = await roster.hire(memberOf(context), hiringIn(fields));
        return context.redirect(`/agents/${agent.member.id}?hired=1`, 303);
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || refusal.code === "NOT_AUTHENTICATED") throw refusal;
        return formPage(context, { ...fields, program: fields.program ?? "builtin" }, refusal);
      }
    });

  /** The form of a program, with what it would lack for what was typed so far. */
  async function formPage(context: Context<Env>, fields: Fields, refusal?: Refusal): Promise<Response> {
    const me = memberOf(context);
    const name = programIn(fields.program);
    const program = name === null ? undefined : programs.byName(name);
    // Whoever may not hire with a program is told so by the cards, and learns nothing of the machine.
    if (name !== null && (program === undefined || !may(me, "manage_system")))
      return hirePage(context, undefined, refusal ?? notOpen(me, name));
    const suggested = freeName(program?.name);
    const looked = refusal ?? (await lookedAt(me, { ...fields, name: fields.name || suggested || "agent" }));
    const fault = looked instanceof Refusal ? looked : undefined;
    const chosen: Chosen = {
      name: program?.name ?? "builtin",
      title: program?.title ?? "the built-in agent",
      suggested,
      roles: Object.keys(expertiseByRole),
      backend: program?.backend ?? null,
      settings: defaultSettings,
      usualModel: program?.model ?? null,
      folders: config.projectRoots.length === 0 ? null : projectFolders(config.projectRoots),
      typed: fields,
      field: fault?.field,
      checkup: looked instanceof Refusal || program === undefined ? undefined : looked,
    };
    return hirePage(context, chosen, fault);
  }

  /** What the agent would lack, or why nobody could hire it so. */
  async function lookedAt(me: Member, fields: Fields): Promise<Checkup | Refusal> {
    try {
      return await check(roster.draft(me, hiringIn({ role: "developer", ...fields })));
    } catch (refusal) {
      if (refusal instanceof Refusal) return refusal;
      throw refusal;
    }
  }

  function notOpen(me: Member, name: string): Refusal {
    try {
      roster.draft(me, { name: "agent", role: "developer", program: name });
    } catch (refusal) {
      if (refusal instanceof Refusal) return refusal;
      throw refusal;
    }
    return new Refusal("NOT_FOUND");
  }

  /** A name that says what it is, if nobody is called so yet. */
  function freeName(program: string | undefined): string {
    if (program === undefined) return "";
    const isFree = (name: string) => roster.byName(name) === undefined && members.person(name) === undefined;
    return [program, `${program}2`, `${program}3`].find(isFree) ?? "";
  }

  function hirePage(context: Context<Env>, chosen: Chosen | undefined, refusal?: Refusal): Response {
    const me = memberOf(context);
    const canSetUp = may(me, "manage_system");
    const content = (
      <HirePage
        workspace={config.workspaceName}
        mode={modeOf(config)}
        canAudit={canSetUp}
        hasAccount={hasAccount(context)}
        assets={files.urls}
        programs={programs.list()}
        canSetUp={canSetUp}
        agentsFile={canSetUp ? config.agentsFile : null}
        chosen={chosen}
        error={refusal?.message}
      />
    );
    return page(context, content, refusal ? 422 : 200);
  }
}

function hiringIn(fields: Fields): Hiring {
  return {
    ...wishesIn(fields),
    name: fields.name ?? "",
    role: fields.role ?? "",
    ...(fields.backend !== undefined && { backend: fields.backend }),
  };
}
