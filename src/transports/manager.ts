import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { Refusal, refusalFrom } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Message } from "../messages/message.ts";
import { type Member, may } from "../people/member.ts";
import { type TransportMode, typesOf } from "./choice.ts";
import { createFallback } from "./fallback.ts";
import type { Switched, TransportInfo, TransportStatistics } from "./info.ts";
import { createLineup, type Transports } from "./lineup.ts";
import type { Switches } from "./switches.ts";
import type { TransportType } from "./transport.ts";

/** What people talk through, in the terms of the system Parley replaces: chosen, switched while everybody talks, with nothing lost. */
export interface CommunicationManager {
  getTransportType(): TransportMode;
  getTransportInfo(): TransportInfo;
  getStatistics(): TransportStatistics;
  /**
   * Goes over to something else: proves the new one, commits, drains the old one. What cannot be started, or stored, leaves everything
   * as it was: the old one never stopped. Only one switch at a time.
   * @param by null for the house itself
   * @param isSo told when it is so, before the old one has come to its end: which may wait for whoever is told
   * @throws Refusal PERMISSION_DENIED
   */
  switchTransport(to: TransportMode, by: Member | null, reason: string, isSo?: () => void): Promise<Switched>;
  /** Told every message that comes in by any transport, whatever is switched. */
  addMessageHandler(handler: (message: Message) => void): void;
  /** Says something in the main room. @returns false when nothing listens or the sender is too fast @throws Refusal for a sender who is nobody, or a text that is none */
  sendMessage(text: string, senderName?: string, replyTo?: number | null): Promise<boolean>;
  isConnected(): boolean;
  /** Begins what was chosen again, after `stopPolling`. @throws Refusal PERMISSION_DENIED */
  startPolling(by: Member | null): Promise<Switched>;
  /** Ends all talk until it is started again; what was said stays. @throws Refusal PERMISSION_DENIED */
  stopPolling(by: Member | null): Promise<Switched>;
  /** The server starts: begins what was chosen, or the other one when that fails; what takes long goes on when this has returned. */
  open(): Promise<void>;
  /** Looks how everything does, and falls back or returns where that is due; it does so by itself, again and again. */
  look(): Promise<void>;
  /** The server stops. */
  close(): Promise<void>;
}

interface Parts {
  config: Pick<Config, "limits" | "fallbackSeconds">;
  clock: Clock;
  logger: Logger;
  transports: Transports;
  /** What to begin with. */
  chosen: TransportMode;
  switches: Switches;
}

