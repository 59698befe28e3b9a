import type { AgentState } from "../agents/agent.ts";
import type { Member } from "../people/member.ts";

/** What is told live and never stored: presence, typing, an answer's growing text, an agent's derived state. */
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
  | { readonly type: "agent"; readonly state: AgentState };
