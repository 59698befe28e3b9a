import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Limits } from "../../src/limits.ts";
import type { Message } from "../../src/messages/message.ts";
import type { Member } from "../../src/people/member.ts";
import type { TransportMode } from "../../src/transports/choice.ts";
import { type CommunicationManager, createCommunicationManager } from "../../src/transports/manager.ts";
import { second } from "../support/clock.ts";
import { type House, openHouse, refusedLater, until } from "../support/house.ts";
import { ScriptedTransport } from "../support/scripted.ts";

let house: House;
let acts: string[];
let websocket: ScriptedTransport;
let telegram: ScriptedTransport;
let ada: Member;
let manager: CommunicationManager;

beforeEach(() => {
  house = openHouse();
  acts = [];
  websocket = new ScriptedTransport("websocket", acts);
  telegram = new ScriptedTransport("telegram", acts);
  ada = house.person("ada", "admin");
});
afterEach(async () => {
  await manager.close();
  house[Symbol.dispose]();
});

/** A manager that has begun. */
async function begin(chosen: TransportMode, { limits = {}, only = false, fallbackSeconds = 60 }: Options = {}) {
  manager = createCommunicationManager({
    config: { limits: { ...house.config.limits, ...limits }, fallbackSeconds },
    clock: house.clock,
    logger: house.logger,
    transports: { websocket, telegram: only ? null : telegram },
    chosen,
    switches: house.switches,
  });
  await manager.open();
  acts.length = 0;
}

interface Options {
  limits?: Partial<Limits>;
  /** Telegram is not set up. */
  only?: boolean;
  fallbackSeconds?: number;
}

const switchesInLog = () =>
  house.committed.flatMap(({ kind, data }) => (kind.startsWith("transport.") ? [data as Record<string, unknown>] : []));

describe("a switch", () => {
  test("proves the new one, then lets the old one finish; between the two it is in the log", async () => {
    await begin("websocket");
    house.hub.onCommit(() => void acts.push("in the log"));
    expect(await manager.switchTransport("telegram", ada, "the office is offline")).toEqual({ ok: true });
    expect(acts).toEqual(["start telegram", "telegram listens", "in the log", "stop websocket", "websocket is silent"]);
    expect(manager.getTransportType()).toBe("telegram");
    expect(manager.isConnected()).toBe(true);
    expect(switchesInLog()).toMatchObject([
      { from: "websocket", to: "telegram", reason: "the office is offline", automatic: false, durationMs: 0 },
    ]);
  });

  test("to both begins the second and stops nothing; from both it stops the one that goes", async () => {
    await begin("websocket");
    await manager.switchTransport("both", ada, "");
    expect(acts).toEqual(["start telegram", "telegram listens"]);
    expect(manager.getTransportType()).toBe("both");
    acts.length = 0;
    await manager.switchTransport("websocket", ada, "");
    expect(acts).toEqual(["stop telegram", "telegram is silent"]);
  });

  test("stands in the audit with who, from where, from what to what, why and how long it took", async () => {
    await begin("websocket");
    const { promise, resolve } = Promise.withResolvers<void>();
    telegram.holds = promise;
    const switching = manager.switchTransport("telegram", { ...ada, address: "192.0.2.7" }, "  two\nlines  ");
    await until(() => acts.includes("start telegram"), "it is under way");
    house.clock.advance(250);
    resolve();
    await switching;
    const [entry] = house.trail.page({ action: "transport switched" }, 1);
    expect(entry).toMatchObject({ actorId: ada.id, target: "telegram", address: "192.0.2.7", result: "ok" });
    expect(JSON.parse(entry?.detail ?? "")).toEqual({
      from: "websocket",
      reason: "two lines",
      durationMs: 250,
      automatic: false,
    });
  });

  test("to what it is already does nothing at all", async () => {
    await begin("both");
    expect(await manager.switchTransport("both", ada, "again")).toEqual({ ok: true });
    expect(acts).toEqual([]);
    expect(switchesInLog()).toEqual([]);
  });

  test("only who manages the system may; a developer changes nothing", async () => {
    await begin("websocket");
    const tomas = house.person("tomas", "developer");
    expect(await refusedLater(manager.switchTransport("telegram", tomas, ""))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(manager.stopPolling(tomas))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(manager.startPolling(tomas))).toBe("PERMISSION_DENIED");
    expect(acts).toEqual([]);
  });

  test("a second one meanwhile is refused; the first goes through", async () => {
    await begin("websocket");
    const { promise, resolve } = Promise.withResolvers<void>();
    telegram.holds = promise;
    const first = manager.switchTransport("telegram", ada, "first");
    await until(() => acts.includes("start telegram"), "the first one is under way");
    expect(manager.getTransportInfo()).toMatchObject({ switching: true, type: "websocket" });
    const second = await manager.switchTransport("both", ada, "second");
    expect(second).toMatchObject({ ok: false, refusal: { code: "CONFLICT" } });
    expect(await manager.stopPolling(ada)).toMatchObject({ ok: false, refusal: { code: "CONFLICT" } });
    resolve();
    expect(await first).toEqual({ ok: true });
    expect(manager.getTransportType()).toBe("telegram");
    expect(await manager.switchTransport("both", ada, "now")).toEqual({ ok: true });
  });

  test("does not wait for ever for an old one that comes to no end", async () => {
    await begin("websocket", { limits: { drainMs: 10 } });
    websocket.drains = new Promise(() => {});
    expect(await manager.switchTransport("telegram", ada, "")).toEqual({ ok: true });
    expect(house.logged.some(({ event }) => event === "transport.unfinished")).toBe(true);
    websocket.drains = null;
  });

  test("that is under way does not hold up the end of the server", async () => {
    await begin("websocket", { limits: { drainMs: 10 } });
    const { promise, resolve } = Promise.withResolvers<void>();
    telegram.holds = promise;
    const switching = manager.switchTransport("telegram", ada, "");
    await until(() => acts.includes("start telegram"), "it is under way");
    await manager.close();
    expect(websocket.isConnected()).toBe(false);
    resolve();
    await switching;
  });

  test("fifty of them under way: handlers hear each message once, whichever way it came", async () => {
    await begin("websocket");
    const heard: Message[] = [];
    manager.addMessageHandler((message) => heard.push(message));
    const mira = house.person("mira");
    const said: Message[] = [];
    for (let round = 0; round < 50; round += 1) {
      const [to, by] = round % 2 === 0 ? (["telegram", telegram] as const) : (["websocket", websocket] as const);
      expect(await manager.switchTransport(to, ada, `round ${round}`)).toEqual({ ok: true });
      said.push(house.say(mira, `in round ${round}`));
      by.hears(said.at(-1) as Message);
    }
    expect(heard).toEqual(said);
    expect(manager.getStatistics()).toMatchObject({ type: "websocket", switches: 50, automatic: 0 });
  });
});

