/** A program or service that can work for an agent. Built-in presets, and those the operator wrote into agents.json beside the database: an
 *  executable is never named over the API, only chosen by its name here. */
export interface Program {
  /** "opencode", "claude", "gemini", "codex", or the operator's. */
  readonly name: string;
  readonly title: string;
  readonly backend: "acp" | "exec" | "openai";
  /** acp, exec: the argv; the word {words} is what was asked, {model} the model; without {words} exec gets it on stdin. */
  readonly command: readonly string[];
  /** Names of Parley's own environment variables it is given, beside PATH HOME LANG TERM TZ. */
  readonly passes: readonly string[];
  /** Set for it besides. */
  readonly environment: Readonly<Record<string, string>>;
  /** openai: base address up to /v1, the environment variable with the key (null: none), the model used when the agent names none. */
  readonly endpoint: string | null;
  readonly keyVariable: string | null;
  readonly model: string | null;
  /** openai: US dollars for a million tokens, where the service itself does not say what a request cost. */
  readonly price?: { readonly input: number; readonly output: number };
  /** openai: an address beyond the own network may be spoken to without TLS. */
  readonly plainHttp?: boolean;
  /** How somebody gets it, for whoever lacks it. */
  readonly hint: string;
}

export interface Programs {
  list(): readonly Program[];
  byName(name: string): Program | undefined;
}
