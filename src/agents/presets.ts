import type { Source } from "../environment.ts";
import type { Program } from "./programs.ts";

/** The programs and services that Parley knows how to talk to. Whether they are there is another question: see check.ts. */
export function presets(environment: Source): readonly Program[] {
  return [
    program({
      name: "opencode",
      title: "opencode",
      backend: "acp",
      command: ["opencode", "acp"],
      passes: ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY", "GROQ_API_KEY"],
      // It stands still while it looks for a newer self, and what it is must not change under a run.
      environment: { OPENCODE_DISABLE_AUTOUPDATE: "1" },
      hint: "npm install -g opencode-ai, and set the key of a provider in Parley's environment; or write the provider into opencode.json in the project.",
    }),
    program({
      name: "claude",
      title: "Claude Code",
      backend: "acp",
      command: ["claude-agent-acp"],
      passes: [
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_BASE_URL",
        "CLAUDE_CODE_OAUTH_TOKEN",
        "IS_SANDBOX",
      ],
      keyVariable: "ANTHROPIC_API_KEY",
      hint: "npm install -g @agentclientprotocol/claude-agent-acp (Node 22 or newer), and set ANTHROPIC_API_KEY in Parley's environment. Where Parley runs as root it also needs IS_SANDBOX=1 there.",
    }),
    program({
      name: "gemini",
      title: "Gemini CLI",
      backend: "acp",
      command: ["gemini", "--acp", "-m", "{model}"],
      passes: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL"],
      // Its question whether it may trust the folder has nobody to answer it.
      environment: { GEMINI_CLI_TRUST_WORKSPACE: "true" },
      keyVariable: "GEMINI_API_KEY",
      hint: "npm install -g @google/gemini-cli, and set GEMINI_API_KEY in Parley's environment.",
    }),
    program({
      name: "codex",
      title: "Codex",
      backend: "acp",
      command: ["codex-acp"],
      passes: ["OPENAI_API_KEY", "CODEX_API_KEY", "OPENAI_BASE_URL"],
      keyVariable: "OPENAI_API_KEY",
      hint: "npm install -g @agentclientprotocol/codex-acp, and set OPENAI_API_KEY in Parley's environment.",
    }),
    program({
      name: "openai",
      title: "OpenAI-compatible model",
      backend: "openai",
      endpoint: withoutSlash(environment.OPENAI_BASE_URL?.trim() || "https://api.openai.com/v1"),
      keyVariable: "OPENAI_API_KEY",
      model: environment.OPENAI_MODEL?.trim() || null,
      hint: "Set OPENAI_API_KEY in Parley's environment, and OPENAI_BASE_URL for any service but OpenAI's own, then name the model.",
    }),
    program({
      name: "ollama",
      title: "Local model (Ollama)",
      backend: "openai",
      endpoint: "http://127.0.0.1:11434/v1",
      hint: "Install Ollama from ollama.com, get a model that can use tools (ollama pull qwen3:8b), and name that model. No key, and nothing leaves this machine.",
    }),
  ];
}

type Given = Pick<Program, "name" | "title" | "backend" | "hint"> & Partial<Program>;

/** A program with nothing where nothing is said. */
export function program(given: Given): Program {
  const nothing = { command: [], passes: [], environment: {}, endpoint: null, keyVariable: null, model: null };
  return { ...nothing, ...given };
}

function withoutSlash(address: string): string {
  return address.replace(/(?<!\/)\/+$/, "");
}
