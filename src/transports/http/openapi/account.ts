import { z } from "zod";
import { instant, permission, seq } from "../../../shapes.ts";
import { made, ok, type Part } from "./entry.ts";
import { done, member, memberExample } from "./shapes.ts";

const session = z
  .strictObject({
    id: seq,
    method: z.string().describe("How it was begun."),
    device: z.string(),
    address: z.string(),
    createdAt: instant,
    seenAt: instant,
    expiresAt: instant,
    current: z.boolean().describe("Whether it is the one that you show."),
  })
  .meta({ id: "Session", description: "Where you are signed in." });

const key = z
  .strictObject({
    id: seq,
    name: z.string(),
    prefix: z.string().describe("Its first characters."),
    for: z.string().describe("As whom it acts."),
    permissions: z.array(permission),
    rooms: z
      .array(z.string())
      .nullable()
      .describe("Slugs of the only rooms that it opens, of those you may read; null for all that its owner may enter."),
    createdAt: instant,
    expiresAt: instant.nullable(),
    revokedAt: instant.nullable(),
    seenAt: instant.nullable(),
  })
  .meta({ id: "Key", description: "A key, without the key." });

const freshKey = z
  .strictObject({ id: seq, key: z.string().describe("Shown this once: only its fingerprint is kept.") })
  .meta({ id: "FreshKey", description: "A key that was just made." });
const keyShown = { id: 77, key: "ply_3vYc…" };

const me = member.extend({
  permissions: z.array(permission).describe("What you may do, by what you showed."),
  by: z.enum(["session", "key", "grant", "name", "token", "environment", "operator"]).describe("What you showed."),
  expiresAt: instant.nullable().describe("When it ends."),
});

const link = z.strictObject({ id: z.int().describe("Telegram's."), name: z.string(), linkedAt: instant });

export const accountEntries: Part = {
  name: "Your account",
  about: "Signing in, and what acts in your name. Keys and devices' tokens do not open it: they get 403.",
  routes: {
    "POST /api/v1/sessions": {
      summary: "Sign in with a password",
      description: "The token is a bearer like a key, until it ends. After five wrong ones, 429.",
      body: { name: "mira", password: "seven-quiet-lanterns" },
      answers: made("A session.", z.strictObject({ token: z.string(), id: seq, expiresAt: instant }), {
        token: "4f1L…",
        id: 60,
        expiresAt: "2026-12-21T08:30:00.000Z",
      }),
    },
    "GET /api/v1/me": {
      summary: "Who you are here",
      answers: ok("You.", me, {
        ...memberExample,
        permissions: ["read", "write", "execute", "manage_tasks"],
        by: "key",
        expiresAt: null,
      }),
    },
    "GET /api/v1/sessions": {
      summary: "Where you are signed in",
      themselves: true,
      answers: ok("Your sessions.", z.strictObject({ sessions: z.array(session) }), {
        sessions: [
          {
            id: 60,
            method: "password",
            device: "Firefox on Linux",
            address: "10.0.0.7",
            createdAt: "2026-11-21T08:30:00.000Z",
            seenAt: "2026-11-21T09:12:00.000Z",
            expiresAt: "2026-12-21T08:30:00.000Z",
            current: true,
          },
        ],
      }),
    },
    "DELETE /api/v1/sessions": {
      summary: "Sign out everywhere else",
      themselves: true,
      answers: ok("Done.", done, { message: "Every other session of yours has ended." }),
    },
    "DELETE /api/v1/sessions/:id": {
      summary: "End one session",
      themselves: true,
      params: { id: "Its id." },
      answers: ok("Done.", done, { message: "That session has ended." }),
      refusals: ["NOT_FOUND"],
    },
    "POST /api/v1/tickets": {
      summary: "A ticket for one socket",
      description: "For browsers, which cannot send headers with an upgrade: `/ws?ticket=…`, once.",
      answers: made("The ticket.", z.strictObject({ ticket: z.string(), expiresIn: z.int().describe("Seconds.") }), {
        ticket: "b3Qm…",
        expiresIn: 30,
      }),
    },
    "GET /api/v1/api-keys": {
      summary: "Your keys",
      description: "Whoever manages people sees those of agents as well.",
      themselves: true,
      answers: ok("Without the keys themselves.", z.strictObject({ keys: z.array(key) }), {
        keys: [
          {
            id: 77,
            name: "deploy script",
            prefix: "ply_3vYc",
            for: "mira",
            permissions: ["read", "write"],
            rooms: null,
            createdAt: "2026-11-21T08:30:00.000Z",
            expiresAt: null,
            revokedAt: null,
            seenAt: null,
          },
        ],
      }),
    },
    "POST /api/v1/api-keys": {
      summary: "Make a key",
      description: "For yourself, or `for` an agent where you manage people. It gets no more than you have.",
      themselves: true,
      body: { name: "deploy script", permissions: ["read", "write"], rooms: ["general"], days: 90 },
      answers: made("The key, this once.", freshKey, keyShown),
      refusals: ["NOT_FOUND", "AGENT_NOT_FOUND", "CONFLICT"],
    },
    "POST /api/v1/api-keys/:id/rotate": {
      summary: "A new key in the place of an old one",
      description: "The old one works for 24 more hours.",
      themselves: true,
      params: { id: "Its id." },
      answers: made("The key, this once.", freshKey, keyShown),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "DELETE /api/v1/api-keys/:id": {
      summary: "Revoke a key",
      themselves: true,
      params: { id: "Its id." },
      answers: ok("Whatever uses it is shut out at once.", done, { message: "That key is revoked." }),
      refusals: ["NOT_FOUND"],
    },
    "GET /api/v1/telegram": {
      summary: "Your Telegram accounts",
      themselves: true,
      answers: ok(
        "The bot's name, where there is one, and your accounts.",
        z.strictObject({ bot: z.string().nullable(), links: z.array(link) }),
        { bot: "parley_bot", links: [{ id: 4711, name: "Mira", linkedAt: "2026-11-21T08:30:00.000Z" }] },
      ),
    },
    "POST /api/v1/telegram/code": {
      summary: "A code that links a Telegram account",
      themselves: true,
      answers: made("Say `/link CODE` to the bot.", z.strictObject({ code: z.string(), expiresAt: instant }), {
        code: "K7QD-2M4X",
        expiresAt: "2026-11-21T08:40:00.000Z",
      }),
    },
    "DELETE /api/v1/telegram/:id": {
      summary: "Unlink a Telegram account",
      themselves: true,
      params: { id: "Telegram's id of it." },
      answers: ok("Done.", done, { message: "That Telegram account is no longer linked." }),
      refusals: ["NOT_FOUND"],
    },
  },
};
