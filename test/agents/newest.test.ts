import { expect, test } from "bun:test";
import { Newest } from "../../src/agents/newest.ts";

test("the newest is remembered, and the oldest forgotten first", () => {
  const newest = new Newest<string>(2);
  const known = () => ["mira", "tomas", "ada"].filter((name) => newest.has(name));
  newest.add("mira");
  newest.add("tomas");
  newest.add("mira");
  newest.add("ada");
  expect(known()).toEqual(["mira", "ada"]);
  newest.delete("mira");
  newest.add("tomas");
  expect(known()).toEqual(["tomas", "ada"]);
});
