import { afterEach, beforeEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { doctor } from "../../src/cli/doctor.ts";
import { openFolder } from "../support/folder.ts";
import { openHouse } from "../support/house.ts";

let folder: ReturnType<typeof openFolder>;
beforeEach(() => {
  folder = openFolder();
});
afterEach(() => folder[Symbol.dispose]());

async function findings() {
  const { ok, said } = await doctor(["--db", folder.at("parley.db"), "--json"]);
  const found = (JSON.parse(said).findings as { what: string; ok: boolean; words: string }[]).filter(({ what }) =>
    what.startsWith("agent"),
  );
  return { ok, found };
}

test("parley doctor says what each agent with a program lacks, and nothing of the built-in ones", async () => {
  {
    using house = openHouse({ path: folder.at("parley.db") });
    const ada = house.person("ada", "admin");
    await house.roster.hire(ada, { name: "coder", role: "developer", program: "codex" });
    await house.roster.hire(ada, { name: "talker", role: "writer", program: "ollama", model: "qwen3:8b" });
    await house.roster.hire(ada, { name: "gone", role: "writer", program: "codex" });
    await house.roster.fire(ada, "gone");
  }
  const { ok, found } = await findings();
  expect(ok).toBe(false);
  expect(found).toEqual([
    { what: "agents.json", ok: true, words: "6 programs are known" },
    { what: "agent coder", ok: false, words: expect.stringContaining('"codex-acp" is not on Parley\'s PATH') },
    { what: "agent talker", ok: true, words: "has all that it needs" },
  ]);
});

test("and what is wrong with the operator's file", async () => {
  writeFileSync(folder.at("agents.json"), '{"programs":[{"name":"X"}]}', { mode: 0o600 });
  const { ok, found } = await findings();
  expect([ok, found.every(({ words }) => words.startsWith(folder.at("agents.json")))]).toEqual([false, true]);
});
