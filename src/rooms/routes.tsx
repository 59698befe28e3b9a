import { type Context, Hono } from "hono";
import { z } from "zod";
import { renderNotice } from "../../views/messages/notice.ts";
import { OlderMessages } from "../../views/messages/older.tsx";
import type { RefusedRoom } from "../../views/new-room.tsx";
import { doneIn, roomDone, seatDone } from "../../views/people/done.ts";
import type { Rights } from "../../views/rights.ts";
import { RoomPage } from "../../views/room.tsx";
import { RoomMembersPage } from "../../views/room-members.tsx";
import type { Roster } from "../agents/roster.ts";
import type { Status } from "../agents/status.ts";
import type { Approvals } from "../approvals/approvals.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { asksForPage, type Env, hasAccount, haveRead, memberOf, requires } from "../guards/identity.ts";
import { doorFor } from "../guards/next.ts";
import { accepts, formText, formTexts } from "../guards/validation.ts";
import { renderBody } from "../messages/body.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import type { PostMessage } from "../messages/post.ts";
import { modeOf, page } from "../page.tsx";
import { peopleBeside } from "../people/beside.ts";
import { wholeNumber, wholeNumberFrom } from "../people/id.ts";
import { may } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Presence } from "../people/presence.ts";
import type { PublicFiles } from "../public-files.ts";
import type { Slash } from "../slash/slash.ts";
import type { TaskCards } from "../tasks/card.ts";
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
  cards: TaskCards;
  approvals: Approvals;
  roster: Roster;
  post: PostMessage;
  slash: Slash;
  rollout: Rollout;
}

const older = z.object({ before: wholeNumberFrom(1) });

const forms = {
  // How long a message may be the core says, in its own words.
  message: z.object({ text: formText(1_000_000), clientId: formText(), replyTo: formText() }),
  room: z.object({ name: formText(), topic: formText(), private: formText(10) }),
  direct: z.object({ members: formTexts(50) }),
  member: z.object({ name: formText() }),
};

