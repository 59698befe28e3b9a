import { attachmentData } from "../../files/file.ts";
import type { Message } from "../../messages/message.ts";
import type { Member } from "../../people/member.ts";

/** As the DELETE and POST of members take it: agents with `-bot`, because a person may bear the same name. */
export function nameOf(member: Member): string {
  return member.kind === "agent" ? `${member.name}-bot` : member.name;
}

/** Under the names of the camel dialect. */
export function messageJson(message: Message) {
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    id: message.id,
    seq: message.seq,
    room: message.room,
    sender: nameOf(message.author),
    text: message.text,
    html: message.html,
    timestamp: iso(message.at),
    mentions: message.mentions,
    replyTo: message.replyTo?.id ?? null,
    threadId: message.threadId,
    origin: message.origin,
    ...(message.files.length > 0 && { files: message.files.map(attachmentData) }),
    ...(message.clientId !== null && { clientId: message.clientId }),
    ...(message.taskId !== null && { taskId: String(message.taskId) }),
    ...(message.editedAt !== null && { editedAt: iso(message.editedAt) }),
    ...(message.deletedAt !== null && { deletedAt: iso(message.deletedAt) }),
  };
}
