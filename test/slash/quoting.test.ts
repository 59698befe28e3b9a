import { expect, test } from "bun:test";
import { renderBody } from "../../src/messages/body.ts";
import { renderNotice } from "../../views/messages/notice.ts";
import { openCommanded } from "../support/commanded.ts";
import { pieces } from "../support/markup.ts";
import { corpus } from "../support/payloads/corpus.ts";

const names = (attributes: object) => Object.keys(attributes).join();

/** Answers are lists of what others wrote, and nothing that they wrote is more than words in them. */
test(`no answer makes markup of what others wrote, ${corpus.length} texts`, async () => {
  const much = { peopleRate: 1e6, peopleBurst: 1e6, queuedTasks: 1e6 };
  using house = openCommanded(much);
  const [mira, mallory] = [house.person("mira"), house.person("mallory")];
  const kinds = new Set<string>();
  const look = async (command: string) => {
    const answer = (await house.ask(mira, command)) ?? "";
    const item = renderNotice(renderBody(answer, () => false).html, 0);
    for (const { tag, attributes } of pieces(item, ".body *")) {
      kinds.add(tag);
      const fits =
        tag === "a" ? /^(https?|mailto):/.test(attributes.href ?? "") : tag === "span" || names(attributes) === "";
      expect([command, tag, names(attributes), fits]).toEqual([command, tag, names(attributes), true]);
    }
  };
  for (const [nth, text] of corpus.entries()) {
    house.say(mallory, `lot${nth} ${text}`.slice(0, 8_000));
    await look(`/search lot${nth}`);
    await look(`/search ${text}`);
    await look(`/${text}`);
    await look(`/help ${text}`);
    await look(`/status ${text}`);
    if (nth % 40 === 39) await look("/history 50");
  }
  for (const text of corpus.slice(0, 60)) house.work(mallory, "bob", text);
  for (const command of ["/tasks", "/progress", "/agents", "/stop bob"]) await look(command);
  // A span is a mention of everybody, which is safe as it is in messages.
  expect([...kinds].sort()).toEqual(["a", "code", "li", "p", "span", "strong", "ul"]);
});
