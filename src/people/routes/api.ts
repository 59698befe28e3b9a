import { Hono } from "hono";
import { z } from "zod";
import type { Audit } from "../../audit/audit.ts";
import { Refusal } from "../../errors.ts";
import { startOf } from "../../guards/cookie.ts";
import { type Env, identityOf, isThat, memberOf, ownerOf, requires } from "../../guards/identity.ts";
import { accepts } from "../../guards/validation.ts";
import type { Invitations } from "../../rooms/invitations.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import { wholeNumber } from "../id.ts";
import type { Key, Keys } from "../keys.ts";
import { allPermissions, type Member, may, mayManage, permissionsOf, personRoles } from "../member.ts";
import type { Members } from "../members.ts";
import { parseName } from "../name.ts";
import type { Passwords } from "../passwords.ts";
import { noteRefusedSignIn } from "../refused-sign-in.ts";
import type { Sessions } from "../sessions.ts";
import type { SignIn } from "../sign-in.ts";
import { type Tickets, ticketMs } from "../tickets.ts";

interface Parts {
  audit: Audit;
  members: Members;
  rooms: Rooms;
  passwords: Passwords;
  sessions: Sessions;
  keys: Keys;
  tickets: Tickets;
  signIn: SignIn;
  invitations: Invitations;
  origin: () => string;
}

const permission = z.enum(allPermissions as [(typeof allPermissions)[number], ...(typeof allPermissions)[number][]]);
const role = z.enum(personRoles);

const schemas = {
  signIn: z.strictObject({ name: z.string().max(100), password: z.string().max(1_000) }),
  key: z.strictObject({
    name: z.string().max(100),
    for: z.string().max(100).optional().describe("Name of the agent it is for; without it the key is your own."),
    permissions: z.array(permission).max(20),
    rooms: z
      .array(z.string().max(100))
      .max(200)
      .optional()
      .describe("Slugs; without it every room you may enter. Needed for an agent's."),
    days: z.number().int().nullish().describe("Until it expires; without it, it does not."),
  }),
  invitation: z.strictObject({
    role: role.default("developer"),
    rooms: z.array(z.string().max(100)).max(50).default([]).describe("Slugs of private rooms that it opens."),
    note: z.string().max(300).default(""),
    uses: z.number().int().default(1),
    days: z.number().int().default(7),
  }),
  members: z.object({
    disabled: z.string().optional().describe("`true`: those who are shut out as well, for who may manage people."),
  }),
  member: z.strictObject({
    name: z.string().max(100),
    role: role.default("developer"),
    password: z.string().max(1_000),
  }),
  change: z.strictObject({ role: role.optional(), disabled: z.boolean().optional() }),
};

