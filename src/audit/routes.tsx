import { type Context, Hono } from "hono";
import { z } from "zod";
import { AuditPage } from "../../views/audit.tsx";
import type { Config } from "../config.ts";
import { csvLine } from "../csv.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { type Env, identityOf, requires } from "../guards/identity.ts";
import { accepts, refuseInvalid } from "../guards/validation.ts";
import { modeOf, page } from "../page.tsx";
import type { Credentials } from "../people/credentials.ts";
import { wholeNumberFrom } from "../people/id.ts";
import { may } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { PublicFiles } from "../public-files.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { AuditEntry } from "./audit.ts";
import { checkChain, checkTail } from "./chain.ts";
import type { Trail, TrailFilter } from "./trail.ts";

interface Parts {
  credentials: Credentials;
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
  sockets: z.enum(["", "without"]).default("").describe("`without`: no sockets that came and went."),
  before: wholeNumberFrom(1).optional().describe("Only older entries."),
  limit: wholeNumberFrom(1, 1_000).default(100),
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
export function auditRoutes({ credentials, config, store, files, trail, members, rooms }: Parts) {
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

  /** The same for the page: nobody by a word for them, and rooms by their names in the detail as well. */
  function onPage(entry: AuditEntry) {
    const detail = JSON.parse(entry.detail) as Record<string, unknown>;
    if (Array.isArray(detail.rooms)) detail.rooms = detail.rooms.map((id) => roomName(Number(id)));
    const actor = entry.actorId === null ? nobody(entry) : nameOf(entry.actorId);
    return { ...shown(entry), actor, detail: JSON.stringify(detail) };
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

  /** Whom a name of the column "Who" means; undefined when that is nobody there ever was. */
  function actorOf(name: string): TrailFilter["actor"] {
    const known = members.person(name) ?? members.agent(name);
    if (known) return known.id;
    const folded = name.toLowerCase();
    if (folded === "system") return members.system.id;
    return folded === "nobody" ? "nobody" : folded === "the server" || folded === "server" ? "server" : undefined;
  }

  /** What is kept as an id and shown by a name with these words in it. */
  function targetsNamed(text: string): string[] {
    const words = text.toLowerCase();
    const has = (name: string) => name.toLowerCase().includes(words);
    const named = members.everybody().filter(({ name }) => has(name));
    const open = rooms.readableBy(members.system).filter(({ id }) => has(roomName(id)));
    const numbered = /^room (\d+)$/.exec(words)?.[1];
    return [
      ...named.map(({ id }) => `member:${id}`),
      ...open.map(({ id }) => `room:${id}`),
      ...(numbered === undefined ? [] : [`room:${numbered}`]),
    ];
  }

  function filterOf(asked: Query): TrailFilter | undefined {
    const actor = asked.actor === "" ? undefined : actorOf(asked.actor);
    // Nobody of that name, so nothing they did.
    if (asked.actor !== "" && actor === undefined) return undefined;
    return {
      actor,
      action: asked.action,
      result: asked.result,
      from: instant(asked.from, 0),
      to: instant(asked.to, 24 * 60 * 60 * 1000),
      text: asked.text,
      targets: asked.text === "" ? [] : targetsNamed(asked.text),
      quiet: asked.sockets === "without",
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

  /** Whether whoever asked may still: an export takes its time, and ends when their right to it does. */
  function stillMay(context: Context<Env>): () => boolean {
    const identity = identityOf(context);
    return () =>
      credentials.holds(identity) &&
      !credentials.isOver(identity, false) &&
      may(credentials.renewed(identity).member, "manage_system");
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
          mode={modeOf(config)}
          assets={files.urls}
          entries={entries.slice(0, 100).map(onPage)}
          filters={asked}
          actions={trail.actions()}
          older={last ? `/audit?${search(asked, { before: String(last.id) })}` : null}
          newest={asked.before === undefined ? null : `/audit?${search(asked)}`}
          exportHref={{ jsonl: `/audit/export.jsonl?${search(asked)}`, csv: `/audit/export.csv?${search(asked)}` }}
          chain={{ ...chain, brokenAt: brokenAt ?? undefined }}
        />
      );
      return page(context, content);
    })
    .get("/audit/export.jsonl", requires("manage_system"), accepts("query", query), (context) =>
      download(
        lines(context.req.valid("query"), (entry) => JSON.stringify(json(entry))),
        stillMay(context),
        "application/jsonl",
        "jsonl",
      ),
    )
    .get("/audit/export.csv", requires("manage_system"), accepts("query", query), (context) => {
      const header = "id,at,seq,action,actor,target,address,result,detail,hash\n";
      const row = (entry: AuditEntry) => {
        const { detail, ...rest } = json(entry);
        const { id, at, seq, action, actor, target, address, result, hash } = rest;
        return csvLine([id, at, seq, action, actor, target, address, result, JSON.stringify(detail), hash]);
      };
      return download(lines(context.req.valid("query"), row, header), stillMay(context), "text/csv", "csv");
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
  const { actor, action, result, from, to, text, sockets } = asked;
  const fields = { actor, action, result, from, to, text, sockets, ...more };
  const given = Object.entries(fields).filter(([, value]) => value !== "");
  return new URLSearchParams(given);
}

/** Who did what no member did: the server itself, at which nobody came, or a stranger. */
function nobody({ address }: AuditEntry): string {
  return address === "" ? "the server" : "nobody";
}

/** @param dayMs added when only a day was given, so that it includes that day */
function instant(text: string, dayMs: number): number | undefined {
  const at = Date.parse(text);
  if (text === "" || Number.isNaN(at)) return undefined;
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? at + dayMs : at;
}

/**
 * Sent a piece at a time: a year of entries does not fit into memory twice. It breaks off, and does not look whole, when `goesOn` says
 * no more.
 */
function download(pieces: Iterable<string>, goesOn: () => boolean, type: string, ending: string): Response {
  const encoder = new TextEncoder();
  const iterator = pieces[Symbol.iterator]();
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (!goesOn()) {
        controller.error(new Refusal("SESSION_EXPIRED"));
        return;
      }
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
