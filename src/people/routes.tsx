import { Hono } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { SignInPage } from "../../views/sign-in.tsx";
import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";
import { type Env, sessionCookie } from "../guards/identity.ts";
import { page } from "../page.tsx";
import type { PublicFiles } from "../public-files.ts";
import { admitted } from "./members.ts";
import type { Sessions } from "./sessions.ts";
import type { SignIn } from "./sign-in.ts";

interface Parts {
  config: Config;
  files: PublicFiles;
  signIn: SignIn;
  sessions: Sessions;
}

/** The door: sign in by name and role while that is open, and out. */
export function peopleRoutes({ config, files, signIn, sessions }: Parts) {
  const mode = config.development ? "development" : config.allowGuest ? "guest" : "closed";
  const ways = { password: false, byName: mode === "closed" ? null : mode, setUp: false } as const;
  const door = (error?: string, name?: string) => (
    <SignInPage workspace={config.workspaceName} ways={ways} error={error} name={name} assets={files.urls} />
  );

  return new Hono<Env>()
    .get("/sign-in", (context) => {
      if (context.get("session")) return context.redirect("/");
      return page(context, door(), mode === "closed" ? 403 : 200);
    })
    .post("/sign-in", async (context) => {
      if (mode === "closed") return page(context, door(), 403);
      const form = await context.req.parseBody();
      const name = String(form.name ?? "");
      try {
        const member = await admitted((done) =>
          signIn.byName({ userId: name, role: String(form.role ?? ""), method: undefined }, context.env.address, done),
        );
        const token = await sessions.open(member, mode);
        const secure = config.publicUrl?.protocol === "https:";
        setCookie(context, sessionCookie, token, {
          httpOnly: true,
          sameSite: "Lax",
          path: "/",
          secure,
          maxAge: 30 * 24 * 60 * 60,
        });
        return context.redirect("/", 303);
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || refusal.status >= 500) throw refusal;
        if (refusal.retryAfter !== undefined)
          context.header("retry-after", String(Math.ceil(refusal.retryAfter / 1000)));
        return page(context, door(refusal.message, name.slice(0, 100)), refusal.status === 429 ? 429 : 422);
      }
    })
    .post("/sign-out", async (context) => {
      const session = context.get("session");
      if (session) await sessions.end(session.id);
      deleteCookie(context, sessionCookie, { path: "/" });
      return context.redirect("/sign-in", 303);
    });
}