describe("what cannot be switched stays", () => {
  const stays = async (act: Promise<unknown>) => {
    const outcome = await act;
    expect(manager.getTransportType()).toBe("websocket");
    expect(manager.isConnected()).toBe(true);
    expect(acts).not.toContain("stop websocket");
    expect(switchesInLog()).toEqual([]);
    return outcome;
  };

  test("when the new one does not start, and it says why", async () => {
    await begin("websocket");
    telegram.refuses = "Telegram answers 401: the token is not a bot's.";
    const outcome = await stays(manager.switchTransport("telegram", ada, ""));
    expect(outcome).toMatchObject({
      ok: false,
      message: "Telegram answers 401: the token is not a bot's.",
      refusal: { code: "TRANSPORT_UNAVAILABLE", status: 503 },
    });
    telegram.refuses = null;
    expect(await manager.switchTransport("telegram", ada, "")).toEqual({ ok: true });
  });

  test("when it breaks with a bug of ours: the words keep it to themselves, the log has it", async () => {
    await begin("websocket");
    telegram.refuses = new Error("secret internals");
    const outcome = (await stays(manager.switchTransport("both", ada, ""))) as { message: string };
    expect(outcome.message).toMatch(/^Something went wrong on our side \(ref \w+\)\.$/);
    expect(house.logged.some(({ event }) => event === "transport.bug")).toBe(true);
  });

  test("when it shows nothing in time; what comes up late is ended again", async () => {
    await begin("websocket", { limits: { transportStartMs: 20 } });
    const { promise, resolve } = Promise.withResolvers<void>();
    telegram.holds = promise;
    const outcome = await stays(manager.switchTransport("telegram", ada, ""));
    expect(outcome).toMatchObject({ ok: false, message: "It did not show within 0.02 s that it works." });
    resolve();
    await until(() => acts.includes("telegram is silent"), "the late one is ended");
    expect(telegram.isConnected()).toBe(false);
  });

  test("when Telegram is not set up: the words name both settings", async () => {
    await begin("websocket", { only: true });
    for (const to of ["telegram", "both"] as const) {
      const outcome = (await stays(manager.switchTransport(to, ada, ""))) as { message: string };
      expect(outcome.message).toMatch(/TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID/);
      expect(outcome).toMatchObject({ refusal: { code: "TRANSPORT_UNAVAILABLE" } });
    }
  });

  test("when it cannot be stored: the new one is ended, the old one never stopped", async () => {
    await begin("websocket");
    house.store.sqlite.run("PRAGMA query_only = 1");
    const outcome = await stays(manager.switchTransport("telegram", ada, ""));
    expect(outcome).toMatchObject({ ok: false, refusal: { code: "SERVICE_UNAVAILABLE" } });
    expect(telegram.isConnected()).toBe(false);
    house.store.sqlite.run("PRAGMA query_only = 0");
  });
});

