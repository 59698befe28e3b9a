import { password, subject, type World } from "../cast.ts";
import { invitation, newName } from "../fresh.ts";
import { form, get, json, managers, only, page, type Row, readers } from "../table.ts";

const paul = (world: World) => `/members/${world.memberIds[subject]}`;
const olga = (world: World) => `/members/${world.memberIds.olga}`;
const api = `/api/v1/members/${subject}`;

/** Each time as if for the first time. */
async function asDeveloper(world: World): Promise<void> {
  await world.must("owner", json("PATCH", api, { role: "developer" }));
}

/** There is one owner again. */
async function onlyOlga(world: World): Promise<void> {
  const { members } = (await world.must("owner", get("/api/v1/members"))).json;
  for (const { name, role } of members)
    if (role === "owner" && name !== "olga")
      await world.must("owner", json("PATCH", `/api/v1/members/${name}`, { role: "viewer" }));
}

/** Addresses of forms, at which a page may stand that answers one: they lead to the members. */
const addresses: readonly Row[] = [
  ...["role", "reset", "sign-out", "disable", "enable"].map((what) => `/members/:id/${what}`),
  "/invitations",
  "/invitations/:id/revoke",
].map((path) => ({
  route: `GET ${path}`,
  ask: () => get(path.replace(":id", "1")),
  answers: page(readers(302)),
}));

/** Who is here, what they may do, and how others come. */
export const peoples: readonly Row[] = [
  ...addresses,
  { route: "GET /members", ask: () => get("/members"), answers: page(readers(200)) },
  {
    route: "POST /members/:id/role",
    ask: (world) => form(`${paul(world)}/role`, { role: "viewer" }),
    answers: managers(303),
    leaves: "member.changed",
  },
  {
    route: "POST /members/:id/role",
    about: "that only an owner gives",
    async ask(world) {
      await asDeveloper(world);
      return form(`${paul(world)}/role`, { role: "owner" });
    },
    answers: only(["owner"], 303),
    leaves: "member.changed",
    after: asDeveloper,
  },
  {
    route: "POST /members/:id/role",
    about: "of the last owner",
    ask: (world) => form(`${olga(world)}/role`, { role: "viewer" }),
    answers: only(["owner"], 422),
  },
  {
    route: "POST /members/:id/disable",
    ask: (world) => form(`${paul(world)}/disable`),
    answers: managers(303),
    leaves: "member.disabled",
  },
  {
    route: "POST /members/:id/disable",
    about: "of the last owner",
    ask: (world) => form(`${olga(world)}/disable`),
    answers: only(["owner"], 422),
  },
  {
    route: "POST /members/:id/enable",
    ask: (world) => form(`${paul(world)}/enable`),
    answers: managers(303),
    leaves: "member.enabled",
  },
  {
    route: "POST /members/:id/sign-out",
    ask: (world) => form(`${paul(world)}/sign-out`),
    answers: managers(303),
    leaves: "sessions.ended",
  },
  {
    route: "POST /members/:id/sign-out",
    about: "of the owner",
    ask: (world) => form(`${olga(world)}/sign-out`),
    answers: only([], 403, { owner: 303 }),
    leaves: "sessions.ended",
    // That was every session of hers.
    after: async (world, { who }) => {
      if (who === "owner") world.adopt("owner", (await world.again("owner")).secret);
    },
  },
  {
    route: "POST /members/:id/reset",
    ask: (world) => form(`${paul(world)}/reset`),
    answers: managers(200),
    leaves: "reset.created",
  },
  {
    route: "POST /members/:id/reset",
    about: "of the owner, who is the only one",
    ask: (world) => form(`${olga(world)}/reset`),
    // Not even by the owner: one's own password is set where the old one is asked for.
    answers: only([], 200),
  },
  {
    route: "POST /invitations",
    ask: () => form("/invitations", { role: "developer" }),
    answers: managers(200),
    leaves: "invitation.created",
  },
  {
    route: "POST /invitations",
    about: "of an owner",
    ask: () => form("/invitations", { role: "owner" }),
    answers: only(["owner"], 200),
    leaves: "invitation.created",
  },
  {
    route: "POST /invitations/:id/revoke",
    ask: async (world) => form(`/invitations/${(await invitation(world)).id}/revoke`),
    answers: managers(303),
    leaves: "invitation.revoked",
  },

  { route: "GET /api/v1/members", ask: () => get("/api/v1/members?disabled=true"), answers: readers(200) },
  {
    route: "POST /api/v1/members",
    ask: () => json("POST", "/api/v1/members", { name: newName(), role: "viewer", password }),
    answers: managers(201),
    leaves: "member.joined",
  },
  {
    route: "POST /api/v1/members",
    about: "of an owner",
    ask: () => json("POST", "/api/v1/members", { name: newName(), role: "owner", password }),
    answers: only(["owner"], 201),
    leaves: "member.joined",
    after: onlyOlga,
  },
  {
    route: "PATCH /api/v1/members/:name",
    ask: () => json("PATCH", api, { role: "analyst" }),
    answers: managers(200),
    leaves: "member.changed",
  },
  {
    route: "PATCH /api/v1/members/:name",
    about: "into an owner",
    async ask(world) {
      await asDeveloper(world);
      return json("PATCH", api, { role: "owner" });
    },
    answers: only(["owner"], 200),
    leaves: "member.changed",
    after: asDeveloper,
  },
  {
    route: "PATCH /api/v1/members/:name",
    about: "of the last owner",
    ask: () => json("PATCH", "/api/v1/members/olga", { disabled: true }),
    answers: only(["owner"], 409),
  },
  {
    route: "POST /api/v1/members/:name/reset",
    ask: () => json("POST", `${api}/reset`),
    answers: managers(201),
    leaves: "reset.created",
  },
  {
    route: "DELETE /api/v1/members/:name/sessions",
    ask: () => json("DELETE", `${api}/sessions`),
    answers: managers(200),
    leaves: "sessions.ended",
  },
  { route: "GET /api/v1/invitations", ask: () => get("/api/v1/invitations"), answers: managers(200) },
  {
    route: "POST /api/v1/invitations",
    ask: () => json("POST", "/api/v1/invitations", { role: "viewer" }),
    answers: managers(201),
    leaves: "invitation.created",
  },
  {
    route: "POST /api/v1/invitations",
    about: "of an owner",
    ask: () => json("POST", "/api/v1/invitations", { role: "owner" }),
    answers: only(["owner"], 201),
    leaves: "invitation.created",
  },
  {
    route: "DELETE /api/v1/invitations/:id",
    ask: async (world) => json("DELETE", `/api/v1/invitations/${(await invitation(world)).id}`),
    answers: managers(200),
    leaves: "invitation.revoked",
  },
];
