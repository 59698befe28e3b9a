import { type Context, Hono } from "hono";
import { z } from "zod";
import { DevicePage } from "../../../views/people/device.tsx";
import type { Audit } from "../../audit/audit.ts";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { type Env, ownerOf, requires } from "../../guards/identity.ts";
import { accepts, acceptsJsonOrForm, formText } from "../../guards/validation.ts";
import { page } from "../../page.tsx";
import type { PublicFiles } from "../../public-files.ts";
import { type Devices, deviceSeconds, permissionsOfScope, pollSeconds } from "../device.ts";
import type { Grant, Grants } from "../grants.ts";
import { may } from "../member.ts";
import type { Members } from "../members.ts";
import type { SignIn } from "../sign-in.ts";
import type { Tokens } from "../tokens.ts";
import { shownCode } from "../user-code.ts";

interface Parts {
  config: Config;
  files: PublicFiles;
  audit: Audit;
  members: Members;
  devices: Devices;
  grants: Grants;
  tokens: Tokens;
  signIn: SignIn;
  origin: () => string;
}

const word = z.string().max(8_192).default("");
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

const schemas = {
  authorize: z.object({ client_id: word, scope: word }),
  confirm: z.object({ user_code: word }),
  token: z.object({ device_code: word, grant_type: z.string().max(8_192).default(deviceGrant) }),
  validate: z.object({ access_token: word }),
  refresh: z.object({ refresh_token: word, grant_type: word }),
  revoke: z.object({ token: word }),
};

/** Seconds an access token of a device lives at most. */
const mostAccessSeconds = 3_600;

const confirming = z.object({ user_code: formText(), decision: formText(10) });