describe("talk as a whole", () => {
  test("is stopped by an administrator, and started again as it was", async () => {
    await begin("both");
    expect(await manager.stopPolling(ada)).toEqual({ ok: true });
    expect(acts).toEqual(["stop websocket", "stop telegram", "websocket is silent", "telegram is silent"]);
    expect(manager.getTransportInfo()).toMatchObject({ type: "both", connected: false, polling: false });
    expect(await manager.sendMessage("anybody?")).toBe(false);
    expect(await manager.stopPolling(ada)).toMatchObject({ ok: false, refusal: { code: "CONFLICT" } });
    expect(await manager.startPolling(ada)).toEqual({ ok: true });
    expect(manager.getTransportInfo()).toMatchObject({ type: "both", connected: true, polling: true });
    expect(await manager.startPolling(ada)).toEqual({ ok: true });
    expect(house.trail.page({}, 2).map(({ action, actorId }) => [action, actorId])).toEqual([
      ["transport started", ada.id],
      ["transport stopped", ada.id],
    ]);
  });

  test("a switch while it is stopped begins what was chosen", async () => {
    await begin("websocket");
    await manager.stopPolling(ada);
    expect(await manager.switchTransport("telegram", ada, "")).toEqual({ ok: true });
    expect(manager.getTransportInfo()).toMatchObject({ type: "telegram", polling: true });
    expect(websocket.isConnected()).toBe(false);
  });

  test("and to what it was, likewise", async () => {
    await begin("websocket");
    await manager.stopPolling(ada);
    expect(await manager.switchTransport("websocket", ada, "")).toEqual({ ok: true });
    expect(websocket.isConnected()).toBe(true);
  });

  test("what is said over both is said by one of them: it stands in the room, where the other one finds it", async () => {
    await begin("both");
    expect(await manager.sendMessage("hello", "alice", 7)).toBe(true);
    expect([...websocket.sent, ...telegram.sent]).toEqual([{ text: "hello", sender: "alice", replyTo: 7 }]);
    websocket.isTooFast = true;
    expect(await manager.sendMessage("again", "alice")).toBe(false);
    expect(telegram.sent).toEqual([]);
  });

  test("after the server began to stop nothing begins any more", async () => {
    await begin("websocket");
    await manager.close();
    expect(await manager.switchTransport("telegram", ada, "")).toMatchObject({
      refusal: { code: "SERVICE_UNAVAILABLE" },
    });
    expect(telegram.isConnected()).toBe(false);
  });
});

