import { type Context, Hono } from "hono";
import { z } from "zod";
import { renderNotice } from "../../views/messages/notice.ts";
import { OlderMessages } from "../../views/messages/older.tsx";
import { RoomPage } from "../../views/room.tsx";
import { RoomMembersPage } from "../../views/room-members.tsx";
import type { Roster } from "../agents/roster.ts";
import type { Status } from "../agents/status.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { type Env, memberOf, requires } from "../guards/identity.ts";
import { accepts } from "../guards/validation.ts";
import { renderBody } from "../messages/body.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import type { PostMessage } from "../messages/post.ts";
import { page } from "../page.tsx";
import { peopleBeside } from "../people/beside.ts";
import { may } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Presence } from "../people/presence.ts";
import type { PublicFiles } from "../public-files.ts";
import type { Slash } from "../slash/slash.ts";
import { cardOf } from "../tasks/card.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Rollout } from "../transports/rollout.ts";
import { roomsBeside } from "./beside.ts";
import { memberNamed } from "./named.ts";
import { generalSlug } from "./names.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";

interface Parts {
  config: Config;
  clock: Clock;
  store: Store;
  log: Log;
  files: PublicFiles;
  rooms: Rooms;
  members: Members;
  presence: Presence;
  status: Status;
  history: History;
  tasks: Tasks;
  roster: Roster;
  post: PostMessage;
  slash: Slash;
  rollout: Rollout;
}

const older = z.object({ before: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) });

