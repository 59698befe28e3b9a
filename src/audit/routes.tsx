import { Hono } from "hono";
import { z } from "zod";
import { AuditPage } from "../../views/audit.tsx";
import type { Config } from "../config.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { type Env, requires } from "../guards/identity.ts";
import { accepts, refuseInvalid } from "../guards/validation.ts";
import { page } from "../page.tsx";
import type { Members } from "../people/members.ts";
import type { PublicFiles } from "../public-files.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { AuditEntry } from "./audit.ts";
import { checkChain, checkTail } from "./chain.ts";
import type { Trail, TrailFilter } from "./trail.ts";

interface Parts {
  config: Config;
  store: Store;
  files: PublicFiles;
  trail: Trail;
  members: Members;
  rooms: Rooms;
}

const instantText = z
  .string()
  .trim()
  .max(40)
  .refine((text) => text === "" || !Number.isNaN(Date.parse(text)), "must be a day or an instant, such as 2026-11-21");

const query = z.object({
  actor: z.string().trim().max(100).default(""),
  action: z.string().trim().max(60).default(""),
  result: z.enum(["", "ok", "refused", "failed"]).default(""),
  from: instantText.default("").describe("A day or an instant, ISO 8601."),
  to: instantText.default("").describe("The same; a day is included."),
  text: z.string().trim().max(100).default(""),
  before: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional().describe("Only older entries."),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
type Query = z.infer<typeof query>;

const word = z.string().optional();
/** The names that older dashboards use. */
const olderQuery = z.object({
  userId: word,
  action: word,
  eventType: word,
  start_date: word,
  from: word,
  end_date: word,
  to: word,
  limit: word,
});

/** The audit log for those who run the server: a page with filters, the same as JSON, and exports of everything that was asked for. */
export function auditRoutes({ config, store, files, trail, members, rooms }: Parts) {
  const names = new Map<number, string>();

  function nameOf(id: number | null): string {
    if (id === null) return "";
    if (!names.has(id) && members.has(id)) names.set(id, members.byId(id).name);
    return names.get(id) ?? `member ${id}`;
  }

  /** Targets are kept as ids. A private room is named by its id to everybody: who runs the server need not be in it. */
  function shown(entry: AuditEntry) {
    const target = entry.target
      .replace(/^member:(\d+)/, (_, id: string) => nameOf(Number(id)))
      .replace(/room:(\d+)$/, (_, id: string) => roomName(Number(id)));
    return { ...entry, actor: nameOf(entry.actorId), target };
  }

  function roomName(id: number): string {
    const room = rooms.has(id) ? rooms.byId(id) : undefined;
    return room?.visibility === "public" ? `#${room.slug}` : `room ${id}`;
  }

  function json(entry: AuditEntry) {
    const { id, at, seq, action, actor, target, address, result, detail, hash } = shown(entry);
    const plain = JSON.parse(detail) as unknown;
    return { id, at: new Date(at).toISOString(), seq, action, actor, target, address, result, detail: plain, hash };
  }

  function filterOf(asked: Query): TrailFilter | undefined {
    const actor = asked.actor === "" ? undefined : (members.person(asked.actor) ?? members.agent(asked.actor));
    // Nobody of that name, so nothing they did.
    if (asked.actor !== "" && asked.actor !== "system" && !actor) return undefined;
    return {
      actorId: asked.actor === "system" ? members.system.id : actor?.id,
      action: asked.action,
      result: asked.result,
      from: instant(asked.from, 0),
      to: instant(asked.to, 24 * 60 * 60 * 1000),
      text: asked.text,
      before: asked.before,
    };
  }

  const pageOf = (asked: Query, limit = asked.limit) => {
    const filter = filterOf(asked);
    return filter ? trail.page(filter, limit) : [];
  };

  function* lines(asked: Query, line: (entry: AuditEntry) => string, first = "") {
    yield first;
    const filter = filterOf(asked);
    if (filter) for (const entry of trail.export(filter)) yield `${line(entry)}\n`;
  }

  return new Hono<Env>()
    .get("/audit", requires("manage_system", "page"), accepts("query", query), (context) => {
      const asked = context.req.valid("query");
      const entries = pageOf(asked, 101);
      const last = entries.length > 100 ? entries[99] : undefined;
      const { brokenAt, ...chain } = checkTail(store);
      const content = (
        <AuditPage
          workspace={config.workspaceName}
          assets={files.urls}
          entries={entries.slice(0, 100).map(shown)}
          filters={asked}
          actions={trail.actions()}
          older={last ? `/audit?${search(asked, { before: String(last.id) })}` : null}
          exportHref={{ jsonl: `/audit/export.jsonl?${search(asked)}`, csv: `/audit/export.csv?${search(asked)}` }}
          chain={{ ...chain, brokenAt: brokenAt ?? undefined }}
        />
      );
      return page(context, content);
    })
    .get("/audit/export.jsonl", requires("manage_system"), accepts("query", query), (context) =>
      download(
        lines(context.req.valid("query"), (entry) => JSON.stringify(json(entry))),
        "application/jsonl",
        "jsonl",
      ),
    )
    .get("/audit/export.csv", requires("manage_system"), accepts("query", query), (context) => {
      const header = "id,at,seq,action,actor,target,address,result,detail,hash\n";
      const row = (entry: AuditEntry) => {
        const { detail, ...rest } = json(entry);
        const { id, at, seq, action, actor, target, address, result, hash } = rest;
        return [id, at, seq, action, actor, target, address, result, JSON.stringify(detail), hash].map(cell).join(",");
      };
      return download(lines(context.req.valid("query"), row, header), "text/csv", "csv");
    })
    .get("/api/v1/audit", requires("manage_system"), accepts("query", query), (context) => {
      const asked = context.req.valid("query");
      const entries = pageOf(asked);
      const last = entries.length === asked.limit ? entries.at(-1) : undefined;
      return context.json({ entries: entries.map(json), before: last?.id ?? null });
    })
    .get("/api/v1/audit/chain", requires("manage_system"), async (context) => context.json(await checkChain(store)))
    .get("/api/system/audit-logs", requires("manage_system"), accepts("query", olderQuery), (context) => {
      const { userId, action, eventType, start_date, from, end_date, to, limit } = context.req.valid("query");
      const parsed = query.safeParse({
        actor: userId,
        action: action ?? eventType,
        from: start_date ?? from,
        to: end_date ?? to,
        limit,
      });
      refuseInvalid(parsed);
      if (!parsed.success) throw new Refusal("INVALID_MESSAGE");
      const asked = parsed.data;
      const logs = pageOf(asked).map((entry) => ({
        id: String(entry.id),
        action: entry.action,
        actor_id: entry.actorId === null ? null : nameOf(entry.actorId),
        actor_type: entry.actorId === null ? "SYSTEM" : kindOf(entry.actorId),
        resource_type: entry.target.split(":")[0] ?? "",
        resource_id: shown(entry).target,
        metadata: JSON.parse(entry.detail) as unknown,
        timestamp: new Date(entry.at).toISOString(),
        ip_address: entry.address,
        user_agent: null,
      }));
      return context.json({ logs, total: logs.length });
    });

  function kindOf(id: number): string {
    const kind = members.has(id) ? members.byId(id).kind : "system";
    return kind === "person" ? "USER" : kind.toUpperCase();
  }
}

/** The query again, without what is empty. */
function search(asked: Query, more: Record<string, string> = {}): URLSearchParams {
  const { actor, action, result, from, to, text } = asked;
  const given = Object.entries({ actor, action, result, from, to, text, ...more }).filter(([, value]) => value !== "");
  return new URLSearchParams(given);
}

/** @param dayMs added when only a day was given, so that it includes that day */
function instant(text: string, dayMs: number): number | undefined {
  const at = Date.parse(text);
  if (text === "" || Number.isNaN(at)) return undefined;
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? at + dayMs : at;
}

/** RFC 4180, and no cell begins like a formula: spreadsheets would run it. */
function cell(value: unknown): string {
  const text = String(value ?? "");
  return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}

/** Sent a piece at a time: a year of entries does not fit into memory twice. */
function download(pieces: Iterable<string>, type: string, ending: string): Response {
  const encoder = new TextEncoder();
  const iterator = pieces[Symbol.iterator]();
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const batch: string[] = [];
      for (let next = iterator.next(); ; next = iterator.next()) {
        if (next.done) {
          if (batch.length > 0) controller.enqueue(encoder.encode(batch.join("")));
          controller.close();
          return;
        }
        batch.push(next.value);
        if (batch.length >= 500) break;
      }
      controller.enqueue(encoder.encode(batch.join("")));
    },
  });
  return new Response(stream, {
    headers: {
      "content-type": `${type}; charset=utf-8`,
      "content-disposition": `attachment; filename="parley-audit.${ending}"`,
      "cache-control": "no-store",
    },
  });
}
