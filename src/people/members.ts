import { eq } from "drizzle-orm";
import type { Config } from "../config.ts";
import { appended, appendedAll, type Log, type Proposal } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { members as table } from "../database/schema.ts";
import { Refusal } from "../errors.ts";
import type { Hub } from "../live/hub.ts";
import { createDirectory } from "./directory.ts";
import { doneBy } from "./identity.ts";
import { type Member, mayManage, type PersonRole, type Role } from "./member.ts";
import { formerName, handleOf, parseName, skeletonOf } from "./name.ts";
import {
  defineMembers,
  type GuestRenamed,
  type MemberChanged,
  type MemberJoined,
  type MemberSwitched,
  owning,
} from "./store.ts";

export interface Members {
  /** @throws when there is none: ids come from the tables */
  byId(id: number): Member;
  has(id: number): boolean;
  person(name: string): Member | undefined;
  agent(name: string): Member | undefined;
  /** Everybody a mention of this folded handle reaches. */
  mentioned(handle: string): readonly Member[];
  /** All there ever were, also those who were disabled. */
  people(): readonly Member[];
  /** People, agents and the house itself, also those who are gone. */
  everybody(): readonly Member[];
  /** Those who work here. */
  agents(): readonly Member[];
  /** The house itself, author of notices. */
  readonly system: Member;
  /** The person of that name, made on first sight; a different title or role is remembered. Commits before it answers. */
  admit(name: string, title: string, role: Role, done: (member: Member | Refusal) => void): void;
  /** The person whom an outside issuer calls so, if they came before. */
  outsider(issuer: string, subject: string): Member | undefined;
  /** @throws Refusal CONFLICT when the name is taken */
  join(joining: MemberJoined, by?: Member): Promise<Member>;
  /** Somebody else whose name looks the same to a reader. */
  lookalike(name: string): Member | undefined;
  /** Whether nobody can be this member by a name alone: an agent, a person with a password, or one whom an outside issuer vouches for. */
  isAccount(id: number): boolean;
  /** Whether what somebody made or handed out counts: keys, devices, invitations, links. Of who came by their name alone it does in development only, because anybody could have. */
  stands(id: number): boolean;
  /**
   * Makes way for an account of that name: guests who bear it, or one that looks like it, are nothing but names, and go on under
   * others. @returns what is to be committed before the account, in one batch with it. @throws Refusal CONFLICT when it is somebody's
   */
  claim(name: string): readonly Proposal[];
  /** Refuses a name that somebody comes with when it is somebody's or the workspace's, looks like it, or means a program. @throws Refusal CONFLICT */
  refuseTaken(name: string): void;
  /** Whether a guest may be called so again: they came as a guest before, and nothing but their name is behind it. */
  isFreeGuest(member: Member): boolean;
  /** Whether somebody owns the workspace: an owner who can sign in. */
  hasOwner(): boolean;
  setTitle(member: Member, title: string): Promise<void>;
  /** @throws Refusal PERMISSION_DENIED, or CONFLICT for the last owner */
  setRole(by: Member, member: Member, role: PersonRole): Promise<void>;
  /** Takes all access away, at once, or gives it back. What they wrote stays. @throws Refusal PERMISSION_DENIED or CONFLICT */
  disable(by: Member, member: Member): Promise<void>;
  enable(by: Member, member: Member): Promise<void>;
}

/** Events after which members are other than before. */
const telling = new Set(["member.joined", "agent.hired", "owner.made", "invitation.accepted"]);
const changing = new Set(["agent.fired", "agent.changed", "member.changed"]);
const aboutOne = new Set(["member.disabled", "member.enabled", "guest.renamed"]);

