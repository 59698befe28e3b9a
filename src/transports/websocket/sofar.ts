import type { Connection } from "./connection.ts";
import type { Broadcast } from "./dialects/dialect.ts";
import type { InboundParts } from "./parts.ts";

/**
 * Somebody who comes in the middle gets what there is so far, of answers, output and thoughts alike, each from its beginning. Call it before
 * the socket is subscribed, so that what was gathered until now does not come to it after that.
 * @param agentId an agent it listens to from now on; without it what it hears of by its topics
 */
export function sendGrowing(parts: InboundParts, connection: Connection, agentId?: number): void {
  const { topics } = connection;
  const [answers, work] = agentId === undefined ? [topics.has("agents"), topics.has("tasks")] : [true, true];
  if (!answers && !work) return;
  parts.outbound.flushDeltas();
  const growing = [
    ...(answers ? answersSoFar(parts, connection, agentId) : []),
    ...(work ? workSoFar(parts, connection, agentId) : []),
  ];
  for (const each of growing) for (const frame of connection.dialect.encode(each)) connection.wire.send(frame);
}

/** Answers that are being written: those of an agent, or those in the rooms that it hears. */
function answersSoFar(parts: InboundParts, connection: Connection, agentId: number | undefined): Broadcast[] {
  const member = connection.identity?.member;
  const rooms = agentId === undefined || !member ? connection.rooms : parts.rooms.readableBy(member);
  return [...rooms].flatMap(({ id: roomId }) =>
    parts.runs.writing(roomId).flatMap(({ message, text }): Broadcast[] => {
      if (agentId !== undefined && message.author.id !== agentId) return [];
      const { id: messageId, taskId, author: agent } = message;
      return [{ type: "delta", seq: 0, messageId, taskId, roomId, agent, offset: 0, delta: text }];
    }),
  );
}

/** What runs have put out and thought: of an agent, or of all whose tasks it may know of. */
function workSoFar(parts: InboundParts, connection: Connection, agentId: number | undefined): Broadcast[] {
  const member = connection.identity?.member;
  if (!member) return [];
  return parts.steps.live().flatMap(({ task, steps, thought }): Broadcast[] => {
    const { id: taskId, roomId, agent } = task;
    if ((agentId !== undefined && agent.id !== agentId) || !parts.tasks.mayRead(member, task)) return [];
    const common = { seq: 0, taskId, roomId, agent, offset: 0 } as const;
    const outputs = [...steps.values()].filter(({ output }) => output.length > 0);
    return [
      ...outputs.map(({ step, output }): Broadcast => {
        return { type: "output", ...common, stepId: step.id, data: output.text(), end: output.length };
      }),
      ...(thought.length > 0
        ? [{ type: "thought", ...common, delta: thought.text(), end: thought.length } as const]
        : []),
    ];
  });
}
