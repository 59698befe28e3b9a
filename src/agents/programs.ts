/** A program or service that can work for an agent. Built-in presets, and those the operator wrote into agents.json beside the database: an
 *  executable is never named over the API, only chosen by its name here. */
export interface Program {
  /** "opencode", "claude", "gemini", "codex", or the operator's. */
  readonly name: string;
  readonly title: string;
  readonly backend: "acp" | "exec" | "openai";
  /** acp, exec: the argv; the word {words} is what was asked, {model} the model (without one the word goes, and the option before it); without {words} exec gets it on stdin. */
  readonly command: readonly string[];
  /** Names of Parley's own environment variables it is given, beside PATH HOME LANG TERM TZ. */
  readonly passes: readonly string[];
  /** Set for it besides. */
  readonly environment: Readonly<Record<string, string>>;
  /** openai: base address up to /v1, the environment variable with the key (null: none), the model used when the agent names none. */
  readonly endpoint: string | null;
  /** Of a program: the variable without which, or another key among those it is given, it does nothing. */
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
  /** What is wrong with the operator's file since it was changed, in words: until that is mended the programs are those of before. */
  problems(): readonly string[];
}

/** What works for an agent, in a word or two for people; a program that left the catalogue has its name left. */
export function titleOf(
  { settings }: { readonly settings: { readonly program: string | null } },
  programs: Pick<Programs, "byName">,
): string {
  return settings.program === null ? "built-in" : (programs.byName(settings.program)?.title ?? settings.program);
}
