import { type Context, Hono } from "hono";
import { z } from "zod";
import { doneIn, invitationDone, memberDone } from "../../../views/people/done.ts";
import { type FreshLink, MembersPage } from "../../../views/people/members.tsx";
import type { Status } from "../../agents/status.ts";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { type Env, hasAccount, memberOf, requires } from "../../guards/identity.ts";
import { accepts, formText, formTexts } from "../../guards/validation.ts";
import { modeOf, page } from "../../page.tsx";
import type { PublicFiles } from "../../public-files.ts";
import type { Invitations } from "../../rooms/invitations.ts";
import type { Room } from "../../rooms/room.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import { countIn, wholeNumber } from "../id.ts";
import { type Member, may, mayManage, type PersonRole, personRoles } from "../member.ts";
import type { Members } from "../members.ts";
import type { Passwords } from "../passwords.ts";
import type { Presence } from "../presence.ts";
import type { Sessions } from "../sessions.ts";
import { roleNamed } from "../title.ts";

interface Parts {
  config: Config;
  files: PublicFiles;
  members: Members;
  presence: Presence;
  status: Status;
  rooms: Rooms;
  passwords: Passwords;
  sessions: Sessions;
  invitations: Invitations;
  /** Where people reach this server, for links that are handed out. */
  origin: () => string;
}

/** Addresses of forms, where pages that answer one seem to be: whoever comes by one finds what it was about. */
const memberForms = ["role", "reset", "sign-out", "disable", "enable"].map((what) => `/members/:id/${what}`);
const invitationForms = ["/invitations", "/invitations/:id/revoke"];
const forms = {
  role: z.object({ role: formText(50) }),
  invitation: z.object({
    role: formText(50),
    rooms: formTexts(1_000),
    note: formText(),
    uses: formText(20),
    days: formText(20),
  }),
};

