// Longer than most files: the whole house is put together here and nowhere else, in the order in which its parts need each other.
import type { Agent } from "./agents/agent.ts";
import { createAcpBackend } from "./agents/backends/acp.ts";
import type { Backend, Desk, RunRequest } from "./agents/backends/backend.ts";
import { builtinBackend } from "./agents/backends/builtin.ts";
import { createExecBackend } from "./agents/backends/exec.ts";
import { createOpenaiBackend } from "./agents/backends/openai.ts";
import { createPrograms } from "./agents/catalogue.ts";
import { createCheck } from "./agents/check.ts";
import { probeSandbox } from "./agents/isolation.ts";
import { createAgentManager } from "./agents/manager.ts";
import { markerPrefix } from "./agents/processes/marker.ts";
import { sweep } from "./agents/processes/sweep.ts";
import { createRoster } from "./agents/roster.ts";
import { createRuns } from "./agents/runs.ts";
import { createAgentSessions } from "./agents/sessions.ts";
import { createStatus } from "./agents/status.ts";
import { fileLeases } from "./agents/tools/claims.ts";
import { createPasses } from "./agents/tools/pass.ts";
import { createTools } from "./agents/tools/registry.ts";
import { createUsageBook } from "./agents/usage-book.ts";
import { createApp } from "./app.tsx";
import { createApprovals } from "./approvals/approvals.ts";
import type { Ask } from "./approvals/ask.ts";
import { createReplies } from "./approvals/replies.ts";
import { createAudit } from "./audit/audit.ts";
import { createTrail } from "./audit/trail.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Config, ConfigurationError } from "./config.ts";
import { createLog } from "./database/log.ts";
import { openDatabase } from "./database/open.ts";
import { isLoopback } from "./environment.ts";
import { diskStorage } from "./files/disk.ts";
import { createFiles } from "./files/files.ts";
import { createAddressOf } from "./guards/address.ts";
import { createOriginGuard } from "./guards/origin.ts";
import { createAnnouncements } from "./leases/announce.ts";
import { createLeaseEndings } from "./leases/endings.ts";
import { createLeases } from "./leases/leases.ts";
import { createProject } from "./leases/project.ts";
import { createLeaseRequests } from "./leases/requests.ts";
import { defineLeases } from "./leases/table.ts";
import { createLimiter } from "./limiter.ts";
import { createHub, type Hub } from "./live/hub.ts";
import { createLogger, type Logger } from "./logger.ts";
import { createOffers } from "./mcp/offer.ts";
import { ownPass } from "./mcp/own-pass.ts";
import { createChange } from "./messages/change.ts";
import { createHistory } from "./messages/history.ts";
import { createPost } from "./messages/post.ts";
import { createRendered } from "./messages/rendered.ts";
import { createSay, type Say } from "./messages/say.ts";
import { defineMessages } from "./messages/store.ts";
import type { Member } from "./people/member.ts";
import { createPeople } from "./people/people.ts";
import { newSecret } from "./people/secrets.ts";
import { signingKey } from "./people/tokens.ts";
import { loadPublicFiles } from "./public-files.ts";
import { feelPulse } from "./pulse.ts";
import { createInvitations } from "./rooms/invitations.ts";
import { createRooms } from "./rooms/rooms.ts";
import { createTyping } from "./rooms/typing.ts";
import { createSearchIndex } from "./search/indexing.ts";
import { createSearch } from "./search/search.ts";
import { createSlash } from "./slash/slash.ts";
import { createTaskCards } from "./tasks/card.ts";
import { createPastTasks } from "./tasks/past.ts";
import { createSteps } from "./tasks/steps.ts";
import type { Task } from "./tasks/task.ts";
import { createTasks } from "./tasks/tasks.ts";
import { chooseTransport } from "./transports/choice.ts";
import { transportControl } from "./transports/control.ts";
import { createFigures } from "./transports/http/figures.ts";
import type { Transports } from "./transports/lineup.ts";
import { createCommunicationManager } from "./transports/manager.ts";
import { createMeasures } from "./transports/measures.ts";
import { createRollout } from "./transports/rollout.ts";
import { createSwitches } from "./transports/switches.ts";
import { createLinking } from "./transports/telegram/link.ts";
import { createMemory } from "./transports/telegram/memory.ts";
import { defineTelegram } from "./transports/telegram/tables.ts";
import { createTelegramTransport } from "./transports/telegram/transport.ts";
import type { Transport } from "./transports/transport.ts";
import { watchAccess } from "./transports/websocket/access.ts";
import { createAir } from "./transports/websocket/air.ts";
import { Audience } from "./transports/websocket/audience.ts";
import type { Connection } from "./transports/websocket/connection.ts";
import { createConnections } from "./transports/websocket/connections.ts";
import { followRollout, followSwitches } from "./transports/websocket/follow-rollout.ts";
import { createGate } from "./transports/websocket/gate.ts";
import { createInbound, type Inbound } from "./transports/websocket/inbound.ts";
import { followMembership } from "./transports/websocket/membership.ts";
import { createNotes } from "./transports/websocket/notes.ts";
import { createOutbound } from "./transports/websocket/outbound.ts";
import type { InboundParts } from "./transports/websocket/parts.ts";
import { createResume } from "./transports/websocket/resume.ts";
import { listen } from "./transports/websocket/server.ts";
import { createStreams } from "./transports/websocket/streams.ts";
import { createWebSocketTransport } from "./transports/websocket/transport.ts";
import { tellWhereabouts } from "./whereabouts.ts";

