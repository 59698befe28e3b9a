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
import { standingIn } from "../people/standing.ts";
import type { Agent } from "./agent.ts";
import type { Programs } from "./programs.ts";
import { type AgentSettings, storedSettings } from "./settings.ts";
import { agentName, programIn, type Terms, termsOf, type Wishes } from "./terms.ts";

/** `agent.hired`: its seq is the member's id, unless an agent of that name worked here before and comes back. */
export interface AgentHired extends DoneBy, Omit<Terms, "settings"> {
  readonly handle: string;
  readonly name: string;
  /** What was hired before agents had any has none. */
  readonly settings?: AgentSettings;
}

/** `agent.changed`: what it works at and how, all of it. */
export interface AgentChanged extends DoneBy, Terms {
  readonly id: number;
}

export interface Hiring extends Wishes {
  readonly name: string;
  readonly role: string;
  /** What older programs say: `builtin`, or the name of a program. */
  readonly backend?: string;
}

/** Who works here: hired and fired by people, listed beside them. */
export interface Roster {
  list(): readonly Agent[];
  /** By name, with or without `-bot`. */
  byName(name: string): Agent | undefined;
  byId(memberId: number): Agent | undefined;
  /** The agent that would come of it, for whoever wants to know what it would lack: nobody is hired. @throws Refusal as `hire` does */
  draft(by: Member, hiring: Hiring): Agent;
  /** @throws Refusal CONFLICT for a name that works here already, INVALID_MESSAGE, PERMISSION_DENIED */
  hire(by: Member, hiring: Hiring): Promise<Agent>;
  /** Sets an agent up anew; what it does at this moment goes on as it began. @throws Refusal AGENT_NOT_FOUND, INVALID_MESSAGE or PERMISSION_DENIED */
  change(by: Member, name: string, wishes: Wishes): Promise<Agent>;
  /** @throws Refusal AGENT_NOT_FOUND or PERMISSION_DENIED */
  fire(by: Member, name: string): Promise<Agent>;
}

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
  programs: Programs,
): Roster {
  const working = new Map<number, Agent>();
  /** Being hired at this moment. */
  let arriving = 0;
  const former = store.sqlite.prepare<{ id: number }, [string]>(
    "SELECT id FROM members WHERE kind = 'agent' AND handle = ?",
  );
  const employed = store.sqlite.prepare<{ firedAt: number | null; settings: string }, [number]>(
    "SELECT fired_at AS firedAt, settings FROM agents WHERE member_id = ?",
  );

  const standing = standingIn(store);
  const hired = (event: LogEvent) => {
    const { handle, name, role } = event.data as AgentHired;
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
    store.orm
      .insert(table)
      .values({ memberId: id, ...columnsOf(event.data as AgentHired), hiredAt: event.at })
      .run();
  };
  const changed = (event: LogEvent) => {
    const { id, role } = event.data as AgentChanged;
    if (employed.get(id)?.firedAt !== null) throw new Refusal("AGENT_NOT_FOUND");
    store.orm
      .update(table)
      .set(columnsOf(event.data as AgentChanged))
      .where(eq(table.memberId, id))
      .run();
    store.orm.update(membersTable).set({ title: role }).where(eq(membersTable.id, id)).run();
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
  const needed = (...settings: readonly (AgentSettings | undefined)[]) =>
    settings.some((each) => (each?.program ?? null) !== null) ? "manage_system" : "manage_tasks";
  log.define("agent.hired", hired, (event) => standing.needs(event, needed((event.data as AgentHired).settings)));
  log.define("agent.changed", changed, (event) => {
    const { id, settings } = event.data as AgentChanged;
    standing.needs(event, needed(settings, storedSettings(employed.get(id)?.settings ?? "{}")));
  });
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
        settings: storedSettings(row.settings),
        hiredAt: row.hiredAt,
      });
    }
  };
  load();
  hub.onCommit((events) => {
    if (events.some((event) => event.kind.startsWith("agent."))) load();
  });

  const known = { config, programs };
  const termsFor = ({ backend, ...hiring }: Hiring) => ({
    ...agentName(hiring.name),
    ...termsOf({ ...hiring, ...(backend !== undefined && !hiring.program && { program: backend }) }, known),
  });
  const proposalFor = (hiring: Hiring, by: Member | null) => ({
    kind: "agent.hired",
    roomId: null,
    actorId: by?.id ?? null,
    data: { ...termsFor(hiring), ...(by ? doneBy(by) : { address: "" }) } satisfies AgentHired,
  });
  /** One that is not there is refused for that, whoever asks for it. */
  const knownProgram = (given: string | null | undefined) => programs.byName(programIn(given) ?? "")?.name ?? null;
  const proposalBy = (by: Member, hiring: Hiring) => {
    // Before anything is looked at: whoever may not hire learns nothing of this machine's folders.
    mayGive(by, { program: knownProgram(hiring.program || hiring.backend) });
    const proposal = proposalFor(hiring, by);
    mayGive(by, proposal.data.settings);
    return proposal;
  };

  const roster: Roster = {
    list: () => [...working.values()],
    byId: (memberId) => working.get(memberId),
    byName(name) {
      const member = members.agent(name);
      return member && working.get(member.id);
    },
    draft(by, hiring) {
      const { handle, name, ...terms } = proposalBy(by, hiring).data;
      const member = { id: 0, kind: "agent", handle, name, title: terms.role, role: "agent", removedAt: null } as const;
      return { member, ...terms, hiredAt: 0 };
    },
    async hire(by, hiring) {
      const proposal = proposalBy(by, hiring);
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
    async change(by, name, wishes) {
      const agent = roster.byName(name);
      if (!agent) throw new Refusal("AGENT_NOT_FOUND", `No agent called "${name}" works here.`);
      mayGive(by, agent.settings, { program: knownProgram(wishes.program) });
      const terms = termsOf(wishes, known, agent);
      mayGive(by, terms.settings);
      const data = { id: agent.member.id, ...terms, ...doneBy(by) } satisfies AgentChanged;
      await appended(log, { kind: "agent.changed", roomId: null, actorId: by.id, data });
      return working.get(agent.member.id) ?? agent;
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

/**
 * Who may give an agent these terms. What runs a program acts on this machine as the user that Parley runs as, and spends what its
 * keys may spend: that is for whoever answers for the server, however harmless the change.
 * @throws Refusal PERMISSION_DENIED
 */
function mayGive(by: Member, ...each: readonly Pick<AgentSettings, "program">[]): void {
  const runsProgram = each.some(({ program }) => program !== null);
  if (may(by, runsProgram ? "manage_system" : "manage_tasks")) return;
  throw new Refusal(
    "PERMISSION_DENIED",
    runsProgram
      ? "An agent with a program acts on this machine as Parley's own user, and spends what its keys may spend: an owner or admin (manage_system) hires it and sets it up."
      : "You may not hire agents or set them up.",
  );
}

/** Terms as the table has them. */
function columnsOf({ role, expertise, backend, smartness, settings }: Omit<Terms, "settings"> & Partial<Terms>) {
  return {
    role,
    backend,
    smartness,
    expertise: JSON.stringify(expertise),
    settings: JSON.stringify(settings ?? {}),
  };
}
