import { describe, expect, test } from "bun:test";
import type { TransportInfo } from "../../src/transports/info.ts";
import { TransportPage } from "../../views/transport.tsx";
import { fieldOf, formTo, frame, pieces } from "../support/markup.ts";

const since = Date.UTC(2026, 2, 12, 14, 5, 9);
const websocket = { type: "websocket" as const, available: true, on: true, connected: true, trouble: null };
const telegram = { type: "telegram" as const, available: true, on: false, connected: false, trouble: null };
const info: TransportInfo = {
  type: "websocket",
  chosen: "websocket",
  connected: true,
  polling: true,
  since,
  switching: false,
  transports: [websocket, telegram],
};
const switched = {
  id: 7,
  at: since,
  by: "ada",
  from: "telegram",
  to: "websocket",
  reason: "the bot was banned",
  durationMs: 1_250,
};
const usual = { ...frame, info, sockets: 12, setting: "auto", switches: [switched] };
const transport = (more: Partial<typeof usual> & { error?: string; typed?: { to: string; reason: string } } = {}) => (
  <TransportPage {...usual} {...more} />
);
const summary = (more: Partial<TransportInfo>) =>
  pieces(transport({ info: { ...info, ...more } }), '[data-testid="summary"]')[0];
const stateOf = (page: ReturnType<typeof transport>, type: string) =>
  pieces(page, `[data-transport="${type}"] .result`)[0]?.text;

describe("the page of the transport", () => {
  test("says what is on and since when, and how each does", () => {
    expect(summary({})?.text).toContain("WebSocket is on since 2026-03-12 14:05:09 UTC");
    expect([stateOf(transport(), "websocket"), stateOf(transport(), "telegram")]).toEqual(["on", "off"]);
    expect(String(transport())).toContain("12 sockets are open.");
    expect(String(transport({ sockets: 1 }))).toContain("1 socket is open.");
  });

  test("says trouble in its words, and what is used meanwhile", () => {
    const failing = { ...telegram, on: true, trouble: "Telegram answers 502." };
    const fallen = { ...info, type: "both" as const, chosen: "telegram" as const, transports: [websocket, failing] };
    const page = transport({ info: fallen });
    expect(stateOf(page, "telegram")).toBe("failing");
    expect(String(page)).toContain("Telegram answers 502.");
    const [said] = pieces(page, '[data-testid="summary"][role="alert"]');
    expect(said?.text).toContain("Telegram fails: talk goes on over WebSocket and Telegram");
  });

  test("of two says both, and which of them fails", () => {
    const two = { ...info, type: "both" as const, chosen: "both" as const };
    expect(summary({ ...two, transports: [websocket, { ...telegram, on: true }] })?.text).toContain("Telegram are on");
    const failing = summary({ ...two, transports: [websocket, { ...telegram, on: true, trouble: "no answer" }] });
    expect([failing?.attributes.class, failing?.text]).toEqual([
      "notice bad",
      expect.stringContaining("Telegram fails."),
    ]);
  });

  test("says that talk is off, and starts it again; while it is on, it can be stopped", () => {
    const off = transport({ info: { ...info, connected: false, polling: false } });
    expect(summary({ connected: false, polling: false })?.text).toContain("Talk is off");
    expect(formTo(off, "/transport/start").method).toBe("post");
    expect(formTo(transport(), "/transport/stop").method).toBe("post");
    expect(summary({ connected: false })?.attributes.class).toBe("notice bad");
  });

  test("switches by a form that has what is chosen already, and asks why", () => {
    const form = formTo(transport(), "/transport");
    const ways = form.fields.filter(({ attributes }) => attributes.name === "to");
    expect(ways.map(({ attributes }) => [attributes.value, "checked" in attributes, "disabled" in attributes])).toEqual(
      [
        ["websocket", true, false],
        ["telegram", false, false],
        ["both", false, false],
      ],
    );
    expect(fieldOf(form, "reason").attributes.maxlength).toBe("200");
  });

  test("offers no Telegram where that is not set up, and says what it takes", () => {
    const page = transport({ info: { ...info, transports: [websocket, { ...telegram, available: false }] } });
    const ways = formTo(page, "/transport").fields.filter(({ attributes }) => "disabled" in attributes);
    expect(ways.map(({ attributes }) => attributes.value)).toEqual(["telegram", "both"]);
    expect(stateOf(page, "telegram")).toBe("not set up");
    expect(String(page)).toContain("TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID");
  });

  test("keeps the reason of a switch that was refused, and says why it was", () => {
    const page = transport({ error: "Telegram answers 401.", typed: { to: "telegram", reason: "because" } });
    expect(pieces(page, "[role=alert]").map(({ text }) => text)).toContain("Telegram answers 401.");
    expect(fieldOf(formTo(page, "/transport"), "reason").attributes.value).toBe("because");
    expect(pieces(page, "input[type=radio][checked]").map(({ attributes }) => attributes.value)).toEqual(["telegram"]);
  });

  test("tells the last switches: when, who, what, why and how long it took", () => {
    const cells = pieces(transport(), "td").map(({ text }) => text);
    expect(cells).toEqual(["2026-03-12 14:05:09 UTC", "ada", "telegram to websocket", "the bot was banned", "1.3 s"]);
    const quick = pieces(transport({ switches: [{ ...switched, durationMs: 12 }] }), "td").at(-1)?.text;
    expect(quick).toBe("12 ms");
    expect(String(transport({ switches: [] }))).toContain("None yet.");
  });

  test("says how long a choice holds: as the setting has it", () => {
    expect(String(transport())).toContain("holds after a restart as well");
    expect(String(transport({ setting: "both" }))).toContain("OPENCODE_TRANSPORT=both decides");
  });
});
