import { eq } from "drizzle-orm";
import type { Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { members as table } from "../database/schema.ts";
import { Refusal } from "../errors.ts";
import type { Hub } from "../live/hub.ts";
import type { Member, Role } from "./member.ts";
import { handleOf, parseName } from "./name.ts";

/** `member.joined`: somebody who did not exist before. */
export interface MemberJoined {
  readonly kind: Member["kind"];
  readonly handle: string;
  readonly name: string;
  readonly title: string;
  readonly role: Role;
}

/** `member.changed`: a person came back under another title or with other rights. */
interface MemberChanged {
  readonly id: number;
  readonly title: string;
  readonly role: Role;
}

export interface Members {
  /** @throws when there is none: ids come from the tables */
  byId(id: number): Member;
  person(name: string): Member | undefined;
  agent(name: string): Member | undefined;
  /** Everybody a mention of this folded handle reaches. */
  mentioned(handle: string): readonly Member[];
  people(): readonly Member[];
  /** The house itself, author of notices. */
  readonly system: Member;
  /** The person of that name, made on first sight; a different title or role is remembered. Commits before it answers. */
  admit(name: string, title: string, role: Role, done: (member: Member | Refusal) => void): void;
}

export function createMembers(store: Store, log: Log, hub: Hub): Members {
  const byId = new Map<number, Member>();
  const byHandle = new Map<string, Member[]>();

  log.define("member.joined", (event) => {
    const joined = event.data as MemberJoined;
    const existing = findRow.get(joined.kind, joined.handle);
    if (existing) return existing.id;
    insert.run(event.seq, joined.kind, joined.handle, joined.name, joined.title, joined.role, event.at);
  });
  log.define("member.changed", (event) => {
    const { id, title, role } = event.data as MemberChanged;
    store.orm.update(table).set({ title, role }).where(eq(table.id, id)).run();
  });
  const findRow = store.sqlite.prepare<{ id: number }, [string, string]>(
    "SELECT id FROM members WHERE kind = ? AND handle = ?",
  );
  const insert = store.sqlite.prepare(
    "INSERT INTO members (id, kind, handle, name, title, role, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );

  function remember(member: Member): void {
    byId.set(member.id, member);
    const others = (byHandle.get(member.handle) ?? []).filter((other) => other.id !== member.id);
    byHandle.set(member.handle, [...others, member]);
  }
  function load(id?: number): void {
    const rows = store.orm
      .select()
      .from(table)
      .where(id === undefined ? undefined : eq(table.id, id))
      .all();
    for (const row of rows) remember({ ...row, role: row.role as Role });
  }
  load();
  hub.onCommit((events) => {
    for (const event of events) {
      // An agent is hired as a member as well, or comes back as one.
      if (event.kind === "member.joined") load(event.seq);
      if (event.kind === "agent.hired") load();
      if (event.kind === "agent.fired") load((event.data as { id: number }).id);
      if (event.kind === "member.changed") load((event.data as MemberChanged).id);
    }
  });

  const named = (kind: Member["kind"], name: string) =>
    byHandle.get(handleOf(name))?.find((member) => member.kind === kind);

  const members: Members = {
    byId(id) {
      const member = byId.get(id);
      if (!member) throw new Error(`no member ${id}`);
      return member;
    },
    person: (name) => named("person", name),
    agent: (name) => named("agent", name.replace(/-bot$/i, "")),
    mentioned: (handle) => byHandle.get(handle) ?? [],
    people: () => [...byId.values()].filter((member) => member.kind === "person"),
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
            data: { id: known.id, title, role } satisfies MemberChanged,
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
  };

  if (!named("system", "system")) {
    const house: MemberJoined = { kind: "system", handle: "system", name: "system", title: "System", role: "system" };
    log.append([{ kind: "member.joined", roomId: null, actorId: null, data: house }]);
    log.flush();
  }
  return members;
}

/** An admission as a promise. @throws Refusal when it was refused */
export function admitted(act: (done: (member: Member | Refusal) => void) => void): Promise<Member> {
  return new Promise((resolve, reject) => {
    act((member) => (member instanceof Refusal ? reject(member) : resolve(member)));
  });
}
