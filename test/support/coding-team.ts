import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { configureOpencode, opencode } from "./opencode.ts";

/** Where a real coding agent works for a team: its project, its model, and the settings of a server that may start it. */
export interface CodingGround extends Disposable {
  readonly model: ModelServer;
  /** The directory it works in. */
  readonly project: string;
  readonly env: Record<string, string>;
}

/** Makes a project with the agent's own settings in it, and names the agent's program as an operator does. */
export function codingGround(): CodingGround {
  const folder = mkdtempSync(join(tmpdir(), "parley-coding-"));
  const project = join(folder, "projects", "app");
  mkdirSync(project, { recursive: true });
  const model = startModelServer({ paceMs: 15 });
  configureOpencode(project, model.url);
  const programs = join(folder, "agents.json");
  writeFileSync(programs, JSON.stringify({ programs: [{ ...opencode, name: "opencode" }] }), { mode: 0o600 });
  const { PATH = "", HOME = "" } = process.env;
  return {
    model,
    project,
    env: { PATH, HOME, PARLEY_PROJECTS: join(folder, "projects"), PARLEY_AGENTS_FILE: programs },
    [Symbol.dispose]() {
      model[Symbol.dispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Hires it as an administrator does over the API. */
export async function hireBuilder(http: string, cookie: string, directory: string): Promise<void> {
  const answer = await fetch(`${http}/api/v1/agents`, {
    method: "POST",
    headers: { "content-type": "application/json", cookie, origin: http },
    body: JSON.stringify({ name: "builder", role: "developer", program: "opencode", directory }),
  });
  if (answer.status !== 201) throw new Error(`nobody was hired: ${answer.status} ${await answer.text()}`);
}