/** The room in the browser: its page, its earlier messages, and the way in for messages when there is no socket. */
export function roomRoutes(parts: Parts) {
  const { config, store, log, files, rooms, members, presence, status, history, tasks, roster, post, slash, clock } =
    parts;
  const { rollout } = parts;
  const entry = (message: Message) => ({ message, task: cardOf(message, history, tasks) });

  return new Hono<Env>()
    .get("/", (context) => context.redirect(context.get("identity") ? `/rooms/${generalSlug}` : "/sign-in"))
    .get("/rooms/:slug", requires("read", "page"), (context) => {
      const me = memberOf(context);
      const room = rooms.forReader(me, context.req.param("slug"));
      const besides = roomsBeside(me, rooms, members);
      const { messages, hasMore } = history.page(room.id, { limit: config.limits.pageMessages });
      return page(
        context,
        <RoomPage
          workspace={config.workspaceName}
          room={room}
          members={besides.find((beside) => beside.room === room)?.members ?? []}
          memberCount={rooms.membersOf(room).length}
          rooms={besides}
          messages={messages.map(entry)}
          hasOlder={hasMore}
          people={peopleBeside(members, presence, config.limits.peopleBeside)}
          online={presence.count}
          agents={status.all()}
          me={me}
          mode={{ development: config.development, guests: config.allowGuest, safeMode: config.safeMode }}
          seq={log.seq}
          epoch={store.epoch}
          assets={files.urls}
          websocket={rollout.includes(me.id)}
          reconnect={config.reconnect}
          outboxLimit={config.limits.outboxMessages}
          maxCharacters={config.limits.messageCharacters}
          files={{
            bytes: config.limits.fileBytes,
            count: config.limits.filesPerMessage,
            pixels: config.limits.inlinePixels,
          }}
          commands={slash.of(me)}
        />,
      );
    })
    .get("/rooms/:slug/messages", requires("read"), accepts("query", older), (context) => {
      const room = rooms.forReader(memberOf(context), context.req.param("slug"));
      const { messages, hasMore } = history.page(room.id, {
        limit: config.limits.pageMessages,
        before: context.req.valid("query").before,
      });
      return context.html(String(<OlderMessages messages={messages.map(entry)} hasOlder={hasMore} room={room} />));
    })
    .post("/rooms/:slug/messages", requires("write", "message"), async (context) => {
      const author = memberOf(context);
      const form = await context.req.parseBody();
      const replyTo = form.replyTo ? Number(form.replyTo) : null;
      const draft = {
        room: context.req.param("slug"),
        text: String(form.text ?? ""),
        files: String(form.files ?? "")
          .split(/[\s,]+/)
          .filter(Boolean),
        clientId: String(form.clientId ?? "") || null,
        replyTo,
      };
      const room = rooms.forReader(author, draft.room);
      const { seq: id, repeated } = await new Promise<{ seq: number; repeated: boolean }>((resolve, reject) => {
        post(author, { ...draft, origin: "web" }, (outcome) =>
          outcome.ok ? resolve(outcome) : reject(outcome.refusal),
        );
      });
      const answer = repeated ? undefined : await slash.answer(author, room, draft.text);
      const notice = answer && renderNotice(renderBody(answer, () => false).html, clock.now());
      return context.json({ id, ...(notice && { notice }) }, 201);
    })
    .post("/rooms", requires("write"), async (context) => {
      const form = await context.req.parseBody();
      const visibility = form.private ? "private" : "public";
      const room = await rooms.create(memberOf(context), String(form.name ?? ""), String(form.topic ?? ""), visibility);
      return context.redirect(pathOf(room), 303);
    })
    .post("/direct", requires("write"), async (context) => {
      const me = memberOf(context);
      const form = await context.req.parseBody({ all: true });
      const names = [form.members ?? []].flat().map(String);
      const others = names.map((name) => memberNamed(members, name));
      return context.redirect(pathOf(await rooms.direct(me, others)), 303);
    })
    .get("/rooms/:slug/members", requires("read", "page"), (context) => {
      const room = rooms.forReader(memberOf(context), context.req.param("slug"));
      // Public rooms are everybody's, and a conversation bears its members' names.
      return room.visibility === "private" ? membersPage(context, room) : context.redirect(pathOf(room));
    })
    .post("/rooms/:slug/members", requires("write"), async (context) => {
      const me = memberOf(context);
      const room = rooms.forReader(me, context.req.param("slug"));
      const name = String((await context.req.parseBody()).name ?? "");
      try {
        await rooms.bringIn(me, room, memberNamed(members, name));
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || room.visibility !== "private" || refusal.code === "PERMISSION_DENIED")
          throw refusal;
        return membersPage(context, room, { refusal, name });
      }
      return context.redirect(`${pathOf(room)}/members`, 303);
    })
    .post("/rooms/:slug/members/:id/remove", requires("read"), async (context) => {
      const me = memberOf(context);
      const room = rooms.forReader(me, context.req.param("slug"));
      const id = Number(context.req.param("id"));
      if (!rooms.membersOf(room).includes(id)) throw new Refusal("NOT_FOUND", "They are not in this room.");
      await rooms.putOut(me, room, members.byId(id));
      return context.redirect(id === me.id ? "/" : `${pathOf(room)}/members`, 303);
    });

  function membersPage(context: Context<Env>, room: Room, refused?: { refusal: Refusal; name: string }): Response {
    const me = memberOf(context);
    const inside = rooms.membersOf(room);
    const outside = [...members.people(), ...roster.list().map(({ member }) => member)].filter(
      ({ id, removedAt }) => removedAt === null && !inside.includes(id),
    );
    const content = (
      <RoomMembersPage
        workspace={config.workspaceName}
        assets={files.urls}
        room={room}
        me={me}
        members={inside.map((id) => ({ member: members.byId(id), mayPutOut: rooms.mayPutOut(me, room, id) }))}
        canBringIn={me.role !== "guest" && may(me, "write")}
        names={outside.map(({ name, kind }) => (kind === "agent" ? `${name}-bot` : name))}
        error={refused?.refusal.message}
        typed={refused?.name}
      />
    );
    return page(context, content, refused ? 422 : 200);
  }
}

function pathOf(room: Room): string {
  return `/rooms/${encodeURIComponent(room.slug)}`;
}
