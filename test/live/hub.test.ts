import { describe, expect, test } from "bun:test";
import type { LogEvent } from "../../src/database/log.ts";
import type { Ephemeral } from "../../src/live/ephemeral.ts";
import { createHub } from "../../src/live/hub.ts";
import { createLogger } from "../../src/logger.ts";

const posted: LogEvent = { seq: 1, at: 0, kind: "message.posted", roomId: 1, actorId: 1, data: {} };
const mira = {
  id: 1,
  kind: "person",
  handle: "mira",
  name: "mira",
  title: "",
  role: "developer",
  removedAt: null,
} as const;
const here: Ephemeral = { type: "presence", member: mira, online: true, at: 0 };

function hubWithLog() {
  const lines: string[] = [];
  return { hub: createHub(createLogger("info", (line) => lines.push(line))), lines };
}

describe("the hub", () => {
  test("tells every listener everything, in the order they came, before it returns", () => {
    const { hub } = hubWithLog();
    const heard: string[] = [];
    hub.onCommit((events) => heard.push(`first ${events.length}`));
    hub.onCommit((events) => heard.push(`second ${events.length}`));
    hub.onTell((event) => heard.push(event.type));
    hub.commit([posted, posted]);
    hub.tell(here);
    expect(heard).toEqual(["first 2", "second 2", "presence"]);
  });

  test("keeps what is stored and what passes apart", () => {
    const { hub } = hubWithLog();
    const stored: unknown[] = [];
    hub.onCommit((events) => stored.push(...events));
    hub.tell(here);
    expect(stored).toEqual([]);
  });

  test("a listener that throws is logged, and the others hear all the same", () => {
    const { hub, lines } = hubWithLog();
    let heard = 0;
    hub.onCommit(() => {
      throw new Error("deaf");
    });
    hub.onCommit(() => {
      heard += 1;
    });
    hub.onTell(() => {
      throw new Error("deaf as well");
    });
    hub.onTell(() => {
      heard += 1;
    });
    hub.commit([posted]);
    hub.tell(here);
    expect(heard).toBe(2);
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(["hub.listener", "hub.listener"]);
  });
});