/** The manager, and what the house does to it. */
export function createCommunicationManager(parts: Parts): CommunicationManager {
  const { config, clock, logger, transports, switches } = parts;
  const lineup = createLineup(transports, config.limits, logger);
  const begunAt = clock.monotonic();
  const counted = { switches: 0, automatic: 0 };
  let { chosen } = parts;
  let since = clock.now();
  let isStopped = true;
  let isClosing = false;
  let switching: Promise<unknown> | null = null;
  let reviving: Promise<unknown> | null = null;
  /** What is so while the new one is being proven. */
  let meanwhile: TransportMode | null = null;
  let timer: Timer | undefined;

  const fallback = createFallback(
    { clock, logger, afterMs: config.fallbackSeconds * 1_000 },
    {
      get chosen() {
        return chosen;
      },
      get polling() {
        return !isStopped;
      },
      isOn: (type) => lineup.on.has(type),
      isAvailable: (type) => transports[type] !== null,
      troubleOf: lineup.troubleOf,
      revive,
      change: async (to, reason) => (await exclusively(() => change(to, null, reason, true))).ok,
      notify,
    },
  );

  const type = (): TransportMode => {
    if (meanwhile) return meanwhile;
    if (lineup.on.size === 0) return chosen;
    return lineup.on.size === 2 ? "both" : ([...lineup.on][0] ?? chosen);
  };
  const isConnected = () => [...lineup.on].some((each) => transports[each]?.isConnected());

  /** @throws Refusal when it cannot begin, or cannot be stored: then everything is as it was */
  async function change(
    to: TransportMode,
    by: Member | null,
    reason: string,
    automatic: boolean,
    isSo?: () => void,
  ): Promise<void> {
    const from = type();
    const asked = clock.monotonic();
    const wanted = typesOf(to);
    const added = wanted.filter((each) => !lineup.on.has(each));
    const left = [...lineup.on].filter((each) => !wanted.includes(each));
    meanwhile = from;
    try {
      await lineup.begin(added);
      const durationMs = Math.round(clock.monotonic() - asked);
      await switches.switched(by, { from, to, reason, durationMs, automatic });
    } catch (refusal) {
      await lineup.end(added);
      throw refusal;
    } finally {
      meanwhile = null;
    }
    // From here on it is so. The old one is still there for what is in flight.
    since = clock.now();
    isStopped = false;
    counted.switches += 1;
    if (automatic) counted.automatic += 1;
    else chosen = to;
    isSo?.();
    await lineup.end(left);
    logger.info("transport.switched", { from, to, automatic, ms: Math.round(clock.monotonic() - asked) });
  }

  /** One at a time: what a second one saw when it was asked for is not so any more when its turn would come. */
  async function exclusively(act: () => Promise<void>): Promise<Switched> {
    // Nobody asked for that one, so nobody is refused because of it.
    await reviving;
    if (isClosing) return refused(new Refusal("SERVICE_UNAVAILABLE", "The server is stopping."));
    if (switching)
      return refused(new Refusal("CONFLICT", "A switch is under way already: look again when it is done."));
    const done = act();
    switching = done.catch(() => undefined);
    try {
      await done;
      return { ok: true };
    } catch (thrown) {
      const report = (reference: string, error: unknown) => logger.error("transport.bug", { reference, error });
      return refused(refusalFrom(thrown, report));
    } finally {
      switching = null;
    }
  }

  /** Tries again to begin what was chosen and could not be begun. */
  async function revive(type: TransportType): Promise<void> {
    if (switching || reviving || isClosing) return;
    reviving = lineup.begin([type]).catch(() => undefined);
    await reviving;
    reviving = null;
  }

  /** Begins what was chosen, all at once: of two, the one that works is not kept back by the other. Never rejects. */
  async function beginChosen(): Promise<void> {
    await Promise.all(
      typesOf(chosen).map((each) =>
        lineup.begin([each]).catch((refusal: unknown) => {
          const reason = refusal instanceof Error ? refusal.message : String(refusal);
          logger.warn("transport.unavailable", { transport: each, reason });
        }),
      ),
    );
  }

  /** From now on it is looked how everything does. */
  async function watch(): Promise<void> {
    if (isClosing) return;
    timer = setInterval(() => {
      manager.look().catch((error: unknown) => logger.error("transport.bug", { error }));
    }, config.limits.transportWatchMs);
    if (lineup.on.size === 0 && !isStopped) await fallback.atOnce();
  }

  async function notify(text: string): Promise<void> {
    try {
      if (!(await sendMessage(text))) logger.warn("transport.silent");
    } catch (error) {
      logger.warn("transport.silent", { error });
    }
  }

  /** By one of those that listen: it stands in the room then, and the others tell it from there. */
  async function sendMessage(text: string, senderName?: string, replyTo?: number | null): Promise<boolean> {
    const listening = [...lineup.on].find((each) => transports[each]?.isConnected());
    return listening ? ((await transports[listening]?.sendMessage(text, senderName, replyTo)) ?? false) : false;
  }

  const manager: CommunicationManager = {
    getTransportType: type,
    getTransportInfo: () => ({
      type: type(),
      chosen,
      connected: isConnected(),
      polling: !isStopped,
      since,
      switching: switching !== null,
      transports: (["websocket", "telegram"] as const).map((each) => ({
        type: each,
        available: transports[each] !== null,
        on: lineup.on.has(each),
        connected: lineup.on.has(each) && transports[each]?.isConnected() === true,
        // What was tried in vain, and is not used, troubles nobody.
        trouble: lineup.on.has(each) || typesOf(chosen).includes(each) ? lineup.troubleOf(each) : null,
      })),
    }),
    getStatistics: () => ({
      type: type(),
      connected: isConnected(),
      ...counted,
      uptimeMs: Math.round(clock.monotonic() - begunAt),
    }),
    async switchTransport(to, by, reason, isSo) {
      refuseOthers(by);
      const isAlready = type() === to && chosen === to && lineup.on.size > 0;
      if (isAlready && !switching) return { ok: true };
      const switched = await exclusively(() => change(to, by, reason, false, isSo));
      if (switched.ok) fallback.reset();
      return switched;
    },
    addMessageHandler(handler) {
      for (const transport of [transports.websocket, transports.telegram]) transport?.addMessageHandler(handler);
    },
    sendMessage,
    isConnected,
    async startPolling(by) {
      refuseOthers(by);
      if (!isStopped) return { ok: true };
      const started = await exclusively(async () => {
        await lineup.begin(typesOf(chosen));
        await switches.turned(by, true, chosen).catch(async (refusal: unknown) => {
          await lineup.end(typesOf(chosen));
          throw refusal;
        });
        isStopped = false;
        since = clock.now();
      });
      if (started.ok) fallback.reset();
      return started;
    },
    async stopPolling(by) {
      refuseOthers(by);
      if (isStopped) return refused(new Refusal("CONFLICT", "Nothing is talked through: it was stopped already."));
      return exclusively(async () => {
        await switches.turned(by, false, type());
        isStopped = true;
        since = clock.now();
        await lineup.end([...lineup.on]);
      });
    },
    async open() {
      isStopped = false;
      // As a revival: whoever wants to switch meanwhile waits for it, and is not refused.
      const begun = beginChosen();
      reviving = begun;
      const opened = begun
        .then(() => {
          reviving = null;
          return watch();
        })
        .catch((error: unknown) => logger.error("transport.bug", { error }));
      let late: Timer | undefined;
      const tooLong = new Promise<void>((resolve) => {
        late = setTimeout(resolve, config.limits.transportWaitMs);
      });
      await Promise.race([opened, tooLong]);
      clearTimeout(late);
    },
    look: fallback.look,
    async close() {
      clearInterval(timer);
      isClosing = true;
      isStopped = true;
      // What is only beginning ends at once: it has nothing in flight.
      await lineup.end((["websocket", "telegram"] as const).filter((each) => !lineup.on.has(each)));
      await Promise.race([Promise.all([switching, reviving]), Bun.sleep(config.limits.drainMs)]);
      await lineup.end([...lineup.on]);
    },
  };
  return manager;
}

/** @throws Refusal PERMISSION_DENIED */
function refuseOthers(by: Member | null): void {
  if (by && !may(by, "manage_system"))
    throw new Refusal("PERMISSION_DENIED", "You may not decide what is talked through.");
}

function refused(refusal: Refusal): Switched {
  return { ok: false, message: refusal.message, refusal };
}
