import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { inspect, integrityOf, messagesIn } from "../support/database.ts";
import { type FullDisk, mayMount, quota, smallDisk } from "../support/full-disk.ts";
import { PageReader } from "../support/page.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { waitFor } from "../support/round.ts";
import { Talker } from "../support/talker.ts";

/** A quota leaves the database its first page. */
const ways: [string, () => FullDisk][] = [["no file may grow", () => quota(4_096)]];
if (mayMount) ways.push(["the disk is full", smallDisk]);

for (const [what, makeDisk] of ways) {
  test(`${what}: posts are refused with a sentence, nothing of them is kept, reads go on, and it recovers by itself`, async () => {
    using disk = makeDisk();
    await using young = await startProcess({ env: disk.env });
    const page = await PageReader.open(young, "page");
    await using server = await aged(young);
    const [author, classic] = [new Talker("author", "camel"), new Talker("classic", "classic")];
    const reader = new Talker("reader", "camel batch", { subscribe: ["agents"] });
    for (const client of [author, classic, reader]) await client.connect(server.ws);
    const kept = ["plain", "**bold** and `code`", "# a title\n\n- a list"].map((text) => author.say(text));
    await waitFor(() => author.owed.size === 0, "echoes");
    const first = author.acknowledged.get(kept[0] ?? "") ?? 0;

    // An agent is in the middle of an answer when it happens.
    author.say("@alice hello");
    await waitFor(() => reader.deltas.length > 0, "the beginning of an answer");
    // Held still meanwhile: on a busy machine the answer would be done before the disk is full.
    server.pause();
    disk.fill(server);
    server.goOn();
    await reader.settled();
    const before = reader.log.length;
    const lost = [author.say("lost?"), classic.say("lost too?")];
    author.edit(first, "changed?");
    author.remove(first);
    await waitFor(() => author.refused.length === 3 && classic.refused.length === 1, "refusals");
    for (const { type, data } of [...author.refused, ...classic.refused]) {
      expect([type, data.code]).toEqual([type === "error" ? "error" : "notice", "SERVICE_UNAVAILABLE"]);
      expect(data.message).toContain("disk is full or failing. Nothing was saved");
    }
    expect(author.refused[0]?.data.clientId).toBe(lost[0]);
    expect(classic.refused[0]?.data.client_id).toBe(lost[1]);
    await reader.settled();
    expect(reader.log.length).toBe(before);
    const rows = inspect(server.database, messagesIn).map(({ clientId, text }) => [clientId, text]);
    expect(rows.splice(3).map(([, text]) => text)).toEqual(["@alice hello", ""]);
    expect(rows).toEqual([
      [kept[0] ?? "", "plain"],
      [kept[1] ?? "", "**bold** and `code`"],
      [kept[2] ?? "", "# a title\n\n- a list"],
    ]);

    // Whoever was here may come back and read, in every way there is.
    reader.cut(true);
    reader.lastSeq = 0;
    await reader.connect(server.ws);
    await reader.settled();
    expect(reader.seqs().slice(-4)).toEqual([first, first + 1, first + 2, first + 3]);
    reader.send({ type: "get_chat_history", data: {} });
    await reader.settled();
    expect(reader.refused).toEqual([]);
    expect((await page.everything()).size).toBe(5);
    await page.connect();
    page.cut(false);
    // A newcomer cannot be remembered, and is told so.
    const newcomer = new Talker("newcomer", "camel");
    const refused = newcomer.connect(server.ws).catch(() => undefined);
    await waitFor(() => newcomer.refused.length > 0, "the newcomer's refusal");
    expect(newcomer.refused[0]?.data.code).toBe("SERVICE_UNAVAILABLE");
    expect(newcomer.closes).toEqual([]);

    disk.free(server);
    author.repeat();
    classic.repeat();
    await waitFor(() => author.owed.size + classic.owed.size === 0, "what was refused is accepted now");
    const fresh = new Talker("fresh", "classic");
    await fresh.connect(server.ws);
    await reader.settled();
    expect(reader.log.filter(({ clientId }) => lost.includes(clientId ?? "")).length).toBe(2);
    const answered = () => reader.log.filter(({ text }) => text?.startsWith("Hello author, I'm here."));
    await waitFor(() => answered().length > 0, "the answer that was under way is finished");
    expect(answered().length).toBe(1);
    expect(server.isAlive()).toBe(true);
    expect([...new Set(server.bugs().map(({ event }) => event))]).toEqual(["storage.failed"]);
    newcomer.cut(true);
    await refused;
    expect((await server.terminate()).code).toBe(0);
    expect(inspect(server.database, integrityOf)).toBe("ok");
    expect(inspect(server.database, messagesIn).length).toBe(7);
  }, 30_000);
}

/** The same server after its sessions have become old enough for their use to be noted down. */
async function aged(server: ServerProcess): Promise<ServerProcess> {
  await server.terminate();
  const sqlite = new Database(server.database);
  sqlite.run("UPDATE sessions SET created_at = created_at - 120000");
  sqlite.close();
  return server.restart();
}
