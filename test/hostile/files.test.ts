import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { chromiumPath, openBrowser } from "../support/browser.ts";
import {
  download,
  pngHead,
  samples,
  sayWith,
  shownHeaders,
  tryUpload,
  type Uploaded,
  upload,
} from "../support/files.ts";
import { traversals } from "../support/payloads/traversals.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { exchange } from "../support/raw-http.ts";
import { waitFor } from "../support/round.ts";
import { signIn, withServer } from "../support/server.ts";

const limit = 1024 * 1024;
let server: ServerProcess;
let mira: { cookie: string };
beforeAll(async () => {
  server = await startProcess({ env: { OPENCODE_SAFE_MODE: "true", PARLEY_FILE_MEGABYTES: "1" } });
  mira = { cookie: await signIn(server, "mira") };
});
afterAll(async () => {
  expect(server.bugs()).toEqual([]);
  await server[Symbol.asyncDispose]();
});

/** Everything that lies in the folder of files, incoming ones included. */
const onDisk = (database = server.database) => {
  try {
    return readdirSync(`${database}.files`, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map(({ name }) => name);
  } catch {
    return [];
  }
};

const head = (lines: string, path = "/api/v1/files?name=x") =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nCookie: ${mira.cookie}\r\nOrigin: ${server.http}\r\n${lines}\r\n`;

describe("names that would be paths", () => {
  test("are names: bytes lie under ids, in the folder that is theirs, and come back under a harmless name", async () => {
    const before = readdirSync(server.folder).sort();
    for (const name of traversals) {
      const file = await upload(server, mira, name, samples.text);
      expect([name, /[/\\\0\r\n]/.test(file.name)]).toEqual([name, false]);
      expect(file.url).toMatch(/^\/files\/[0-9a-f]{32}\/[^/]+$/);
      const answer = await download(server, mira, file);
      expect([name, answer.status, samples.text.equals(await answer.bytes())]).toEqual([name, 200, true]);
      expect(answer.headers.get("content-disposition")).toMatch(
        /^attachment; filename="[^"\\/]+"; filename\*=UTF-8''[^/\\'"]+$/,
      );
    }
    expect(onDisk().filter((name) => !/^[0-9a-f]{32}$/.test(name))).toEqual([]);
    expect(readdirSync(server.folder).sort()).toEqual([...new Set([...before, "parley.db.files"])].sort());
  });

  test("in the address lead nowhere: what is no id is no file", async () => {
    const never = await (await download(server, mira, { url: `/files/${"0".repeat(32)}/x` })).text();
    for (const each of traversals) {
      const url = `/files/${encodeURIComponent(each.toWellFormed())}/x`;
      const answer = await download(server, mira, { url });
      expect([each, answer.status >= 400 && answer.status < 500]).toEqual([each, true]);
      if (answer.status === 404 && !/^[./]+$/.test(each)) expect(await answer.text()).toBe(never);
    }
    for (const path of [
      "/files/../parley.db",
      "/files/%2e%2e/%2e%2e/parley.db",
      "/files//etc/passwd",
      "/files/incoming/x",
      "/files/%00/x",
      "/files/%zz/x",
    ]) {
      const [answer] = await exchange(server.http, head("Content-Length: 0\r\n", path).replace("POST", "GET"));
      expect([path, answer && answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
    }
  });
});

describe("files that are two things at once", () => {
  const script = "alert(document.domain)";
  const files: [string, string, Buffer][] = [
    ["a GIF that is a script", "x.js", Buffer.from(`GIF89a/*${"\0".repeat(8)}*/=1;${script}`, "latin1")],
    ["a PNG with a page behind it", "x.html", Buffer.concat([samples.png, Buffer.from(`<script>${script}</script>`)])],
    [
      "a JPEG with a page in its comment",
      "x.htm",
      Buffer.concat([samples.jpeg, Buffer.from(`<script>${script}</script>`)]),
    ],
    ["an SVG with a script", "x.svg", samples.svg],
    ["a page named as a picture", "x.png", samples.html],
    ["a script named as a picture", "x.gif", Buffer.from(script)],
    ["a page in another encoding", "x.txt", Buffer.from(`+ADw-script+AD4-${script}+ADw-/script+AD4-`)],
    ["a page behind a mark of byte order", "x.xhtml", Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), samples.html])],
    ["XML with a stylesheet", "x.xml", Buffer.from(`<?xml-stylesheet href="x.xsl"?><x/>`)],
    ["a PDF with a script", "x.pdf", Buffer.from(`%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(${script})>>>>`)],
    ["a style sheet", "x.css", Buffer.from("body{background:url(//evil.test)}")],
    ["a shortcut", "x.url", Buffer.from("[InternetShortcut]\nURL=javascript:1")],
    ["an archive with a page in front", "x.zip", Buffer.concat([samples.html, samples.zip])],
  ];
  const shownTypes = new Set(["image/png", "image/gif", "image/jpeg"]);

  test.each(files)(
    "%s: a picture at most, else bytes to save; sandboxed, and nothing is guessed",
    async (_, name, bytes) => {
      const answer = await download(server, mira, await upload(server, mira, name, bytes));
      const type = answer.headers.get("content-type") ?? "";
      expect(type === "application/octet-stream" || shownTypes.has(type)).toBe(true);
      const kind = answer.headers.get("content-disposition")?.split(";")[0];
      expect(kind).toBe(shownTypes.has(type) ? "inline" : "attachment");
      expect(answer.headers.get("content-security-policy")).toBe("sandbox; default-src 'none'");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(answer.headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(bytes.equals(await answer.bytes())).toBe(true);
    },
  );

  test.skipIf(!chromiumPath)(
    "in Chromium none of them runs: as a page, a frame, a script, a style, an object or a worker",
    async () => {
      const browser = await openBrowser();
      try {
        const context = await browser.newContext({ bypassCSP: true, acceptDownloads: true });
        const [cookieName = "", value = ""] = mira.cookie.split("=");
        await context.addCookies([{ name: cookieName, value, url: server.http }]);
        const page = await context.newPage();
        const ran: string[] = [];
        page.on("dialog", (dialog) => {
          ran.push(dialog.message());
          void dialog.dismiss();
        });
        await page.goto(`${server.http}/rooms/general`);
        for (const [what, name, bytes] of files) {
          const { url } = await upload(server, mira, name, bytes);
          // Without our own policy, so that only the file's own headers stand between.
          await page.evaluate(async (url) => {
            const made = [
              Object.assign(document.createElement("script"), { src: url }),
              Object.assign(document.createElement("script"), { src: url, type: "module" }),
              Object.assign(document.createElement("link"), { rel: "stylesheet", href: url }),
              Object.assign(document.createElement("iframe"), { src: url }),
              Object.assign(document.createElement("embed"), { src: url }),
              Object.assign(document.createElement("object"), { data: url }),
            ];
            const settled = made.map(
              (element) =>
                new Promise((resolve) => {
                  element.addEventListener("load", resolve);
                  element.addEventListener("error", resolve);
                  setTimeout(resolve, 400);
                }),
            );
            document.body.append(...made);
            try {
              new Worker(url).terminate();
            } catch {
              // Refused at once is as good.
            }
            await Promise.all(settled);
            for (const element of made) element.remove();
          }, url);
          const tab = await context.newPage();
          tab.on("dialog", (dialog) => {
            ran.push(`${what}: ${dialog.message()}`);
            void dialog.dismiss();
          });
          // A download is no page: the browser says so by an error.
          await tab.goto(`${server.http}${url}`).catch(() => undefined);
          expect([what, await tab.evaluate("document.scripts.length")]).toEqual([what, 0]);
          await tab.close();
        }
        expect(ran).toEqual([]);
        expect(await page.evaluate("getComputedStyle(document.body).backgroundImage")).toBe("none");
      } finally {
        await browser.close();
      }
    },
    60_000,
  );
});

describe("ranges that would cost much", () => {
  test("a thousand parts, overlapping parts and numbers beyond all bounds cost one file at most", async () => {
    const bytes = Buffer.alloc(500_000, 1);
    const file = await upload(server, mira, "x.bin", bytes);
    const thousand = `bytes=${Array.from({ length: 1_000 }, (_, n) => `${n}-${n}`).join(",")}`;
    const overlapping = `bytes=${"0-499999,".repeat(100)}0-`;
    for (const range of [
      thousand,
      overlapping,
      "bytes=0-,0-",
      "bytes=0-99999999999999999999999",
      "bytes=--1",
      "bytes=0-0, -1",
    ]) {
      const answer = await download(server, mira, file, { range });
      expect([answer.status, (await answer.bytes()).length]).toEqual([200, bytes.length]);
    }
    for (const range of ["bytes=500000-", "bytes=-0", "bytes=999999999999999-999999999999999"])
      expect((await download(server, mira, file, { range })).status).toBe(416);
  });
});

describe("bombs", () => {
  test("are stored and not touched: a zip of zeroes, a picture of 3.6 thousand million pixels", async () => {
    const zeroes = Bun.gzipSync(new Uint8Array(64 * 1024 * 1024));
    const before = await server.memory();
    const packed = await upload(server, mira, "bomb.gz", Buffer.from(zeroes));
    expect(packed).toMatchObject({ type: "application/gzip", bytes: zeroes.length });
    const large = await upload(server, mira, "bomb.png", pngHead(60_000, 60_000));
    const { id } = await sayWith(server, mira, [large, packed]);
    const room = await (await fetch(`${server.http}/rooms/general`, { headers: { cookie: mira.cookie } })).text();
    const item = room.slice(room.indexOf(`id="m-${id}"`));
    expect(item.slice(0, item.indexOf("</ul>"))).not.toContain("<img");
    expect((await download(server, mira, large)).headers.get("content-disposition")).toStartWith("attachment");
    expect((await server.memory()) - before).toBeLessThan(48 * 1024 * 1024);
  });
});

describe("too much", () => {
  const chunked = (count: number) => `10000\r\n${"x".repeat(0x10000)}\r\n`.repeat(count);

  test("is 413, announced or not, with nothing left behind, and the line stays usable or is closed", async () => {
    const before = onDisk().length;
    const exact = await tryUpload(server, mira, "x", Buffer.alloc(limit));
    expect(exact.status).toBe(201);
    const over = await tryUpload(server, mira, "x", Buffer.alloc(limit + 1));
    expect([over.status, await over.text()]).toEqual([413, expect.stringContaining("A file may have at most 1 MB.")]);
    for (const length of [limit + 1, 2 ** 31, 2 ** 40]) {
      const [answer] = await exchange(server.http, head(`Content-Length: ${length}\r\n`));
      expect(answer?.status).toBe(413);
    }
    const [unsaid] = await exchange(server.http, `${head("Transfer-Encoding: chunked\r\n")}${chunked(17)}0\r\n\r\n`);
    expect(unsaid?.status).toBe(413);
    const [endless] = await exchange(server.http, `${head("Transfer-Encoding: chunked\r\n")}${chunked(40)}`);
    expect(endless?.status ?? 413).toBe(413);
    await waitFor(() => onDisk().length === before + 1, "nothing left behind");
  });

  test("also of what somebody has in all", async () => {
    await withServer({ limits: { memberFileBytes: 10_000 } }, async (own) => {
      const ada = { cookie: await signIn(own, "ada") };
      expect((await tryUpload(own, ada, "x", Buffer.alloc(9_000))).status).toBe(201);
      const answer = await tryUpload(own, ada, "x", Buffer.alloc(2_000));
      expect([answer.status, await answer.text()]).toEqual([413, expect.stringContaining("in all")]);
      expect(onDisk(own.config.databasePath).length).toBe(1);
    });
  });

  test("is not let in by another path, method or type: those have the limit of all others", async () => {
    const large = Buffer.alloc(100_000, 120);
    const ways: [string, string, string | undefined][] = [
      ["POST", "/api/v1/files/", undefined],
      ["PUT", "/api/v1/files", undefined],
      ["PATCH", "/api/v1/files?name=x", undefined],
      ["POST", "/API/v1/files", undefined],
      ["POST", "/api/v1/files/x", undefined],
      ["POST", "/rooms/general/messages?x=/api/v1/files", undefined],
      ["POST", "/api/v1/files?name=x", "multipart/form-data; boundary=x"],
      ["POST", "/api/v1/files?name=x", "Multipart/Form-Data; boundary=x"],
    ];
    for (const [method, path, type] of ways) {
      const headers = { ...shownHeaders(server, mira), ...(type && { "content-type": type }) };
      const answer = await fetch(server.http + path, { method, body: new Uint8Array(large), headers });
      expect([method, path, answer.status]).toEqual([method, path, 413]);
    }
  });

  test("strangers are turned away before their bytes are kept", async () => {
    const before = onDisk().length;
    const stranger = head(`Content-Length: ${limit}\r\n`).replace(/Cookie: [^\r]*/, "Cookie: parley_session=x");
    const [answer] = await exchange(server.http, stranger);
    expect(answer?.status).toBe(401);
    expect(onDisk().length).toBe(before);
  });
});

describe("who is slow", () => {
  function dripping(port: number, cookie: string): { socket: Socket; answer: () => string; ended: () => boolean } {
    let [answer, ended] = ["", false];
    const socket = connect(port, "127.0.0.1", () => {
      const origin = `http://127.0.0.1:${port}`;
      socket.write(
        `POST /api/v1/files?name=x HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\nOrigin: ${origin}\r\nContent-Length: 100000\r\n\r\n`,
      );
    });
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      ended = true;
    });
    return { socket, answer: () => answer, ended: () => ended };
  }

  test("with an upload is cut off, and leaves neither bytes nor a place taken; a steady one goes on", async () => {
    await withServer({ limits: { uploadRate: 1_000, uploadWindowMs: 200, uploadsAtOnce: 2 } }, async (own) => {
      const cookie = await signIn(own, "ada");
      const port = Number(new URL(own.http).port);
      const slow = [dripping(port, cookie), dripping(port, cookie)];
      const timer = setInterval(() => {
        for (const { socket } of slow) if (!socket.destroyed) socket.write("x");
      }, 20);
      await waitFor(() => slow.every(({ answer }) => answer() !== ""), "answers");
      clearInterval(timer);
      for (const { answer, socket } of slow) {
        expect(answer()).toStartWith("HTTP/1.1 400");
        expect(answer()).toContain("That upload came too slowly and was given up.");
        socket.destroy();
      }
      expect(onDisk(own.config.databasePath)).toEqual([]);
      const steady = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await Bun.sleep(20);
          controller.enqueue(new Uint8Array(500));
          if (++pulled === 30) controller.close();
        },
      });
      let pulled = 0;
      expect((await tryUpload(own, { cookie }, "x", steady)).status).toBe(201);
    });
  });

  test("or hangs up in the middle, is nobody's bug, and leaves nothing", async () => {
    const before = onDisk().length;
    for (const bytes of ["", "x".repeat(50_000)]) {
      const { socket } = dripping(server.port, mira.cookie);
      await new Promise<void>((resolve) => socket.on("connect", resolve));
      socket.write(bytes);
      await waitFor(() => onDisk().length > before, "the beginning of an upload");
      socket.destroy();
      await waitFor(() => onDisk().length === before, "nothing left");
    }
    const [answer] = await exchange(server.http, `${head("Transfer-Encoding: chunked\r\n")}5\r\nhello\r\nZZ\r\n`);
    expect(answer?.status ?? 400).toBe(400);
    await waitFor(() => onDisk().length === before, "nothing left");
  });

  test("to read is cut off, after half a minute unless a test is in a hurry", async () => {
    await withServer({ limits: { idleSeconds: 2 } }, async (own) => {
      const ada = { cookie: await signIn(own, "ada") };
      const file: Uploaded = await upload(own, ada, "x.bin", Buffer.alloc(20 * limit));
      const port = Number(new URL(own.http).port);
      let read = 0;
      const socket = connect(port, "127.0.0.1", () => {
        socket.write(`GET ${file.url} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${ada.cookie}\r\n\r\n`);
      });
      socket.on("error", () => undefined);
      socket.on("data", (chunk) => {
        read += chunk.length;
        socket.pause();
      });
      const established = async () => {
        const table = await Bun.file("/proc/self/net/tcp").text();
        const [local, remote] = [port, socket.localPort ?? 0].map(
          (each) => `0100007F:${each.toString(16).toUpperCase().padStart(4, "0")}`,
        );
        return table.split("\n").some((line) => line.includes(`${local} ${remote} 01`));
      };
      await waitFor(() => read > 0, "the beginning");
      expect(await established()).toBe(true);
      await waitFor(async () => !(await established()), "the end of a download that nobody reads");
      expect(read).toBeLessThan(20 * limit);
      socket.destroy();
    });
  }, 30_000);
});
