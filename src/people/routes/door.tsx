import { type Context, Hono } from "hono";
import { z } from "zod";
import { AcceptInvitationPage, GonePage, NewPasswordPage } from "../../../views/people/links.tsx";
import { SetUpPage } from "../../../views/people/set-up.tsx";
import { SignInPage } from "../../../views/sign-in.tsx";
import type { Audit } from "../../audit/audit.ts";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { dropSession, keepSession, startOf } from "../../guards/cookie.ts";
import type { Env } from "../../guards/identity.ts";
import { localPath } from "../../guards/next.ts";
import { accepts, formText } from "../../guards/validation.ts";
import { page } from "../../page.tsx";
import type { PublicFiles } from "../../public-files.ts";
import type { Invitations } from "../../rooms/invitations.ts";
import { acting } from "../identity.ts";
import type { Member } from "../member.ts";
import { admitted, type Members } from "../members.ts";
import { type Passwords, passwordRules } from "../passwords.ts";
import { noteRefusedSignIn } from "../refused-sign-in.ts";
import type { Sessions } from "../sessions.ts";
import type { SetUp } from "../set-up.ts";
import type { SignIn } from "../sign-in.ts";

interface Parts {
  config: Config;
  audit: Audit;
  files: PublicFiles;
  members: Members;
  passwords: Passwords;
  sessions: Sessions;
  signIn: SignIn;
  setUp: SetUp;
  invitations: Invitations;
}

const forms = {
  signIn: z.object({ name: formText(), password: formText(), role: formText(), method: formText() }),
  come: z.object({ name: formText(), password: formText() }),
};

