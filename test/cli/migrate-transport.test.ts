import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { migrateTransport } from "../../src/cli/migrate-transport.ts";
import { agentsIn, oldHistory, oldSystem, openWorkspace, type Workspace } from "../support/migration.ts";
import { trouble } from "../support/telegram/troubles.ts";

const steps = ["preflight", "backup", "settings", "verify"];

/** Everything a backup's folder says in words. */
function writtenIn(folder: string): string {
  const names = ["log.jsonl", "manifest.json", "progress.json", "files.jsonl"];
  return names.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
}

/** The step log, a word a line. */
function logOf(work: Workspace): string[] {
  const lines = readFileSync(join(work.backup(), "log.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => {
    const { step, status } = JSON.parse(line) as { step: string; status: string };
    return `${step} ${status}`;
  });
}

/** What a server that is started in this folder talks over. */
async function talkedOver(work: Workspace): Promise<unknown> {
  const server = work.parley(["serve"], { OPENCODE_DEV_MODE: "true" });
  await server.says("Stop it with Ctrl+C");
  const [, address = ""] = /ready at (http:\S+)\//.exec(server.said()) ?? [];
  const { type } = (await (await fetch(`${address}/communication/info`)).json()) as { type: string };
  server.child.kill("SIGTERM");
  await server;
  return type;
}

