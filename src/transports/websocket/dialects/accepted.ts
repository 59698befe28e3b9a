import { z } from "zod";
import { wholeNumberFrom } from "../../../people/id.ts";

/** What clients may send, by frame type: the fields after they were brought into one spelling (decode.ts). */

const text = z.string();
const name = z.string().trim().min(1).max(100);
const flag = z.union([z.boolean(), z.stringbool()]);
export const messageId = wholeNumberFrom(1);
/** Nobody tries ten thousand times between two reports. */
const count = z.number().int().min(0).max(10_000);
const optionalText = z.string().nullish();
const optionalId = z.union([z.string(), z.number().transform(String)]).nullish();
const topicList = z
  .preprocess((given) => (typeof given === "string" ? [given] : given), z.array(z.string().max(100)).max(128))
  .describe("Of `presence typing agents tasks help approvals`, or `room:<slug>`.");
/** Ids of files; a form's one field holds them all. */
const fileList = z
  .preprocess(
    (given) => (typeof given === "string" ? given.split(/[\s,]+/).filter(Boolean) : given),
    z.array(z.string().max(64)).max(100),
  )
  .nullish()
  .describe("Ids of files that you uploaded and said with no message yet.");
/** Form fields arrive as text, and an empty one means there is none. */
const reference = z.union([z.string(), z.number()]).nullish();
const room = optionalText.describe("Its slug; `general` without it.");
const clientId = optionalId.describe(
  "Your choice, up to 64 characters. Sent again with the same one, a message is said once and you get the first result.",
);
const topics = z.object({ topics: topicList });
const agent = z.object({ agentName: name });

const message = z.object({
  text: optionalText.describe("Markdown, up to 8,000 characters; may be missing where there are files."),
  files: fileList,
  room,
  replyTo: reference.describe("The id of the message that this one answers."),
  clientId,
  id: z
    .union([z.string().max(64), z.number()])
    .nullish()
    .describe("Given back as `clientId` when there was none; repeats are not recognised by it."),
});

export const accepted = {
  auth: z.object({
    userId: z
      .union([z.string().max(100), z.number().transform(String)])
      .nullish()
      .describe("Who you are; not needed where a credential says so."),
    role: z.string().max(100).nullish().describe("A title, shown beside the name. It grants nothing."),
    method: z
      .string()
      .max(40)
      .nullish()
      .describe("Of `token api_key session guest development`: which of the credentials decides."),
    token: z.string().max(8_192).nullish().describe("A JWT, or any other credential."),
    apiKey: z.string().max(512).nullish(),
    sessionToken: z.string().max(512).nullish(),
    guestId: z.string().max(100).nullish().describe("The name of a guest, where guests are let in."),
    lastSeq: wholeNumberFrom(0)
      .nullish()
      .describe("The largest `seq` you have heard: what came after it is told first."),
    epoch: z.string().max(64).nullish().describe("The `epoch` that this seq is of, from the welcome."),
    subscribe: topicList.nullish(),
    batch: flag.nullish().describe("Whether several frames of one moment may come as one of type `batch`."),
  }),
  message,
  chat_message: message,
  ping: z.object({ at: z.number().optional().describe("Ignored: your own clock.") }),
  typing: z.object({ room, isTyping: flag.default(false) }),
  subscribe: topics,
  unsubscribe: topics,
  subscribe_agent: agent,
  unsubscribe_agent: agent,
  get_agent_status: z.object({ agentName: z.string().max(100).nullish().describe("All of them without it.") }),
  get_active_tasks: z.object({}),
  send_agent_message: z.object({
    agentName: name,
    message: text.refine((words) => words.trim() !== "", "must not be blank"),
    clientId,
  }),
  get_chat_history: z.object({
    conversationId: z.string().max(100).default("main").describe("The slug of a room; `main` is #general."),
    limit: wholeNumberFrom(1, 200).default(50),
    before: messageId.nullish().describe("Only messages older than this id."),
    after: wholeNumberFrom(0).nullish().describe("Only messages newer than this id."),
  }),
  refresh_token: z.object({ token: z.string().min(1).max(8_192).describe("Another proof of the same person.") }),
  edit_message: z.object({ id: messageId, text }),
  delete_message: z.object({ id: messageId }),
  task: z.object({ id: messageId.describe("Of the task."), action: z.enum(["complete", "cancel", "resume"]) }),
  approval_response: z.object({
    id: messageId.describe("Of the approval."),
    option: optionalText.describe("The id of a choice."),
    text: optionalText.describe("An answer in words, where it takes them; instead of a choice."),
    shown: z.string().max(64).describe("Its `shown`: the hash of what you were shown. Another one is refused."),
  }),
  report: z.object({
    reconnected: flag.default(false),
    failedWebsocket: count.default(0),
    failedHttp: count.default(0),
    queued: count.default(0).describe("Messages that waited while you were away."),
    latency: z.number().min(0).max(600_000).optional().describe("From a ping to its pong, ms."),
  }),
  /** The page's own first frame. */
  resume: z.object({
    room: z.string().max(100),
    task: wholeNumberFrom(1).optional(),
    lastSeq: wholeNumberFrom(0).optional(),
    epoch: z.string().max(64).optional(),
  }),
};

export type AcceptedType = keyof typeof accepted;

/** Snake-case spellings and what they are called here. */
export const spellings: ReadonlyMap<string, string> = new Map([
  ["user_id", "userId"],
  ["api_key", "apiKey"],
  ["session_token", "sessionToken"],
  ["guest_id", "guestId"],
  ["last_seq", "lastSeq"],
  ["reply_to", "replyTo"],
  ["client_id", "clientId"],
  ["is_typing", "isTyping"],
  ["agent_name", "agentName"],
  ["conversation_id", "conversationId"],
]);
