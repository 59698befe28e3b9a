import type { Config } from "../../config.ts";
import { createLogger } from "../../logger.ts";
import { type Parley, startParley } from "../../start.ts";
import type { Transport } from "../../transports/transport.ts";
import { type Operator, operatorOf } from "../operator.ts";

/** The product on a copy of the database, where nobody but us comes in. */
export interface House {
  readonly parley: Parley;
  readonly operator: Operator;
}

/**
 * Starts the product as a configuration says, but on a copy of the database, at ports of this machine that nobody knows, with every
 * agent off and no word to Telegram; does something with it, and stops it: the copy is one whole file then.
 */
export async function inHouse<T>(config: Config, copy: string, act: (house: House) => Promise<T>): Promise<T> {
  const here = { host: "127.0.0.1", port: 0, websocketHost: "127.0.0.1" };
  const own: Config = {
    ...config,
    ...here,
    websocketPort: config.websocketPort === null ? null : 0,
    databasePath: copy,
    isPublic: false,
    safeMode: true,
    // Whoever brings a team needs no other.
    demoTeam: false,
    // A whole team is hired at once.
    limits: { ...config.limits, actRate: 1_000_000, actBurst: 1_000_000 },
  };
  const parley = await startParley(own, { logger: createLogger("error"), telegram: standIn });
  try {
    return await act({ parley, operator: operatorOf(own) });
  } finally {
    await parley.stop();
  }
}

/**
 * Telegram as far as the house can tell. The real one would take the messages that the running server waits for, and tell the chat
 * again what the copy says has not been told.
 */
function standIn(): Transport {
  let isOn = false;
  return {
    type: "telegram",
    addMessageHandler: () => undefined,
    startPolling: async () => {
      isOn = true;
    },
    stopPolling: async () => {
      isOn = false;
    },
    sendMessage: async () => isOn,
    isConnected: () => isOn,
    trouble: null,
  };
}
