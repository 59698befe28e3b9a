import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Client } from "../support/client.ts";
import { inspect, integrityOf, messagesIn } from "../support/database.ts";
import { startProcess } from "../support/process.ts";
import { signIn } from "../support/server.ts";

// Building takes its time on a busy machine.
setDefaultTimeout(60_000);

const root = resolve(import.meta.dir, "../..");
const confine = ["unshare", "--mount", "sh", join(root, "test/support/confine.sh")];
const mayConfine =
  process.getuid?.() === 0 &&
  Bun.which("setpriv") !== null &&
  Bun.which("unshare") !== null &&
  Bun.spawnSync(["unshare", "--mount", "true"]).success;
if (!mayConfine)
  console.warn(
    "NOTE: not root, or no unshare: that the executable does without rights and a writable disk is not tested",
  );

/** A secret in the environment of whoever builds it. */
const planted = "qmz4t7-kestrel-over-the-moor-and-back";

let folder: string;
let executable: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-built-"));
  chmodSync(folder, 0o755);
  executable = join(folder, "parley");
  // As `make build` does.
  const line = readFileSync(join(root, "Makefile"), "utf8").match(
    /\$\(BUN\) (build --compile[\s\S]*?) --outfile dist\/parley/,
  )?.[1];
  const args = (line ?? "").split(/[\s\\]+/);
  const env = {
    ...process.env,
    OPENCODE_SECRET_KEY: planted,
    OPENCODE_ADMIN_KEY: planted,
    TELEGRAM_BOT_TOKEN: planted,
  };
  const built = Bun.spawnSync([process.execPath, ...args, "--outfile", executable], { cwd: root, env });
  if (!built.success) throw new Error(built.stderr.toString());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Files that others may read, or write. */
const open = (path: string) =>
  readdirSync(path)
    .map((name) => [name, statSync(join(path, name)).mode & 0o777] as const)
    .filter(([, mode]) => (mode & 0o077) !== 0);

describe("the executable", () => {
  test.skipIf(!mayConfine)("serves as nobody, where nothing but its own folder can be written to", async () => {
    const own = join(folder, "data");
    mkdirSync(own, { mode: 0o700 });
    const env = { OPENCODE_CHAT_DB: join(own, "parley.db"), HOME: "/nonexistent", TMPDIR: "/nonexistent" };
    const server = await startProcess({ executable, folder: own, env, under: [...confine, own] });
    const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
    expect(status).toMatch(/^Uid:\s+65534\s+65534\s+65534\s+65534$/m);
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    // Seen from where it stands, the disk cannot be written to, not even by us.
    for (const place of ["/", "/tmp", folder, "/dev/shm"])
      expect(() => writeFileSync(join(`/proc/${server.pid}/root`, place, "parley-probe"), "x")).toThrow("EROFS");
    await signIn(server, "mira");
    const mira = await Client.camel(server.ws, "mira");
    await mira.say("hello from nowhere");
    const page = await fetch(`${server.http}/sign-in`);
    expect([page.status, (await page.text()).includes("/static/app.")]).toEqual([200, true]);
    await mira.close();
    expect(open(own)).toEqual([]);
    expect((await server.terminate()).code).toBe(0);
    expect(server.bugs()).toEqual([]);
    expect(readdirSync(own).filter((name) => !/^parley\.db(\.(key|lock)|-wal|-shm)?$/.test(name))).toEqual([]);
    expect(inspect(server.database, integrityOf)).toBe("ok");
    expect(inspect(server.database, messagesIn).map(({ text }) => text)).toContain("hello from nowhere");
  });

  test("holds nothing of the environment it was built in", () => {
    const bytes = readFileSync(executable);
    expect(bytes.includes("the audit is only appended to")).toBe(true);
    expect(bytes.includes(planted)).toBe(false);
  });
});

test("whatever is usual where it is started, its files are its owner's alone", async () => {
  const careless = ["sh", "-c", 'umask 000; exec "$@"', "sh"];
  const home = join(folder, "careless");
  mkdirSync(home, { mode: 0o700 });
  const env = { OPENCODE_CHAT_DB: join(home, "new", "parley.db") };
  const server = await startProcess({ under: careless, folder: home, env });
  const mira = await Client.camel(server.ws, "mira");
  await mira.say("hello");
  await mira.close();
  expect(readdirSync(join(home, "new")).length).toBeGreaterThan(3);
  expect([open(home), open(join(home, "new"))]).toEqual([[], []]);
  await server.terminate();
  expect(open(join(home, "new"))).toEqual([]);
});
