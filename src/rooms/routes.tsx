import { zValidator } from "@hono/zod-validator";
import { Hono } from "hono";
import { z } from "zod";
import { OlderMessages } from "../../views/messages/older.tsx";
import { RoomPage } from "../../views/room.tsx";
import type { Status } from "../agents/status.ts";
import type { Config } from "../config.ts";
import type { Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { type Env, memberOf } from "../guards/identity.ts";
import { refuseInvalid } from "../guards/validation.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import type { PostMessage } from "../messages/post.ts";
import { page } from "../page.tsx";
import { peopleBeside } from "../people/beside.ts";
import type { Members } from "../people/members.ts";
import type { Presence } from "../people/presence.ts";
import type { PublicFiles } from "../public-files.ts";
import { cardOf } from "../tasks/card.ts";
import type { Tasks } from "../tasks/tasks.ts";
import { roomsBeside } from "./beside.ts";
import { generalSlug } from "./names.ts";
import type { Rooms } from "./rooms.ts";

interface Parts {
  config: Config;
  store: Store;
  log: Log;
  files: PublicFiles;
  rooms: Rooms;
  members: Members;
  presence: Presence;
  status: Status;
  history: History;
  tasks: Tasks;
  post: PostMessage;
}

const older = z.object({ before: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) });

/** The room in the browser: its page, its earlier messages, and the way in for messages when there is no socket. */
export function roomRoutes(parts: Parts) {
  const { config, store, log, files, rooms, members, presence, status, history, tasks, post } = parts;
  const entry = (message: Message) => ({ message, task: cardOf(message, history, tasks) });

  return new Hono<Env>()
    .get("/", (context) => context.redirect(context.get("identity") ? `/rooms/${generalSlug}` : "/sign-in"))
    .get("/rooms/:slug", (context) => {
      if (!context.get("identity")) return context.redirect("/sign-in");
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
          seq={log.seq}
          epoch={store.epoch}
          assets={files.urls}
          reconnect={config.reconnect}
          outboxLimit={config.limits.outboxMessages}
          maxCharacters={config.limits.messageCharacters}
        />,
      );
    })
    .get("/rooms/:slug/messages", zValidator("query", older, refuseInvalid), (context) => {
      const room = rooms.forReader(memberOf(context), context.req.param("slug"));
      const { messages, hasMore } = history.page(room.id, {
        limit: config.limits.pageMessages,
        before: context.req.valid("query").before,
      });
      return context.html(String(<OlderMessages messages={messages.map(entry)} hasOlder={hasMore} room={room} />));
    })
    .post("/rooms/:slug/messages", async (context) => {
      const author = memberOf(context);
      const form = await context.req.parseBody();
      const replyTo = form.replyTo ? Number(form.replyTo) : null;
      const draft = {
        room: context.req.param("slug"),
        text: String(form.text ?? ""),
        clientId: String(form.clientId ?? "") || null,
        replyTo,
      };
      const id = await new Promise<number>((resolve, reject) => {
        post(author, { ...draft, origin: "web" }, (outcome) =>
          outcome.ok ? resolve(outcome.seq) : reject(outcome.refusal),
        );
      });
      return context.json({ id }, 201);
    })
    .post("/rooms", async (context) => {
      const form = await context.req.parseBody();
      const room = await rooms.create(memberOf(context), String(form.name ?? ""), String(form.topic ?? ""));
      return context.redirect(`/rooms/${encodeURIComponent(room.slug)}`, 303);
    });
}
