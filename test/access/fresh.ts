import { type Actor, isPerson, type World } from "./cast.ts";
import { get, json } from "./table.ts";

/** Things that a request uses up: each is made anew for whoever asks. */

let made = 0;

/** A name that nobody bears yet. */
export function newName(): string {
  made += 1;
  return `new${made}`;
}

export async function invitation(world: World): Promise<{ id: number; code: string }> {
  const { id, link } = (await world.must("owner", json("POST", "/api/v1/invitations", { role: "guest" }))).json;
  return { id, code: link.split("/").at(-1) };
}

/** The code of a link by which somebody sets a new password. */
export async function reset(world: World, name: string): Promise<string> {
  return (await world.must("owner", json("POST", `/api/v1/members/${name}/reset`))).json.link.split("/").at(-1);
}

/** A key of whoever acts: of alice or anton for those who come with one of theirs, of dora for who has none. */
export async function keyOf(world: World, { who }: Actor): Promise<number> {
  const own = { name: newName(), permissions: ["read"] };
  const agents = who.startsWith("agent");
  const maker = isPerson(who) ? who : who === "adminKey" || agents ? "admin" : "developer";
  const asked = json("POST", "/api/v1/api-keys", agents ? { ...own, for: "alice", rooms: ["general"] } : own);
  return (await world.must(maker, asked)).json.id;
}

/** One more session of whoever acts, or of dora for who can have none. */
export async function sessionOf(world: World, { who }: Actor): Promise<number> {
  return (await world.again(isPerson(who) ? who : who === "adminKey" ? "admin" : "developer")).id;
}

export async function device(world: World): Promise<{ deviceCode: string; userCode: string }> {
  const asked = json("POST", "/api/auth/device/authorize", { client_id: "a robot", scope: "chat" });
  const { device_code: deviceCode, user_code: userCode } = (await world.must("nobody", asked)).json;
  return { deviceCode, userCode };
}

/** A device that somebody let in: what it waits with. */
export async function confirmed(world: World, actor: Actor): Promise<string> {
  const { deviceCode, userCode } = await device(world);
  const who = isPerson(actor.who) ? actor.who : "developer";
  await world.must(who, json("POST", "/api/auth/device/confirm", { user_code: userCode }));
  return deviceCode;
}

export interface Grant {
  readonly id: number;
  readonly access: string;
  readonly refresh: string;
}

export async function grant(world: World, actor: Actor): Promise<Grant> {
  const asked = json("POST", "/api/auth/device/token", { device_code: await confirmed(world, actor) });
  const { access_token: access, refresh_token: refresh } = (await world.must("nobody", asked)).json;
  return { id: world.written.last("grant.made"), access, refresh };
}

/** An agent who works here: her id as a member. */
export async function hired(world: World): Promise<{ id: number; name: string }> {
  const name = newName();
  await world.must("owner", json("POST", "/employees", { name, role: "writer" }));
  return { id: world.written.ids("members", "name")[name] ?? 0, name };
}

const notes = { method: "POST", path: "/api/v1/files?name=notes.txt", bytes: new TextEncoder().encode("notes") };

/** A file of whoever acts that hangs on nothing yet, or of mira's for who can have none. @returns its id */
export async function ownFile(world: World, actor: Actor): Promise<string> {
  const mayWrite = !["nobody", "viewer", "agentReader", "agentBlind", "revokedKey", "endedSession"].includes(actor.who);
  return mayWrite ? (await world.must(actor.who, notes)).json.file.id : mirasFile(world);
}

/** A file that mira has not sent yet. */
export async function mirasFile(world: World): Promise<string> {
  return (await world.must("member", notes)).json.file.id;
}

/** A file that dora said something with, in a room that she is in. */
export async function saidFile(world: World, slug: string): Promise<string> {
  const { id } = (await world.must("developer", notes)).json.file;
  await world.must("developer", json("POST", `/api/v1/rooms/${slug}/messages`, { text: "", files: [id] }));
  return id;
}

/** Sees to it that somebody is, or is not, in #vault. */
export async function inVault(world: World, name: string, inside: boolean): Promise<void> {
  for (const who of ["developer", "admin"] as const) {
    const { members } = (await world.ask(world.as(who), get("/api/v1/rooms/vault/members"))).json;
    // Whoever was put out themselves cannot say.
    if (!members) continue;
    if (members.some((member: { name: string }) => member.name === name) === inside) return;
    if (inside) await world.must(who, json("POST", "/api/v1/rooms/vault/members", { name }));
    else await world.must(who, json("DELETE", `/api/v1/rooms/vault/members/${name}`));
    return;
  }
}