describe("going over", () => {
  test("to both: those lines are changed and nothing else, a client and the bot were tried, and a server starts so", async () => {
    const settings = [
      "# how we talk",
      "",
      'export OPENCODE_TRANSPORT="websocket"  # since spring',
      "OPENCODE_SAFE_MODE=true",
      "SOMETHING_ELSE='kept as it is'",
    ].join("\r\n");
    await using work = await openWorkspace({ settings });
    const before = work.tree();
    const { code, said } = await work.migrate("--to", "both");
    expect([code, said]).toEqual([0, expect.stringContaining("acknowledged, and there after coming back")]);
    const changed = settings
      .replace('"websocket"', '"both"')
      .replace("OPENCODE_SAFE_MODE=true", "OPENCODE_SAFE_MODE=false");
    expect(work.read(".env")).toEndWith(changed);
    const after = work.tree();
    expect({ ...after, ".env": "" }).toEqual({ ...before, ".env": "" });
    expect(after[".env"]?.slice(0, 3)).toBe("640");
    expect(logOf(work)).toEqual(steps.flatMap((step) => [`${step} START`, `${step} OK`]));
    // Seen in the chat: that somebody types, and no more.
    expect([work.group.action, work.telegram.said(work.group)]).toEqual(["typing", []]);
    expect(work.telegram.callsOf("getUpdates")).toEqual([]);
    expect(await talkedOver(work)).toBe("both");
  });

  test("to websocket: the port for programs is tried as well", async () => {
    await using work = await openWorkspace({ settings: "OPENCODE_TRANSPORT=telegram\n" });
    const { code, said } = await work.migrateHere(["--to", "websocket", "--websocket-port", "0", "--json"]);
    const lines = said
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect([code, lines.at(-1)?.ok, lines.at(-1)?.folder]).toEqual([0, true, work.backup()]);
    expect(work.read(".env")).toEndWith("OPENCODE_TRANSPORT=websocket\nWEBSOCKET_PORT=0\n");
    expect(work.telegram.calls).toEqual([]);
    expect(await talkedOver(work)).toBe("websocket");
  });

  test("files that people attached are listed with their checksums, and left where they are", async () => {
    await using work = await openWorkspace();
    const id = "ab".repeat(16);
    for (const folder of [join(`${work.database}.files`, "ab"), join(`${work.database}.files`, "incoming")])
      mkdirSync(folder, { recursive: true });
    writeFileSync(join(`${work.database}.files`, "ab", id), "a picture");
    writeFileSync(join(`${work.database}.files`, "incoming", id), "on its");
    const before = work.tree();
    expect((await work.migrateHere(["--to", "websocket"])).code).toBe(0);
    const listed = readFileSync(join(work.backup(), "files.jsonl"), "utf8").trim().split("\n");
    const sha256 = new Bun.CryptoHasher("sha256").update("a picture").digest("hex");
    expect(listed.map((line) => JSON.parse(line))).toEqual([{ name: `parley.db.files/ab/${id}`, size: 9, sha256 }]);
    expect({ ...work.tree(), ".env": "" }).toEqual({ ...before, ".env": "" });
  });

  test("to telegram, announced: messages over HTTP are tried, and the chat is told once", async () => {
    await using work = await openWorkspace({ settings: "COMMUNICATION_TRANSPORT=websocket\n" });
    const nobody = oldSystem(work.folder, []);
    const { code, said } = await work.migrateHere(["--to", "telegram", "--announce", "--import", nobody]);
    expect(said).toContain("stays as it is: nobody is new");
    expect([code, said]).toEqual([0, expect.stringContaining("a message over HTTP was stored and found again")]);
    expect(work.read(".env")).toEndWith("\nCOMMUNICATION_TRANSPORT=telegram\n");
    expect(work.telegram.texts(work.group)).toEqual(["Parley is talked through here from now on."]);
  });

  test("what this command alone was given is written, for the next start; a file that was not there is made and taken away", async () => {
    await using work = await openWorkspace({ settings: null });
    const { telegram, group } = work;
    const env = { TELEGRAM_BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.url };
    const before = work.tree();
    const args = ["migrate-transport", "--to", "telegram", `--telegram-chat=${group.id}`, "--db", work.database];
    const { code, said } = await work.parley([...args, "--port", "0"], env);
    expect([code, said]).toEqual([0, expect.not.stringContaining(telegram.token)]);
    expect(work.read(".env").split("\n").sort()).toEqual([
      "",
      "OPENCODE_TRANSPORT=telegram",
      `TELEGRAM_API_ROOT=${telegram.url}`,
      `TELEGRAM_BOT_TOKEN=${telegram.token}`,
      `TELEGRAM_CHAT_ID=${group.id}`,
    ]);
    expect(statSync(work.settings).mode & 0o777).toBe(0o600);
    expect((await work.migrate("--rollback")).code).toBe(0);
    expect(work.tree()).toEqual(before);
  });

  test("no token and no key is said, logged or listed, not even by what fails", async () => {
    const settings = "OPENCODE_ADMIN_KEY=an-admin-key-of-ours\n#OPENCODE_API_KEY=an-old-key-of-ours\n";
    await using work = await openWorkspace({ settings });
    const key = readFileSync(`${work.database}.key`, "utf8").trim();
    const first = await work.migrate("--to", "both");
    const second = await work.migrate("--to", "both", "--dry-run");
    work.telegram.troubles.plan("sendChatAction", trouble.refused(`not by ${work.telegram.token}, an-old-key-of-ours`));
    const third = await work.migrate("--to", "telegram");
    expect([first.code, second.code, third.code]).toEqual([0, 0, 1]);
    const everything = [first.said, second.said, third.said];
    for (const name of readdirSync(work.backups)) everything.push(writtenIn(join(work.backups, name)));
    expect(third.said).toContain("not by <");
    for (const secret of [work.telegram.token, key, "an-admin-key-of-ours", "an-old-key-of-ours"])
      expect(everything.join("\n")).not.toContain(secret);
  });

  test("while the server runs: it goes on, and so do its messages", async () => {
    await using work = await openWorkspace({ settings: "OPENCODE_TRANSPORT=websocket\n" });
    const port = String(freePort());
    const server = work.parley(["serve", "--port", port]);
    await server.says("Stop it with Ctrl+C");
    const { code, said } = await work.migrate("--to", "both", "--port", port);
    expect([code, said]).toEqual([0, expect.stringContaining("restart it")]);
    expect((await fetch(`http://127.0.0.1:${port}/ready`)).status).toBe(200);
    expect((await work.migrate("--rollback")).code).toBe(0);
    server.child.kill("SIGTERM");
    expect((await server).code).toBe(0);
  });

  test("from a setting that names the old system's history: ours is made beside it, and that stays as it is", async () => {
    await using work = await openWorkspace({ fresh: true, settings: "OPENCODE_CHAT_DB=chat_history.db # all of it\n" });
    oldHistory(join(work.folder, "chat_history.db"));
    const before = work.tree();
    expect((await work.migrate("--to", "websocket")).code).toBe(0);
    expect(work.read(".env")).toContain("OPENCODE_CHAT_DB=parley.db # all of it\n");
    expect({ ...work.tree(), ".env": "" }).toEqual({ ...before, ".env": "" });
  });
});

