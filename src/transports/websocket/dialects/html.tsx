import type { Child } from "hono/jsx";
import { ApprovalCard } from "../../../../views/approvals/card.tsx";
import { renderMessage } from "../../../../views/messages/message.tsx";
import { renderNotice } from "../../../../views/messages/notice.ts";
import { count } from "../../../../views/people/words.ts";
import { AgentItem, DirectItem, PersonItem, RoomItem } from "../../../../views/sidebar.tsx";
import { TaskCard } from "../../../../views/tasks/card.tsx";
import { claimsOf } from "../../../../views/tasks/claims.tsx";
import { TaskHead, TaskSteps } from "../../../../views/tasks/page.tsx";
import { StepItem } from "../../../../views/tasks/step.tsx";
import { Lines } from "../../../../views/tasks/terminal.tsx";
import type { Approval } from "../../../approvals/approval.ts";
import type { Message } from "../../../messages/message.ts";
import type { RoomBeside } from "../../../rooms/beside.ts";
import type { Card, StepInFull } from "../../../tasks/card.ts";
import type { Answer, Broadcast, Dialect } from "./dialect.ts";

/** The page's dialect: fragments of HTML for htmx, and a few JSON frames that its modules read. Rendered once, the same for every viewer. */
export const html: Dialect = {
  name: "html",
  encode(broadcast) {
    switch (broadcast.type) {
      case "posted":
        return [renderMessage(broadcast.message, broadcast.card, broadcast.asks)];
      case "finished":
      case "edited":
      case "deleted":
        return [
          partial(
            `#m-${broadcast.message.id}`,
            "outerHTML",
            renderMessage(broadcast.message, broadcast.card, broadcast.asks),
          ),
        ];
      case "task":
      case "step":
      case "plan":
        return [workSnapshot(broadcast.card())];
      case "work": {
        const step = broadcast.step();
        return [
          partial(`#task-head-${broadcast.taskId}`, "outerHTML", <TaskHead card={broadcast.card()} />),
          ...(step
            ? [
                upsert(
                  `#task-steps-${broadcast.taskId}`,
                  "data-number",
                  <StepItem taskId={broadcast.taskId} {...step} />,
                ),
              ]
            : []),
        ];
      }
      case "terminal": {
        const { taskId, number, lines, whole } = broadcast;
        const target = `#terminal-${taskId}-${number}`;
        const rendered = <Lines taskId={taskId} step={number} lines={lines} />;
        return [whole ? partial(target, "innerHTML", rendered) : upsert(target, "data-line", rendered)];
      }
      case "thinking":
        return [partial(`#thought-${broadcast.taskId}`, "innerHTML", Bun.escapeHTML(broadcast.text))];
      case "claims":
        return [partial(`#claims-${broadcast.task.id}`, "innerHTML", claimsOf(broadcast.task))];
      case "approval": {
        const { approval, isNew } = broadcast;
        const card = <ApprovalCard approval={approval} />;
        // By its id, because a message that is replayed may have brought it already.
        if (isNew) return [upsert(`#asks-${approval.taskId}`, "data-id", card)];
        return [partial(`#ask-${approval.id}`, "outerHTML", card)];
      }
      case "waiting":
        return [partial("[data-count=waiting]", "innerHTML", broadcast.count === 0 ? "" : String(broadcast.count))];
      case "delta":
        return [partial(`#stream-${broadcast.messageId}`, "beforeend", Bun.escapeHTML(broadcast.delta))];
      case "agent":
        return [
          partial(`#agent-${broadcast.state.agent.member.id}`, "outerHTML", <AgentItem state={broadcast.state} />),
        ];
      case "people": {
        const items = broadcast.people.map((person) => String(<PersonItem person={person} />)).join("");
        const list = broadcast.all ? partial("#people", "innerHTML", items) : upsert("#people", "data-handle", items);
        return [list, partial("[data-count=online]", "innerHTML", String(broadcast.online))];
      }
      case "typing":
        return [
          partial(
            "#typing",
            "innerHTML",
            broadcast.everybody
              .map((member) => `<span data-member="${member.id}">${Bun.escapeHTML(member.name)}</span>`)
              .join(""),
          ),
        ];
      case "roster":
        return [
          partial(
            "#agents",
            "innerHTML",
            broadcast.states.map((state) => String(<AgentItem state={state} />)).join(""),
          ),
        ];
      case "room":
        return [upsert(listOf(broadcast.beside), "data-order", roomItem(broadcast.beside, 0))];
      case "room_gone":
        return [partial(`#room-${broadcast.roomId}`, "delete", "")];
      case "unseen":
        return [partial(`#unseen-${broadcast.roomId}`, "innerHTML", "new")];
      case "room_members":
        return [partial("[data-count=members]", "innerHTML", count(broadcast.count, "member", "members"))];
      case "help":
      case "output":
      case "thought":
      case "presence":
      case "member_status":
      case "server_status":
        return [];
    }
  },
  answer,
  join,
};

