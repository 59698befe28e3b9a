import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { type Env, haveRead, memberOf, requires } from "../../guards/identity.ts";
import { accepts } from "../../guards/validation.ts";
import { wordsOnAbsent } from "../../messages/absent.ts";
import type { History } from "../../messages/history.ts";
import type { PostMessage } from "../../messages/post.ts";
import { wholeNumberFrom } from "../../people/id.ts";
import type { Member } from "../../people/member.ts";
import type { Members } from "../../people/members.ts";
import { memberNamed } from "../../rooms/named.ts";
import { plainName } from "../../rooms/names.ts";
import type { Room } from "../../rooms/room.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Slash } from "../../slash/slash.ts";
import { messageJson, nameOf } from "./json.ts";

interface Parts {
  config: Config;
  rooms: Rooms;
  members: Members;
  history: History;
  post: PostMessage;
  slash: Slash;
}

const id = wholeNumberFrom(1);
const name = z.string().max(100);
const roomMade = z.strictObject({
  name: name.describe("Its address is made of it."),
  topic: z.string().max(1_000).optional().describe("A line about it."),
  private: z.boolean().optional().describe("Whether only those who are brought in know of it."),
});
const memberMeant = z.strictObject({
  name: name.describe("Agents best as `name-bot`: a person may bear the same name."),
});
const directMeant = z.strictObject({
  members: z.array(name).max(50).describe("Beside yourself; agents best as `name-bot`."),
});
const messageSaid = z.strictObject({
  text: z.string().default("").describe("Markdown, up to 8,000 characters; may be missing where there are files."),
  files: z.array(z.string().max(64)).max(100).nullish().describe("Ids of files that you uploaded."),
  replyTo: z
    .number()
    .int()
    .positive()
    .max(Number.MAX_SAFE_INTEGER)
    .nullish()
    .describe("The id of the message that it answers."),
  clientId: z
    .string()
    .nullish()
    .describe("Your choice, up to 64 characters: with it, saying it again changes nothing."),
});

/** Rooms, who is in them and what is said there, for programs. What one may not see is not there: 404 in the same words. */
export function roomApi({ config, rooms, members, history, post, slash }: Parts) {
  const most = config.limits.historyMessages;
  const page = z.object({
    before: id.optional().describe("Only messages older than this id."),
    after: id.optional().describe("Only messages newer than this id."),
    limit: wholeNumberFrom(1, most).default(config.limits.pageMessages),
  });
  const roomOf = (context: Context<Env>) => rooms.forReader(memberOf(context), context.req.param("slug") ?? "");
  const membersOf = (room: Room) =>
    room.visibility === "public"
      ? members.people().filter(({ removedAt }) => removedAt === null)
      : rooms.membersOf(room).map(members.byId);

  function roomJson(room: Room) {
    const own = room.visibility === "public" ? {} : { members: membersOf(room).map(nameOf) };
    return { slug: room.slug, name: plainName(room.slug), topic: room.topic, visibility: room.visibility, ...own };
  }

  return new Hono<Env>()
    .get("/api/v1/rooms", requires("read"), (context) =>
      context.json({ rooms: rooms.readableBy(memberOf(context)).map(roomJson) }),
    )
    .post("/api/v1/rooms", requires("write"), accepts("json", roomMade), async (context) => {
      const { name, topic = "", private: isPrivate } = context.req.valid("json");
      const room = await rooms.create(memberOf(context), name, topic, isPrivate ? "private" : "public");
      return context.json({ room: roomJson(room) }, 201);
    })
    .post("/api/v1/direct", requires("write"), accepts("json", directMeant), async (context) => {
      const me = memberOf(context);
      const others = context.req.valid("json").members.map((each) => memberNamed(members, each));
      return context.json({ room: roomJson(await rooms.direct(me, others)) }, 201);
    })
    .get("/api/v1/rooms/:slug/members", requires("read"), (context) => {
      const room = roomOf(context);
      return context.json({ members: membersOf(room).map(memberJson) });
    })
    .post("/api/v1/rooms/:slug/members", requires("write"), accepts("json", memberMeant), async (context) => {
      const room = roomOf(context);
      const member = memberNamed(members, context.req.valid("json").name);
      await rooms.bringIn(memberOf(context), room, member);
      return context.json({ member: memberJson(member) }, 201);
    })
    .delete("/api/v1/rooms/:slug/members/:name", requires("read"), async (context) => {
      const room = roomOf(context);
      // Also of those who left: their place in the room is still theirs.
      const given = context.req.param("name");
      const member = members.person(given) ?? members.agent(given);
      if (!member) throw new Refusal("NOT_FOUND", "Nobody of that name is here.");
      await rooms.putOut(memberOf(context), room, member);
      return context.json({ message: `${member.name} is no longer in #${plainName(room.slug)}.` });
    })
    .get("/api/v1/rooms/:slug/messages", requires("read"), accepts("query", page), (context) => {
      const { messages, hasMore, characters } = history.page(roomOf(context).id, context.req.valid("query"));
      haveRead(context, characters);
      return context.json({ messages: messages.filter(({ streaming }) => !streaming).map(messageJson), hasMore });
    })
    .post(
      "/api/v1/rooms/:slug/messages",
      requires("write", "message"),
      accepts("json", messageSaid),
      async (context) => {
        const { slug: room } = rooms.named(memberOf(context), context.req.param("slug"));
        const draft = { room, ...context.req.valid("json"), origin: "api" as const };
        const { seq, repeated } = await new Promise<{ seq: number; repeated: boolean }>((resolve, reject) => {
          post(memberOf(context), draft, (outcome) => (outcome.ok ? resolve(outcome) : reject(outcome.refusal)));
        });
        const message = history.message(seq);
        // A client id of long ago may name a message in a room that its author was put out of since.
        if (!message || !rooms.mayRead(memberOf(context), rooms.byId(message.roomId))) throw new Refusal("NOT_FOUND");
        const answer = repeated
          ? undefined
          : await slash.answer(memberOf(context), rooms.byId(message.roomId), message.text);
        const notice = answer ?? wordsOnAbsent(message, members, rooms);
        return context.json({ message: messageJson(message), ...(notice && { notice }) }, 201);
      },
    );
}

function memberJson(member: Member) {
  return { name: nameOf(member), kind: member.kind, role: member.kind === "agent" ? member.title : member.role };
}