/** Device sign-in for remote agents (PROTOCOL.md, 3c): the device asks, a person confirms on the page, the device gets its tokens. */
export function deviceRoutes({ config, files, audit, members, devices, grants, tokens, signIn, origin }: Parts) {
  const frame = { workspace: config.workspaceName, assets: files.urls };
  // No token is accepted that lives longer than the setting says, our own included.
  const accessSeconds = Math.min(mostAccessSeconds, config.jwtMaxMinutes * 60);

  async function tokensFor({ id, memberId, scope }: Grant, refreshToken: string) {
    const claims = { sub: String(memberId), user_id: members.byId(memberId).name, scope, type: "cli", grant: id };
    return {
      access_token: await tokens.sign(claims, accessSeconds),
      refresh_token: refreshToken,
      token_type: "Bearer",
      expires_in: accessSeconds,
      scope,
    };
  }

  /** A code that is typed wrong is a guess: few are let through. @throws Refusal */
  function look(context: Context<Env>, code: string) {
    return signIn.typedCode(ownerOf(context), () => devices.look(code));
  }

  return new Hono<Env>()
    .get("/auth/device", requires("read", "page"), (context) => {
      const meName = ownerOf(context).name;
      const code = context.req.query("user_code")?.slice(0, 20);
      // The code in the address is only put into the field: looking it up is left to the form, so that a link decides nothing.
      return page(context, <DevicePage {...frame} stage="enter" code={code} meName={meName} />);
    })
    .post("/auth/device", requires("read"), accepts("form", confirming), async (context) => {
      const me = ownerOf(context);
      const form = await context.req.parseBody();
      const code = String(form.user_code ?? "").slice(0, 20);
      try {
        const { client, scope, userCode } = look(context, code);
        const facts = { code: shownCode(userCode), client, permissions: allowedTo(me, scope), meName: me.name };
        if (form.decision !== "allow" && form.decision !== "deny")
          return page(context, <DevicePage {...frame} stage="confirm" {...facts} />);
        devices.decide(code, me, form.decision === "allow");
        return page(
          context,
          <DevicePage {...frame} stage={form.decision === "allow" ? "done" : "denied"} {...facts} />,
        );
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || refusal.status >= 500) throw refusal;
        const again = <DevicePage {...frame} stage="enter" code={code} meName={me.name} error={refusal.message} />;
        return page(context, again, refusal.status === 429 ? 429 : 422);
      }
    })
    .post("/api/auth/device/authorize", acceptsJsonOrForm(schemas.authorize), async (context) => {
      const { client_id: client, scope } = context.req.valid("json");
      const { deviceCode, userCode } = devices.ask(client, scope, context.env.address);
      const uri = `${origin()}/auth/device`;
      return context.json({
        device_code: deviceCode,
        user_code: userCode,
        verification_uri: uri,
        verification_uri_complete: `${uri}?user_code=${userCode}`,
        expires_in: deviceSeconds,
        interval: pollSeconds,
      });
    })
    .post("/api/auth/device/confirm", requires("read"), acceptsJsonOrForm(schemas.confirm), async (context) => {
      const me = ownerOf(context);
      const { user_code: code } = context.req.valid("json");
      const { client } = look(context, code);
      devices.decide(code, me, true);
      return context.json({ success: true, message: `${client} may act as ${me.name}.` });
    })
    .post("/api/auth/device/token", acceptsJsonOrForm(schemas.token), async (context) => {
      const { device_code: code, grant_type: type } = context.req.valid("json");
      if (type !== deviceGrant)
        return oauthError(context, "unsupported_grant_type", "This address exchanges device codes.");
      const answer = devices.poll(code);
      if (typeof answer === "string") return oauthError(context, answer, descriptions[answer]);
      const { member, client, scope } = answer;
      try {
        const { grant, refreshToken } = await grants.make(member, client, scope, context.env.address);
        return context.json(await tokensFor(grant, refreshToken));
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || refusal.code !== "AUTH_FAILED") throw refusal;
        return oauthError(context, "invalid_grant", descriptions.invalid_grant);
      }
    })
    .post("/api/auth/cli/validate", acceptsJsonOrForm(schemas.validate), async (context) => {
      const { access_token: token } = context.req.valid("json");
      try {
        const { claims, outside } = await tokens.verify(token);
        // What an outside issuer calls a grant is none of ours.
        const grant = outside ? undefined : grants.byId(Number(claims.grant));
        if (!grant) return context.json({ valid: false });
        const { name } = members.byId(grant.memberId);
        return context.json({ valid: true, user_id: name, scopes: grant.scope.split(" "), expires_at: claims.exp });
      } catch (refusal) {
        if (refusal instanceof Refusal) return context.json({ valid: false });
        throw refusal;
      }
    })
    .post("/api/auth/cli/refresh", acceptsJsonOrForm(schemas.refresh), async (context) => {
      const { refresh_token: token } = context.req.valid("json");
      const { address } = context.env;
      try {
        const { grant, refreshToken } = await grants.refresh(token, address);
        return context.json(await tokensFor(grant, refreshToken));
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || refusal.code !== "AUTH_FAILED") throw refusal;
        audit.note({
          action: "credential refused",
          actorId: null,
          address,
          result: "failed",
          detail: { by: "refresh" },
        });
        signIn.wrong(address);
        return oauthError(context, "invalid_grant", refusal.message);
      }
    })
    .post("/api/auth/cli/revoke", acceptsJsonOrForm(schemas.revoke), async (context) => {
      const { token } = context.req.valid("json");
      const grant = grants.byRefreshToken(token) ?? (await grantOfAccessToken(token));
      // Whoever holds a token may end it; an unknown one is as good as ended (RFC 7009).
      if (grant) await grants.revoke({ ...members.byId(grant.memberId), address: context.env.address }, grant.id);
      return context.json({ success: true });
    });

  async function grantOfAccessToken(token: string): Promise<Grant | undefined> {
    try {
      const { claims, outside } = await tokens.verify(token);
      return outside ? undefined : grants.byId(Number(claims.grant));
    } catch {
      return undefined;
    }
  }
}

/** A device gets no more than its person has. */
function allowedTo(member: ReturnType<typeof ownerOf>, scope: string): string[] {
  return permissionsOfScope(scope).filter((permission) => may(member, permission));
}

const descriptions = {
  authorization_pending: "The person has not confirmed yet.",
  slow_down: `Ask every ${pollSeconds} seconds at most.`,
  expired_token: "The code is too old: ask for a new one.",
  invalid_grant: "That code is unknown, used, or was refused.",
} as const;

/** Errors of these addresses have the names that OAuth gives them. */
function oauthError(context: Context<Env>, error: string, description: string): Response {
  const code = error === "slow_down" ? "RATE_LIMITED" : "AUTH_FAILED";
  return context.json({ error, error_description: description, message: description, code }, 400);
}