/** New messages are bare items until here, so that those of one moment share what puts them in. */
function join(frames: readonly string[], seq: number): string {
  let joined = seq > 0 ? `<!--seq:${seq}-->` : "";
  let inItems = false;
  for (const frame of frames) {
    const isItem = frame.startsWith("<li");
    if (isItem !== inItems)
      joined += isItem ? '<hx-partial hx-target="#messages" hx-swap="beforeend">' : "</hx-partial>";
    inItems = isItem;
    joined += frame;
  }
  return inItems ? `${joined}</hx-partial>` : joined;
}

/**
 * What a page missed, as one frame. New messages are put in by id, so that nothing that is there already shows twice; changes of
 * older ones touch only what the page shows.
 */
export function replay(broadcasts: readonly Broadcast[], seq: number): string {
  const posted = new Map<number, string>();
  const changes: string[] = [];
  const cards = new Map<number, string[]>();
  for (const broadcast of broadcasts) {
    if ("message" in broadcast && (broadcast.type === "posted" || posted.has(broadcast.message.id))) {
      posted.set(broadcast.message.id, renderMessage(broadcast.message, broadcast.card, broadcast.asks));
    } else if ("card" in broadcast && "task" in broadcast) {
      // A card is shown as it is now, however often it changed.
      cards.set(broadcast.task.id, html.encode(broadcast) as string[]);
    } else {
      changes.push(...html.encode(broadcast));
    }
  }
  const messages = posted.size === 0 ? [] : [upsert("#messages", "data-id", [...posted.values()].join(""))];
  return html.join([...messages, ...changes, ...[...cards.values()].flat()], seq);
}

/** An answer still being written, with its text so far: deltas go on from there. */
export function snapshot(message: Message, text: string, card: Card | null, asks: readonly Approval[] = []): string {
  return upsert("#messages", "data-id", renderMessage({ ...message, text }, card, asks));
}

/** A task's card as it is now. */
export function workSnapshot(card: Card): string {
  return partial(`#task-${card.task.id}`, "outerHTML", <TaskCard card={card} />);
}

/** The same for the task's own page: all that changes there. */
export function pageSnapshot(card: Card, steps: readonly StepInFull[]): string {
  const { id } = card.task;
  return html.join(
    [
      partial(`#task-head-${id}`, "outerHTML", <TaskHead card={card} />),
      partial(`#task-steps-${id}`, "innerHTML", <TaskSteps taskId={id} steps={steps} />),
    ],
    0,
  );
}

/** Tells a page whether it uses WebSockets from now on. */
export function transportFrame(websocket: boolean): string {
  return JSON.stringify({ type: "transport", websocket });
}

/** Both lists of rooms, as one reader has them. @param current the id of the room they are in */
export function roomLists(besides: readonly RoomBeside[], current: number): string {
  return ["#rooms", "#directs"]
    .map((list) => {
      const items = besides.filter((beside) => listOf(beside) === list).map((beside) => roomItem(beside, current));
      return partial(list, "innerHTML", items.map(String).join(""));
    })
    .join("");
}

function listOf({ room }: RoomBeside): string {
  return room.visibility === "direct" ? "#directs" : "#rooms";
}

function roomItem({ room, members }: RoomBeside, current: number): Child {
  if (room.visibility === "direct") return <DirectItem room={room} members={members} current={room.id === current} />;
  return <RoomItem room={room} current={room.id === current} />;
}

function answer(answer: Answer): string {
  switch (answer.type) {
    case "authenticated":
      return JSON.stringify({ type: "ready", seq: answer.seq, epoch: answer.epoch, websocket: answer.websocket });
    case "auth_failed":
      return JSON.stringify({ type: "error", code: answer.refusal.code, message: answer.refusal.message });
    case "error":
      return JSON.stringify({
        type: "error",
        code: answer.refusal.code,
        message: answer.refusal.message,
        retryAfter: answer.refusal.retryAfter,
        clientId: answer.clientId ?? undefined,
      });
    case "pong":
      return JSON.stringify({ type: "pong", at: answer.at, seq: answer.seq, epoch: answer.epoch });
    case "resync":
      return JSON.stringify({ type: "resync", seq: answer.seq, epoch: answer.epoch });
    case "notice":
      if (answer.html === null) return JSON.stringify({ type: "notice", message: answer.text });
      return partial("#messages", "beforeend", renderNotice(answer.html, answer.now));
    default:
      // Answers to questions that only JSON clients ask: the page never does, and is told the bare fact.
      return JSON.stringify({ type: answer.type });
  }
}

function partial(target: string, swap: string, content: Child): string {
  return `<hx-partial hx-target="${target}" hx-swap="${swap}">${String(content)}</hx-partial>`;
}

function upsert(target: string, key: string, content: Child): string {
  return `<hx-upsert hx-target="${target}" key="${key}" sort>${String(content)}</hx-upsert>`;
}