/** A running Parley. */
export interface Parley {
  readonly url: URL;
  readonly websocketUrl: URL | null;
  /** Where the first owner is made, once; null when there is one. Whoever has it owns the workspace. */
  readonly setUpUrl: string | null;
  /** The core, for whoever drives it from within this process. */
  readonly inside: Pick<Core, "log" | "members" | "rooms" | "post" | "tasks" | "roster" | "approvals">;
  /** What people talk through, each by itself. */
  readonly transports: Transports;
  /** Finishes what is in flight, tells every socket to come back later (1012) and closes the database. */
  stop(): Promise<void>;
}

/** The core of the house, as a transport gets it. */
type Core = Omit<InboundParts, "connections" | "notes" | "resumeFrom" | "outbound"> & { hub: Hub; say: Say };

interface Options {
  clock?: Clock;
  logger?: Logger;
  /** What talks to Telegram; without it the room is not there. */
  telegram?: (core: Core) => Transport;
  /** Agents' backends beside those of the house, or in their place. */
  backends?: (offered: { readonly mcpFor: ReturnType<typeof createOffers> }) => readonly Backend[];
}

/**
 * Puts the house together: database, log and hub; then each thing the product talks about, lowest first; then the doors.
 * @throws DatabaseError when the database cannot be used, and Bun's own error when a port is taken
 */