describe("a team of the old system", () => {
  const team = [
    ["alice", "tester", "smart"],
    ["bob", "designer", "normal"],
    ["erin", "FS-Developer", "smart"],
    ["system", "developer", "normal"],
    ["frank the tank", "developer", "normal"],
  ] as const;

  test("is hired; who is here is kept, who cannot be is named, and what else is there is told of", async () => {
    await using work = await openWorkspace();
    const { code, said } = await work.migrateHere(["--to", "websocket", "--import", oldSystem(work.folder, team)]);
    expect([code, said]).toEqual([0, expect.stringContaining("hired erin (FS-Developer, smart)")]);
    for (const words of [
      "kept alice: works here as developer, normal; there it was tester, smart, bob: works here already",
      'refused system: "system" means many people here: choose another name., frank the tank: An agent\'s name has no spaces',
      "file locks (1), of sessions that are over",
      "2 messages of",
    ])
      expect(said).toContain(words);
    expect(agentsIn(work.database)).toEqual([
      "alice developer",
      "bob designer",
      "charlie devops",
      "diana qa",
      "erin fs-developer",
    ]);
    expect(statSync(work.database).mode & 0o777).toBe(0o600);
  });

  test("is hired once, however often; who was fired since stays fired, and then nothing is changed", async () => {
    await using work = await openWorkspace();
    const employees = oldSystem(work.folder, [["erin", "developer", "smart"]]);
    expect((await work.migrate("--to", "websocket", "--import", employees)).code).toBe(0);
    const after = work.tree();
    const again = await work.migrate("--to", "websocket", "--import", employees);
    expect([again.code, again.said]).toEqual([0, expect.stringContaining("kept erin: works here already")]);
    expect(work.tree()).toEqual(after);

    const server = work.parley(["serve"], { OPENCODE_DEV_MODE: "true" });
    await server.says("Stop it with Ctrl+C");
    const [, address = ""] = /ready at (http:\S+)\//.exec(server.said()) ?? [];
    expect((await fetch(`${address}/employees/erin`, { method: "DELETE" })).status).toBe(200);
    server.child.kill("SIGTERM");
    await server;
    const third = await work.migrate("--to", "websocket", "--import", employees);
    expect([third.code, third.said]).toEqual([0, expect.stringContaining("kept erin: worked here and was fired")]);
    expect(agentsIn(work.database)).toContain("-erin developer");
  });

  test("is the only one of a workspace that begins with it; the way back takes all of that away", async () => {
    await using work = await openWorkspace({ fresh: true });
    const employees = oldSystem(work.folder, [["erin", "developer", "smart"]]);
    const before = work.tree();
    expect((await work.migrate("--to", "both", "--import", employees)).code).toBe(0);
    expect(agentsIn(work.database)).toEqual(["erin developer"]);
    expect((await work.migrate("--rollback")).code).toBe(0);
    expect(work.tree()).toEqual(before);
  });
});

describe("a dry run", () => {
  test("shows the lines, the copies and the team, and changes nothing at all", async () => {
    await using work = await openWorkspace({ settings: "OPENCODE_TRANSPORT=websocket\n#mind the gap\n" });
    const employees = oldSystem(work.folder, [["erin", "developer", "smart"]]);
    const before = work.tree();
    const { code, said } = await work.migrate("--to", "both", "--import", employees, "--dry-run");
    expect(code).toBe(0);
    expect(said).toContain("\n@@ -6 +6 @@\n-OPENCODE_TRANSPORT=websocket\n+OPENCODE_TRANSPORT=both\n");
    expect(said).toContain(`Kept in ${work.backups}: ${work.settings}, ${work.database}, ${work.database}.key.`);
    expect(said).toContain("Employees: hired erin (developer, smart); not imported: file locks (1)");
    expect(said).not.toContain("mind the gap");
    expect([work.tree(), existsSync(work.backups)]).toEqual([before, false]);
    expect(new Set(work.telegram.calls.map(({ method }) => method))).toEqual(new Set(["getMe", "getChat"]));
    const { said: json } = await work.migrateHere(["--to", "both", "--import", employees, "--dry-run", "--json"]);
    const hired = { hired: ["erin (developer, smart)"], kept: [], refused: [] };
    expect(JSON.parse(json)).toMatchObject({ dryRun: true, file: work.settings, employees: hired });
    expect(work.tree()).toEqual(before);
  });

  test("of what is so already says that", async () => {
    await using work = await openWorkspace({ settings: "OPENCODE_TRANSPORT=websocket\n" });
    expect((await work.migrateHere(["--to", "websocket", "--dry-run"])).said).toContain("says all of it already");
  });
});

