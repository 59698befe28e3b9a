import { type Context, Hono } from "hono";
import { z } from "zod";
import { doneIn, settingsDone } from "../../../views/people/done.ts";
import { SettingsPage, type SettingsSection } from "../../../views/people/settings.tsx";
import type { Audit } from "../../audit/audit.ts";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { keepSession, startOf } from "../../guards/cookie.ts";
import { type Env, identityOf, isThat, ownerOf, requires } from "../../guards/identity.ts";
import { accepts, formText, formTexts } from "../../guards/validation.ts";
import { modeOf, page } from "../../page.tsx";
import type { PublicFiles } from "../../public-files.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Grants } from "../grants.ts";
import { countIn, wholeNumber } from "../id.ts";
import type { Keys } from "../keys.ts";
import { type Member, may, type Permission, permissionsOf } from "../member.ts";
import type { Members } from "../members.ts";
import { type Passwords, passwordRules } from "../passwords.ts";
import { noteRefusedSignIn } from "../refused-sign-in.ts";
import type { Sessions } from "../sessions.ts";
import type { SignIn } from "../sign-in.ts";
import { chosenTitle } from "../title.ts";

interface Parts {
  config: Config;
  files: PublicFiles;
  members: Members;
  rooms: Rooms;
  passwords: Passwords;
  sessions: Sessions;
  keys: Keys;
  grants: Grants;
  signIn: SignIn;
  audit: Audit;
}

const forms = {
  profile: z.object({ title: formText() }),
  password: z.object({ current: formText(), password: formText() }),
  key: z.object({
    name: formText(),
    for: formText(20),
    days: formText(20),
    permissions: formTexts(20),
    rooms: formTexts(1_000),
  }),
};

/** What a form had in it, to be shown again when it was refused. */
type Typed = Record<string, string | string[]>;

