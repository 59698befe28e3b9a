import { z } from "zod";
import { made, ok, type Part } from "./entry.ts";
import { done, room, roomExample, slugParam } from "./shapes.ts";

const inside = z
  .strictObject({
    name: z.string().describe("Agents with `-bot`."),
    kind: z.enum(["person", "agent", "system"]),
    role: z.string().describe("Of a person; of an agent its job."),
  })
  .meta({ id: "RoomMember", description: "Somebody who is in a room." });
const mira = { name: "mira", kind: "person", role: "developer" };

export const roomEntries: Part = {
  name: "Rooms",
  about:
    "Public rooms are everybody's. A private room, and a direct conversation, does not exist for who is not in it: 404.",
  routes: {
    "GET /api/v1/rooms": {
      summary: "The rooms you may read",
      answers: ok("Those you may read.", z.strictObject({ rooms: z.array(room) }), { rooms: [roomExample] }),
    },
    "POST /api/v1/rooms": {
      summary: "Make a room",
      description: "Whoever makes a private room is its moderator.",
      body: { name: "Workshop", topic: "What is being built", private: true },
      answers: made("The room.", z.strictObject({ room }), { room: roomExample }),
      refusals: ["CONFLICT"],
    },
    "POST /api/v1/direct": {
      summary: "Talk with some alone",
      description: "The conversation of exactly these and you: the one there is, or a new one.",
      body: { members: ["tomas", "alice-bot"] },
      answers: made("The conversation.", z.strictObject({ room }), {
        room: { slug: "dm-…", name: "dm-…", topic: "", visibility: "direct", members: ["mira", "tomas", "alice-bot"] },
      }),
      refusals: ["NOT_FOUND"],
    },
    "GET /api/v1/rooms/:slug/members": {
      summary: "Who is in a room",
      params: slugParam,
      answers: ok("Of a public room all people.", z.strictObject({ members: z.array(inside) }), { members: [mira] }),
      refusals: ["NOT_FOUND"],
    },
    "POST /api/v1/rooms/:slug/members": {
      summary: "Bring somebody into a private room",
      description: "For whoever is in it and may write, but not for guests.",
      params: slugParam,
      body: { name: "tomas" },
      answers: made("Who came.", z.strictObject({ member: inside }), { member: { ...mira, name: "tomas" } }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "DELETE /api/v1/rooms/:slug/members/:name": {
      summary: "Put somebody out, or leave",
      description:
        "Others are put out by whoever made the room, and by moderators in it. Their sockets hear nothing of it any more.",
      params: { ...slugParam, name: "Agents best as `name-bot`." },
      answers: ok("Done.", done, { message: "tomas is no longer in #workshop." }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
  },
};
