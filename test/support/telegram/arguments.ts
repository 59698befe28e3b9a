import { badRequest } from "./refused.ts";

export interface Upload {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a call came with, whichever way it was encoded. */
export interface Arguments {
  readonly fields: Readonly<Record<string, unknown>>;
  /** Uploaded files by the name under which `attach://` refers to them. */
  readonly uploads: ReadonlyMap<string, Upload>;
}

/** In multipart these are JSON, and everything else is words. */
const structured = new Set([
  "reply_parameters",
  "reply_markup",
  "caption_entities",
  "entities",
  "link_preview_options",
  "rich_message",
]);

/** Reads JSON, or multipart where everything but files is text. */
export async function argumentsOf(request: Request): Promise<Arguments> {
  const type = request.headers.get("content-type") ?? "";
  if (!type.startsWith("multipart/")) {
    const text = await request.text();
    return { fields: text ? JSON.parse(text) : {}, uploads: new Map() };
  }
  const fields: Record<string, unknown> = {};
  const uploads = new Map<string, Upload>();
  for (const [name, value] of await request.formData()) {
    if (typeof value === "string") fields[name] = structured.has(name) ? JSON.parse(value) : value;
    else uploads.set(name, { name: value.name, bytes: new Uint8Array(await value.arrayBuffer()) });
  }
  return { fields, uploads };
}

/** A field that must be some text. */
export function textOf(fields: Arguments["fields"], name: string): string {
  const value = fields[name];
  if (value === undefined || value === null) return "";
  if (typeof value === "object") throw badRequest(`field "${name}" must be of type String`);
  return String(value);
}

/** A field that is a whole number, or was left out. */
export function numberOf(fields: Arguments["fields"], name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw badRequest(`field "${name}" must be of type Number`);
  return number;
}

/** A field that is true or false; in multipart as a word. */
export const flagOf = (fields: Arguments["fields"], name: string) => fields[name] === true || fields[name] === "true";

const sending =
  "chat_id message_thread_id disable_notification protect_content reply_parameters reply_markup message_effect_id";
const draft = "chat_id message_thread_id draft_id can_stop keep_on_stop";
const captioned = "caption parse_mode caption_entities show_caption_above_media";

/** The parameters of each method that is known here; Telegram ignores others, and here they are refused, because they are slips. */
const parameters: Record<string, string> = {
  getMe: "",
  getUpdates: "offset limit timeout allowed_updates",
  setWebhook: "url certificate ip_address max_connections allowed_updates drop_pending_updates secret_token",
  deleteWebhook: "drop_pending_updates",
  getWebhookInfo: "",
  sendMessage: `${sending} text parse_mode entities link_preview_options`,
  sendMessageDraft: `${draft} text parse_mode entities`,
  sendRichMessage: `${sending} rich_message`,
  sendRichMessageDraft: `${draft} rich_message`,
  editMessageText: "chat_id message_id text parse_mode entities link_preview_options rich_message reply_markup",
  editMessageReplyMarkup: "chat_id message_id reply_markup",
  deleteMessage: "chat_id message_id",
  sendPhoto: `${sending} ${captioned} photo has_spoiler`,
  sendDocument: `${sending} ${captioned} document thumbnail disable_content_type_detection`,
  getFile: "file_id",
  sendChatAction: "chat_id message_thread_id action",
  setMessageReaction: "chat_id message_id reaction is_big",
  answerCallbackQuery: "callback_query_id text show_alert url cache_time",
  setMyCommands: "commands scope language_code",
  getChat: "chat_id",
  createForumTopic: "chat_id name icon_color icon_custom_emoji_id",
  editForumTopic: "chat_id message_thread_id name icon_custom_emoji_id",
};

/** @throws ApiRefusal for a method that is not known here, and for a parameter it does not have */
export function checkParameters(method: string, fields: Arguments["fields"]): void {
  const names = parameters[method];
  if (names === undefined) throw badRequest(`the fake knows no method "${method}"`);
  const unknown = Object.keys(fields).find((name) => !names.split(" ").includes(name));
  if (unknown) throw badRequest(`the fake knows no parameter "${unknown}" of ${method}`);
}