export async function startParley(config: Config, options: Options = {}): Promise<Parley> {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? createLogger(config.logLevel);
  const { limits } = config;

  const store = openDatabase(config.databasePath);
  const hub = createHub(logger);
  const log = createLog({ sqlite: store.sqlite, clock, limits, logger, published: hub.commit });

  const leaving = new AbortController();
  const asking = {
    ask: (task: Task, ask: Ask, signal: AbortSignal) => approvals.ask(task, ask, signal),
    help: (task: Task, issue: string) => runs.helpAsked(task, issue),
    taskById: (id: number) => tasks.byId(id),
    agentOf: (id: number) => roster.byId(id),
    openTasks: (id: number) => tasks.active(id),
    mayRead: (member: Member, task: Task) => tasks.mayRead(member, task),
    signal: leaving.signal,
  };
  const passes = createPasses({ hub, ...asking });
  const mcpFor = createOffers({ passes, address: () => reachable(listeners.url), program: thisProgram() });
  const limiter = createLimiter(config, clock);
  const audit = createAudit(store, log, clock, limits);
  const trail = createTrail(store);
  const key = once(() => signingKey(config));
  const run = newSecret();
  const people = createPeople({ config, store, log, hub, clock, limiter, key, run });
  const { members, passwords, sessions, keys, credentials, tickets, setUp, presence } = people;
  const rooms = createRooms(store, log, hub, limits);
  const typing = createTyping(hub, limits);
  const invitations = createInvitations({ store, log, clock, members, passwords, rooms });
  const storage = diskStorage(`${config.databasePath}.files`);
  const attachments = createFiles({ store, log, hub, clock, logger, limits, rooms, storage });
  defineMessages(store, log, attachments.table);
  const rendered = createRendered(store, (handle) => members.mentioned(handle).length > 0);
  const history = createHistory({ store, members, rooms, files: attachments, rendered, limits });
  const post = createPost({ config, log, members, rooms, limiter, rendered });
  const change = createChange({ config, log, members, rooms, history, limiter, rendered });
  const index = createSearchIndex({ config, store, log, hub, clock, logger, rooms });
  const search = createSearch({ config, store, clock, members, rooms, history, index });
  const tasks = createTasks(store, log, members, rooms);
  defineLeases(store, log);
  const project = createProject(store, log, process.cwd());
  const leases = createLeases({ store, log, clock, limits, members, rooms, project });
  const announcements = createAnnouncements({ logger, rooms, post, house: members.system });
  const leaseRequests = createLeaseRequests({ store, log, clock, limits, members, leases, announcements });
  const leaseEndings = createLeaseEndings({ store, log, hub, clock, limits });
  const approvals = createApprovals({ store, log, hub, clock, logger, limits, members, rooms });
  const replies = createReplies({ hub, logger, history, tasks, approvals });
  const steps = createSteps({ store, log, hub, clock, limits });
  const programs = createPrograms(config, logger);
  const roster = createRoster(store, log, hub, members, config, programs);
  const status = createStatus(hub, roster, tasks, config, clock);
  const claims = fileLeases({ members, rooms, leases, leaseRequests });
  const tools = createTools({
    ...{ config, members, presence, rooms, history, search, post, roster, status, tasks },
    claims,
  });
  const machine = {
    ...config,
    programs,
    settingsOf: (agent: Agent) => agent.settings,
    mcpFor: (request: RunRequest, desk: Desk, takesHttp: boolean) => ({
      ...mcpFor(request, takesHttp, desk),
      release: () => passes.release(request.marker),
    }),
  };
  const backends = [
    builtinBackend,
    createAcpBackend(machine),
    createExecBackend(machine),
    createOpenaiBackend({ config, clock, logger, programs, tools, environment: config.environment }),
    ...(options.backends?.({ mcpFor }) ?? []),
  ];
  const usage = createUsageBook({ config, store, log, clock, tasks, history, members });
  const cards = createTaskCards({ history, tasks, steps, limits, spentOn: usage.ofTask });
  const runs = createRuns({
    config,
    clock,
    store,
    log,
    hub,
    logger,
    members,
    rooms,
    roster,
    status,
    history,
    tasks,
    replies,
    post,
    change,
    agentSessions: createAgentSessions(store, log),
    approvals,
    steps,
    usage,
    backends,
  });
  defineTelegram(store, log);
  const memory = createMemory(store);
  const sandbox = probeSandbox();
  const linking = createLinking(log, hub, memory, clock, limits);
  const manager = createAgentManager(roster, status, tasks, presence);
  await attachments.recover();
  const say = createSay(members, post);
  const switches = createSwitches(store, log, members);
  // What an earlier process of this database started and did not live to end works for nobody.
  if (config.databasePath !== ":memory:") {
    const { ended, left } = await sweep(`${markerPrefix(config.databasePath)}-`, limits);
    if (ended > 0) logger.warn("agents.swept", { ended, left });
  }
  approvals.recover();
  const recovered = runs.recover();
  leaseEndings.recover();
  log.flush();

  if (!members.hasOwner() && config.isPublic) {
    index.stop();
    leaseEndings.stop();
    store.close();
    throw new ConfigurationError([needsOwner(config)]);
  }

  const judge = createOriginGuard(config);
  const connections = createConnections(config);
  const access = watchAccess({ hub, clock, limits, connections, credentials, log, store });
  const addressOf = createAddressOf(config);
  const rollout = createRollout(store, log, hub, config);
  const measures = createMeasures();
  const counted = { connections, rollout, measures, limiter };
  const gate = createGate({ config, judge, credentials, tickets, audit, ...counted, addressOf });
  const reading = { history, members, tasks, steps, cards, approvals, rooms, status };
  const files = await loadPublicFiles();
  const pulse = feelPulse(limits, logger);
  let inbound: Inbound | undefined;
  let stopping = false;
  const late = () => {
    if (!inbound) throw new Error("a socket opened before the doors were ready");
    return inbound;
  };
  const audience = new Audience();
  const listeners = (() => {
    try {
      return listen({ config, clock, logger, gate, addressOf, files, audience, inbound: late });
    } catch (error) {
      index.stop();
      leaseEndings.stop();
      pulse.stop();
      store.close();
      throw error;
    }
  })();
  const origin = () => config.publicUrl?.origin ?? listeners.url.origin.replace("//127.0.0.1:", "//localhost:");
  const slash = createSlash({
    config,
    clock,
    logger,
    members,
    presence,
    rooms,
    history,
    post,
    search,
    tasks,
    leases,
    leaseRequests,
    approvals,
    roster,
    status,
    transport: transportControl(() => communication),
    linkTo: ({ id, room }) => `${origin()}/rooms/${encodeURIComponent(room)}#m-${id}`,
  });
  const without = (memberId: number, channel: string, act: () => void) => {
    const own = [...connections.of(memberId)].filter((connection) => connection.door === "chat");
    for (const connection of own) connection.unsubscribe(channel);
    act();
    for (const connection of own) connection.resubscribe(channel);
  };
  const ended = (connection: Connection, code: number) => late().close(connection, code);
  const streams = createStreams({ config, clock, audience, ended });
  followMembership(hub, connections, rooms, typing, clock);
  const outbound = createOutbound({
    ...reading,
    hub,
    clock,
    logger,
    presence,
    limits,
    air: createAir(listeners, streams, audience),
    without,
  });
  followRollout(rollout, connections);
  followSwitches(hub, rollout, connections);
  const resumeFrom = createResume(store, log, hub, reading, limits);
  inbound = createInbound({
    config,
    clock,
    logger,
    log,
    store,
    notes: createNotes(audit, measures, clock),
    measures,
    rollout,
    limiter,
    connections,
    ...people,
    rooms,
    typing,
    history,
    post,
    change,
    tasks,
    steps,
    cards,
    approvals,
    roster,
    status,
    runs,
    slash,
    resumeFrom,
    outbound,
  });
  const websocket = createWebSocketTransport({ listeners, hub, log, history, say, limits, logger });
  const core = { config, clock, logger, log, store, hub, limiter, ...people, rooms, typing, history, post, change };
  const telegram = config.telegram
    ? createTelegramTransport({
        ...{ ...core, tasks, work: steps, approvals, say, slash, files: attachments, memory, linking, origin, key },
        telegram: config.telegram,
      })
    : null;
  const transports: Transports = {
    websocket,
    telegram:
      options.telegram?.({
        ...core,
        tasks,
        steps,
        cards,
        approvals,
        roster,
        status,
        runs,
        slash,
        say,
        measures,
        rollout,
      }) ?? telegram,
  };
  const communication = createCommunicationManager({
    config,
    clock,
    logger,
    transports,
    switches,
    chosen: chooseTransport({
      setting: config.transport,
      remembered: switches.remembered(),
      hasTelegram: transports.telegram !== null,
      safeMode: config.safeMode,
    }),
  });
  const address = () => ({
    host: listeners.url.hostname,
    port: Number((listeners.websocketUrl ?? listeners.url).port),
  });
  const app = createApp({
    config,
    clock,
    logger,
    store,
    log,
    files,
    judge,
    audit,
    trail,
    ...people,
    limiter,
    invitations,
    origin,
    rooms,
    attachments,
    history,
    post,
    search,
    slash,
    tasks,
    steps,
    cards,
    leases,
    leaseRequests,
    project,
    tools,
    passes,
    passOf: (identity) => ownPass(identity, asking),
    approvals,
    roster,
    status,
    manager,
    hub,
    pulse,
    connections,
    communication,
    telegram,
    linking,
    figures: createFigures({ clock, store, log, connections, communication, address }),
    recovered,
    say,
    streams,
    inbound,
    rollout,
    measures,
    usage,
    pastTasks: createPastTasks(store, tasks),
    programs,
    sandbox,
    check: createCheck({ config, programs, sandbox, backends }),
    ready: () => !stopping,
  });
  key();
  listeners.serve((request, arrival) => app.fetch(request, arrival));
  await communication.open();
  runs.begin();
  const leave = tellWhereabouts(config.databasePath, { url: reachable(listeners.url), run });
  logger.info("server.started", { url: listeners.url.href, websocket: listeners.websocketUrl?.href, seq: log.seq });

  return {
    url: listeners.url,
    websocketUrl: listeners.websocketUrl,
    inside: { log, members, rooms, post, tasks, roster, approvals },
    transports,
    setUpUrl: setUp.code === null ? null : `${origin()}/setup/${setUp.code}`,
    async stop() {
      stopping = true;
      leave();
      leaving.abort();
      passes.releaseAll();
      await runs.stop();
      // A program that does not listen is not waited for, and not left behind.
      if (config.databasePath !== ":memory:") await sweep(`${markerPrefix(config.databasePath)}-`, limits);
      usage.stop();
      log.flush();
      await communication.close();
      streams.stop();
      await listeners.stop();
      access.stop();
      index.stop();
      leaseEndings.stop();
      pulse.stop();
      audit.flush();
      log.flush();
      outbound.stop();
      await attachments.stop();
      approvals.stop();
      typing.stop();
      presence.stop();
      status.stop();
      sessions.flush();
      keys.flush();
      rendered.flush();
      store.close();
      logger.info("server.stopped", { seq: log.seq });
    },
  };
}

/** Whoever came first could own a workspace that all the world can reach. */
function needsOwner({ host, websocketHost, publicUrl }: Config): string {
  const open = [host, websocketHost].find((address) => !isLoopback(address));
  const way = open ? `HOST=${open}` : publicUrl ? `PUBLIC_URL=${publicUrl.origin}` : "TRUSTED_PROXY";
  return `by ${way} this workspace can be reached by others and it has no owner yet: make one with "parley user add NAME --role owner" on this machine, or start once without that and open the set-up link`;
}

/** Where this machine reaches an address that a server listens on. */
function reachable({ hostname, port }: URL): string {
  const own: Record<string, string> = { "0.0.0.0": "127.0.0.1", "[::]": "[::1]" };
  return `http://${own[hostname] ?? hostname}:${port}`;
}

/** What starts this very program: the executable, or Bun with its first file. */
function thisProgram(): readonly string[] {
  const isExecutable = Bun.main.startsWith("/$bunfs/");
  return isExecutable ? [process.execPath] : [process.execPath, `${import.meta.dir}/main.ts`];
}

/** Makes something when it is first asked for: a start that fails leaves no file behind. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