/** The room in the browser: its page, its earlier messages, and the way in for messages when there is no socket. */
export function roomRoutes(parts: Parts) {
  const { config, store, log, files, rooms, members, presence, status, history, cards, roster, post, slash, clock } =
    parts;
  const { rollout, approvals } = parts;
  const entry = (message: Message) => {
    const card = cards.on(message);
    return { message, card, asks: card ? approvals.ofTask(card.task.id) : [] };
  };

  return new Hono<Env>()
    .get("/", (context) => {
      const door = doorFor(context.req, context.get("isOver"));
      return context.redirect(context.get("identity") ? `/rooms/${generalSlug}` : door);
    })
    .get("/rooms/:slug", requires("read", "page"), (context) =>
      roomPage(context, rooms.forReader(memberOf(context), context.req.param("slug"))),
    )
    .get("/rooms/:slug/messages", requires("read"), accepts("query", older), (context) => {
      const room = rooms.forReader(memberOf(context), context.req.param("slug"));
      const { messages, hasMore, characters } = history.page(room.id, {
        limit: config.limits.pageMessages,
        before: context.req.valid("query").before,
      });
      haveRead(context, characters);
      return context.html(String(<OlderMessages messages={messages.map(entry)} hasOlder={hasMore} room={room} />));
    })
    .post("/rooms/:slug/messages", requires("write", "message"), accepts("form", forms.message), async (context) => {
      const author = memberOf(context);
      const form = await context.req.parseBody();
      const replyTo = form.replyTo ? wholeNumber(String(form.replyTo)) : null;
      const room = rooms.forReader(author, context.req.param("slug"));
      const draft = {
        room: room.slug,
        text: String(form.text ?? ""),
        files: String(form.files ?? "")
          .split(/[\s,]+/)
          .filter(Boolean),
        clientId: String(form.clientId ?? "") || null,
        replyTo,
      };
      const { seq: id, repeated } = await new Promise<{ seq: number; repeated: boolean }>((resolve, reject) => {
        post(author, { ...draft, origin: "web" }, (outcome) =>
          outcome.ok ? resolve(outcome) : reject(outcome.refusal),
        );
      });
      const answer = repeated ? undefined : await slash.answer(author, room, draft.text);
      const notice = answer && renderNotice(renderBody(answer, () => false).html, clock.now());
      return context.json({ id, ...(notice && { notice }) }, 201);
    })
    .on("GET", ["/rooms", "/direct"], requires("read", "page"), (context) => context.redirect("/"))
    .get("/rooms/:slug/members/:id/remove", requires("read", "page"), (context) => {
      const room = rooms.forReader(memberOf(context), context.req.param("slug"));
      return context.redirect(`${pathOf(room)}/members`);
    })
    .post("/rooms", requires("write"), accepts("form", forms.room), async (context) => {
      const form = await context.req.parseBody();
      const [name, topic] = [String(form.name ?? ""), String(form.topic ?? "")];
      const visibility = form.private ? "private" : "public";
      const me = memberOf(context);
      try {
        return context.redirect(pathOf(await rooms.create(me, name, topic, visibility)), 303);
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || refusal.status >= 500 || refusal.code === "PERMISSION_DENIED")
          throw refusal;
        if (!asksForPage(context)) throw refusal;
        // Where they were, with everything they typed.
        const room = rooms.find(me, String(form.from ?? "")) ?? rooms.forReader(me, generalSlug);
        const typed = { name, topic, private: form.private ? "on" : "" };
        return roomPage(context, room, { error: refusal.message, field: refusal.field, typed });
      }
    })
    .post("/direct", requires("write"), accepts("form", forms.direct), async (context) => {
      const me = memberOf(context);
      const form = await context.req.parseBody({ all: true });
      const names = [form.members ?? []].flat().map(String);
      const others = names.map((name) => memberNamed(members, name));
      return context.redirect(pathOf(await rooms.direct(me, others)), 303);
    })
    .get("/rooms/:slug/members", requires("read", "page"), (context) => {
      const room = rooms.forReader(memberOf(context), context.req.param("slug"));
      // Public rooms are everybody's, and a conversation bears its members' names.
      if (room.visibility !== "private") return context.redirect(pathOf(room));
      return membersPage(context, room);
    })
    .post("/rooms/:slug/members", requires("write"), accepts("form", forms.member), async (context) => {
      const me = memberOf(context);
      const room = rooms.forReader(me, context.req.param("slug"));
      const name = String((await context.req.parseBody()).name ?? "");
      try {
        const member = memberNamed(members, name);
        await rooms.bringIn(me, room, member);
        return context.redirect(`${pathOf(room)}/members?done=in&member=${member.id}#member-${member.id}`, 303);
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || room.visibility !== "private" || refusal.code === "PERMISSION_DENIED")
          throw refusal;
        return membersPage(context, room, { refusal, name });
      }
    })
    .post("/rooms/:slug/members/:id/remove", requires("read"), async (context) => {
      const me = memberOf(context);
      const room = rooms.forReader(me, context.req.param("slug"));
      const id = wholeNumber(context.req.param("id"));
      if (!rooms.membersOf(room).includes(id)) throw new Refusal("NOT_FOUND", "They are not in this room.");
      await rooms.putOut(me, room, members.byId(id));
      const to = id === me.id ? `/rooms/${generalSlug}?done=left` : `${pathOf(room)}/members?done=out&member=${id}`;
      return context.redirect(to, 303);
    });

  function roomPage(context: Context<Env>, room: Room, newRoom?: RefusedRoom): Response {
    const me = memberOf(context);
    const besides = roomsBeside(me, room, { rooms, members, limits: config.limits });
    const { messages, hasMore, characters } = history.page(room.id, { limit: config.limits.pageMessages });
    haveRead(context, characters);
    const content = (
      <RoomPage
        workspace={config.workspaceName}
        room={room}
        members={besides.rooms.find((beside) => beside.room === room)?.members ?? []}
        memberCount={rooms.membersOf(room).length}
        rooms={besides}
        messages={messages.map(entry)}
        hasOlder={hasMore}
        people={peopleBeside(members, presence, config.limits.peopleBeside)}
        online={presence.count}
        agents={status.all()}
        me={me}
        rights={rightsOf(context)}
        newRoom={newRoom}
        notice={doneIn(roomDone, context.req.query("done"))}
        mode={modeOf(config)}
        waiting={approvals.waitingFor(me).length}
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
      />
    );
    return page(context, content, newRoom ? 422 : 200);
  }

  /** What the page offers. Whether it is done is decided where it is done. */
  function rightsOf(context: Context<Env>): Rights {
    const me = memberOf(context);
    const makesRooms = may(me, "manage_tasks");
    return {
      write: may(me, "write"),
      makeRooms: makesRooms,
      bringIn: me.role !== "guest" && may(me, "write"),
      answer: me.kind === "person" && may(me, "execute"),
      hire: makesRooms,
      account: hasAccount(context),
    };
  }

  function membersPage(context: Context<Env>, room: Room, refused?: { refusal: Refusal; name: string }): Response {
    const me = memberOf(context);
    const inside = rooms.membersOf(room);
    const outside = [...members.people(), ...roster.list().map(({ member }) => member)].filter(
      ({ id, removedAt }) => removedAt === null && !inside.includes(id),
    );
    const content = (
      <RoomMembersPage
        workspace={config.workspaceName}
        mode={modeOf(config)}
        canAudit={may(me, "manage_system")}
        hasAccount={hasAccount(context)}
        assets={files.urls}
        room={room}
        me={me}
        members={inside.map((id) => ({ member: members.byId(id), mayPutOut: rooms.mayPutOut(me, room, id) }))}
        canBringIn={rightsOf(context).bringIn}
        names={outside.map(({ name, kind }) => (kind === "agent" ? `${name}-bot` : name))}
        error={refused?.refusal.message}
        typed={refused?.name}
        {...(refused ? {} : seatsChanged(context, inside))}
      />
    );
    return page(context, content, refused ? 422 : 200);
  }

  /** What the address says was done about whom, if it fits who is here: an address can be made up. */
  function seatsChanged(context: Context<Env>, inside: readonly number[]): { about?: number; notice?: string } {
    const { done, member = "" } = context.req.query();
    const words = doneIn(seatDone, done);
    const about = Number(member);
    if (!words || !members.has(about) || inside.includes(about) !== (done === "in")) return {};
    return { about, notice: words(members.byId(about).name) };
  }
}

function pathOf(room: Room): string {
  return `/rooms/${encodeURIComponent(room.slug)}`;
}
