import { appended, type Log, type LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import { standingIn } from "../people/standing.ts";
import type { TransportMode } from "./choice.ts";

/** `transport.switched`: the room is talked through something else from here on. */
export interface TransportSwitched {
  readonly from: TransportMode;
  readonly to: TransportMode;
  readonly reason: string;
  /** From the wish to the proof that the new one works. */
  readonly durationMs: number;
  /** By the house, because something failed or works again: not what anybody chose. */
  readonly automatic: boolean;
  readonly address: string;
}

/** `transport.stopped`, `transport.started`: nothing is talked through for a while, by somebody's wish. */
export interface TransportTurned {
  readonly type: TransportMode;
  readonly address: string;
}

/** What was chosen, kept in the log: who, when, from what to what, and why. */
export interface Switches {
  /** What somebody chose last; null when nobody ever did. */
  remembered(): TransportMode | null;
  /** @param by null for the house itself @throws Refusal when it could not be stored */
  switched(by: Member | null, data: Omit<TransportSwitched, "address">): Promise<void>;
  turned(by: Member | null, on: boolean, type: TransportMode): Promise<void>;
}

export function createSwitches({ sqlite }: Pick<Store, "sqlite">, log: Log, members: Members): Switches {
  const standing = standingIn({ sqlite });
  // Only whether they are still here: in development a program without identity stands in for an admin, and the tables do not know it.
  const may = (event: LogEvent) => void standing.actorOf(event);
  const chosen = sqlite.prepare<{ value: TransportMode }, []>("SELECT value FROM meta WHERE key = 'transport'");
  const choose = sqlite.prepare(
    "INSERT INTO meta (key, value) VALUES ('transport', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  const switched = ({ data }: LogEvent) => {
    const { to, automatic } = data as TransportSwitched;
    if (!automatic) choose.run(to);
  };
  log.define("transport.switched", switched, may);
  log.define("transport.stopped", () => undefined, may);
  log.define("transport.started", () => undefined, may);

  async function append(by: Member | null, kind: string, data: object): Promise<void> {
    const { id, address = "" } = by ?? members.system;
    await appended(log, { kind, roomId: null, actorId: id, data: { ...data, address } });
  }

  return {
    remembered: () => chosen.get()?.value ?? null,
    switched: (by, data) => append(by, "transport.switched", { ...data, reason: oneLine(data.reason) }),
    turned: (by, on, type) => append(by, on ? "transport.started" : "transport.stopped", { type }),
  };
}

/** A reason as it is kept: one line, not long. */
function oneLine(reason: string): string {
  return reason
    .replace(/[\p{Cc}\p{Cf}]+/gu, " ")
    .trim()
    .slice(0, 200)
    .toWellFormed();
}
