import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve, usage } from "../../src/cli/serve.ts";
import { user } from "../../src/cli/user.ts";
import { until } from "../support/house.ts";

/** What the command listens to for as long as its process lives; here the process goes on without it. */
const events = ["SIGINT", "SIGTERM", "unhandledRejection", "uncaughtException"];

let folder = "";
let home = "";
let before: Map<string, unknown[]>;
let written: string[] = [];
let spies: { mockRestore(): void }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-serve-"));
  home = process.cwd();
  process.chdir(folder);
  before = new Map(events.map((event) => [event, process.listeners(event as "SIGINT")]));
  written = [];
  const keep = (chunk: string | Uint8Array) => written.push(String(chunk)) > 0;
  spies = [
    spyOn(process.stdout, "write").mockImplementation(keep as typeof process.stdout.write),
    spyOn(process.stderr, "write").mockImplementation(keep as typeof process.stderr.write),
  ];
});
afterEach(() => {
  for (const spy of spies) spy.mockRestore();
  for (const event of events) {
    for (const listener of process.listeners(event as "SIGINT")) {
      if (!before.get(event)?.includes(listener)) process.removeListener(event, listener);
    }
  }
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

const said = () => written.join("");

describe("parley serve", () => {
  test("says where it is, answers there, and stops with the status 0 when it is told to", async () => {
    writeFileSync(".env", "LOG_LEVEL=error\nOPENCODE_DEV_MODE=true\n");
    const ended = serve(["--port", "0", "--db", "room/parley.db"]);
    await until(() => said().includes("Parley is ready at"), "the greeting");
    const [, address] = /ready at (http:\/\/localhost:\d+\/)/.exec(said()) ?? [];
    expect((await fetch(`${address}ready`)).status).toBe(200);
    expect(said()).toContain("any name gets in, from this machine only");
    process.emit("SIGTERM");
    expect(await ended).toBe(0);
    await expect(fetch(`${address}ready`)).rejects.toThrow();
  });

  test("names the settings that have no effect, without what they hold", async () => {
    writeFileSync(".env", "TELEGRAM_BOT_TOKEN=123:secret\n");
    const ended = serve(["--port", "0", "--db", "parley.db"]);
    await until(() => said().includes("Parley is ready at"), "the greeting");
    process.emit("SIGINT");
    await ended;
    expect(said()).toContain("TELEGRAM_BOT_TOKEN is set, but Telegram stays off");
    expect(said()).not.toContain("secret");
  });

  test.each([
    [["--colour"], /see parley serve --help/],
    [["--port", "many"], /PORT="many" must be a whole number/],
    [["--port", "0", "--host", "203.0.113.7"], /no owner yet: make one with "parley user add/],
    [["--port", "0", "--db", "/dev/null/parley.db"], /cannot be opened for writing/],
  ])("%j: a sentence with the remedy, and the status 1", async (args, sentence) => {
    expect(await serve(["--db", "parley.db", ...args])).toBe(1);
    expect(said()).toMatch(sentence);
    expect(said()).not.toMatch(/^\s+at /m);
  });

  test.each([
    ["PUBLIC_URL=https://chat.example.org", /by PUBLIC_URL=https:\/\/chat\.example\.org .* it has no owner yet/],
    ["TRUSTED_PROXY=127.0.0.1", /by TRUSTED_PROXY .* it has no owner yet/],
    ["PUBLIC_URL=https://chat.example.org\nTRUSTED_PROXY=127.0.0.1\nOPENCODE_ALLOW_GUEST=true", /has no owner yet/],
  ])(
    "behind a proxy this machine is everybody's: %j needs an owner as a public address does",
    async (dotEnv, sentence) => {
      writeFileSync(".env", dotEnv);
      expect(await serve(["--port", "0", "--db", "parley.db"])).toBe(1);
      expect(said()).toMatch(sentence);
      await user(["add", "mira", "--role", "owner", "--db", "parley.db"]);
      written = [];
      const ended = serve(["--port", "0", "--db", "parley.db"]);
      await until(() => said().includes("Parley is ready at"), "the greeting");
      process.emit("SIGINT");
      expect(await ended).toBe(0);
    },
  );

  test("a port that is taken is said to be taken, and the database is free again", async () => {
    const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const port = String(other.port);
    expect(await serve(["--port", port, "--db", "parley.db"])).toBe(1);
    expect(said()).toMatch(/port is in use.*PORT or --port/);
    written = [];
    expect(await serve(["--port", port, "--db", "parley.db"])).toBe(1);
    expect(said()).not.toContain("in use by another process");
    await other.stop(true);
  });
});

test("its usage names every flag that it takes", () => {
  for (const flag of ["--host", "--port", "--websocket-port", "--transport", "--db"]) expect(usage).toContain(flag);
});
