import { expect, test } from "bun:test";
import { createNews } from "../../../src/transports/telegram/news.ts";

test("what one found is told until that one is well again, whatever the others say", () => {
  const told: (string | null)[] = [];
  const news = createNews((words) => told.push(words));
  const [network, webhook] = [news.from(), news.from()];
  webhook("nothing is delivered");
  network(null);
  network("nobody answers");
  webhook("nothing is delivered");
  network(null);
  webhook(null);
  expect(told).toEqual([
    "nothing is delivered",
    "nothing is delivered",
    "nobody answers",
    "nobody answers",
    "nothing is delivered",
    null,
  ]);
});
