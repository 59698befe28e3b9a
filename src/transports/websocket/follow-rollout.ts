import { closeCodes } from "../../errors.ts";
import type { Hub } from "../../live/hub.ts";
import type { Rollout } from "../rollout.ts";
import type { TransportSwitched, TransportTurned } from "../switches.ts";
import type { Connections } from "./connections.ts";
import { transportFrame } from "./dialects/html.tsx";

/** Tells every page when it is to use another transport, and closes the sockets that are to be none: they come back as they are let in. */
export function followRollout(rollout: Rollout, connections: Connections): void {
  rollout.onChange(() => {
    tellPages(connections, rollout.includes);
    for (const { door, carrier, identity, shown, wire } of [...connections.all()]) {
      const member = (identity ?? shown)?.member;
      const mayStay = door === "page" ? member !== undefined && rollout.includes(member.id) : rollout.enabled;
      if (carrier === "socket" && !mayStay) wire.close(closeCodes.restart, "TRANSPORT_UNAVAILABLE");
    }
  });
}

/** Tells every page when what is talked through was switched: those without a socket come back to one at once, and not when they look again. */
export function followSwitches(hub: Hub, rollout: Rollout, connections: Connections): void {
  hub.onCommit((events) => {
    for (const { kind, data } of events) {
      if (kind !== "transport.switched" && kind !== "transport.started") continue;
      const mode = kind === "transport.switched" ? (data as TransportSwitched).to : (data as TransportTurned).type;
      const withSockets = mode !== "telegram";
      tellPages(connections, (memberId) => withSockets && rollout.includes(memberId));
    }
  });
}

/** Tells every page whether it uses a socket from now on: it moves by itself. */
export function tellPages(connections: Connections, usesSocket: (memberId: number) => boolean): void {
  for (const { door, identity, wire } of connections.all())
    if (door === "page" && identity) wire.send(transportFrame(usesSocket(identity.member.id)));
}