/** Settings that are one's own: title, password, sessions, keys, devices. With a key or a device's token none of them can be changed. */
export function settingsRoutes(parts: Parts) {
  const { config, files, members, rooms, passwords, sessions, keys, grants, signIn, audit } = parts;

  function settings(context: Context<Env>, more: Partial<Parameters<typeof SettingsPage>[0]> = {}, status = 200) {
    const { proof } = identityOf(context);
    const member = ownerOf(context);
    const content = (
      <SettingsPage
        workspace={config.workspaceName}
        mode={modeOf(config)}
        canAudit={may(member, "manage_system")}
        assets={files.urls}
        me={{ ...member, permissions: permissionsOf(member) }}
        hasPassword={passwords.has(member.id)}
        sessions={sessions.of(member.id).map((each) => ({ ...each, current: isThat(proof, each.id) }))}
        keys={keys
          .visibleTo(member)
          .map((key) => ({ ...key, owner: key.member.name, rooms: slugsFor(member, key.rooms) }))}
        grants={grants.of(member.id)}
        keyChoices={{
          permissions: permissionsOf(member),
          rooms: rooms.readableBy(member),
          owners: [member, ...(may(member, "manage_users") ? members.agents() : [])],
        }}
        rules={passwordRules}
        {...more}
      />
    );
    return page(context, content, status as 200);
  }

  /** The rooms of a key, of which a private one is named to its members only, also to those who manage the agent's keys. */
  function slugsFor(reader: Member, ids: readonly number[] | null): string[] | null {
    if (ids === null) return null;
    const rest = ids.map((id) => rooms.byId(id)).filter((room) => rooms.mayRead(reader, room));
    return [...rest.map(({ slug }) => slug), ...(rest.length < ids.length ? ["others"] : [])];
  }

  /**
   * Does what a form of one section asks, and goes back there saying what was done, or shows the page again with what was wrong.
   * @param act answers with a word of `settingsDone`, or with a page of its own
   */
  async function change(
    context: Context<Env>,
    section: SettingsSection,
    act: (member: Member, form: Typed) => Promise<Response | string>,
  ): Promise<Response> {
    const form = (await context.req.parseBody({ all: true })) as Typed;
    const owner = ownerOf(context);
    try {
      const answer = await act(owner, form);
      return typeof answer === "string" ? context.redirect(`/settings?done=${answer}#${section}`, 303) : answer;
    } catch (refusal) {
      if (!(refusal instanceof Refusal) || refusal.status >= 500) throw refusal;
      const { password: _, current: __, ...typed } = form;
      const { message: error, field } = refusal;
      return settings(context, { section, error, field, typed }, refusal.status === 429 ? 429 : 422);
    }
  }

  return new Hono<Env>()
    .get("/settings", requires("read", "page"), (context) =>
      settings(context, doneIn(settingsDone, context.req.query("done"))),
    )
    .on("GET", "/settings/profile", requires("read", "page"), goTo("profile"))
    .on("GET", "/settings/password", requires("read", "page"), goTo("password"))
    .on(
      "GET",
      ["/settings/sessions/end-others", "/settings/sessions/:id/end"],
      requires("read", "page"),
      goTo("sessions"),
    )
    .on("GET", ["/settings/keys", "/settings/keys/:id/rotate"], requires("read", "page"), goTo("keys"))
    .on("GET", "/settings/keys/:id/revoke", requires("read", "page"), goTo("keys"))
    .on("GET", "/settings/grants/:id/revoke", requires("read", "page"), goTo("devices"))
    .post("/settings/profile", requires("read"), accepts("form", forms.profile), (context) =>
      change(context, "profile", async (member, form) => {
        // Without a title the role says what somebody is.
        await members.setTitle(member, chosenTitle(String(form.title ?? "")) || member.role);
        return "title";
      }),
    )
    .post("/settings/password", requires("read"), accepts("form", forms.password), (context) =>
      change(context, "password", async (member, form) => {
        const { address } = context.env;
        // Whoever finds an open browser must not be able to keep the account.
        let proven = member;
        if (passwords.has(member.id)) {
          const { name } = member;
          proven = await signIn.byPassword(name, String(form.current ?? ""), address).catch((thrown: unknown) => {
            noteRefusedSignIn(audit, members, { name, method: "password", address, thrown });
            if (!(thrown instanceof Refusal) || thrown.code !== "AUTH_FAILED") throw thrown;
            throw new Refusal("AUTH_FAILED", "That is not your current password.", { field: "current" });
          });
        }
        const hash = await passwords.hash(String(form.password ?? ""), member.name);
        await passwords.set(member, hash, { ...member, provenAt: proven.provenAt });
        // A new one, after the end of all others: nothing that was shown before it counts.
        const { token } = await sessions.open(members.byId(member.id), startOf(context, "password"));
        keepSession(context, config, token);
        return "password";
      }),
    )
    .post("/settings/sessions/end-others", requires("read"), (context) =>
      change(context, "sessions", async (member) => {
        const { proof } = identityOf(context);
        await sessions.endAll(member, member, proof.kind === "session" ? proof.id : undefined);
        return "others";
      }),
    )
    .post("/settings/sessions/:id/end", requires("read"), (context) =>
      change(context, "sessions", async (member) => {
        await sessions.end(member, wholeNumber(context.req.param("id")));
        return "session";
      }),
    )
    .post("/settings/keys", requires("read"), accepts("form", forms.key), (context) =>
      change(context, "keys", async (member, form) => {
        const owner = form.for ? members.byId(known(members, wholeNumber(String(form.for)))) : member;
        const slugs = list(form.rooms).map((id) => rooms.byId(readable(rooms, member, wholeNumber(id))).id);
        const name = String(form.name ?? "");
        const { secret } = await keys.create(member, {
          name,
          member: owner,
          permissions: list(form.permissions) as Permission[],
          rooms: slugs.length > 0 ? slugs : null,
          days: form.days ? countIn(form.days) : null,
        });
        return settings(context, { fresh: { kind: "key", name, secret }, section: "keys" });
      }),
    )
    .post("/settings/keys/:id/rotate", requires("read"), (context) =>
      change(context, "keys", async (member) => {
        const { name, secret } = await keys.rotate(member, wholeNumber(context.req.param("id")));
        return settings(context, { fresh: { kind: "key", name, secret }, section: "keys" });
      }),
    )
    .post("/settings/keys/:id/revoke", requires("read"), (context) =>
      change(context, "keys", async (member) => {
        await keys.revoke(member, wholeNumber(context.req.param("id")));
        return "key";
      }),
    )
    .post("/settings/grants/:id/revoke", requires("read"), (context) =>
      change(context, "devices", async (member) => {
        await grants.revoke(member, wholeNumber(context.req.param("id")));
        return "device";
      }),
    );
}

/** From the address of a form, where pages that answer one seem to be, to what it is about. */
function goTo(section: SettingsSection) {
  return (context: Context<Env>) => context.redirect(`/settings#${section}`);
}

function list(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : [value].flat();
}

/** @throws Refusal NOT_FOUND */
function known(members: Members, id: number): number {
  if (!members.has(id)) throw new Refusal("NOT_FOUND", "There is no such member.");
  return id;
}

/** @throws Refusal NOT_FOUND */
function readable(rooms: Rooms, member: Member, id: number): number {
  if (!rooms.readableBy(member).some((room) => room.id === id))
    throw new Refusal("NOT_FOUND", "There is no such room.");
  return id;
}
