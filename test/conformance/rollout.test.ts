import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { EventReader } from "../support/event-stream.ts";
import { handshake } from "../support/handshake.ts";
import { until } from "../support/house.ts";
import { RoomClient } from "../support/rooms.ts";
import { signIn, startServer, type TestServer, withServer } from "../support/server.ts";

let server: TestServer;
let anton: RoomClient;
beforeAll(async () => {
  server = await startServer({
    env: { OPENCODE_SAFE_MODE: "true" },
    limits: { connectionsPerMember: 200, actBurst: 10_000, readRate: 1e6, readBurst: 1e6 },
  });
  anton = new RoomClient(server, await signIn(server, "anton", "admin"));
});
afterEach(() => decide({ enabled: true, percent: 100 }));
afterAll(() => server.stop());

const decide = (setting: object) => anton.must("PATCH", "/api/v1/rollout", setting);

/** Somebody at a page: whether their page is told to use a socket, and how its socket fares. */
async function visitor(name: string) {
  const cookie = await signIn(server, name);
  const shown = { cookie, origin: server.http };
  return {
    shown,
    async isToldToUseOne(): Promise<string | undefined> {
      const html = await (
        await fetch(`${server.http}/rooms/general`, { headers: { cookie, accept: "text/html" } })
      ).text();
      return /data-websocket="(\w+)"/.exec(html)?.[1];
    },
    async statusOfUpgrade(): Promise<number> {
      return (await handshake(server.http, [`Cookie: ${cookie}`, `Origin: ${server.http}`], "/live")).status;
    },
    async socket(): Promise<Client> {
      const client = await Client.open(`${server.ws}/live`, shown);
      client.send({ type: "resume", room: "general" });
      await client.next("ready");
      return client;
    },
    stream: () => EventReader.open(`${server.http}/live?room=general`, shown),
  };
}

describe("a percentage of people", () => {
  test("uses sockets: the pages of the others are told so, and turned away with 503 if they try", async () => {
    await decide({ percent: 50 });
    const people = await Promise.all(Array.from({ length: 24 }, (_, index) => visitor(`visitor${index}`)));
    const told = await Promise.all(people.map((each) => each.isToldToUseOne()));
    const upgrades = await Promise.all(people.map((each) => each.statusOfUpgrade()));
    expect(new Set(told)).toEqual(new Set(["true", "false"]));
    expect(upgrades).toEqual(told.map((use) => (use === "true" ? 101 : 503)));
    // The same ones whenever they are asked.
    expect(await Promise.all(people.map((each) => each.isToldToUseOne()))).toEqual(told);
  });

  test("JSON clients are not part of it: they know no other way", async () => {
    await decide({ percent: 0 });
    const mira = await Client.camel(server.ws, "mira");
    expect((await mira.say("still here")).data.text).toBe("still here");
    await mira.close();
  });
});

describe("a change while pages are open", () => {
  test("is told to each page by itself; a socket that is to be none is closed with 1012", async () => {
    const mira = await visitor("mira");
    const [socket, stream] = [await mira.socket(), await mira.stream()];
    await stream.next("ready");
    await decide({ percent: 0 });
    expect(await socket.next("transport")).toEqual({ type: "transport", websocket: false } as never);
    expect((await socket.hasClosed()).code).toBe(1012);
    expect(await stream.next("transport")).toEqual({ type: "transport", websocket: false } as never);
    await decide({ percent: 100 });
    expect(await stream.next("transport")).toEqual({ type: "transport", websocket: true } as never);
    stream.cut();
    await (await mira.socket()).close();
  });

  test("a page that comes back is told again, because it may have changed meanwhile", async () => {
    const mira = await visitor("mira");
    await decide({ percent: 0 });
    const stream = await mira.stream();
    expect(await stream.next("ready")).toMatchObject({ websocket: false });
    stream.cut();
  });
});

describe("without WebSockets at all", () => {
  test("programs are told so in words, and those that are connected are closed with 1012", async () => {
    const mira = await Client.camel(server.ws, "mira");
    await decide({ enabled: false });
    expect((await mira.hasClosed()).code).toBe(1012);
    for (const path of ["/", "/ws", "/live"]) {
      const { shown } = await visitor("mira");
      const headers = [`Cookie: ${shown.cookie}`, `Origin: ${shown.origin}`];
      const answer = await handshake(server.http, headers, path);
      expect([path, answer.status]).toEqual([path, 503]);
    }
    await decide({ enabled: true });
    await (await Client.camel(server.ws, "mira")).close();
  });

  test("from the start, by ENABLE_WEBSOCKET=false, until an administrator decides otherwise", async () => {
    await withServer({ env: { ENABLE_WEBSOCKET: "false" } }, async (at) => {
      expect((await handshake(at.http, [], "/ws")).status).toBe(503);
      const admin = new RoomClient(at, await signIn(at, "anton", "admin"));
      expect(await admin.must("GET", "/api/v1/rollout")).toEqual({ enabled: false, percent: 100 });
      await admin.must("PATCH", "/api/v1/rollout", { enabled: true });
      expect((await handshake(at.http, [], "/ws")).status).toBe(101);
    });
  });
});

