import { expect, test } from "bun:test";
import { openHouse, refusedLater } from "../support/house.ts";

test("the house speaks unless somebody else is named, in the room everybody is in", async () => {
  using house = openHouse();
  const id = await house.sayAs("the build is green");
  expect(house.history.message(id)).toMatchObject({
    room: "general",
    text: "the build is green",
    author: { kind: "system" },
    origin: "system",
  });
});

test("agents are meant before people of the same name, and by -bot in any case", async () => {
  using house = openHouse();
  house.person("alice");
  house.person("mira");
  const authorOf = async (name: string) => {
    const message = house.history.message(await house.sayAs("hello", name));
    return [message?.author.kind, message?.author.name, message?.origin];
  };
  expect(await authorOf("alice")).toEqual(["agent", "alice", "agent"]);
  expect(await authorOf("Alice-bot")).toEqual(["agent", "alice", "agent"]);
  expect(await authorOf("mira")).toEqual(["person", "mira", "api"]);
  expect(await authorOf("System")).toEqual(["system", "system", "system"]);
});

test("it answers what it is told to answer", async () => {
  using house = openHouse();
  const question = house.say(house.person("mira"), "who is there?");
  const id = await house.sayAs("me", "alice", question.id);
  expect(house.history.message(id)?.replyTo?.id).toBe(question.id);
  expect(await refusedLater(house.sayAs("me", "alice", 999_999))).toBe("NOT_FOUND");
});

test("nobody speaks who is not here, or not here any more; and nobody says nothing", async () => {
  using house = openHouse();
  const ada = house.person("ada", "admin");
  expect(await refusedLater(house.sayAs("boo", "zoe"))).toBe("NOT_FOUND");
  await house.roster.fire(ada, "diana");
  expect(await refusedLater(house.sayAs("boo", "diana"))).toBe("NOT_FOUND");
  await house.members.disable(ada, house.person("tomas"));
  expect(await refusedLater(house.sayAs("boo", "tomas"))).toBe("NOT_FOUND");
  expect(await refusedLater(house.sayAs("   "))).toBe("INVALID_MESSAGE");
});
