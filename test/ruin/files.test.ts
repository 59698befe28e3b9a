import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { inspect, integrityOf } from "../support/database.ts";
import { download, png, samples, sayWith, tryUpload, type Uploaded, upload } from "../support/files.ts";
import { type FullDisk, mayMount, quota, smallDisk } from "../support/full-disk.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { chance, report, rounds, waitFor } from "../support/round.ts";
import { signIn } from "../support/server.ts";

const times = rounds(3, 20);
const luck = chance();
const env = { OPENCODE_SAFE_MODE: "true" };

/** Every file of the folder, half-written ones included, by name. */
function onDisk({ database }: ServerProcess): string[] {
  try {
    return readdirSync(`${database}.files`, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

const inTables = (server: ServerProcess) =>
  inspect(server.database, (sqlite) => sqlite.query<{ id: string }, []>("SELECT id FROM files ORDER BY id").all()).map(
    ({ id }) => id,
  );

/** Begins an upload and never ends it. */
async function beginUpload(server: ServerProcess, cookie: string, bytes: number): Promise<Socket> {
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => undefined);
  const head = `POST /api/v1/files?name=half HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nCookie: ${cookie}\r\nOrigin: ${server.http}\r\n`;
  await new Promise<void>((resolve) => socket.on("connect", resolve));
  socket.write(`${head}Content-Length: 20000000\r\n\r\n`);
  socket.write(Buffer.alloc(bytes, 1));
  return socket;
}

test(`killed ${times} times in the middle of uploads and deletions: what was answered is there, and nothing else is`, async () => {
  await using young = await startProcess({ env });
  let server: ServerProcess = young;
  const answered = new Map<string, Buffer>();
  let half = 0;
  try {
    for (let round = 0; round < times; round += 1) {
      const cookie = await signIn(server, "mira");
      const before = onDisk(server).length;
      const hanging = await Promise.all([beginUpload(server, cookie, 200_000), beginUpload(server, cookie, 10)]);
      await waitFor(() => onDisk(server).length >= before + 2, "two uploads under way");
      // Others come and go meanwhile; the kill comes somewhere among them, the first of which was deleted by then.
      const enough = luck.between(2, 20);
      let done = 0;
      const stream = (async () => {
        for (let count = 0; ; count += 1) {
          const bytes = png(luck.between(1, 60), 40);
          const file = await upload(server, { cookie }, `${round}-${count}.png`, bytes);
          answered.set(file.id, bytes);
          done += 1;
          if (count % 3 !== 0) continue;
          const { id } = await sayWith(server, { cookie }, [file]);
          if (count % 6 !== 0) continue;
          answered.delete(file.id);
          await remove(server, cookie, id, file);
        }
      })().catch(() => undefined);
      await waitFor(() => done >= enough, `seed ${luck.seed}: ${enough} uploads`);
      await server.kill();
      await stream;
      half += onDisk(server).length - inTables(server).length;
      for (const socket of hanging) socket.destroy();
      server = await server.restart();
      // Whatever the moment was: every row has its bytes, every byte has its row, before anybody comes in.
      const rows = inTables(server);
      expect({ seed: luck.seed, disk: onDisk(server) }).toEqual({ seed: luck.seed, disk: rows });
      for (const id of answered.keys()) expect([luck.seed, id, rows.includes(id)]).toEqual([luck.seed, id, true]);
    }
    const cookie = await signIn(server, "mira");
    for (const [id, bytes] of answered) {
      const answer = await download(server, { cookie }, { url: `/files/${id}/x` });
      expect([luck.seed, id, bytes.equals(await answer.bytes())]).toEqual([luck.seed, id, true]);
    }
    expect(half).toBeGreaterThan(0);
    expect(server.bugs()).toEqual([]);
    expect((await server.terminate()).code).toBe(0);
    expect(inspect(server.database, integrityOf)).toBe("ok");
    report("files and kill -9", { rounds: times, answered: answered.size, "half-written at the kills": half });
  } finally {
    if (server.isAlive()) await server.kill();
  }
}, 120_000);

/** Deletes a message, and its file with it. */
async function remove(server: ServerProcess, cookie: string, id: number, { url }: Uploaded): Promise<void> {
  const socket = new WebSocket(`${server.ws}/ws`, { headers: { cookie, origin: server.http } } as never);
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => socket.send(JSON.stringify({ type: "auth", data: { userId: "mira" } }));
    socket.onclose = () => reject(new Error("the server is gone"));
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as { type: string; data: { id?: number } };
      if (frame.type === "auth_response") socket.send(JSON.stringify({ type: "delete_message", data: { id } }));
      if (frame.type === "message_update" && frame.data.id === id) resolve();
    };
  });
  socket.close();
  expect((await download(server, { cookie }, { url })).status).toBe(404);
}

const ways: [string, () => FullDisk][] = [["no file may grow", () => quota(500_000)]];
if (mayMount) ways.push(["the disk is full", smallDisk]);

for (const [what, makeDisk] of ways) {
  test(`${what}: an upload is refused with a sentence, nothing of it is kept, others are still served, and it recovers by itself`, async () => {
    using disk = makeDisk();
    await using server = await startProcess({ env: { ...env, ...disk.env } });
    const mira = { cookie: await signIn(server, "mira") };
    const kept = await upload(server, mira, "before.png", samples.png);
    disk.fill(server);
    const answer = await tryUpload(server, mira, "large.bin", Buffer.alloc(2_000_000, 1));
    expect(answer.status).toBe(503);
    expect(((await answer.json()) as { message: string }).message).toBe(
      "The server's disk is full or failing. Nothing of the file was kept; it will work again once there is space.",
    );
    expect(onDisk(server)).toEqual([kept.id]);
    expect(inTables(server)).toEqual([kept.id]);
    expect(samples.png.equals(await (await download(server, mira, kept)).bytes())).toBe(true);
    disk.free(server);
    const after = await upload(server, mira, "large.bin", Buffer.alloc(2_000_000, 1));
    expect(onDisk(server)).toEqual([kept.id, after.id].sort());
    expect([...new Set(server.bugs().map(({ event }) => event))]).toEqual(["storage.failed"]);
    expect((await server.terminate()).code).toBe(0);
  }, 30_000);
}
