import { describe, expect, test } from "bun:test";
import { asking, question } from "../support/asks.ts";
import { openHouse } from "../support/house.ts";

/** Alice was asked for something, and asks something back. */
function openAsked() {
  const house = openHouse();
  const mira = house.person("mira");
  const task = house.work(mira, "alice", "move the data");
  const card = house.say(house.agent("alice"), "On it.", { replyTo: task.requestId, taskId: task.id });
  const { approval, answer } = asking(house, task, question);
  const reply = (who: string, text: string, to = card.id) => {
    const message = house.say(house.person(who), text, { replyTo: to });
    house.log.flush();
    return message;
  };
  const given = () => house.approvals.byId(approval.id)?.answer ?? null;
  return { house, task, card, answer, reply, given, [Symbol.dispose]: () => house[Symbol.dispose]() };
}

describe("a plain reply in a task's thread", () => {
  test("answers the question that is open there, in words or by the name of a choice", async () => {
    using asked = openAsked();
    asked.reply("tomas", "Whichever is smaller");
    expect(asked.given()).toMatchObject({ outcome: "said", text: "Whichever is smaller", by: { name: "tomas" } });
    expect(await asked.answer).toMatchObject({ outcome: "said" });
    const second = asking(asked.house, asked.task, { ...question, takesText: false });
    asked.reply("tomas", "either");
    expect(asked.house.approvals.byId(second.approval.id)?.answer).toBeNull();
    asked.reply("tomas", "@alice the NEW one", asked.task.requestId);
    expect(await second.answer).toMatchObject({ outcome: "chosen", option: { id: "new" } });
  });

  test("of somebody who may not answer is talk, and so are a command, a word to somebody else, and what stands outside", () => {
    using asked = openAsked();
    const { house } = asked;
    house.person("gus", "guest");
    house.say(house.person("gus", "guest"), "the new one", { replyTo: asked.card.id });
    asked.reply("tomas", "/agents");
    asked.reply("tomas", "@bob what do you think?");
    const elsewhere = house.say(house.person("tomas"), "something else");
    asked.reply("tomas", "the new one", elsewhere.id);
    house.say(house.person("tomas"), "the new one");
    house.say(house.agent("bob"), "the new one", { replyTo: asked.card.id });
    house.log.flush();
    expect(asked.given()).toBeNull();
  });

  test("that comes too late is talk: the first one answered", () => {
    using asked = openAsked();
    asked.reply("tomas", "the old one");
    asked.reply("mira", "the new one");
    expect(asked.given()).toMatchObject({ option: { id: "old" }, by: { name: "tomas" } });
  });

  test("is nobody's new task; any other reply is", () => {
    using asked = openAsked();
    const { house } = asked;
    const takes = (who: string, text: string) => {
      const said = house.say(house.person(who), text, { replyTo: asked.card.id });
      return house.replies.takes(said, said.author);
    };
    house.person("gus", "guest");
    expect(
      house.replies.takes(
        house.say(house.person("gus", "guest"), "new", { replyTo: asked.card.id }),
        house.person("gus", "guest"),
      ),
    ).toBe(false);
    expect(takes("tomas", "new")).toBe(true);
    house.log.flush();
    expect(takes("tomas", "and now?")).toBe(false);
  });
});
