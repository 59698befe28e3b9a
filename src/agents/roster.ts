import { and, eq, isNull } from "drizzle-orm";
import type { Config } from "../config.ts";
import { appended, type Log, type LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { apiKeys, members as membersTable, agents as table } from "../database/schema.ts";
import { Refusal } from "../errors.ts";
import type { Hub } from "../live/hub.ts";
import { type DoneBy, doneBy } from "../people/identity.ts";
import { type Member, may } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import { parseName } from "../people/name.ts";
import { standingIn } from "../people/standing.ts";
import type { Agent } from "./agent.ts";
import { defaultSettings } from "./settings.ts";

/** `agent.hired`: its seq is the member's id, unless an agent of that name worked here before and comes back. */
export interface AgentHired extends DoneBy {
  readonly handle: string;
  readonly name: string;
  readonly role: string;
  readonly expertise: readonly string[];
  readonly backend: string;
  readonly smartness: "smart" | "normal";
}

export interface Hiring {
  readonly name: string;
  readonly role: string;
  readonly expertise?: readonly string[];
  readonly backend?: string;
  readonly smartness?: string;
}

/** Who works here: hired and fired by people, listed beside them. */
export interface Roster {
  list(): readonly Agent[];
  /** By name, with or without `-bot`. */
  byName(name: string): Agent | undefined;
  byId(memberId: number): Agent | undefined;
  /** @throws Refusal CONFLICT for a name that works here already, INVALID_MESSAGE, PERMISSION_DENIED */
  hire(by: Member, hiring: Hiring): Promise<Agent>;
  /** @throws Refusal AGENT_NOT_FOUND or PERMISSION_DENIED */
  fire(by: Member, name: string): Promise<Agent>;
}

/** What somebody of a job knows when nothing else was said. */
export const expertiseByRole: Record<string, readonly string[]> = {
  developer: ["python", "javascript", "html", "css", "api", "database"],
  "fs-developer": ["python", "javascript", "html", "css", "api", "database", "testing"],
  "frontend-developer": ["javascript", "html", "css", "react", "vue"],
  "backend-developer": ["python", "api", "database", "server"],
  designer: ["css", "html", "ui", "design", "layout"],
  tester: ["testing", "qa", "debugging"],
  qa: ["testing", "qa", "debugging", "quality"],
  devops: ["deployment", "server", "docker", "ci/cd", "monitoring"],
};

/** The four who are here on the first day, so that a newcomer has somebody to talk to. */
export const demoTeam: readonly Hiring[] = [
  { name: "alice", role: "developer" },
  { name: "bob", role: "designer" },
  { name: "charlie", role: "devops" },
  { name: "diana", role: "qa" },
];

export function createRoster(
  store: Store,
  log: Log,
  hub: Hub,
  members: Members,
  config: Config,
  backends: readonly string[],
): Roster {
  const working = new Map<number, Agent>();
  /** Being hired at this moment. */
  let arriving = 0;
  const former = store.sqlite.prepare<{ id: number }, [string]>(
    "SELECT id FROM members WHERE kind = 'agent' AND handle = ?",
  );
  const employed = store.sqlite.prepare<{ firedAt: number | null }, [number]>(
    "SELECT fired_at AS firedAt FROM agents WHERE member_id = ?",
  );

  const standing = standingIn(store);
  const hired = (event: LogEvent) => {
    const { handle, name, role, expertise, backend, smartness } = event.data as AgentHired;
    const known = former.get(handle)?.id;
    if (known !== undefined && employed.get(known)?.firedAt === null) {
      throw new Refusal("CONFLICT", `An agent called ${name} works here already.`);
    }
    const id = known ?? event.seq;
    if (known === undefined) {
      const member = { id, kind: "agent" as const, handle, name, title: role, role: "agent", createdAt: event.at };
      store.orm.insert(membersTable).values(member).run();
    } else {
      store.orm.update(membersTable).set({ title: role, removedAt: null }).where(eq(membersTable.id, id)).run();
      store.orm.delete(table).where(eq(table.memberId, id)).run();
    }
    const terms = { role, backend, smartness, expertise: JSON.stringify(expertise) };
    store.orm
      .insert(table)
      .values({ memberId: id, ...terms, hiredAt: event.at })
      .run();
  };
  const fired = (event: LogEvent) => {
    const { id } = event.data as { id: number };
    if (employed.get(id)?.firedAt !== null) throw new Refusal("AGENT_NOT_FOUND");
    store.orm.update(table).set({ firedAt: event.at }).where(eq(table.memberId, id)).run();
    store.orm.update(membersTable).set({ removedAt: event.at }).where(eq(membersTable.id, id)).run();
    // Gone for good: who is hired again is given new ones.
    store.orm
      .update(apiKeys)
      .set({ revokedAt: event.at })
      .where(and(eq(apiKeys.memberId, id), isNull(apiKeys.revokedAt)))
      .run();
  };
  log.define("agent.hired", hired, (event) => standing.needs(event, "manage_tasks"));
  log.define("agent.fired", fired, (event) => standing.needs(event, "manage_tasks"));

  const load = () => {
    working.clear();
    for (const row of store.orm.select().from(table).orderBy(table.memberId).all()) {
      if (row.firedAt !== null) continue;
      working.set(row.memberId, {
        member: members.byId(row.memberId),
        role: row.role,
        expertise: JSON.parse(row.expertise) as string[],
        backend: row.backend,
        smartness: row.smartness === "smart" ? "smart" : "normal",
        settings: defaultSettings,
        hiredAt: row.hiredAt,
      });
    }
  };
  load();
  hub.onCommit((events) => {
    if (events.some((event) => event.kind.startsWith("agent."))) load();
  });

  const proposalFor = (hiring: Hiring, by: Member | null) => ({
    kind: "agent.hired",
    roomId: null,
    actorId: by?.id ?? null,
    data: { ...termsOf(hiring, backends), ...(by ? doneBy(by) : { address: "" }) },
  });

  const roster: Roster = {
    list: () => [...working.values()],
    byId: (memberId) => working.get(memberId),
    byName(name) {
      const member = members.agent(name);
      return member && working.get(member.id);
    },
    async hire(by, hiring) {
      if (!may(by, "manage_tasks")) throw new Refusal("PERMISSION_DENIED", "You may not hire agents.");
      const proposal = proposalFor(hiring, by);
      if (working.size + arriving >= config.limits.agents)
        throw new Refusal("CONFLICT", `A workspace holds at most ${config.limits.agents} agents: fire one first.`);
      arriving += 1;
      await appended(log, proposal).finally(() => {
        arriving -= 1;
      });
      const agent = roster.byName(proposal.data.name);
      if (!agent) throw new Refusal("INTERNAL_ERROR");
      return agent;
    },
    async fire(by, name) {
      if (!may(by, "manage_tasks")) throw new Refusal("PERMISSION_DENIED", "You may not fire agents.");
      const agent = roster.byName(name);
      if (!agent) throw new Refusal("AGENT_NOT_FOUND");
      const data = { id: agent.member.id, ...doneBy(by) };
      await appended(log, { kind: "agent.fired", roomId: null, actorId: by.id, data });
      return agent;
    },
  };

  const everHired = store.orm.select({ id: table.memberId }).from(table).limit(1).all().length > 0;
  if (config.demoTeam && !everHired) {
    log.append(demoTeam.map((hiring) => proposalFor(hiring, null)));
    log.flush();
  }
  return roster;
}

/** @throws Refusal INVALID_MESSAGE naming the field */
function termsOf(hiring: Hiring, backends: readonly string[]): AgentHired {
  const { name, handle } = parseName(hiring.name.replace(/-bot$/i, ""));
  if (/\s/.test(name))
    throw new Refusal("INVALID_MESSAGE", "An agent's name has no spaces, so that it can be mentioned.");
  const role = hiring.role.trim().toLowerCase();
  if (!/^[\p{L}\p{N}][\p{L}\p{N} _/-]{0,49}$/u.test(role)) {
    throw new Refusal("INVALID_MESSAGE", "A role has 1 to 50 letters, digits, spaces, / - or _.");
  }
  const backend = hiring.backend ?? "builtin";
  if (!backends.includes(backend)) {
    throw new Refusal(
      "INVALID_MESSAGE",
      `There is no backend called "${backend}": choose one of ${backends.join(", ")}.`,
    );
  }
  const smartness = hiring.smartness ?? "normal";
  if (smartness !== "smart" && smartness !== "normal")
    throw new Refusal("INVALID_MESSAGE", "Smartness is smart or normal.");
  // Without what turns text around or is not seen: these words stand beside names, and are matched with what people write.
  const given = (hiring.expertise ?? [])
    .map((word) =>
      word
        .toWellFormed()
        .replace(/[\p{Cc}\p{Cf}]+/gu, "")
        .trim()
        .toLowerCase(),
    )
    .filter(Boolean);
  if (given.length > 32 || given.some((word) => word.length > 40)) {
    throw new Refusal("INVALID_MESSAGE", "An agent has at most 32 fields of expertise of at most 40 characters.");
  }
  const usual = Object.hasOwn(expertiseByRole, role) ? expertiseByRole[role] : undefined;
  const expertise = given.length > 0 ? [...new Set(given)] : (usual ?? ["general"]);
  return { name, handle, role, expertise, backend, smartness };
}
