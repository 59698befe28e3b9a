import { describe, expect, test } from "bun:test";
import { createLogger, type LogLevel } from "../src/logger.ts";

function linesOf(level: LogLevel, act: (logger: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = [];
  act(createLogger(level, (line) => lines.push(line)));
  return lines;
}

describe("log lines", () => {
  test("each is one JSON object with a time, a level and what happened", () => {
    const [line, ...others] = linesOf("info", (logger) => logger.info("server.started", { port: 8080 }));
    expect(others).toEqual([]);
    expect(line).toEndWith("\n");
    const { time, ...rest } = JSON.parse(line ?? "");
    expect(new Date(time).toISOString()).toBe(time);
    expect(rest).toEqual({ level: "info", event: "server.started", port: 8080 });
  });

  test("no field can forge a second line", () => {
    const [line] = linesOf("info", (logger) => logger.info("door", { name: 'mira\n{"level":"error"}' }));
    expect(line?.trimEnd()).not.toContain("\n");
  });

  test("an error is written with where it came from", () => {
    const [line] = linesOf("info", (logger) => logger.error("bug", { error: new Error("broken") }));
    expect(JSON.parse(line ?? "").error).toMatch(/broken[\s\S]*logger\.test/);
  });

  test.each([
    ["debug", ["debug", "info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
  ] as const)("at level %s only lines of that level or above are written", (level, expected) => {
    const lines = linesOf(level, (logger) => {
      for (const each of ["debug", "info", "warn", "error"] as const) logger[each]("event");
    });
    expect(lines.map((line) => JSON.parse(line).level)).toEqual([...expected]);
  });
});