describe("what stands in the way", () => {
  async function told(work: Workspace, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const { code, said } = await work.migrateHere(args, env);
    expect([code, existsSync(work.backups)]).toEqual([1, false]);
    return said;
  }

  test("is said all at once, each with its remedy, before anything is written", async () => {
    const settings = "PORT=80x\nOPENCODE_SESSION_TIMEOUT=never\nthis is no setting\nWEBSOCKET_HOST=203.0.113.9\n";
    await using work = await openWorkspace({ settings });
    const before = work.tree();
    work.telegram.troubles.plan("getMe", trouble.unauthorized, 5);
    const { code, said } = await work.migrate("--to", "both", "--import", "nowhere.db", "--websocket-port", "18766");
    expect(code).toBe(1);
    for (const words of [
      "line 8 is not NAME=value",
      'PORT="80x" must be a whole number',
      'OPENCODE_SESSION_TIMEOUT="never" must be a whole number',
      "WEBSOCKET_PORT=18766 cannot be opened at 203.0.113.9 (EADDRNOTAVAIL)",
      "Telegram does not know this bot's token. Get a new one from @BotFather",
      "there is no nowhere.db to import",
    ])
      expect(said).toContain(words);
    expect(work.tree()).toEqual(before);
    expect(existsSync(work.backups)).toBe(false);
  });

  test("one by one", async () => {
    await using work = await openWorkspace({ settings: "OPENCODE_TRANSPORT=websocket\n" });
    const { telegram } = work;
    const both = ["--to", "both"];
    expect(await told(work, both, { OPENCODE_TRANSPORT: "websocket" })).toContain(
      "the environment has OPENCODE_TRANSPORT=websocket, which wins over the file: take it away there, or set it to both",
    );
    expect(await told(work, both, { OPENCODE_SAFE_MODE: "on" })).toContain("the environment has OPENCODE_SAFE_MODE=on");
    expect(await told(work, both, { TELEGRAM_CHAT_ID: "-5" })).toContain("does not reach the chat -5");
    const hidden = await told(work, ["--to", "both", "--telegram-chat=12"], { TELEGRAM_CHAT_ID: "-5" });
    expect(hidden).toContain("TELEGRAM_CHAT_ID=-5, which wins over the file");
    telegram.troubles.plan("getChat", trouble.refused("chat not found"));
    expect(await told(work, both)).toContain("add it there, or correct TELEGRAM_CHAT_ID");
    await telegram.stop();
    expect(await told(work, both)).toContain("Telegram cannot be reached");
    telegram.start();

    const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    expect(await told(work, [...both, "--port", String(other.port)])).toContain(
      `PORT=${other.port} is taken at 127.0.0.1 by another program: stop that one, or choose another port`,
    );
    await other.stop(true);
    expect(await told(work, [...both, "--backup-dir", join(work.settings, "backups")])).toContain(
      "cannot be written to, and backups must be",
    );
    expect(await told(work, ["--to", "websocket", "--import", work.settings])).toContain("is no employees.db");
    const quotes = ["--to", "websocket", "--websocket-host", `"a'b`];
    expect(await told(work, quotes)).toContain("WEBSOCKET_HOST cannot be written into");
    const settings = readFileSync(work.settings);
    writeFileSync(work.settings, Buffer.concat([settings, Buffer.from("# caf\xe9\n", "latin1")]));
    expect(await told(work, both)).toContain("is not written in UTF-8");
    writeFileSync(work.settings, settings);
    expect(await told(work, ["--to", "websocket", "--import", work.database])).toContain("no such table: employees");
  });

  test("a database that others could come to and nobody owns; one that is none; one that was not closed", async () => {
    await using work = await openWorkspace();
    writeFileSync(`${work.database}-wal`, "the last words of a server that was killed");
    const employees = oldSystem(work.folder, [["erin", "developer", "smart"]]);
    expect(await told(work, ["--to", "websocket", "--import", employees])).toContain("was not closed properly");
    writeFileSync(`${work.database}-wal`, "");
    const another = join(work.folder, "another.db");
    const open = ["--to", "websocket", "--host", "0.0.0.0", "--port", "0"];
    expect(await told(work, [...open, "--db", another])).toContain("this workspace has no owner yet");
    writeFileSync(work.database, "somebody's notes");
    expect(await told(work, ["--to", "websocket"])).toContain("is damaged or not a Parley database");
    expect(readFileSync(work.database, "utf8")).toBe("somebody's notes");
  });

  test("a server that cannot be found, and one that must be stopped for a team to come in", async () => {
    await using work = await openWorkspace();
    const port = String(freePort());
    const server = work.parley(["serve", "--port", port]);
    await server.says("Stop it with Ctrl+C");
    // It is found wherever it listens, by what it says beside its database.
    const saying = `${work.database}.server`;
    const said = readFileSync(saying, "utf8");
    writeFileSync(saying, "{}");
    expect(await told(work, ["--to", "websocket", "--port", port])).toContain(
      "is in use, but no server of it answers where it said it is",
    );
    writeFileSync(saying, said);
    const employees = oldSystem(work.folder, [["erin", "developer", "smart"]]);
    expect(await told(work, ["--to", "websocket", "--port", port, "--import", employees])).toContain(
      "is in use by a running server, and employees are brought in while it stands still: stop it",
    );
    server.child.kill("SIGTERM");
    await server;
  });

  test("a command that means nothing is refused with one sentence", async () => {
    const refused = (...args: string[]) =>
      migrateTransport(args, () => undefined, {}).then(
        () => "it was not refused",
        (error: Error) => error.message,
      );
    expect(await refused()).toContain("needs --to websocket, telegram, both, or --rollback");
    expect(await refused("--to", "pigeons")).toContain("needs --to websocket");
    expect(await refused("--to", "both", "now")).toContain('does not know what "now" is');
    expect(await refused("--to", "both", "--force")).toBe("--force means nothing with --to (see --help).");
    expect(await refused("--rollback", "--to", "both")).toBe("--to means nothing with --rollback (see --help).");
    expect(await refused("--rollback", "one", "two")).toContain("takes one BACKUP");
    expect(await refused("--to", "both", "--yes")).toContain("--yes");
  });
});