describe("who decides", () => {
  test.each([
    ["nothing at all", {}],
    ["a percentage over a hundred", { percent: 101 }],
    ["half a percent", { percent: 0.5 }],
    ["words", { enabled: "yes" }],
    ["something that there is not", { percent: 5, rooms: [] }],
  ])("%s changes nothing", async (_, setting) => {
    expect((await anton.ask("PATCH", "/api/v1/rollout", setting)).status).toBe(400);
    expect(await anton.must("GET", "/api/v1/rollout")).toEqual({ enabled: true, percent: 100 });
  });

  test("stands in the audit, with what was decided", async () => {
    await decide({ percent: 35 });
    const { entries } = await anton.must("GET", "/api/v1/audit?action=roll-out+changed");
    expect(entries[0]).toMatchObject({ actor: "anton", result: "ok" });
    expect(JSON.stringify(entries[0])).toContain("35");
  });

  test("an administrator also does it on a page, which shows what is so and what was wrong", async () => {
    const page = async () => (await anton.ask("GET", "/connections")).text();
    expect(await page()).toContain('value="100"');
    expect((await anton.form("/connections", { percent: "12" })).status).toBe(303);
    expect(await anton.must("GET", "/api/v1/rollout")).toEqual({ enabled: false, percent: 12 });
    expect((await anton.form("/connections", { enabled: "on", percent: "twelve" })).status).toBe(422);
    expect(await anton.must("GET", "/api/v1/rollout")).toEqual({ enabled: false, percent: 12 });
    expect(await page()).toContain('value="12"');
  });
});

describe("what is measured", () => {
  interface Figures {
    transports: Record<"websocket_page" | "websocket_json" | "http", Record<string, number | null>>;
    polls: number;
  }
  const figures = (): Promise<Figures> => anton.must("GET", "/api/v1/measurements");

  test("counts each way to connect by itself, from opening to close", async () => {
    const before = await figures();
    const mira = await visitor("mira");
    const [json, page, stream] = [await Client.camel(server.ws, "tomas"), await mira.socket(), await mira.stream()];
    await stream.next("ready");
    await json.say("one");
    page.send({ type: "message", room: "general", text: "two", clientId: "m-2" });
    await json.next("message", ({ data }) => data.text === "two");
    json.send({ type: "message", data: { text: " " } });
    await json.next("error");
    await anton.must("GET", "/api/v1/events");
    const open = await figures();
    for (const transport of ["websocket_page", "websocket_json", "http"] as const)
      expect([transport, grown(before, open, transport, "connections")]).toEqual([transport, 1]);
    expect(grown(before, open, "websocket_json", "messages")).toBe(1);
    expect(grown(before, open, "websocket_page", "messages")).toBe(1);
    expect(grown(before, open, "websocket_json", "refusals")).toBe(1);
    expect(open.polls).toBe(before.polls + 1);
    stream.cut();
    await Promise.all([json.close(), page.close()]);
    let closed = open;
    await until(() => {
      void figures().then((now) => {
        closed = now;
      });
      return grown(before, closed, "http", "connections") === 0;
    }, "the stream is closed");
    expect(grown(before, closed, "websocket_json", "connections")).toBe(0);
    expect(closed.transports.http.meanDurationSeconds).not.toBeNull();
  });

  test("what only a page knows is what it reports, within bounds", async () => {
    const mira = await visitor("mira");
    const page = await mira.socket();
    const before = await figures();
    page.send({ type: "report", reconnected: true, failedWebsocket: 2, failedHttp: 1, queued: 3, latency: 15.5 });
    for (const wrong of [{ queued: -1 }, { failedHttp: 1e9 }, { latency: -5 }, { latency: "fast" }, { queued: 1.5 }])
      page.send({ type: "report", ...wrong });
    await until(() => page.ofType("error").length === 5, "five refusals");
    const after = await figures();
    expect(grown(before, after, "websocket_page", "reconnects")).toBe(1);
    expect(grown(before, after, "websocket_page", "failedAttempts")).toBe(2);
    expect(grown(before, after, "http", "failedAttempts")).toBe(1);
    expect(after.transports.websocket_page.meanLatencyMs).toBe(15.5);
    await page.close();
  });

  test("a socket that is turned away is a failed attempt", async () => {
    const before = await figures();
    expect((await handshake(server.http, ["X-API-Key: none"], "/ws")).status).toBe(401);
    expect(grown(before, await figures(), "websocket_json", "failedAttempts")).toBe(1);
  });

  function grown(before: Figures, after: Figures, transport: keyof Figures["transports"], figure: string): number {
    return Number(after.transports[transport][figure]) - Number(before.transports[transport][figure]);
  }
});
