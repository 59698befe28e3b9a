import { z } from "zod";
import { instant, seq } from "../../../shapes.ts";
import { made, ok, type Part } from "./entry.ts";
import { done, member, memberExample, roleName } from "./shapes.ts";

const name = { name: "The person's name." };
const one = z.strictObject({ member });
const invitation = z
  .strictObject({
    id: seq,
    role: roleName,
    rooms: z.array(z.string()).describe("Slugs of private rooms that it opens, of those you may read."),
    note: z.string(),
    maxUses: z.int(),
    uses: z.int(),
    by: z.string(),
    createdAt: instant,
    expiresAt: instant,
  })
  .meta({ id: "Invitation", description: "An invitation that can still be accepted." });

export const peopleEntries: Part = {
  name: "People",
  about: "Who belongs here, and letting others in. Nobody touches an owner but an owner.",
  routes: {
    "GET /api/v1/members": {
      summary: "Everybody who belongs here",
      answers: ok("People and agents.", z.strictObject({ members: z.array(member) }), { members: [memberExample] }),
    },
    "POST /api/v1/members": {
      summary: "Make an account",
      body: { name: "tomas", role: "developer", password: "seven-quiet-lanterns" },
      answers: made("Who it is for.", one, { member: { ...memberExample, id: 8, handle: "tomas", name: "tomas" } }),
      refusals: ["CONFLICT"],
    },
    "PATCH /api/v1/members/:name": {
      summary: "Change somebody's role, or shut them out",
      params: name,
      body: { role: "analyst" },
      answers: ok("As they are now.", one, { member: { ...memberExample, role: "analyst" } }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "POST /api/v1/members/:name/reset": {
      summary: "A link to a new password",
      params: name,
      answers: made("Hand it over yourself; it works once.", z.strictObject({ link: z.string() }), {
        link: "https://parley.example/reset/3q2nQh…",
      }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "DELETE /api/v1/members/:name/sessions": {
      summary: "Sign somebody out everywhere",
      params: name,
      answers: ok("Done.", done, { message: "tomas is signed out everywhere." }),
      refusals: ["NOT_FOUND"],
    },
    "GET /api/v1/invitations": {
      summary: "Open invitations",
      answers: ok("Those that can still be accepted.", z.strictObject({ invitations: z.array(invitation) }), {
        invitations: [
          {
            id: 90,
            role: "developer",
            rooms: ["workshop~kdrtmv"],
            note: "Welcome",
            maxUses: 1,
            uses: 0,
            by: "mira",
            createdAt: "2026-11-21T08:30:00.000Z",
            expiresAt: "2026-11-28T08:30:00.000Z",
          },
        ],
      }),
    },
    "POST /api/v1/invitations": {
      summary: "Invite somebody",
      body: { role: "developer", rooms: ["workshop~kdrtmv"], note: "Welcome", uses: 1, days: 7 },
      answers: made("The link, this once.", z.strictObject({ id: seq, link: z.string() }), {
        id: 90,
        link: "https://parley.example/invitations/9dQx…",
      }),
      refusals: ["NOT_FOUND"],
    },
    "DELETE /api/v1/invitations/:id": {
      summary: "Revoke an invitation",
      params: { id: "Its id." },
      answers: ok("Done.", done, { message: "That invitation is revoked." }),
      refusals: ["NOT_FOUND"],
    },
  },
};