/** Who is here and what they may do; invitations. Everybody may look, who manages people may change. */
export function memberRoutes(parts: Parts) {
  const { config, files, members, presence, status, rooms, passwords, sessions, invitations, origin } = parts;

  /** An agent is here unless it is off: it has no socket by which one could tell. */
  function works(id: number): boolean {
    return status.all().some(({ agent, status }) => agent.member.id === id && status !== "offline");
  }

  function rowOf(by: Member, member: Member) {
    const { id, name, handle, title, role, kind, removedAt, createdAt = 0 } = member;
    return {
      ...{ id, name, handle, title, role, disabledAt: removedAt },
      kind: kind === "agent" ? ("agent" as const) : ("person" as const),
      hasPassword: passwords.has(id),
      // Whoever reads this is here, with the room open or not.
      online: kind === "agent" ? works(id) : id === by.id || presence.isOnline(id),
      lastSeen: presence.lastSeen(id) ?? null,
      joinedAt: createdAt,
      manageable: kind === "person" && id !== by.id && mayManage(by, member),
      looksLike: members.lookalike(name)?.name,
    };
  }

  function show(context: Context<Env>, more: Partial<Parameters<typeof MembersPage>[0]> = {}, status = 200) {
    const me = memberOf(context);
    const canManage = may(me, "manage_users");
    const visible = [...members.people(), ...members.agents()].filter(
      (member) => canManage || member.removedAt === null,
    );
    const content = (
      <MembersPage
        workspace={config.workspaceName}
        mode={modeOf(config)}
        assets={files.urls}
        me={me}
        canManage={canManage}
        canAudit={may(me, "manage_system")}
        hasAccount={hasAccount(context)}
        members={visible.map((member) => rowOf(me, member))}
        roles={personRoles.filter((role) => mayManage(me, { role }))}
        invitations={
          canManage
            ? invitations.open().map((each) => ({ ...each, by: each.by.name, rooms: namesFor(me, each.rooms) }))
            : []
        }
        inviteRooms={rooms.readableBy(me).filter((room) => room.visibility === "private")}
        {...more}
      />
    );
    return page(context, content, status as 200);
  }

  /** Private rooms exist for their members only, also on an invitation somebody else made. */
  function namesFor(reader: Member, entered: readonly Room[]): string[] {
    return entered.filter((room) => rooms.mayRead(reader, room)).map(({ slug }) => slug);
  }

  /**
   * Does what a form asks, and goes back to where it stood saying what was done, or shows the page again with what was wrong there.
   * @param act answers with a word of `memberDone` or `invitationDone`, or with a link to be shown
   */
  async function change(
    context: Context<Env>,
    act: (me: Member, form: Record<string, string | string[]>) => Promise<FreshLink | string>,
  ): Promise<Response> {
    const form = (await context.req.parseBody({ all: true })) as Record<string, string | string[]>;
    const member = context.req.path.startsWith("/members/") ? context.req.param("id") : undefined;
    try {
      const done = await act(memberOf(context), form);
      if (typeof done !== "string") return show(context, { fresh: done });
      const place = member === undefined ? "#invitations" : `&member=${member}#member-${member}`;
      return context.redirect(`/members?done=${done}${place}`, 303);
    } catch (refusal) {
      if (!(refusal instanceof Refusal) || refusal.status >= 500 || refusal.code === "PERMISSION_DENIED") throw refusal;
      const { message: error, field } = refusal;
      const more = { error, field, typed: form, about: member === undefined ? undefined : Number(member) };
      return show(context, more, refusal.status === 404 ? 404 : 422);
    }
  }

  /** What the address says was done, at whom it was done. */
  function done(context: Context<Env>): Partial<Parameters<typeof MembersPage>[0]> {
    const { done, member } = context.req.query();
    const about = member === undefined ? undefined : Number(member);
    return { about, notice: doneIn(about === undefined ? invitationDone : memberDone, done) };
  }

  function subject(context: Context<Env>): Member {
    const id = wholeNumber(context.req.param("id") ?? "");
    if (!members.has(id) || members.byId(id).kind !== "person")
      throw new Refusal("NOT_FOUND", "There is no such person.");
    return members.byId(id);
  }

  return new Hono<Env>()
    .get("/members", requires("read", "page"), (context) => show(context, done(context)))
    .on("GET", memberForms, requires("read", "page"), (context) => context.redirect("/members"))
    .on("GET", invitationForms, requires("read", "page"), (context) => context.redirect("/members#invitations"))
    .post("/members/:id/role", requires("manage_users"), accepts("form", forms.role), (context) =>
      change(context, async (me, form) => {
        await members.setRole(me, subject(context), roleIn(form.role));
        return "role";
      }),
    )
    .post("/members/:id/disable", requires("manage_users"), (context) =>
      change(context, async (me) => {
        await members.disable(me, subject(context));
        return "disabled";
      }),
    )
    .post("/members/:id/enable", requires("manage_users"), (context) =>
      change(context, async (me) => {
        await members.enable(me, subject(context));
        return "enabled";
      }),
    )
    .post("/members/:id/sign-out", requires("manage_users"), (context) =>
      change(context, async (me) => {
        const member = subject(context);
        if (!mayManage(me, member)) throw new Refusal("PERMISSION_DENIED");
        await sessions.endAll(member, me);
        return "signed-out";
      }),
    )
    .post("/members/:id/reset", requires("manage_users"), (context) =>
      change(context, async (me) => {
        const member = subject(context);
        if (!mayManage(me, member)) throw new Refusal("PERMISSION_DENIED");
        const link = `${origin()}/reset/${await passwords.createReset(member, me)}`;
        return { kind: "reset", link, words: `A link for ${member.name} to set a new password, for one day.` };
      }),
    )
    .post("/invitations", requires("manage_users"), accepts("form", forms.invitation), (context) =>
      change(context, async (me, form) => {
        const readable = rooms.readableBy(me);
        const chosen = [form.rooms ?? []].flat().map((id) => {
          const room = readable.find((each) => each.id === wholeNumber(id));
          if (!room) throw new Refusal("NOT_FOUND", "There is no such room.");
          return room;
        });
        const role = roleIn(form.role);
        const { token } = await invitations.create(me, {
          role,
          rooms: chosen,
          note: String(form.note ?? ""),
          uses: countIn(form.uses || "1"),
          days: countIn(form.days || "7"),
        });
        return { kind: "invitation", link: `${origin()}/invitations/${token}`, words: `An invitation as ${role}.` };
      }),
    )
    .post("/invitations/:id/revoke", requires("manage_users"), (context) =>
      change(context, async (me) => {
        await invitations.revoke(me, wholeNumber(context.req.param("id")));
        return "revoked";
      }),
    );
}

/** @throws Refusal INVALID_MESSAGE */
export function roleIn(given: unknown): PersonRole {
  const role = typeof given === "string" ? roleNamed(given) : undefined;
  if (!role) throw new Refusal("INVALID_MESSAGE", `A role is one of ${personRoles.join(", ")}.`, { field: "role" });
  return role;
}
