import { describe, expect, test } from "bun:test";
import { isAboutContent, isAboutMessage, isGone, isLost, isShut } from "../../../src/transports/telegram/refusals.ts";
import { troubleOf } from "../../../src/transports/telegram/trouble.ts";

function about(description: string, status = 400) {
  const refused = troubleOf({ error_code: status, description });
  if (refused.kind !== "refused") throw new Error(`${description} is no refusal`);
  const found = { isAboutContent, isAboutMessage, isGone, isLost, isShut };
  return Object.entries(found).flatMap(([name, is]) => (is(refused) ? [name] : []));
}

describe("a refusal", () => {
  test.each([
    "Bad Request: MESSAGE_TOO_LONG",
    "Bad Request: message is too long",
    "Bad Request: message caption is too long",
    "Bad Request: ENTITIES_TOO_LONG",
    "Bad Request: can't parse entities: Unsupported start tag",
    "Bad Request: RICH_MESSAGE_TABLE_COLUMNS_INVALID",
    "Bad Request: BUTTON_DATA_INVALID",
    "Bad Request: PHOTO_INVALID_DIMENSIONS",
    "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN",
    "Bad Request: not enough rights to send documents to the chat",
  ])("is about what is said: %s", (words) => {
    expect(about(words)).toContain("isAboutContent");
  });

  test("is about what is said when it is too large", () => {
    expect(about("Request Entity Too Large", 413)).toContain("isAboutContent");
  });

  test.each([
    "Bad Request: message to edit not found",
    "Bad Request: message to delete not found",
    "Bad Request: message can't be edited",
    "Bad Request: message is not modified: specified new message content",
    "Bad Request: MESSAGE_ID_INVALID",
    "Bad Request: MESSAGE_AUTHOR_REQUIRED",
  ])("is about the message that should be changed: %s", (words) => {
    expect(about(words)).toEqual(["isAboutMessage"]);
  });

  test.each([
    [403, "Forbidden: bot was blocked by the user"],
    [403, "Forbidden: something that is new"],
    [400, "Bad Request: chat not found"],
    [400, "Bad Request: have no rights to send a message"],
    [400, "Bad Request: not enough rights to send text messages to the chat"],
    [400, "Bad Request: PEER_ID_INVALID"],
  ])("is about who it is said to, so that a private chat is given up: %d %s", (status, words) => {
    expect(about(words, status)).toEqual(["isLost"]);
  });

  test("is about a topic that is gone, or that somebody closed", () => {
    expect(about("Bad Request: message thread not found")).toEqual(["isGone", "isLost"]);
    expect(about("Bad Request: TOPIC_DELETED")).toEqual(["isGone", "isLost"]);
    expect(about("Bad Request: TOPIC_CLOSED")).toEqual(["isLost", "isShut"]);
  });

  test.each(["Bad Request: CHAT_RESTRICTED", "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN", "Bad Request: something new"])(
    "is about nothing that is known here: %s",
    (words) => {
      expect(about(words)).toEqual([]);
    },
  );
});
