import { builtinBackend } from "./agents/backends/builtin.ts";
import { createAgentManager } from "./agents/manager.ts";
import { createRoster } from "./agents/roster.ts";
import { createRuns } from "./agents/runs.ts";
import { createStatus } from "./agents/status.ts";
import { createApp } from "./app.tsx";
import { createAudit } from "./audit/audit.ts";
import { createTrail } from "./audit/trail.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Config, ConfigurationError, isLoopback } from "./config.ts";
import { createLog } from "./database/log.ts";
import { openDatabase } from "./database/open.ts";
import { createAddressOf } from "./guards/address.ts";
import { createOriginGuard } from "./guards/origin.ts";
import { createLimiter } from "./limiter.ts";
import { createHub } from "./live/hub.ts";
import { createLogger, type Logger } from "./logger.ts";
import { createChange } from "./messages/change.ts";
import { createHistory } from "./messages/history.ts";
import { createPost } from "./messages/post.ts";
import { createRendered } from "./messages/rendered.ts";
import { defineMessages } from "./messages/store.ts";
import { createPeople } from "./people/people.ts";
import { signingKey } from "./people/tokens.ts";
import { loadPublicFiles } from "./public-files.ts";
import { feelPulse } from "./pulse.ts";
import { createInvitations } from "./rooms/invitations.ts";
import { createRooms } from "./rooms/rooms.ts";
import { createTyping } from "./rooms/typing.ts";
import { createTasks } from "./tasks/tasks.ts";
import { watchAccess } from "./transports/websocket/access.ts";
import { createConnections } from "./transports/websocket/connections.ts";
import { createGate } from "./transports/websocket/gate.ts";
import { createInbound, type Inbound } from "./transports/websocket/inbound.ts";
import { followMembership } from "./transports/websocket/membership.ts";
import { createNotes } from "./transports/websocket/notes.ts";
import { createOutbound } from "./transports/websocket/outbound.ts";
import { createResume } from "./transports/websocket/resume.ts";
import { listen } from "./transports/websocket/server.ts";

/** A running Parley. */
export interface Parley {
  readonly url: URL;
  readonly websocketUrl: URL | null;
  /** Where the first owner is made, once; null when there is one. Whoever has it owns the workspace. */
  readonly setUpUrl: string | null;
  /** Finishes what is in flight, tells every socket to come back later (1012) and closes the database. */
  stop(): Promise<void>;
}

interface Options {
  clock?: Clock;
  logger?: Logger;
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

  const backends = [builtinBackend];
  const backendNames = backends.map(({ name }) => name);
  const limiter = createLimiter(config, clock);
  const audit = createAudit(store, log, clock, limits);
  const trail = createTrail(store);
  const key = once(() => signingKey(config));
  let port = config.port;
  const people = createPeople({ config, store, log, hub, clock, limiter, key, port: () => port });
  const { members, passwords, sessions, keys, credentials, tickets, setUp, presence } = people;
  const rooms = createRooms(store, log, hub, limits);
  const typing = createTyping(hub, limits);
  const invitations = createInvitations({ store, log, clock, members, passwords, rooms });
  defineMessages(store, log);
  const rendered = createRendered(store, (handle) => members.mentioned(handle).length > 0);
  const history = createHistory({ store, members, rooms, rendered, limits });
  const post = createPost({ config, log, members, rooms, limiter, rendered });
  const change = createChange({ config, log, members, rooms, history, limiter, rendered });
  const tasks = createTasks(store, log, members, rooms);
  const roster = createRoster(store, log, hub, members, config, backendNames);
  const status = createStatus(hub, roster, tasks, config, clock);
  const runs = createRuns({
    config,
    hub,
    logger,
    members,
    rooms,
    roster,
    status,
    history,
    tasks,
    post,
    change,
    backends,
  });
  const manager = createAgentManager(roster, status, tasks, presence);
  runs.recover();
  log.flush();

  if (!members.hasOwner() && !(isLoopback(config.host) && isLoopback(config.websocketHost))) {
    store.close();
    throw new ConfigurationError([needsOwner(config.host)]);
  }

  const judge = createOriginGuard(config);
  const connections = createConnections(config);
  const access = watchAccess({ hub, clock, limits, connections, credentials });
  const addressOf = createAddressOf(config);
  const gate = createGate({ config, judge, credentials, tickets, audit, connections, limiter, addressOf });
  const reading = { history, members, tasks, rooms, status };
  const files = await loadPublicFiles();
  const pulse = feelPulse(limits, logger);
  let inbound: Inbound | undefined;
  let stopping = false;
  const listeners = (() => {
    try {
      const late = () => {
        if (!inbound) throw new Error("a socket opened before the doors were ready");
        return inbound;
      };
      return listen({ config, clock, logger, gate, addressOf, files, inbound: late });
    } catch (error) {
      pulse.stop();
      store.close();
      throw error;
    }
  })();
  port = Number(listeners.url.port);
  const without = (memberId: number, channel: string, act: () => void) => {
    const own = [...connections.of(memberId)].filter((connection) => connection.door === "chat");
    for (const connection of own) connection.unsubscribe(channel);
    act();
    for (const connection of own) connection.resubscribe(channel);
  };
  followMembership(hub, connections, rooms, typing, clock);
  const outbound = createOutbound({
    ...reading,
    hub,
    clock,
    logger,
    presence,
    limits,
    air: listeners,
    without,
  });
  const resumeFrom = createResume(store, log, hub, reading, limits);
  inbound = createInbound({
    config,
    clock,
    logger,
    log,
    store,
    notes: createNotes(audit, clock),
    limiter,
    connections,
    ...people,
    rooms,
    typing,
    history,
    post,
    change,
    tasks,
    roster,
    status,
    runs,
    resumeFrom,
    outbound,
  });
  const address = () => ({
    host: listeners.url.hostname,
    port: Number((listeners.websocketUrl ?? listeners.url).port),
  });
  const origin = () => config.publicUrl?.origin ?? listeners.url.origin.replace("//127.0.0.1:", "//localhost:");
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
    history,
    post,
    tasks,
    roster,
    status,
    manager,
    pulse,
    connections,
    address,
    backends: backendNames,
    ready: () => !stopping,
  });
  key();
  listeners.serve((request, from) => app.fetch(request, { address: from }));
  logger.info("server.started", { url: listeners.url.href, websocket: listeners.websocketUrl?.href, seq: log.seq });

  return {
    url: listeners.url,
    websocketUrl: listeners.websocketUrl,
    setUpUrl: setUp.code === null ? null : `${origin()}/setup/${setUp.code}`,
    async stop() {
      stopping = true;
      await runs.stop();
      log.flush();
      await listeners.stop();
      access.stop();
      pulse.stop();
      audit.flush();
      log.flush();
      outbound.stop();
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
function needsOwner(host: string): string {
  return `HOST=${host} can be reached by others and this workspace has no owner yet: make one with "parley user add NAME --role owner" on this machine, or start once with HOST=127.0.0.1 and open the set-up link`;
}

/** Makes something when it is first asked for: a start that fails leaves no file behind. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