describe("what does not work", () => {
  test.each([
    ["a bot that lost its token", trouble.unauthorized, "Telegram does not know this bot's token"],
    ["a bot that may not speak", trouble.refused("CHAT_WRITE_FORBIDDEN"), "CHAT_WRITE_FORBIDDEN"],
    ["a Telegram that went away", trouble.broken, "answer 500"],
  ])("%s: everything is put back, and why is said", async (_, wrong, words) => {
    await using work = await openWorkspace({ settings: "OPENCODE_TRANSPORT=websocket\n" });
    const before = work.tree();
    work.telegram.troubles.plan("sendChatAction", wrong);
    const { code, said } = await work.migrateHere(["--to", "both"]);
    expect([code, said]).toEqual([1, expect.stringContaining("Everything is as it was before.")]);
    expect(said).toContain(words);
    expect(logOf(work).slice(-4)).toEqual(["verify START", "verify FAILED", "rollback START", "rollback OK"]);
    expect(work.tree()).toEqual(before);
    expect(existsSync(join(work.backup(), "work"))).toBe(false);
  });

  test("a port that was taken meanwhile: the team that was brought in is gone as well, byte by byte", async () => {
    await using work = await openWorkspace({ settings: "OPENCODE_TRANSPORT=websocket\n" });
    const employees = oldSystem(work.folder, [["erin", "developer", "smart"]]);
    const before = work.tree();
    const port = freePort();
    // Ports are looked at before Telegram is asked: another program comes right after that.
    let other: Bun.Server<undefined> | undefined;
    work.telegram.asked = () => {
      other ??= Bun.serve({ hostname: "127.0.0.1", port, fetch: () => new Response() });
    };
    const { code, said } = await work.migrateHere(["--to", "both", "--port", String(port), "--import", employees]);
    await other?.stop(true);
    expect([code, said]).toEqual([1, expect.stringContaining(`PORT=${port} is taken at 127.0.0.1`)]);
    expect(said).toContain("ok   database");
    expect(work.tree()).toEqual(before);
    expect(agentsIn(work.database)).not.toContain("erin developer");
  });

  test("settings that somebody writes meanwhile are theirs, and stay", async () => {
    await using work = await openWorkspace({ settings: "OPENCODE_TRANSPORT=websocket\n" });
    const theirs = `${work.read(".env")}LOG_LEVEL=debug\n`;
    // After the plan was made, and before anything is written.
    work.telegram.asked = () => writeFileSync(work.settings, theirs);
    const { code, said } = await work.migrateHere(["--to", "both"]);
    expect([code, said]).toEqual([1, expect.stringContaining(".env was changed meanwhile: run this again")]);
    expect(work.read(".env")).toBe(theirs);
  });

  test("a run that somebody stops puts everything back before it ends", async () => {
    await using work = await openWorkspace({ settings: "OPENCODE_TRANSPORT=websocket\n" });
    const before = work.tree();
    const migration = work.migrate("--to", "both");
    await migration.says("ok   backup");
    migration.child.kill("SIGINT");
    const { code, said } = await migration;
    expect([code, said]).toEqual([1, expect.stringMatching(/it was stopped|Everything is as it was/)]);
    expect(work.tree()).toEqual(before);
  });
});

/** A port that was free a moment ago. */
function freePort(): number {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { port = 0 } = server;
  void server.stop(true);
  return port;
}