/** People, sessions, keys and invitations for programs: `/api/v1`. */
export function peopleApi(parts: Parts) {
  const { audit, members, rooms, passwords, sessions, keys, tickets, signIn, invitations, origin } = parts;

  /** The slugs of the rooms that a key opens, of those that its reader may know of. */
  function roomsOf(key: Key, reader: Member): readonly string[] | null {
    if (key.rooms === null) return null;
    const known = key.rooms.filter(rooms.has).map(rooms.byId);
    return known.filter((room) => rooms.mayRead(reader, room)).map(({ slug }) => slug);
  }

  function personNamed(name: string): Member {
    const member = members.person(name);
    if (!member) throw new Refusal("NOT_FOUND", "There is no such person.");
    return member;
  }

  return new Hono<Env>()
    .post("/api/v1/sessions", accepts("json", schemas.signIn), async (context) => {
      const { name, password } = context.req.valid("json");
      const { address } = context.env;
      const member = await signIn.byPassword(name, password, address).catch((thrown: unknown) => {
        noteRefusedSignIn(audit, members, { name, method: "password", address, thrown });
        throw thrown;
      });
      const { token, id, expiresAt } = await sessions.open(member, startOf(context, "password"));
      return context.json({ token, id, expiresAt: iso(expiresAt) }, 201);
    })
    .get("/api/v1/sessions", requires("read"), (context) => {
      const { proof } = identityOf(context);
      const shown = sessions.of(ownerOf(context).id).map((session) => ({
        id: session.id,
        method: session.method,
        device: session.device,
        address: session.address,
        createdAt: iso(session.createdAt),
        seenAt: iso(session.seenAt),
        expiresAt: iso(session.expiresAt),
        current: isThat(proof, session.id),
      }));
      return context.json({ sessions: shown });
    })
    .delete("/api/v1/sessions", requires("read"), async (context) => {
      const me = ownerOf(context);
      const { proof } = identityOf(context);
      await sessions.endAll(me, me, proof.kind === "session" ? proof.id : undefined);
      return context.json({ message: "Every other session of yours has ended." });
    })
    .delete("/api/v1/sessions/:id", requires("read"), async (context) => {
      const id = wholeNumber(context.req.param("id"));
      const { member, proof } = identityOf(context);
      // The very session that is shown may be ended by whoever shows it, a guest as well: it is signing out.
      await sessions.end(isThat(proof, id) ? member : ownerOf(context), id);
      return context.json({ message: "That session has ended." });
    })
    .get("/api/v1/me", requires("read"), (context) => {
      const { member, proof, expiresAt } = identityOf(context);
      return context.json({
        ...memberJson(member),
        permissions: permissionsOf(member),
        by: proof.kind,
        expiresAt: iso(expiresAt),
      });
    })
    .post("/api/v1/tickets", requires("read"), (context) =>
      context.json({ ticket: tickets.issue(identityOf(context)), expiresIn: ticketMs / 1000 }, 201),
    )
    .get("/api/v1/api-keys", requires("read"), (context) => {
      const me = ownerOf(context);
      return context.json({ keys: keys.visibleTo(me).map((key) => keyJson(key, roomsOf(key, me))) });
    })
    .post("/api/v1/api-keys", requires("read"), accepts("json", schemas.key), async (context) => {
      const me = ownerOf(context);
      const { name, for: owner, permissions, rooms: slugs, days } = context.req.valid("json");
      // Who runs the machine makes keys for people as well: parley apikey.
      const person = me.kind === "system" ? members.person(owner ?? "") : undefined;
      const member = owner === undefined ? me : (members.agent(owner) ?? person);
      if (!member) throw new Refusal("AGENT_NOT_FOUND");
      const ids = slugs?.map((slug) => rooms.forReader(me, slug).id) ?? null;
      const made = await keys.create(me, { name, member, permissions, rooms: ids, days: days ?? null });
      return context.json({ id: made.id, key: made.secret }, 201);
    })
    .post("/api/v1/api-keys/:id/rotate", requires("read"), async (context) => {
      const { id, secret } = await keys.rotate(ownerOf(context), wholeNumber(context.req.param("id")));
      return context.json({ id, key: secret }, 201);
    })
    .delete("/api/v1/api-keys/:id", requires("read"), async (context) => {
      await keys.revoke(ownerOf(context), wholeNumber(context.req.param("id")));
      return context.json({ message: "That key is revoked." });
    })
    .get("/api/v1/members", requires("read"), accepts("query", schemas.members), (context) => {
      const all = [...members.people(), ...members.agents()];
      const withDisabled = context.req.valid("query").disabled === "true" && may(memberOf(context), "manage_users");
      return context.json({ members: all.filter((each) => withDisabled || each.removedAt === null).map(memberJson) });
    })
    .post("/api/v1/members", requires("manage_users"), accepts("json", schemas.member), async (context) => {
      const me = memberOf(context);
      const { name: raw, role, password } = context.req.valid("json");
      if (!mayManage(me, { role })) throw new Refusal("PERMISSION_DENIED", `You may not make anybody ${role}.`);
      const { name, handle } = parseName(raw);
      members.claim(name);
      const passwordHash = await passwords.hash(password, name);
      const member = await members.join({ kind: "person", handle, name, title: role, role, passwordHash }, me);
      return context.json({ member: memberJson(member) }, 201);
    })
    .patch("/api/v1/members/:name", requires("manage_users"), accepts("json", schemas.change), async (context) => {
      const me = memberOf(context);
      const { name } = personNamed(context.req.param("name"));
      const { role, disabled } = context.req.valid("json");
      if (role) await members.setRole(me, personNamed(name), role);
      if (disabled !== undefined) await (disabled ? members.disable : members.enable)(me, personNamed(name));
      return context.json({ member: memberJson(personNamed(name)) });
    })
    .post("/api/v1/members/:name/reset", requires("manage_users"), async (context) => {
      const me = memberOf(context);
      const member = personNamed(context.req.param("name"));
      if (!mayManage(me, member))
        throw new Refusal("PERMISSION_DENIED", `You may not reset ${member.name}'s password.`);
      return context.json({ link: `${origin()}/reset/${await passwords.createReset(member, me)}` }, 201);
    })
    .delete("/api/v1/members/:name/sessions", requires("manage_users"), async (context) => {
      const me = memberOf(context);
      const member = personNamed(context.req.param("name"));
      if (!mayManage(me, member)) throw new Refusal("PERMISSION_DENIED", `You may not sign ${member.name} out.`);
      await sessions.endAll(member, me);
      return context.json({ message: `${member.name} is signed out everywhere.` });
    })
    .get("/api/v1/invitations", requires("manage_users"), (context) => {
      const me = memberOf(context);
      const shown = invitations.open().map(({ rooms: entered, by, createdAt, expiresAt, ...rest }) => ({
        ...rest,
        rooms: entered.filter((room) => rooms.mayRead(me, room)).map(({ slug }) => slug),
        by: by.name,
        createdAt: iso(createdAt),
        expiresAt: iso(expiresAt),
      }));
      return context.json({ invitations: shown });
    })
    .post("/api/v1/invitations", requires("manage_users"), accepts("json", schemas.invitation), async (context) => {
      const me = memberOf(context);
      const { rooms: slugs, ...rest } = context.req.valid("json");
      const entered = slugs.map((slug) => rooms.forReader(me, slug));
      const { id, token } = await invitations.create(me, { ...rest, rooms: entered });
      return context.json({ id, link: `${origin()}/invitations/${token}` }, 201);
    })
    .delete("/api/v1/invitations/:id", requires("manage_users"), async (context) => {
      await invitations.revoke(memberOf(context), wholeNumber(context.req.param("id")));
      return context.json({ message: "That invitation is revoked." });
    });
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function memberJson({ id, kind, handle, name, title, role, removedAt }: Member) {
  return { id, kind, handle, name, title, role, disabled: removedAt !== null };
}

function keyJson(
  { id, name, prefix, member, permissions, createdAt, expiresAt, revokedAt, seenAt }: Key,
  rooms: readonly string[] | null,
) {
  const times = {
    createdAt: iso(createdAt),
    expiresAt: iso(expiresAt),
    revokedAt: iso(revokedAt),
    seenAt: iso(seenAt),
  };
  return { id, name, prefix, for: member.name, permissions, rooms, ...times };
}
