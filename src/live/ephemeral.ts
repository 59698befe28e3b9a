import type { AgentState } from "../agents/agent.ts";
import type { Member } from "../people/member.ts";

/** What is told live and never stored: presence, typing, an answer's growing text, what a step puts out, an agent's derived state. */
export type Ephemeral =
  | { readonly type: "presence"; readonly member: Member; readonly online: boolean; readonly at: number }
  | {
      readonly type: "typing";
      readonly member: Member;
      readonly roomId: number;
      readonly room: string;
      readonly isTyping: boolean;
      /** Everybody who is writing in that room now. */
      readonly everybody: readonly Member[];
    }
  | {
      readonly type: "delta";
      readonly roomId: number;
      readonly messageId: number;
      readonly taskId: number | null;
      readonly agent: Member;
      /** UTF-16 units of the text before this delta. */
      readonly offset: number;
      readonly delta: string;
    }
  /** More of what a step of a task puts out, or of what its agent thinks aloud. */
  | {
      readonly type: "output";
      readonly taskId: number;
      readonly roomId: number;
      readonly agent: Member;
      readonly stepId: string;
      /** UTF-16 units of the output before this; 0 begins it anew. */
      readonly offset: number;
      readonly data: string;
    }
  | {
      readonly type: "thought";
      readonly taskId: number;
      readonly roomId: number;
      readonly agent: Member;
      readonly offset: number;
      readonly delta: string;
    }
  | { readonly type: "agent"; readonly state: AgentState };
