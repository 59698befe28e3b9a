import type { Config } from "../config.ts";
import { appended, type Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import type { Hub } from "../live/hub.ts";
import type { Member } from "../people/member.ts";
import { standingIn } from "../people/standing.ts";

/** Whose pages use WebSockets. */
export interface RolloutSetting {
  /** Whether anybody's do; without it JSON clients are refused as well, because nothing else is left to decide. */
  readonly enabled: boolean;
  /** Of how many in a hundred people. */
  readonly percent: number;
}

/** `rollout.changed`: what holds from now on, whatever the environment says. */
interface RolloutChanged extends RolloutSetting {
  readonly address: string;
}

/** The gradual roll-out of WebSockets: the pages of the others go on over HTTP. */
export interface Rollout extends RolloutSetting {
  /** Whether somebody's pages use WebSockets: always the same people, and with a higher percentage those and others. */
  includes(memberId: number): boolean;
  /** What is not given stays as it is. */
  change(by: Member, setting: Partial<RolloutSetting>): Promise<void>;
  /** Called after each change. */
  onChange(listener: () => void): void;
}

export function createRollout(store: Store, log: Log, hub: Hub, config: Config): Rollout {
  const listeners: (() => void)[] = [];
  // No table is kept for it: the newest decision is found by its row in the audit, which is indexed by what was done.
  const newest = store.sqlite.query<{ data: string }, []>(
    `SELECT data FROM events WHERE seq = (SELECT seq FROM audit WHERE action = 'roll-out changed' ORDER BY id DESC LIMIT 1)`,
  );
  const decided = newest.get();
  let { enabled, percent } = decided ? (JSON.parse(decided.data) as RolloutChanged) : config.rollout;

  const standing = standingIn(store);
  log.define(
    "rollout.changed",
    () => {},
    (event) => standing.needs(event, "manage_system"),
  );
  hub.onCommit((events) => {
    for (const { kind, data } of events) {
      if (kind !== "rollout.changed") continue;
      ({ enabled, percent } = data as RolloutChanged);
      for (const listener of listeners) listener();
    }
  });

  return {
    get enabled() {
      return enabled;
    },
    get percent() {
      return percent;
    },
    includes: (memberId) => enabled && placeOf(memberId) < percent,
    async change(by, setting) {
      const data: RolloutChanged = { enabled, percent, ...setting, address: by.address ?? "" };
      await appended(log, { kind: "rollout.changed", roomId: null, actorId: by.id, data });
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

/** The place of somebody among a hundred, from 0 to 99: by chance, and for ever the same. */
export function placeOf(memberId: number): number {
  return new Bun.CryptoHasher("sha256").update(`websocket rollout ${memberId}`).digest().readUInt32BE(0) % 100;
}