describe("when what was chosen fails", () => {
  /** Time passes, and every second it is looked. */
  async function pass(seconds: number): Promise<void> {
    for (let step = 0; step < seconds; step += 1) {
      house.clock.advance(second);
      await manager.look();
    }
  }
  const notices = () => [...websocket.sent, ...telegram.sent].map(({ text, sender }) => `${sender}: ${text}`);

  test("for a minute the other one is used as well, and everybody is told; not sooner", async () => {
    await begin("telegram");
    telegram.trouble = "Telegram answers 502.";
    await pass(55);
    expect(manager.getTransportType()).toBe("telegram");
    await pass(8);
    expect(manager.getTransportInfo()).toMatchObject({ type: "both", chosen: "telegram" });
    expect(notices()).toEqual([
      "system: Telegram does not work. Until it does, talk goes on over WebSocket. Who reads there gets what they missed then.",
    ]);
    expect(switchesInLog()).toMatchObject([
      { from: "telegram", to: "both", automatic: true, reason: "Telegram fails: Telegram answers 502." },
    ]);
    expect(house.trail.page({ action: "transport switched" }, 1)[0]?.actorId).toBe(house.members.system.id);
    // The wish of whoever chose is still what is remembered.
    expect(house.switches.remembered()).toBeNull();
  });

  test("and works again for as long, it is as it was chosen; the others are told while they hear it", async () => {
    await begin("telegram");
    telegram.trouble = "no answer";
    await pass(63);
    telegram.trouble = null;
    await pass(55);
    expect(manager.getTransportType()).toBe("both");
    await pass(8);
    expect(notices().at(-1)).toBe("system: Telegram works again: talk goes on over Telegram alone.");
    expect(acts.at(-1)).toBe("websocket is silent");
    expect(manager.getStatistics()).toMatchObject({ switches: 2, automatic: 2 });
  });

  test("what comes and goes throws nobody to and fro: short trouble is borne, and trust takes longer each time", async () => {
    await begin("telegram", { fallbackSeconds: 5 });
    for (let round = 0; round < 5; round += 1) {
      telegram.trouble = "a moment";
      await pass(3);
      telegram.trouble = null;
      await pass(1);
    }
    expect(switchesInLog()).toEqual([]);
    const back: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      telegram.trouble = "broken";
      await pass(7);
      telegram.trouble = null;
      const from = house.clock.monotonic();
      while (manager.getTransportType() === "both") await pass(1);
      back.push((house.clock.monotonic() - from) / second);
    }
    expect(back[0]).toBeGreaterThanOrEqual(5);
    expect(back[1]).toBeGreaterThanOrEqual(10);
    expect(back[2]).toBeGreaterThanOrEqual(20);
  });

  test("WebSocket falls back on Telegram; where that is not set up it only says so in the log", async () => {
    await begin("websocket", { fallbackSeconds: 5 });
    websocket.trouble = "no file descriptors";
    await pass(8);
    await manager.close();

    await begin("websocket", { fallbackSeconds: 5, only: true });
    websocket.trouble = "no file descriptors";
    await pass(8);
    expect(manager.getTransportType()).toBe("websocket");
    expect(house.logged.some(({ event }) => event === "transport.trouble")).toBe(true);
  });

  test("an administrator's choice ends it; nothing goes back by itself then", async () => {
    await begin("telegram", { fallbackSeconds: 5 });
    telegram.trouble = "broken";
    await pass(8);
    expect(await manager.switchTransport("both", ada, "keep it")).toEqual({ ok: true });
    telegram.trouble = null;
    await pass(30);
    expect(manager.getTransportInfo()).toMatchObject({ type: "both", chosen: "both" });
    expect(house.switches.remembered()).toBe("both");
  });

  test("with both chosen, everybody is told which one fails, and nothing is switched", async () => {
    await begin("both", { fallbackSeconds: 5 });
    telegram.trouble = "broken";
    await pass(8);
    telegram.trouble = null;
    await pass(8);
    expect(notices()[1]).toBe("system: WebSocket and Telegram both work again.");
    expect(switchesInLog()).toEqual([]);
  });

  test("0 seconds: never by itself", async () => {
    await begin("telegram", { fallbackSeconds: 0 });
    telegram.trouble = "broken";
    await pass(100);
    expect(manager.getTransportType()).toBe("telegram");
  });

  test("nothing is done while an administrator has stopped all talk", async () => {
    await begin("telegram", { fallbackSeconds: 5 });
    await manager.stopPolling(ada);
    telegram.trouble = "broken";
    await pass(20);
    expect(acts).not.toContain("start websocket");
  });

  test("at the start, the other one is used at once, and the chosen one when it can be begun", async () => {
    telegram.refuses = "no route";
    await begin("telegram", { fallbackSeconds: 5 });
    expect(manager.getTransportInfo()).toMatchObject({ type: "websocket", chosen: "telegram", connected: true });
    expect(notices()).toHaveLength(1);
    telegram.refuses = null;
    await pass(30);
    expect(manager.getTransportInfo().transports.map(({ type, on }) => [type, on])).toEqual([
      ["websocket", false],
      ["telegram", true],
    ]);
  });

  test("what was chosen and hangs when it is tried again keeps no administrator from choosing otherwise", async () => {
    telegram.refuses = "no route";
    await begin("telegram", { limits: { transportStartMs: 20 } });
    telegram.holds = new Promise(() => {});
    house.clock.advance(20 * second);
    const looking = manager.look();
    await until(() => acts.includes("start telegram"), "another try");
    expect(await manager.switchTransport("websocket", ada, "we stay here")).toEqual({ ok: true });
    expect(manager.getTransportInfo()).toMatchObject({ type: "websocket", chosen: "websocket" });
    await looking;
  });

  test("of both at the start, the one that works is not kept back", async () => {
    telegram.refuses = "no route";
    await begin("both", { fallbackSeconds: 5 });
    expect(manager.getTransportInfo()).toMatchObject({ type: "websocket", chosen: "both", connected: true });
    telegram.refuses = null;
    await pass(20);
  });
});
