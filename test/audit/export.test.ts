import { expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HandClock } from "../support/clock.ts";
import { openHouse } from "../support/house.ts";
import { startServer } from "../support/server.ts";

const entries = 60_000;

/** An audit that no socket takes at once, and somebody who may read it. */
async function longAudit() {
  const clock = new HandClock();
  const folder = mkdtempSync(join(tmpdir(), "parley-export-"));
  using house = openHouse({ path: join(folder, "parley.db"), clock, limits: { auditBatch: entries } });
  const detail = { door: "chat", by: "a very long way of saying how somebody came, again and again ".repeat(4) };
  const note = { action: "socket opened", actorId: null, address: "203.0.113.9", result: "ok", detail } as const;
  for (let count = 0; count < entries; count += 1) house.audit.note(note);
  house.audit.flush();
  house.log.flush();
  const [olga, ada] = [house.person("olga", "owner"), house.person("ada", "admin")];
  return { clock, folder, owner: await house.enter(olga), admin: await house.enter(ada) };
}

test.each(["jsonl", "csv"])(
  "an export that is under way breaks off when whoever asked may read no more: %s",
  async (ending) => {
    const { clock, folder, owner, admin } = await longAudit();
    const env = { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true" };
    const server = await startServer({ folder, clock, env });
    const ask = (token: string, path: string, more: RequestInit = {}) =>
      fetch(server.http + path, {
        ...more,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      });
    try {
      const whole = await (await ask(owner, `/audit/export.${ending}`)).text();
      expect(whole.split("\n").length).toBeGreaterThan(entries);
      const { body } = await ask(admin, `/audit/export.${ending}`);
      const reader = body?.getReader();
      let read = (await reader?.read())?.value?.byteLength ?? 0;
      const demoted = await ask(owner, "/api/v1/members/ada", {
        method: "PATCH",
        body: JSON.stringify({ role: "viewer" }),
      });
      expect(demoted.status).toBe(200);
      const broke = await (async () => {
        for (;;) {
          const chunk = await reader?.read();
          if (!chunk || chunk.done) return false;
          read += chunk.value.byteLength;
        }
      })().catch(() => true);
      expect(broke).toBe(true);
      expect(read).toBeWithin(1, whole.length);
      expect(server.logged.filter(({ level }) => level === "error")).toEqual([]);
    } finally {
      await server.stop();
    }
  },
  60_000,
);
