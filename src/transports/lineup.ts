import { Refusal, refusalFrom } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Logger } from "../logger.ts";
import type { Transport, TransportType } from "./transport.ts";

/** Every transport there is; null for one that is not set up. */
export interface Transports {
  readonly websocket: Transport;
  readonly telegram: Transport | null;
}

/** Which transports run. */
export interface Lineup {
  /** Those that were begun and not ended; each may be in trouble all the same. */
  readonly on: ReadonlySet<TransportType>;
  /** Begins these beside what runs: all of them, or none. @throws Refusal TRANSPORT_UNAVAILABLE saying which, why, and what to do */
  begin(types: readonly TransportType[]): Promise<void>;
  /** Lets these finish what is in flight and listen no more. Never throws. */
  end(types: readonly TransportType[]): Promise<void>;
  /** Why one does not work although it should; null while it does, or need not. */
  troubleOf(type: TransportType): string | null;
}

const notSetUp = "Telegram is not set up here: set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, and start again.";

const notYet = "It is being begun, and has not shown yet that it works.";

export function createLineup(transports: Transports, limits: Limits, logger: Logger): Lineup {
  const on = new Set<TransportType>();
  /** What kept one from beginning, until it begins. */
  const failed = new Map<TransportType, string>();
  const beginning = new Set<TransportType>();
  /** The last start of each: what an earlier one comes to is nobody's business any more. */
  const latest = new Map<TransportType, Promise<void>>();

  /** @throws Refusal TRANSPORT_UNAVAILABLE */
  async function begin(type: TransportType): Promise<void> {
    const transport = transports[type];
    if (!transport) throw new Refusal("TRANSPORT_UNAVAILABLE", notSetUp);
    beginning.add(type);
    try {
      await within(limits.transportStartMs, transport);
    } catch (thrown) {
      const refusal = refusalFrom(thrown, (reference, error) =>
        logger.error("transport.bug", { reference, transport: type, error }),
      );
      failed.set(type, refusal.message);
      throw new Refusal("TRANSPORT_UNAVAILABLE", refusal.message);
    } finally {
      beginning.delete(type);
    }
    failed.delete(type);
    on.add(type);
  }

  /** A proof that does not come is none. What comes after its time is ended again. @throws Refusal */
  async function within(ms: number, transport: Transport): Promise<void> {
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Refusal("TRANSPORT_UNAVAILABLE", `It did not show within ${ms / 1_000} s that it works.`));
      }, ms);
    });
    const started = transport.startPolling();
    latest.set(transport.type, started);
    const takeBack = () =>
      transport
        .stopPolling()
        .catch((error: unknown) => logger.error("transport.bug", { transport: transport.type, error }));
    try {
      await Promise.race([started, late]);
    } catch (thrown) {
      void takeBack();
      void started.then(
        () => (on.has(transport.type) || latest.get(transport.type) !== started ? undefined : takeBack()),
        () => undefined,
      );
      throw thrown;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Nobody waits for ever for one that does not come to its end. */
  async function stopped(transport: Transport): Promise<void> {
    let timer: Timer | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve("it takes too long"), limits.drainMs);
    });
    const ended = transport.stopPolling().then(
      () => null,
      (error: unknown) => error,
    );
    const trouble = await Promise.race([ended, late]);
    clearTimeout(timer);
    if (trouble !== null) logger.warn("transport.unfinished", { transport: transport.type, error: trouble });
  }

  async function end(types: readonly TransportType[]): Promise<void> {
    await Promise.all(
      types.map(async (type) => {
        on.delete(type);
        const transport = transports[type];
        if (transport) await stopped(transport);
      }),
    );
  }

  return {
    on,
    async begin(types) {
      const begun: TransportType[] = [];
      try {
        for (const type of types) {
          await begin(type);
          begun.push(type);
        }
      } catch (refusal) {
        await end(begun);
        throw refusal;
      }
    },
    end,
    troubleOf(type) {
      const transport = transports[type];
      if (!transport) return notSetUp;
      if (!on.has(type)) return failed.get(type) ?? (beginning.has(type) ? notYet : null);
      return transport.trouble ?? (transport.isConnected() ? null : "It was begun, and does not listen.");
    },
  };
}
