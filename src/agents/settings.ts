/** How an agent is set up, beside what it is called. Stored as JSON in agents.settings; everything optional. */
export interface AgentSettings {
  /** Which program of the catalogue works for it; null for backends without one (builtin). */
  readonly program: string | null;
  /** Where it works; null: a directory of its own. Checked by real path against config.projectRoots when a run begins. */
  readonly directory: string | null;
  readonly model: string | null;
  /** `auto`: in a sandbox where this machine has one. */
  readonly sandbox: "auto" | "off";
  /** `ask`: people are asked; `deny`: whatever would need asking is refused. There is no "allow all". */
  readonly approvals: "ask" | "deny";
  readonly dailyTokens: number | null;
  readonly dailyUsd: number | null;
}

/** What holds where nothing was set. */
export const defaultSettings: AgentSettings = {
  program: null,
  directory: null,
  model: null,
  sandbox: "auto",
  approvals: "ask",
  dailyTokens: null,
  dailyUsd: null,
};

/** Settings as the table has them: whoever was hired before one of these existed has it as it is by default. */
export function storedSettings(json: string): AgentSettings {
  return { ...defaultSettings, ...(JSON.parse(json) as Partial<AgentSettings>) };
}
