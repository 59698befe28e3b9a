import { describe, expect, test } from "bun:test";
import { createMeasures } from "../../src/transports/measures.ts";
import { prometheus } from "../../src/transports/routes/prometheus.ts";

const back = { reconnected: true, failedWebsocket: 3, failedHttp: 1, queued: 4, latency: 20 };

describe("what is counted", () => {
  test("connections: open now, opened, how long those that ended were open, and by which code they ended", () => {
    const measures = createMeasures();
    measures.opened("http");
    measures.opened("http");
    measures.opened("websocket_page");
    measures.closed("http", 1006, 10);
    expect(measures.figures.http).toMatchObject({ connections: 1, opened: 2, seconds: { count: 1, sum: 10 } });
    expect([...measures.figures.http.closed]).toEqual([["1006", 1]]);
    expect(measures.figures.websocket_page).toMatchObject({ connections: 1, opened: 1 });
    expect(measures.figures.websocket_json).toMatchObject({ connections: 0, opened: 0 });
  });

  test("codes that clients make up are counted as one, however many they are", () => {
    const measures = createMeasures();
    for (let code = 3_000; code < 4_000; code += 1) measures.closed("websocket_json", code, 1);
    measures.closed("websocket_json", 1000, 1);
    expect(Object.fromEntries(measures.figures.websocket_json.closed)).toEqual({ other: 1_000, "1000": 1 });
  });

  test("what a page reports, each where it belongs: what failed by what was tried, the rest where it came back", () => {
    const measures = createMeasures();
    measures.reported("http", back);
    measures.reported("http", { ...back, queued: 0, latency: 40 });
    measures.failed("websocket_page");
    expect(measures.figures.http).toMatchObject({ reconnects: 2, failedAttempts: 2, queued: { count: 2, sum: 4 } });
    expect(measures.figures.http.latency).toEqual({ count: 2, sum: 0.06 });
    expect(measures.figures.websocket_page).toMatchObject({ reconnects: 0, failedAttempts: 7 });
  });

  test("a page that only comes, or only changes the transport, was not away: its queue is no queue", () => {
    const measures = createMeasures();
    measures.reported("websocket_page", { ...back, reconnected: false, latency: undefined });
    expect(measures.figures.websocket_page).toMatchObject({
      reconnects: 0,
      queued: { count: 0 },
      latency: { count: 0 },
      failedAttempts: 3,
    });
  });
});

test("Prometheus reads every figure, typed, with its transport, and nothing else", () => {
  const measures = createMeasures();
  measures.opened("websocket_json");
  measures.closed("websocket_json", 1000, 2.5);
  measures.acknowledged("websocket_json", 8);
  measures.reported("http", back);
  measures.polled();
  const text = prometheus(measures);
  for (const line of [
    'parley_connections{transport="websocket_json"} 0',
    'parley_connections_opened_total{transport="websocket_json"} 1',
    'parley_connections_closed_total{transport="websocket_json",code="1000"} 1',
    'parley_connection_duration_seconds_sum{transport="websocket_json"} 2.5',
    'parley_connection_duration_seconds_count{transport="websocket_json"} 1',
    'parley_connection_failures_total{transport="websocket_page"} 3',
    'parley_reconnects_total{transport="http"} 1',
    'parley_latency_seconds_sum{transport="http"} 0.02',
    'parley_away_queue_messages_sum{transport="http"} 4',
    'parley_message_acknowledge_seconds_sum{transport="websocket_json"} 0.008',
    "parley_polls_total 1",
  ])
    expect(text.split("\n")).toContain(line);
  const named = [...text.matchAll(/^# TYPE (\S+) (gauge|counter|summary)$/gm)].map(([, name = ""]) => name);
  for (const line of text.trimEnd().split("\n")) {
    if (line.startsWith("#")) continue;
    const [, name = ""] = /^([a-z_]+)(?:\{[a-z_="0-9,]+\})? -?[0-9.e+-]+$/.exec(line) ?? [];
    expect([line, named.some((each) => [each, `${each}_sum`, `${each}_count`].includes(name))]).toEqual([line, true]);
  }
  expect(text.endsWith("\n")).toBe(true);
});
