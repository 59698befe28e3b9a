import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPrograms } from "../../src/agents/catalogue.ts";
import { createRoster } from "../../src/agents/roster.ts";
import { createAgentSessions } from "../../src/agents/sessions.ts";
import { createStatus } from "../../src/agents/status.ts";
import { createTools } from "../../src/agents/tools/registry.ts";
import { createUsageBook } from "../../src/agents/usage-book.ts";
import { createApprovals } from "../../src/approvals/approvals.ts";
import { createReplies } from "../../src/approvals/replies.ts";
import { createAudit } from "../../src/audit/audit.ts";
import { createTrail } from "../../src/audit/trail.ts";
import { createConfig } from "../../src/config.ts";
import { createLog, type LogEvent, type Outcome } from "../../src/database/log.ts";
import { openDatabase } from "../../src/database/open.ts";
import { Refusal, type RefusalCode } from "../../src/errors.ts";
import { diskStorage } from "../../src/files/disk.ts";
import { createFiles } from "../../src/files/files.ts";
import type { FileStored } from "../../src/files/table.ts";
import { createAnnouncements } from "../../src/leases/announce.ts";
import { createLeaseEndings } from "../../src/leases/endings.ts";
import { createLeases } from "../../src/leases/leases.ts";
import { createProject } from "../../src/leases/project.ts";
import { createLeaseRequests } from "../../src/leases/requests.ts";
import { defineLeases } from "../../src/leases/table.ts";
import { createLimiter } from "../../src/limiter.ts";
import type { Limits } from "../../src/limits.ts";
import type { Ephemeral } from "../../src/live/ephemeral.ts";
import { createHub } from "../../src/live/hub.ts";
import { createLogger } from "../../src/logger.ts";
import { createChange } from "../../src/messages/change.ts";
import { createHistory } from "../../src/messages/history.ts";
import type { Message } from "../../src/messages/message.ts";
import { createPost, type Draft } from "../../src/messages/post.ts";
import { createRendered } from "../../src/messages/rendered.ts";
import { createSay } from "../../src/messages/say.ts";
import { defineMessages } from "../../src/messages/store.ts";
import type { Member, Role } from "../../src/people/member.ts";
import { parseName } from "../../src/people/name.ts";
import { createPeople } from "../../src/people/people.ts";
import { signingKey } from "../../src/people/tokens.ts";
import { createInvitations } from "../../src/rooms/invitations.ts";
import { createRooms } from "../../src/rooms/rooms.ts";
import { createTyping } from "../../src/rooms/typing.ts";
import { createSearchIndex } from "../../src/search/indexing.ts";
import { createSearch } from "../../src/search/search.ts";
import { createTaskCards } from "../../src/tasks/card.ts";
import { createSteps } from "../../src/tasks/steps.ts";
import type { Task } from "../../src/tasks/task.ts";
import { createTasks, type TaskChange } from "../../src/tasks/tasks.ts";
import { createRollout } from "../../src/transports/rollout.ts";
import { createSwitches } from "../../src/transports/switches.ts";
import { createLinking } from "../../src/transports/telegram/link.ts";
import { createMemory } from "../../src/transports/telegram/memory.ts";
import { defineTelegram } from "../../src/transports/telegram/tables.ts";
import { HandClock } from "./clock.ts";

interface Options {
  env?: Record<string, string>;
  limits?: Partial<Limits>;
  /** A database file; in memory without it. */
  path?: string;
  clock?: HandClock;
}

export type House = ReturnType<typeof openHouse>;

/**
 * The house without its doors: database, log, hub and every domain, wired as `start.ts` does it, under a clock that the test moves.
 * Nothing is left to wait for: `person`, `say` and `work` have committed when they return. `using house = openHouse()` closes it.
 */