export function createMembers(store: Store, log: Log, hub: Hub, config: Config): Members {
  const directory = createDirectory();
  defineMembers(store, log);

  function load(id?: number): void {
    const rows = store.orm
      .select()
      .from(table)
      .where(id === undefined ? undefined : eq(table.id, id))
      .all();
    for (const row of rows) directory.remember({ ...row, role: row.role as Role });
  }
  load();
  hub.onCommit((events) => {
    for (const event of events) {
      // Somebody who comes may be somebody who comes back: then the event's seq is not their id.
      if (event.kind === "member.joined") load(event.seq);
      else if (telling.has(event.kind)) load();
      else if (changing.has(event.kind)) load((event.data as { id: number }).id);
      else if (aboutOne.has(event.kind)) load((event.data as MemberSwitched).memberId);
    }
  });

  const named = directory.named;
  const outsiders = store.sqlite.prepare<{ memberId: number }, [string, string]>(
    "SELECT member_id AS memberId FROM outside_identities WHERE issuer = ? AND subject = ?",
  );
  const account = store.sqlite.prepare<{ id: number }, [number, number]>(
    "SELECT member_id AS id FROM passwords WHERE member_id = ? UNION SELECT member_id FROM outside_identities WHERE member_id = ?",
  );
  const freeGuest = store.sqlite.prepare<{ id: number }, [number]>(
    `SELECT id FROM sessions WHERE member_id = ?1 AND method = 'guest'
     AND NOT EXISTS (SELECT 1 FROM room_members WHERE member_id = ?1) LIMIT 1`,
  );
  const owners = store.sqlite.prepare<{ id: number }, []>(`SELECT id FROM ${owning} LIMIT 1`);

  async function changed(by: Member, member: Member, change: { title?: string; role?: Role }): Promise<void> {
    const data: MemberChanged = { id: member.id, ...change, ...doneBy(by) };
    await appended(log, { kind: "member.changed", roomId: null, actorId: by.id, data });
  }

  async function switched(kind: string, by: Member, member: Member): Promise<void> {
    if (member.kind !== "person" || !mayManage(by, member))
      throw new Refusal("PERMISSION_DENIED", `You may not change ${member.name}'s access.`);
    const data: MemberSwitched = { memberId: member.id, ...doneBy(by) };
    await appended(log, { kind, roomId: null, actorId: by.id, data });
  }

  /** Who bears a name already, or one that looks like it. */
  function bearers(name: string): readonly (Member | "program")[] {
    const agent = members.agent(name);
    const found = new Set([...(agent ? [agent] : []), ...directory.alike(name)]);
    const person = members.person(name);
    if (person) found.add(person);
    return forPrograms.has(skeletonOf(name)) ? ["program", ...found] : [...found];
  }

  /** @throws Refusal CONFLICT when it is the workspace's own name: what the house says would seem to be theirs */
  function refuseHouse(name: string): void {
    if (skeletonOf(name) !== skeletonOf(config.workspaceName)) return;
    const words = `"${name}" is what this workspace is called: choose another name.`;
    throw new Refusal("CONFLICT", words, { field: "name" });
  }

  const members: Members = {
    byId(id) {
      const member = directory.get(id);
      if (!member) throw new Error(`no member ${id}`);
      return member;
    },
    has: (id) => directory.get(id) !== undefined,
    person: (name) => named("person", name),
    agent: (name) => named("agent", name.replace(/-bot$/i, "")),
    mentioned: directory.bearing,
    people: () => [...directory.all()].filter((member) => member.kind === "person"),
    everybody: () => [...directory.all()],
    agents: () => [...directory.all()].filter((member) => member.kind === "agent" && member.removedAt === null),
    get system() {
      const system = named("system", "system");
      if (!system) throw new Error("the system member is made at first start");
      return system;
    },
    admit(rawName, title, role, done) {
      const { name, handle } = parseName(rawName);
      const known = named("person", name);
      if (known && known.title === title && known.role === role) return done(known);
      const proposal = known
        ? {
            kind: "member.changed",
            roomId: null,
            actorId: known.id,
            data: { id: known.id, title, role, byName: true } satisfies MemberChanged,
          }
        : {
            kind: "member.joined",
            roomId: null,
            actorId: null,
            data: { kind: "person", handle, name, title, role } satisfies MemberJoined,
          };
      log.append([proposal], ([outcome]) => {
        if (!outcome?.ok) return done(outcome?.refusal ?? new Refusal("INTERNAL_ERROR"));
        done(members.byId(known ? known.id : outcome.seq));
      });
    },
    outsider(issuer, subject) {
      const found = outsiders.get(issuer, subject);
      return found ? members.byId(found.memberId) : undefined;
    },
    async join(joining, by) {
      const { outside } = joining;
      const proposal = {
        kind: "member.joined",
        roomId: null,
        actorId: by?.id ?? null,
        data: { ...joining, ...(by ? doneBy(by) : { address: "" }) },
      };
      const { seq, repeated } = await appendedAll(log, [...members.claim(joining.name), proposal]);
      // Whoever comes three times at once for the first time is one member.
      if (repeated && !(outside && outsiders.get(outside.issuer, outside.subject)?.memberId === seq))
        throw new Refusal("CONFLICT", `"${joining.name}" is somebody's name here: choose another.`);
      return members.byId(seq);
    },
    lookalike(name) {
      const handle = handleOf(name);
      return directory.alike(name).find((member) => member.handle !== handle);
    },
    stands: (id) => config.development || members.isAccount(id),
    isAccount: (id) => directory.get(id)?.kind !== "person" || account.get(id, id) !== null,
    refuseTaken(name) {
      refuseHouse(name);
      if (bearers(name).length > 0) throw taken(name);
    },
    claim(name) {
      refuseHouse(name);
      return bearers(name).map((member) => {
        if (member === "program" || member.role !== "guest" || members.isAccount(member.id)) throw taken(name);
        const former = formerName(member.name, member.id);
        const data: GuestRenamed = { memberId: member.id, name: former, handle: handleOf(former) };
        return { kind: "guest.renamed", roomId: null, actorId: null, data };
      });
    },
    isFreeGuest: ({ id, role, removedAt }) =>
      role === "guest" && removedAt === null && account.get(id, id) === null && freeGuest.get(id) !== null,
    hasOwner: () => owners.get() !== null,
    async setTitle(member, title) {
      await changed(member, members.byId(member.id), { title });
    },
    async setRole(by, member, role) {
      if (member.kind !== "person" || !mayManage(by, member) || !mayManage(by, { role }))
        throw new Refusal("PERMISSION_DENIED", `You may not make ${member.name} ${role}.`);
      if (member.role === "guest" && role !== "guest" && !members.isAccount(member.id))
        throw new Refusal("CONFLICT", `Anybody can be ${member.name}, who has no password: invite them instead.`);
      // A title that only repeats the role goes with it.
      await changed(by, member, member.title === member.role ? { role, title: role } : { role });
    },
    disable: (by, member) => switched("member.disabled", by, member),
    enable: (by, member) => switched("member.enabled", by, member),
  };

  if (!named("system", "system")) {
    const house: MemberJoined = { kind: "system", handle: "system", name: "system", title: "System", role: "system" };
    log.append([{ kind: "member.joined", roomId: null, actorId: null, data: house }]);
    log.flush();
  }
  return members;
}

/** Names under which programs act. */
const forPrograms = new Set(["api_user", "admin_user", "dev_user"].map(skeletonOf));

function taken(name: string): Refusal {
  return new Refusal("CONFLICT", `"${name}" is somebody's name here, or looks like it: choose another.`, {
    field: "name",
  });
}

/** An admission as a promise. @throws Refusal when it was refused */
export function admitted(act: (done: (member: Member | Refusal) => void) => void): Promise<Member> {
  return new Promise((resolve, reject) => {
    act((member) => (member instanceof Refusal ? reject(member) : resolve(member)));
  });
}
