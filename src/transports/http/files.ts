import { type Context, Hono } from "hono";
import { z } from "zod";
import { Refusal } from "../../errors.ts";
import { type Attachment, attachmentData } from "../../files/file.ts";
import type { Files } from "../../files/files.ts";
import { type Env, memberOf, requires } from "../../guards/identity.ts";
import { accepts } from "../../guards/validation.ts";
import { disposition, isUnchanged, type Range, rangeOf } from "./served.ts";

interface Parts {
  attachments: Files;
}

const uploadPath = "/api/v1/files";
const called = z.object({ name: z.string().default("").describe("What it is called.") });
const isForm = (headers: Headers) => /^multipart\/form-data\b/i.test(headers.get("content-type") ?? "");

/** Whether a request brings a file as its body. A form with one in it is a form, and no larger than others. */
export function isUpload({ method, url, headers }: Request): boolean {
  return method === "POST" && URL.parse(url)?.pathname === uploadPath && !isForm(headers);
}

/** Files in and out: whoever writes may bring one, and whoever may read its message gets it. */
export function fileApi({ attachments }: Parts) {
  return new Hono<Env>()
    .post(uploadPath, requires("write"), accepts("query", called), async (context) => {
      const { name } = context.req.valid("query");
      const file = await attachments.store(memberOf(context), await givenIn(context, name));
      return context.json({ file: attachmentData(file) }, 201, { location: file.url });
    })
    .delete(`${uploadPath}/:id`, requires("write"), async (context) => {
      await attachments.discard(memberOf(context), context.req.param("id"));
      return context.json({ message: "That file is gone." });
    })
    .get("/files/:id/:name", requires("read"), async (context) => {
      // Asked again for every request: rights may have ended since the last one. The name in the address is for people.
      const file = attachments.forReader(memberOf(context), context.req.param("id"));
      const etag = `"${file.sha256}"`;
      const headers = headersFor(attachments.shown(file), etag);
      if (isUnchanged(context.req.header("if-none-match"), etag)) return new Response(null, { status: 304, headers });
      const range = rangeOf(context.req.header("range"), context.req.header("if-range"), etag, file.bytes);
      if (range === "none of it") {
        headers["content-range"] = `bytes */${file.bytes}`;
        return new Response(null, { status: 416, headers });
      }
      const { from, to }: Range = range ?? { from: 0, to: file.bytes };
      const bytes = await attachments.open(file, from, to);
      if (!bytes) throw new Refusal("NOT_FOUND", "The bytes of that file are not here any more.");
      headers["content-length"] = String(to - from);
      if (range) headers["content-range"] = `bytes ${from}-${to - 1}/${file.bytes}`;
      return new Response(bytes, { status: range ? 206 : 200, headers });
    });
}

/** What a request brings: its body under `?name=`, or the one file of a form. @throws Refusal INVALID_MESSAGE */
async function givenIn(context: Context<Env>, name: string): Promise<Parameters<Files["store"]>[1]> {
  const { raw } = context.req;
  if (!isForm(raw.headers)) {
    const expected = Number(raw.headers.get("content-length") ?? 0) || 0;
    const bytes = raw.body ?? new Blob([]).stream();
    return { name, bytes, expected };
  }
  const fields = Object.values(await context.req.parseBody({ all: true })).flat();
  const [file, another] = fields.filter((field) => field instanceof File);
  if (!file || another) throw new Refusal("INVALID_MESSAGE", "Send one file with each form.");
  return { name: file.name, bytes: file.stream(), expected: file.size };
}

/**
 * What protects whoever opens a file, and everybody else from it: only pictures and sounds have a type, everything else is bytes to
 * save; nothing is guessed, nothing in it runs, nothing of ours is reachable from it.
 */
function headersFor(file: Attachment, etag: string): Record<string, string> {
  return {
    "content-type": file.isInline ? file.type : "application/octet-stream",
    "content-disposition": disposition(file.isInline ? "inline" : "attachment", file.name),
    "content-security-policy": "sandbox; default-src 'none'",
    // It never changes, so it is asked for once a day; caches on the way keep none of it.
    "cache-control": "private, max-age=86400, immutable",
    "accept-ranges": "bytes",
    etag,
  };
}
