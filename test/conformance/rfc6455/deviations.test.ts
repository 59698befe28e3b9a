import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { answer, heard, question, questionOf, text } from "../../support/probe.ts";
import { exchange } from "../../support/raw-http.ts";
import { startServer, type TestServer } from "../../support/server.ts";
import { upgradeRequest } from "../../support/upgrade-request.ts";

/** Where Bun departs from RFC 6455. Everything else in this folder holds; an entry that no longer departs must go. */
interface Deviation {
  readonly name: string;
  /** Why we live with it. */
  readonly because: string;
  readonly rule: string;
  readonly does: string;
  readonly seen: () => Promise<string>;
}

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
});
afterAll(() => server.stop());

const told = async (frame: Buffer) => (await heard(Number(new URL(server.http).port), [frame])).join();
const knock = async (change: Parameters<typeof upgradeRequest>[1]) =>
  (await exchange(server.http, upgradeRequest(server.http, change)))[0];
const upgraded = async (change: Parameters<typeof upgradeRequest>[1]) =>
  (await knock(change))?.status === 101 ? "a socket" : "no socket";

const deviations: readonly Deviation[] = [
  {
    name: "a length in two bytes that one would hold is taken (5.2)",
    because: "The frame still has one meaning only, and its size is checked as any other's.",
    rule: "close 1002",
    does: answer,
    seen: () => told(text(question, { lengthBytes: 2 })),
  },
  {
    name: "a length in eight bytes that two would hold is taken (5.2)",
    because: "The frame still has one meaning only, and its size is checked as any other's.",
    rule: "close 1002",
    does: answer,
    seen: () => told(text(questionOf(200), { lengthBytes: 8 })),
  },
  {
    name: "an upgrade without a Connection header is one (4.2.1)",
    because:
      "It tells proxies what not to pass on; whom we let in does not hang on it, Origin and Host are asked all the same.",
    rule: "no socket",
    does: "a socket",
    seen: () => upgraded({ connection: null }),
  },
  {
    name: "an upgrade with a Connection header that does not say so is one (4.2.1)",
    because: "The same: nothing is decided by that header.",
    rule: "no socket",
    does: "a socket",
    seen: () => upgraded({ connection: "close" }),
  },
  {
    name: "an upgrade in HTTP/1.0 is one (4.2.1)",
    because: "No browser sends it, and a program that does gets the same socket under the same guards.",
    rule: "no socket",
    does: "a socket",
    seen: () => upgraded({ line: "GET /ws HTTP/1.0" }),
  },
  {
    name: "the first subprotocol that is offered is granted, though none is spoken here (4.2.2)",
    because: "It was asked for, so every client takes the answer; nothing here reads it.",
    rule: "none",
    does: "nonsense",
    seen: async () => {
      const granted = await knock({ "sec-websocket-protocol": "nonsense, chat" });
      return /^sec-websocket-protocol: (.*)$/im.exec(granted?.head ?? "")?.[1] ?? "none";
    },
  },
];

describe("what Bun does otherwise, and nothing else", () => {
  test.each(deviations.map((each) => [each.name, each] as const))("%s", async (_, { because, rule, does, seen }) => {
    const found = await seen();
    // When this fails the deviation is gone: take it off the list, and put its rule among the others.
    expect(found).not.toBe(rule);
    expect(found).toBe(does);
    expect(because).toMatch(/^[A-Z].*\.$/);
  });
});
