import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diskStorage } from "../../src/files/disk.ts";
import type { FileStorage } from "../../src/files/storage.ts";

let parent: string;
let folder: string;
let storage: FileStorage;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "parley-files-"));
  folder = join(parent, "parley.db.files");
  storage = diskStorage(folder);
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const id = (digit: string) => digit.repeat(32);
async function* pieces(...texts: (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    if (text instanceof Error) throw text;
    yield new TextEncoder().encode(text);
  }
}
const textOf = async (which: string, from: number, to: number) => (await storage.open(which, from, to))?.text();
const listed = async () => (await Array.fromAsync(storage.list())).sort();
/** Every file there is, of whichever name. */
const files = () =>
  readdirSync(parent, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map(({ name }) => name);

describe("bytes on the disk", () => {
  test("are there whole or in part, until they are removed", async () => {
    await storage.put(id("a"), pieces("one ", "two ", "three"));
    expect(await textOf(id("a"), 0, 13)).toBe("one two three");
    expect(await textOf(id("a"), 4, 7)).toBe("two");
    expect(await listed()).toEqual([id("a")]);
    await storage.remove(id("a"));
    expect(await storage.open(id("a"), 0, 1)).toBeUndefined();
    expect(await listed()).toEqual([]);
    expect(files()).toEqual([]);
  });

  test("of nothing make no folder, and removing what is not there does nothing", async () => {
    await storage.recover();
    expect(await listed()).toEqual([]);
    await storage.remove(id("b"));
    expect(existsSync(folder)).toBe(false);
  });

  test("are its owner's alone", async () => {
    await storage.put(id("c"), pieces("x"));
    for (const path of [folder, join(folder, "cc"), join(folder, "incoming")])
      expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "cc", id("c"))).mode & 0o777).toBe(0o600);
  });

  test("that broke off in the middle leave nothing, and the error is the one it broke off with", async () => {
    const broken = storage.put(id("d"), pieces("half a ", new Error("the line is cut")));
    await expect(broken).rejects.toThrow("the line is cut");
    expect(files()).toEqual([]);
    await storage.put(id("d"), pieces("a whole"));
    expect(await textOf(id("d"), 0, 7)).toBe("a whole");
  });

  test("that a crash left half-written are thrown away at the start, the others stay", async () => {
    await storage.put(id("e"), pieces("whole"));
    writeFileSync(join(folder, "incoming", id("f")), "hal");
    await diskStorage(folder).recover();
    expect(files()).toEqual([id("e")]);
  });

  test("under a name that is no id are never asked for, and other files in the folder are not ours", async () => {
    for (const bad of ["", "../../etc/passwd", "a".repeat(31), "A".repeat(32), `${id("a")}/../x`, `${id("a")}\0`]) {
      await expect(storage.open(bad, 0, 1)).rejects.toThrow("not the id of a file");
      await expect(storage.put(bad, pieces("x"))).rejects.toThrow("not the id of a file");
      expect(() => storage.remove(bad)).toThrow("not the id of a file");
    }
    mkdirSync(join(folder, "aa"), { recursive: true });
    writeFileSync(join(folder, "aa", "README"), "x");
    writeFileSync(join(folder, "README"), "x");
    expect(await listed()).toEqual([]);
  });

  test("that cannot be written are refused with a sentence for a person", async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "incoming"), "in the way");
    const words = "The server's disk is full or failing. Nothing of the file was kept";
    await expect(storage.put(id("9"), pieces("x"))).rejects.toThrow(words);
    expect(await listed()).toEqual([]);
  });
});
