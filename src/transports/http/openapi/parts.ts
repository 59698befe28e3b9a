import type { z } from "zod";
import { accountEntries } from "./account.ts";
import { agentEntries } from "./agents.ts";
import { approvalEntries } from "./approvals.ts";
import { communicationEntries } from "./communication.ts";
import { deviceEntries } from "./devices.ts";
import { documentEntries } from "./documents.ts";
import type { Part } from "./entry.ts";
import { eventEntries } from "./events.ts";
import { fileEntries } from "./files.ts";
import { leaseEntries } from "./leases.ts";
import { lockEntries } from "./locks.ts";
import { messageEntries } from "./messages.ts";
import { peopleEntries } from "./people.ts";
import { queueEntries } from "./queues.ts";
import { roomEntries } from "./rooms.ts";
import { serverEntries } from "./server.ts";
import { taskEntries } from "./tasks.ts";
import { toolEntries } from "./tools.ts";
import { usageEntries } from "./usage.ts";
import { workEntries } from "./work.ts";

/** The whole table, in the order in which one reads it. @param frame any frame that the server says in the camel dialect */
export function documentedParts(frame: z.ZodType): readonly Part[] {
  return [
    messageEntries,
    roomEntries,
    eventEntries(frame),
    fileEntries,
    agentEntries,
    queueEntries,
    usageEntries,
    taskEntries,
    leaseEntries,
    toolEntries,
    approvalEntries,
    accountEntries,
    peopleEntries,
    deviceEntries,
    serverEntries,
    communicationEntries,
    workEntries,
    lockEntries,
    documentEntries,
  ];
}
