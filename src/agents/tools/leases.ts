import type { ToolContext } from "./tool.ts";

/** Who works on which files, so that two do not change one at a time. */
export interface FileLeases {
  /** @returns what was claimed, or who has it. @throws Refusal */
  claim(claim: { readonly paths: readonly string[]; readonly minutes: number }, context: ToolContext): Promise<string>;
  /** Without paths everything the agent has. @throws Refusal */
  release(release: { readonly paths: readonly string[] }, context: ToolContext): Promise<string>;
}
