import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadPublicFiles } from "../src/public-files.ts";

const root = join(import.meta.dir, "..");
const folder = join(root, "public");
const source = readFileSync(join(root, "src/public-files.ts"), "utf8");
const imported = [...source.matchAll(/from "\.\.\/public\/([^"]+)" with \{ type: "file" \}/g)].map(
  (match) => match[1] ?? "",
);
const onDisk = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));

const files = await loadPublicFiles();

describe("public files", () => {
  test("are all imported one by one, so that none is missing in the executable", () => {
    expect([...imported].sort()).toEqual([...onDisk].sort());
  });

  test("are all served, each under its own address", () => {
    expect(Object.keys(files.urls)).toHaveLength(onDisk.length);
    expect(new Set(Object.values(files.urls)).size).toBe(onDisk.length);
  });

  test("are what stands on disk, at an address that changes with the content", async () => {
    const url = files.urls["app.css"] ?? "";
    const bytes = readFileSync(join(folder, "app.css"));
    expect(url).toBe(`/static/app.${Bun.hash(bytes).toString(36).slice(0, 10)}.css`);
    const answer = files.respond(url, null);
    expect(Buffer.from((await answer?.bytes()) ?? []).equals(bytes)).toBe(true);
    expect(Object.fromEntries(answer?.headers ?? [])).toMatchObject({
      "content-type": "text/css; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
      vary: "accept-encoding",
    });
  });

  test("are packed for browsers that take that, and only for those", async () => {
    const url = files.urls["htmx.js"] ?? "";
    const packed = files.respond(url, "br, gzip;q=1.0");
    expect(packed?.headers.get("content-encoding")).toBe("gzip");
    const plain = files.respond(url, "br");
    expect(plain?.headers.get("content-encoding")).toBeNull();
    expect(Bun.gunzipSync((await packed?.bytes()) ?? new Uint8Array())).toEqual(
      (await plain?.bytes()) ?? new Uint8Array(),
    );
  });

  test("have a type that browsers act on", () => {
    const typeOf = (name: string) => files.respond(files.urls[name] ?? "", null)?.headers.get("content-type");
    expect(typeOf("icon.svg")).toBe("image/svg+xml");
    expect(typeOf("manifest.webmanifest")).toBe("application/manifest+json");
    for (const name of Object.keys(files.urls)) expect([name, typeOf(name)]).not.toContain("application/octet-stream");
  });

  test("are nothing but those: no other name, no folder, no way up", () => {
    for (const path of [
      "/static/app.css",
      "/static/",
      "/static/../package.json",
      "/static/%2e%2e/package.json",
      "/app.css",
    ]) {
      expect(files.respond(path, null)).toBeUndefined();
    }
  });
});

describe("what was taken from others", () => {
  const dist = join(root, "node_modules/htmx.org/dist");
  const version = (
    JSON.parse(readFileSync(join(root, "node_modules/htmx.org/package.json"), "utf8")) as { version: string }
  ).version;

  test.each([
    [`htmx-${version}.min.js`, "htmx.min.js"],
    [`hx-ws-${version}.min.js`, "ext/hx-ws.min.js"],
    [`hx-upsert-${version}.min.js`, "ext/hx-upsert.min.js"],
  ])("vendor/%s is the package's %s, byte for byte", (ours, theirs) => {
    const [here, there] = [readFileSync(join(folder, "vendor", ours)), readFileSync(join(dist, theirs))];
    expect(here.equals(there)).toBe(true);
  });

  test("is nothing else", () => {
    expect(onDisk.filter((name) => name.startsWith("vendor/"))).toHaveLength(3);
  });
});
