import type { Row } from "../table.ts";
import { accounts } from "./account.ts";
import { agents } from "./agents.ts";
import { approvals } from "./approvals.ts";
import { documents } from "./documents.ts";
import { doors } from "./doors.ts";
import { events } from "./events.ts";
import { files } from "./files.ts";
import { leases } from "./leases.ts";
import { peoples } from "./people.ts";
import { queues } from "./queues.ts";
import { rooms } from "./rooms.ts";
import { tasks } from "./tasks.ts";
import { telegrams } from "./telegram.ts";
import { transports } from "./transports.ts";

/** The whole table. */
export const rows: readonly Row[] = [
  ...doors,
  ...accounts,
  ...peoples,
  ...rooms,
  ...files,
  ...agents,
  ...queues,
  ...tasks,
  ...leases,
  ...approvals,
  ...transports,
  ...telegrams,
  ...events,
  ...documents,
];

export function titleOf({ route, about }: Row): string {
  return about ? `${route} (${about})` : route;
}