export function openHouse({ env = {}, limits = {}, path = ":memory:", clock = new HandClock() }: Options = {}) {
  const config = createConfig(env, limits);
  const logged: Record<string, unknown>[] = [];
  const logger = createLogger("debug", (line) => logged.push(JSON.parse(line)));
  const store = openDatabase(path);
  const hub = createHub(logger);
  const log = createLog({ sqlite: store.sqlite, clock, limits: config.limits, logger, published: hub.commit });
  const limiter = createLimiter(config, clock);
  const audit = createAudit(store, log, clock, config.limits);
  const trail = createTrail(store);
  const key = signingKey({ ...config, databasePath: path });
  const people = createPeople({ config, store, log, hub, clock, limiter, key: () => key, run: "this run" });
  const { members, passwords, sessions, keys, presence } = people;
  const rooms = createRooms(store, log, hub, config.limits);
  const typing = createTyping(hub, config.limits);
  const invitations = createInvitations({ store, log, clock, members, passwords, rooms });
  const folder = path === ":memory:" ? join(tmpdir(), `parley-house-${crypto.randomUUID()}`) : `${path}.files`;
  const storage = diskStorage(folder);
  const files = createFiles({ store, log, hub, clock, logger, limits: config.limits, rooms, storage });
  defineMessages(store, log, files.table);
  const rendered = createRendered(store, (handle) => members.mentioned(handle).length > 0);
  const history = createHistory({ store, members, rooms, files, rendered, limits: config.limits });
  const post = createPost({ config, log, members, rooms, limiter, rendered });
  const change = createChange({ config, log, members, rooms, history, limiter, rendered });
  const index = createSearchIndex({ config, store, log, hub, clock, logger, rooms });
  const search = createSearch({ config, store, clock, members, rooms, history, index });
  const tasks = createTasks(store, log, members, rooms);
  const approvals = createApprovals({ store, log, hub, clock, logger, limits: config.limits, members, rooms });
  const replies = createReplies({ hub, logger, history, tasks, approvals });
  const programs = createPrograms(config, logger);
  const roster = createRoster(store, log, hub, members, config, programs);
  const steps = createSteps({ store, log, hub, clock, limits: config.limits });
  defineLeases(store, log);
  const project = createProject(store, log, "/srv/project");
  const leases = createLeases({ store, log, clock, limits: config.limits, members, rooms, project });
  const announcements = createAnnouncements({ logger, rooms, post, house: members.system });
  const leaseRequests = createLeaseRequests({
    store,
    log,
    clock,
    limits: config.limits,
    members,
    leases,
    announcements,
  });
  const leaseEndings = createLeaseEndings({ store, log, hub, clock, limits: config.limits });
  const status = createStatus(hub, roster, tasks, config, clock);
  const agentSessions = createAgentSessions(store, log);
  const usage = createUsageBook({ config, store, log, clock, tasks, history, members });
  const cards = createTaskCards({ history, tasks, steps, limits: config.limits, spentOn: usage.ofTask });
  const tools = createTools({ config, members, rooms, presence, history, search, post, tasks, roster, status });
  const switches = createSwitches(store, log, members);
  const say = createSay(members, post);

  defineTelegram(store, log);
  const memory = createMemory(store);
  const linking = createLinking(log, hub, memory, clock, config.limits);

  const rollout = createRollout(store, log, hub, config);

  const committed: LogEvent[] = [];
  const told: Ephemeral[] = [];
  hub.onCommit((events) => void committed.push(...events));
  hub.onTell((event) => void told.push(event));

  /** A session of somebody's. @returns its token */
  async function enter(member: Member, method = "password"): Promise<string> {
    const { token } = await sessions.open(member, { method, device: "a test", address: "10.0.0.1" });
    return token;
  }

  function person(name: string, role: Role = "developer"): Member {
    if (!members.person(name)) {
      // Vouched for by somebody else: what they make is theirs, and not of whoever comes by their name.
      const outside = { issuer: "a test", subject: name };
      const data = { kind: "person", ...parseName(name), title: role, role, outside };
      log.append([{ kind: "member.joined", roomId: null, actorId: null, data }]);
      log.flush();
    }
    const known = members.person(name);
    if (!known) throw new Error(`${name} was not admitted`);
    if (known.role === role) return known;
    log.append([{ kind: "member.changed", roomId: null, actorId: null, data: { id: known.id, title: role, role } }]);
    log.flush();
    return members.byId(known.id);
  }

  /** @throws the error of whoever asks for an agent that does not work here */
  function agent(name: string): Member {
    const found = roster.byName(name);
    if (!found) throw new Error(`no agent ${name}`);
    return found.member;
  }

  function saying(author: Member, text: string, more: Partial<Draft> = {}): Message {
    const { seq } = outcomeOf((done) =>
      post(author, { text, origin: "ws", ...more, room: rooms.named(author, more.room ?? "general").slug }, done),
    );
    const message = history.message(seq);
    if (!message) throw new Error(`no message ${seq}`);
    return message;
  }

  /** A file of somebody's that hangs on nothing yet, as the log has it: for its bytes there is `files.store`. */
  function fileOf(owner: Member, more: Partial<FileStored> = {}): FileStored {
    const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex");
    const plain = { name: "notes.txt", type: "text/plain", bytes: 5, sha256: "00", width: null, height: null };
    const data: FileStored = { id, ...plain, ...more };
    log.append([{ kind: "file.stored", roomId: null, actorId: owner.id, data }]);
    log.flush();
    return data;
  }

  /** Does what takes a `done` callback and commits it. @throws the Refusal it was answered with */
  function outcomeOf(act: (done: (outcome: Outcome) => void) => void): { seq: number; repeated: boolean } {
    let given: Outcome | undefined;
    act((outcome) => {
      given = outcome;
    });
    log.flush();
    if (given?.ok) return given;
    throw given?.refusal ?? new Error("no outcome");
  }

  /** A task of an agent's, asked for by somebody, moved on through the given changes. */
  function work(requester: Member, agentName: string, description: string, ...changes: TaskChange[]): Task {
    const request = saying(requester, `@${agentName} ${description}`);
    const asked = { agentId: agent(agentName).id, requestId: request.id, requesterId: requester.id, description };
    let opened: Task | Refusal | undefined;
    tasks.open({ ...asked, roomId: request.roomId }, (task) => {
      opened = task;
    });
    log.flush();
    if (!opened || opened instanceof Refusal) throw opened ?? new Error("no task");
    const { id } = opened;
    for (const each of changes) outcomeOf((done) => tasks.move(id, each, agent(agentName), done));
    return tasks.byId(id) ?? opened;
  }

  return {
    config,
    clock,
    logger,
    /** Log lines so far. */
    logged,
    store,
    hub,
    log,
    limiter,
    audit,
    trail,
    ...people,
    invitations,
    rooms,
    typing,
    files,
    storage,
    rendered,
    history,
    post,
    change,
    index,
    search,
    tasks,
    programs,
    steps,
    cards,
    project,
    leases,
    leaseRequests,
    leaseEndings,
    approvals,
    replies,
    roster,
    status,
    agentSessions,
    usage,
    tools,
    switches,
    /** As the house, or an agent. */
    sayAs: say,
    memory,
    linking,
    rollout,
    /** Events that were committed, in order, since the house was opened. */
    committed,
    /** What was told and not stored. */
    told,
    person,
    enter,
    agent,
    say: saying,
    fileOf,
    work,
    outcomeOf,
    [Symbol.dispose]() {
      index.stop();
      leaseEndings.stop();
      approvals.stop();
      typing.stop();
      presence.stop();
      status.stop();
      usage.stop();
      sessions.flush();
      keys.flush();
      audit.flush();
      log.flush();
      store.close();
      void files.stop();
      if (path === ":memory:") rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The refusal that something was answered with, thrown or rejected. Fails when it was let through, or failed otherwise. */
export function refusalOf(act: () => unknown): Refusal {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown;
    throw thrown;
  }
  throw new Error("it was not refused");
}

/** The code of the refusal that something was answered with. */
export function refused(act: () => unknown): RefusalCode {
  return refusalOf(act).code;
}

/** The same for what answers later. The log commits in between. */
export async function refusedLater(promise: Promise<unknown>): Promise<RefusalCode> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.code;
    throw thrown;
  }
  throw new Error("it was not refused");
}

/** Waits until something is so, a turn of the event loop at a time; fails after five seconds. */
export async function until(fits: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!fits()) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen`);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
