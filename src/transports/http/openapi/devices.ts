import { z } from "zod";
import { refusalCode } from "../../../shapes.ts";
import { answers, type Entry, ok, type Part } from "./entry.ts";

const tokens = z
  .strictObject({
    access_token: z.string(),
    refresh_token: z.string().describe("Good once: each use gives a new one, and a repeat ends them all."),
    token_type: z.literal("Bearer"),
    expires_in: z.int().describe("Seconds."),
    scope: z.string(),
  })
  .meta({ id: "DeviceTokens", description: "What a device acts with." });
const tokensShown = {
  access_token: "eyJhbGciOiJIUzI1NiJ9…",
  refresh_token: "pZ0v…",
  token_type: "Bearer",
  expires_in: 3_600,
  scope: "chat",
};

const oauthRefusal = z
  .strictObject({
    error: z.enum(["authorization_pending", "slow_down", "expired_token", "invalid_grant", "unsupported_grant_type"]),
    error_description: z.string(),
    message: z.string(),
    code: refusalCode,
  })
  .meta({ id: "OauthRefusal", description: "A refusal with the names that OAuth gives it." });

function refused(error: string, description: string): Pick<Entry, "answers">["answers"] {
  const words = { error, error_description: description, message: description, code: "AUTH_FAILED" };
  return { 400: answers("Not so, or not yet.", oauthRefusal, words) };
}

export const deviceEntries: Part = {
  name: "Device sign-in",
  about:
    "How a program on another machine comes to act as somebody (RFC 8628): it shows a code, a person confirms it on `/auth/device`, and it gets its tokens. JSON or a form.",
  routes: {
    "POST /api/auth/device/authorize": {
      summary: "A device asks",
      body: { client_id: "build robot", scope: "chat" },
      answers: ok(
        "Show the code and the address, and ask for the tokens every `interval` seconds.",
        z.strictObject({
          device_code: z.string(),
          user_code: z.string(),
          verification_uri: z.string(),
          verification_uri_complete: z.string(),
          expires_in: z.int(),
          interval: z.int(),
        }),
        {
          device_code: "GmRh…",
          user_code: "WDJB-MJHT",
          verification_uri: "https://parley.example/auth/device",
          verification_uri_complete: "https://parley.example/auth/device?user_code=WDJB-MJHT",
          expires_in: 600,
          interval: 5,
        },
      ),
    },
    "POST /api/auth/device/confirm": {
      summary: "Somebody confirms",
      themselves: true,
      body: { user_code: "WDJB-MJHT" },
      answers: ok("The device may come.", z.strictObject({ success: z.literal(true), message: z.string() }), {
        success: true,
        message: "build robot may act as mira.",
      }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "POST /api/auth/device/token": {
      summary: "The device asks for its tokens",
      body: { device_code: "GmRh…", grant_type: "urn:ietf:params:oauth:grant-type:device_code" },
      answers: {
        ...ok("Somebody confirmed.", tokens, tokensShown),
        ...refused("authorization_pending", "The person has not confirmed yet."),
      },
    },
    "POST /api/auth/cli/refresh": {
      summary: "New tokens for old",
      body: { refresh_token: "pZ0v…", grant_type: "refresh_token" },
      answers: {
        ...ok("Both are new.", tokens, tokensShown),
        ...refused("invalid_grant", "That sign-in is over."),
      },
    },
    "POST /api/auth/cli/validate": {
      summary: "Whether an access token is good",
      body: { access_token: "eyJhbGciOiJIUzI1NiJ9…" },
      answers: ok(
        "Whose it is, or that it is none.",
        z.discriminatedUnion("valid", [
          z.strictObject({
            valid: z.literal(true),
            user_id: z.string(),
            scopes: z.array(z.string()),
            expires_at: z.int().describe("Seconds since 1970."),
          }),
          z.strictObject({ valid: z.literal(false) }),
        ]),
        { valid: true, user_id: "mira", scopes: ["chat"], expires_at: 1_795_250_400 },
      ),
    },
    "POST /api/auth/cli/revoke": {
      summary: "A device signs out",
      description: "Whoever holds a token may end it; an unknown one is as good as ended.",
      body: { token: "pZ0v…" },
      answers: ok("Done.", z.strictObject({ success: z.literal(true) }), { success: true }),
    },
  },
};
