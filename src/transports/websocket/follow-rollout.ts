import { closeCodes } from "../../errors.ts";
import type { Rollout } from "../rollout.ts";
import type { Connections } from "./connections.ts";
import { transportFrame } from "./dialects/html.tsx";

/** Tells every page when it is to use another transport, and closes the sockets that are to be none: they come back as they are let in. */
export function followRollout(rollout: Rollout, connections: Connections): void {
  rollout.onChange(() => {
    for (const { door, carrier, identity, shown, wire } of [...connections.all()]) {
      const member = (identity ?? shown)?.member;
      const mayStay = door === "page" ? member !== undefined && rollout.includes(member.id) : rollout.enabled;
      if (door === "page" && identity) wire.send(transportFrame(mayStay));
      if (carrier === "socket" && !mayStay) wire.close(closeCodes.restart, "TRANSPORT_UNAVAILABLE");
    }
  });
}
