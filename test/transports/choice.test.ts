import { describe, expect, test } from "bun:test";
import { chooseTransport, nameOf, typesOf } from "../../src/transports/choice.ts";

const given = { setting: "auto", remembered: null, hasTelegram: true, safeMode: false } as const;

describe("what a server starts with", () => {
  test("is Telegram where it is set up, else WebSocket", () => {
    expect(chooseTransport(given)).toBe("telegram");
    expect(chooseTransport({ ...given, hasTelegram: false })).toBe("websocket");
  });

  test("is WebSocket in safe mode, unless somebody says otherwise", () => {
    expect(chooseTransport({ ...given, safeMode: true })).toBe("websocket");
    expect(chooseTransport({ ...given, safeMode: true, setting: "both" })).toBe("both");
    expect(chooseTransport({ ...given, safeMode: true, remembered: "telegram" })).toBe("telegram");
  });

  test("is what an administrator chose last, while nothing else is set", () => {
    for (const remembered of ["websocket", "telegram", "both"] as const)
      expect(chooseTransport({ ...given, remembered })).toBe(remembered);
  });

  test("is not what needs a Telegram that is no longer set up", () => {
    for (const remembered of ["telegram", "both"] as const)
      expect(chooseTransport({ ...given, remembered, hasTelegram: false })).toBe("websocket");
  });

  test("is the setting before all else", () => {
    for (const setting of ["websocket", "telegram", "both"] as const)
      expect(chooseTransport({ ...given, setting, remembered: "both" })).toBe(setting);
  });
});

test("a mode is made of transports, and has a name", () => {
  expect([typesOf("websocket"), typesOf("telegram"), typesOf("both")]).toEqual([
    ["websocket"],
    ["telegram"],
    ["websocket", "telegram"],
  ]);
  expect(nameOf("both")).toBe("WebSocket and Telegram");
});