/** The ways in: the sign-in page, and the links that make an owner, accept an invitation or set a new password. */
export function doorRoutes(parts: Parts) {
  const { config, audit, files, members, passwords, sessions, signIn, setUp, invitations } = parts;
  const byName = config.development ? "development" : config.allowGuest ? "guest" : null;
  const frame = { workspace: config.workspaceName, assets: files.urls };

  function door(context: Context<Env>, more: Partial<Parameters<typeof SignInPage>[0]> = {}, refusal?: Refusal) {
    const ways = { password: passwords.any(), byName, setUp: !members.hasOwner() } as const;
    const open = ways.password || ways.byName !== null;
    const content = <SignInPage {...frame} ways={ways} error={refusal?.message} safeMode={config.safeMode} {...more} />;
    return page(context, content, refusal ? statusOf(refusal) : open || ways.setUp ? 200 : 403);
  }

  /** A new session for somebody who has just shown who they are; whatever cookie the browser brought is worth nothing from here on. */
  async function enter(context: Context<Env>, member: Member, method: string, next = "/"): Promise<Response> {
    const old = context.get("identity");
    if (old?.proof.kind === "session") await sessions.end(old.member, old.proof.id).catch(() => undefined);
    const { token } = await sessions.open(member, startOf(context, method));
    keepSession(context, config, token);
    return context.redirect(next, 303);
  }

  /** What has just happened to whoever comes to the door. */
  function noticeFor(context: Context<Env>): string | undefined {
    if (context.req.query("over")) return "Your session has ended. Sign in again.";
    return context.req.query("done") === "signed-out" ? "You are signed out." : undefined;
  }

  return new Hono<Env>()
    .get("/sign-in", (context) => {
      const next = localPath(context.req.query("next"));
      if (context.get("identity")) return context.redirect(next ?? "/", 303);
      return door(context, { next, notice: noticeFor(context) });
    })
    .post("/sign-in", accepts("form", forms.signIn), async (context) => {
      const { address } = context.env;
      const form = await context.req.parseBody();
      const name = String(form.name ?? "");
      // Before there were passwords the form said no method.
      const method = form.method === "password" ? "password" : "name";
      const next = localPath(String(form.next ?? ""));
      try {
        if (method === "password") {
          const member = await signIn.byPassword(name, String(form.password ?? ""), address);
          return await enter(context, member, "password", next);
        }
        if (byName === null) throw new Refusal("AUTH_FAILED", "Signing in by name alone is not open here.");
        const claim = { userId: name, role: String(form.role ?? ""), method: undefined };
        const member = await admitted((done) => signIn.byName(claim, address, done));
        return await enter(context, member, byName, next);
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || refusal.status >= 500) throw refusal;
        noteRefusedSignIn(audit, members, { name, method, address, thrown: refusal });
        if (refusal.retryAfter !== undefined)
          context.header("retry-after", String(Math.ceil(refusal.retryAfter / 1000)));
        const typed = { name: name.slice(0, 100), role: String(form.role ?? "") };
        return door(context, { refused: method, next, ...typed }, refusal);
      }
    })
    .post("/sign-out", async (context) => {
      const identity = context.get("identity");
      if (identity?.proof.kind === "session") await sessions.end(identity.member, identity.proof.id);
      dropSession(context, config);
      return context.redirect("/sign-in?done=signed-out", 303);
    })
    .get("/setup/:code", (context) => {
      const code = context.req.param("code");
      return orGone(context, "This set-up link no longer works", () => {
        setUp.check(code);
        return page(context, <SetUpPage {...frame} code={code} rules={passwordRules} />);
      });
    })
    .post("/setup/:code", accepts("form", forms.come), async (context) => {
      const code = context.req.param("code");
      const { name, password } = await nameAndPassword(context);
      return orAgain(
        context,
        "This set-up link no longer works",
        async () => enter(context, await setUp.makeOwner(code, name, password, context.env.address), "setup"),
        (error, field) => (
          <SetUpPage {...frame} code={code} rules={passwordRules} error={error} field={field} name={name} />
        ),
      );
    })
    .get("/invitations/:code", (context) => {
      const code = context.req.param("code");
      return orGone(context, "This invitation no longer works", () =>
        page(
          context,
          <AcceptInvitationPage
            {...frame}
            code={code}
            invitation={facts(code)}
            rules={passwordRules}
            me={signedInAs(context)}
          />,
        ),
      );
    })
    .post("/invitations/:code", accepts("form", forms.come), async (context) => {
      const code = context.req.param("code");
      const { name, password } = await nameAndPassword(context);
      return orAgain(
        context,
        "This invitation no longer works",
        async () => {
          const member = await invitations.accept(code, name, password, context.env.address);
          return enter(context, member, "invitation");
        },
        (error, field) => {
          const again = { code, invitation: facts(code), rules: passwordRules, me: signedInAs(context) };
          return <AcceptInvitationPage {...frame} {...again} error={error} field={field} name={name} />;
        },
      );
    })
    .get("/reset/:code", (context) => {
      const code = context.req.param("code");
      return orGone(context, "This link no longer works", () => {
        const { name } = members.byId(passwords.findReset(code).memberId);
        return page(context, <NewPasswordPage {...frame} code={code} memberName={name} rules={passwordRules} />);
      });
    })
    .post("/reset/:code", accepts("form", forms.come), async (context) => {
      const code = context.req.param("code");
      const { password } = await nameAndPassword(context);
      return orAgain(
        context,
        "This link no longer works",
        async () => {
          const { id, memberId } = passwords.findReset(code);
          const member = members.byId(memberId);
          const hash = await passwords.hash(password, member.name);
          await passwords.set(member, hash, acting(member, context.env.address), id);
          return enter(context, member, "reset");
        },
        (error) => {
          const { name } = members.byId(passwords.findReset(code).memberId);
          return <NewPasswordPage {...frame} code={code} memberName={name} rules={passwordRules} error={error} />;
        },
      );
    });

  function signedInAs(context: Context<Env>): string | undefined {
    return context.get("identity")?.member.name;
  }

  function facts(code: string) {
    const { by, role, rooms, note, expiresAt } = invitations.find(code);
    return { by: by.name, role, rooms: rooms.map(({ slug }) => slug), note, expiresAt };
  }

  function gone(context: Context<Env>, title: string, refusal: Refusal): Response {
    return page(context, <GonePage {...frame} title={title} words={refusal.message} />, 404);
  }

  /** The page of a link, or, for links of every kind that open nothing any more, one that says so. */
  function orGone(context: Context<Env>, title: string, show: () => Response): Response {
    try {
      return show();
    } catch (refusal) {
      if (refusal instanceof Refusal && refusal.code === "NOT_FOUND") return gone(context, title, refusal);
      throw refusal;
    }
  }

  /** Does what a form asks; what it is refused for stands on the form, so that it can be mended. */
  async function orAgain(
    context: Context<Env>,
    title: string,
    act: () => Promise<Response>,
    form: (error: string, field: "name" | "password") => ReturnType<typeof SetUpPage>,
  ): Promise<Response> {
    try {
      return await act();
    } catch (refusal) {
      if (!(refusal instanceof Refusal) || refusal.status >= 500) throw refusal;
      if (refusal.code === "NOT_FOUND") return gone(context, title, refusal);
      const field = refusal.field === "password" ? "password" : "name";
      return page(context, form(refusal.message, field), statusOf(refusal));
    }
  }
}

async function nameAndPassword(context: Context<Env>): Promise<{ name: string; password: string }> {
  const form = await context.req.parseBody();
  return { name: String(form.name ?? ""), password: String(form.password ?? "") };
}

/** A form that is shown again says that it did not work. */
function statusOf(refusal: Refusal): 422 | 429 | 401 {
  if (refusal.status === 429) return 429;
  return refusal.code === "AUTH_FAILED" ? 401 : 422;
}
