import type { Config } from "../config.ts";
import type { Hub } from "../live/hub.ts";
import type { ChangeMessage } from "../messages/change.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import type { Draft, PostMessage } from "../messages/post.ts";
import type { Agent } from "./agent.ts";
import { committed, stored } from "./committed.ts";

/** An answer under way: its message is in the log, its text grows here until it is finished. */
export interface StreamedAnswer {
  readonly messageId: number;
  readonly roomId: number;
  text: string;
}

/** Answers that agents are writing: told as they grow, stored when they are finished. */
export interface Answers {
  open(agent: Agent, draft: Omit<Draft, "text">): Promise<StreamedAnswer>;
  /** @returns what does not fit into one message any more */
  grow(answer: StreamedAnswer, agent: Agent, taskId: number | null, delta: string): string;
  /** Stores what was written, with a word added to it. */
  close(answer: StreamedAnswer | undefined, agent: Agent, addition: string): Promise<void>;
  /** The text so far of those in a room: for somebody who comes in the middle. */
  writing(roomId: number): readonly { message: Message; text: string }[];
}

interface Parts {
  config: Config;
  hub: Hub;
  history: History;
  post: PostMessage;
  change: ChangeMessage;
  stopping: AbortSignal;
}

export function createAnswers({ config, hub, history, post, change, stopping }: Parts): Answers {
  const answers = new Map<number, StreamedAnswer>();

  return {
    async open(agent, draft) {
      const { seq } = await committed((done) => post(agent.member, { ...draft, text: "", streaming: true }, done));
      const row = history.row(seq);
      const answer: StreamedAnswer = { messageId: seq, roomId: row?.roomId ?? 0, text: "" };
      answers.set(seq, answer);
      return answer;
    },
    grow(answer, agent, taskId, delta) {
      const room = config.limits.messageCharacters - 200 - answer.text.length;
      const fitting = delta.length > room ? whole(delta.slice(0, Math.max(0, room))) : delta;
      const rest = delta.slice(fitting.length);
      if (fitting === "") return rest;
      const offset = answer.text.length;
      answer.text += fitting;
      const { roomId, messageId } = answer;
      hub.tell({ type: "delta", roomId, messageId, taskId, agent: agent.member, offset, delta: fitting });
      return rest;
    },
    async close(answer, agent, addition) {
      if (!answer) return;
      try {
        const text = `${answer.text}${addition}`.trim() || "(No answer.)";
        const finish = () => committed((done) => change.finish(agent.member, answer.messageId, text, done));
        await stored(finish, stopping, config.limits.storageRetryMs);
      } finally {
        answers.delete(answer.messageId);
      }
    },
    writing: (roomId) =>
      [...answers.values()]
        .filter((answer) => answer.roomId === roomId)
        .flatMap((answer) => {
          const message = history.message(answer.messageId);
          return message ? [{ message, text: answer.text }] : [];
        }),
  };
}

/** Without the first half of a character whose other half was cut off. */
function whole(text: string): string {
  return text.isWellFormed() ? text : text.replace(/[\uD800-\uDBFF]$/, "");
}
