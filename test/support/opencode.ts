import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Program } from "../../src/agents/programs.ts";

const binary = resolve(import.meta.dir, "../../.bun/agents/node_modules/opencode-linux-x64/bin/opencode");

/** A real coding agent, fetched by `make test`. Without it what is tried with one is skipped, loudly: see support/run.sh. */
export const opencodePath = existsSync(binary) ? binary : null;

/** How a team would have it: asking before it acts, never looking for anything on the network. */
export const opencode: Partial<Program> & Pick<Program, "command" | "backend"> = {
  backend: "acp",
  title: "opencode",
  command: [binary, "acp"],
  environment: {
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
  },
};

/** Sets it up in a project: with the model that answers there, and to ask before commands and edits. */
export function configureOpencode(directory: string, modelUrl: string): void {
  mkdirSync(directory, { recursive: true });
  const model = { name: "Fake 1", tool_call: true, limit: { context: 32_000, output: 4_000 } };
  const settings = {
    autoupdate: false,
    share: "disabled",
    model: "fake/fake-1",
    small_model: "fake/fake-1",
    enabled_providers: ["fake"],
    provider: {
      fake: {
        npm: "@ai-sdk/openai-compatible",
        name: "Fake",
        options: { baseURL: modelUrl, apiKey: "test-key" },
        models: { "fake-1": model },
      },
    },
    permission: { bash: "ask", edit: "ask" },
  };
  writeFileSync(join(directory, "opencode.json"), JSON.stringify(settings));
}
