import type { Mallory } from "./mallory.ts";
import { hiddenSinks, pageSinks } from "./page-sinks.ts";
import { form, joined, json, type Put, type Sink, sink, type Texts, upTo } from "./sink.ts";

const messages = "/rooms/{room}/messages";

/** What is said in a room. A place that takes words is one line in one of these lists; {text} stands for them, {n} for a new number. */
const saying: readonly Sink[] = [
  sink("message", "all", (mallory, texts) => mallory.says(texts)),
  sink("message that is answered", "all", answeredMessages),
  sink("message over the page's socket", "all", (mallory, texts) => mallory.saysOnThePage(pages(texts))),
  sink("message typed on the page", "all", (mallory, texts) => mallory.types(pages(texts))),
  sink("message by form", "all", (mallory, texts) => mallory.posts(messages, pages(texts), { text: "{text}" })),
  sink("changed message", "all", (mallory, texts) => changedMessages(mallory, pages(texts))),
  sink("name of a file", "all", (mallory, texts) => mallory.attaches(texts)),
  sink("what is in a file", "all", (mallory, texts) =>
    mallory.attaches(
      pages(texts).map(() => "x.html"),
      pages(texts),
    ),
  ),
  sink("client's own id of a message", "some", form(messages, { text: "so called", clientId: "{text}" })),
];

/** What agents are asked for, and say again. */
const asking: readonly Sink[] = [
  sink("search", "all", searches),
  sink("reason why a task is stuck", "all", reasons),
  sink("task", "all", tasks),
];

/** What people, agents and rooms are called. */
const naming: readonly Sink[] = [
  sink("name at the door", "some", form("/sign-in", { name: "{text}", role: "Developer" })),
  sink("title at the door", "all", form("/sign-in", { name: "titled {nth}", role: "{text}" })),
  sink("name on the socket", "some", (mallory, texts) => mallory.comes(texts, { userId: "{text}", role: "user" })),
  sink("title on the socket", "all", (mallory, texts) =>
    mallory.comes(upTo(50, texts), { userId: "titled {nth}", role: "{text}" }),
  ),
  sink("backend of an agent", "none", json("/employees", { name: "nobody", role: "tester", backend: "{text}" })),
  sink("backend on the roster", "none", (mallory, texts) =>
    mallory.posts("/agents", texts.slice(0, 5), { name: "nobody", role: "tester", backend: "{text}" }),
  ),
  sink("name of an agent", "some", json("/employees", { name: "{text}", role: "tester" })),
  sink("role of an agent", "some", json("/employees", { name: "role{n}", role: "{text}" })),
  sink("expertise of an agent", "some", expertise),
  sink("name of a room", "some", json("/api/v1/rooms", { name: "{text}" })),
  // Each answer is a whole room with its form: a few of them, the form by itself is tried with all in views/hostile.test.tsx.
  sink("name of a room that is refused, with its topic", "none", (mallory, texts) =>
    mallory.posts("/rooms", upTo(190, texts.slice(0, 10)), { name: "! {text}", topic: "{text}" }),
  ),
  sink("topic of a room", "all", (mallory, texts) =>
    mallory.posts("/rooms", joined(texts, 190), { name: "topic {n}", topic: "{text}" }),
  ),
];

/** What is only said back to whoever sent it. */
const mistaking: readonly Sink[] = [
  sink("address of no page", "none", address("/nothing/{text}")),
  sink("address of no room", "none", address("/rooms/no-{text}")),
  sink("address of no agent", "none", address("/employees/no-{text}")),
  sink("question without sense", "none", address("/rooms/general/messages?before=-{text}")),
  sink("type of a frame", "none", frame({ type: "no {text}" })),
  sink("room of a frame", "none", frame({ type: "message", room: "no {text}", text: "x" })),
  sink("agent of a frame", "none", frame({ type: "subscribe_agent", agentName: "no {text}" })),
  sink("topic of a frame", "none", frame({ type: "subscribe", topics: "no {text}" })),
];

/** Every place that takes words today, by the room whose page is open meanwhile. */
export const sinks: Readonly<Record<string, readonly Sink[]>> = {
  said: saying,
  pages: pageSinks,
  private: hiddenSinks,
  direct: hiddenSinks,
  asked: asking,
  general: [...naming, ...mistaking],
};

function address(path: string): Put {
  return (mallory, texts) => mallory.follows(texts, path);
}

function frame(fields: Record<string, string>): Put {
  return (mallory, texts) => mallory.sends(texts, fields);
}

/** Several in one message, where it is no matter to the place that each stands alone in another. */
function pages(texts: Texts): Texts {
  return joined(texts, 1_000, "\n\n");
}

async function changedMessages(mallory: Mallory, texts: Texts): Promise<void> {
  await mallory.edits(await mallory.says(texts.map((_, nth) => `draft ${nth}`)), texts);
}

/** Those that were said last, if it was these. */
async function answeredMessages(mallory: Mallory, texts: Texts): Promise<void> {
  const ids = mallory.said.length === texts.length ? mallory.said : await mallory.says(texts);
  await mallory.says(
    texts.map(() => "indeed"),
    (nth) => ({ replyTo: ids[nth] }),
  );
}

/** As many in one task as its description has room for. */
async function tasks(mallory: Mallory, texts: Texts): Promise<void> {
  const agent = await mallory.hires("helper", 10);
  await mallory.says(joined(texts, 280).map((words, nth) => `${agent(nth)} please ${words}`));
}

/** Each agent has one task, and is stuck with it again and again. */
async function reasons(mallory: Mallory, texts: Texts): Promise<void> {
  const agent = await mallory.hires(`stuck${texts.length}x`, 5);
  await mallory.says(Array.from({ length: 5 }, (_, nth) => `${agent(nth)} please sort it`));
  await mallory.says(joined(texts, 480).map((words, nth) => `${agent(nth)} blocked: ${words}`));
}

/** Each is searched for, and each is found and quoted, by a word that ten messages have in common. */
async function searches(mallory: Mallory, texts: Texts): Promise<void> {
  const agent = await mallory.hires("helper", 10);
  const said = joined(texts, 110).map((words, nth) => `${words} lot${texts.length}-${Math.floor(nth / 10)}`);
  await mallory.says(said);
  const words = [...new Set(said.map((text) => text.slice(text.lastIndexOf(" ") + 1))), ...joined(texts, 280)];
  await mallory.says(words.map((each, nth) => `${agent(nth)} search ${each}`));
}

/** As many as one agent may have, and those that are too long one by one. */
async function expertise(mallory: Mallory, texts: Texts): Promise<void> {
  const [short, fields] = [upTo(40, texts), { name: "expert{n}", role: "tester" }];
  for (let from = 0; from < short.length; from += 30)
    await mallory.postsJson("/employees", [""], { ...fields, expertise: short.slice(from, from + 30) });
  const long = texts.filter((text) => text.length > 40);
  await mallory.postsJson("/employees", long, { ...fields, expertise: ["{text}"] });
}
