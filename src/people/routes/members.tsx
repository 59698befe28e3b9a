import { type Context, Hono } from "hono";
import { type FreshLink, MembersPage } from "../../../views/people/members.tsx";
import type { Status } from "../../agents/status.ts";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { type Env, memberOf, requires } from "../../guards/identity.ts";
import { page } from "../../page.tsx";
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
      online: kind === "agent" ? works(id) : presence.isOnline(id),
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
        assets={files.urls}
        me={me}
        canManage={canManage}
        canAudit={may(me, "manage_system")}
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

  async function change(
    context: Context<Env>,
    act: (me: Member, form: Record<string, string | string[]>) => Promise<FreshLink | undefined>,
  ): Promise<Response> {
    const form = (await context.req.parseBody({ all: true })) as Record<string, string | string[]>;
    try {
      const fresh = await act(memberOf(context), form);
      return fresh ? show(context, { fresh }) : context.redirect("/members", 303);
    } catch (refusal) {
      if (!(refusal instanceof Refusal) || refusal.status >= 500 || refusal.code === "PERMISSION_DENIED") throw refusal;
      return show(context, { error: refusal.message, typed: form }, refusal.status === 404 ? 404 : 422);
    }
  }

  function subject(context: Context<Env>): Member {
    const id = wholeNumber(context.req.param("id") ?? "");
    if (!members.has(id) || members.byId(id).kind !== "person")
      throw new Refusal("NOT_FOUND", "There is no such person.");
    return members.byId(id);
  }

  return new Hono<Env>()
    .get("/members", requires("read", "page"), (context) => show(context))
    .post("/members/:id/role", requires("manage_users"), (context) =>
      change(context, async (me, form) => {
        await members.setRole(me, subject(context), roleIn(form.role));
        return undefined;
      }),
    )
    .post("/members/:id/disable", requires("manage_users"), (context) =>
      change(context, async (me) => {
        await members.disable(me, subject(context));
        return undefined;
      }),
    )
    .post("/members/:id/enable", requires("manage_users"), (context) =>
      change(context, async (me) => {
        await members.enable(me, subject(context));
        return undefined;
      }),
    )
    .post("/members/:id/sign-out", requires("manage_users"), (context) =>
      change(context, async (me) => {
        const member = subject(context);
        if (!mayManage(me, member)) throw new Refusal("PERMISSION_DENIED");
        await sessions.endAll(member, me);
        return undefined;
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
    .post("/invitations", requires("manage_users"), (context) =>
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
        return undefined;
      }),
    );
}

/** @throws Refusal INVALID_MESSAGE */
export function roleIn(given: unknown): PersonRole {
  const role = typeof given === "string" ? roleNamed(given) : undefined;
  if (!role) throw new Refusal("INVALID_MESSAGE", `A role is one of ${personRoles.join(", ")}.`);
  return role;
}
