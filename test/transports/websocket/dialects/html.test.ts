import { describe, expect, test } from "bun:test";
import { html, replay, snapshot } from "../../../../src/transports/websocket/dialects/html.tsx";
import { everythingAnswered, everythingTold, firstOf, hostile, ofType } from "../../../support/broadcasts.ts";
import { openHouse } from "../../../support/house.ts";

const escaped = Bun.escapeHTML(hostile);

/** Element names and attributes of a fragment as a browser reads it. */
async function elementsOf(fragment: string): Promise<{ name: string; attributes: Record<string, string> }[]> {
  const found: { name: string; attributes: Record<string, string> }[] = [];
  const rewriter = new HTMLRewriter().on("*", {
    element(element) {
      found.push({ name: element.tagName, attributes: Object.fromEntries(element.attributes) });
    },
  });
  await rewriter.transform(new Response(fragment)).text();
  return found;
}

describe("the page's dialect", () => {
  test("runs nothing of what others wrote: no script, no handler, no link that is not one", async () => {
    using house = openHouse();
    const all = everythingTold(house);
    const frame = html.join(
      all.flatMap((broadcast) => html.encode(broadcast)),
      1,
    );
    expect(frame).toContain(escaped);
    for (const { name, attributes } of await elementsOf(frame)) {
      expect(name).not.toMatch(/^(script|style|iframe|object|b-)$/);
      // Pictures that were uploaded, from where they can do nothing else.
      if (name === "img") expect(attributes.src).toMatch(/^\/files\/[0-9a-f]{32}\/[\w%.-]+$/);
      // And our own way to answer what an agent asks.
      if (name === "form") expect(attributes.action).toMatch(/^\/approvals\/[\w-]{22}$/);
      for (const [attribute, value] of Object.entries(attributes)) {
        expect(attribute).not.toMatch(/^(on|hx-on|style|srcdoc)/);
        if (attribute === "href") expect(value).toMatch(/^(#|\/|https?:)/);
      }
    }
  });

  test("says the same bytes as often as it is asked", () => {
    using house = openHouse();
    for (const broadcast of everythingTold(house)) expect(html.encode(broadcast)).toEqual(html.encode(broadcast));
    for (const answer of everythingAnswered(house)) expect(html.answer(answer)).toBe(html.answer(answer));
  });

  test("adds a message to the list, those of one moment together; a change goes where the message stands", () => {
    using house = openHouse();
    const all = everythingTold(house);
    const posted = ofType(all, "posted").slice(0, 2);
    const frame = html.join(posted.flatMap(html.encode), 12);
    expect(frame).toStartWith('<!--seq:12--><hx-partial hx-target="#messages" hx-swap="beforeend"><li');
    expect(frame.match(/<hx-partial/g)).toHaveLength(1);
    expect(frame.match(/<li /g)).toHaveLength(2);
    expect(frame).toEndWith("</li></hx-partial>");
    const edited = firstOf(all, "edited");
    const mixed = html.join([...posted, ...ofType(all, "edited"), ...posted].flatMap(html.encode), 0);
    expect(mixed).toContain(`</hx-partial><hx-partial hx-target="#m-${edited.message.id}" hx-swap="outerHTML"><li`);
    expect(mixed.match(/<hx-partial/g)).toHaveLength(3);
    expect(mixed.match(/<\/hx-partial>/g)).toHaveLength(3);
  });

  test("lets an answer grow where it is written", () => {
    using house = openHouse();
    const all = everythingTold(house);
    const delta = firstOf(all, "delta");
    expect(html.encode(delta)).toEqual([
      `<hx-partial hx-target="#stream-${delta.messageId}" hx-swap="beforeend">${escaped}</hx-partial>`,
    ]);
    const streaming = ofType(all, "posted").find(({ message }) => message.streaming);
    expect(streaming && html.encode(streaming).join()).toContain(`id="stream-${delta.messageId}"`);
  });

  test("shows who is here: some, or everybody, and how many", () => {
    using house = openHouse();
    const [everybody, some] = ofType(everythingTold(house), "people").map((broadcast) =>
      html.encode(broadcast).join(""),
    );
    expect(everybody).toContain('<hx-partial hx-target="#people" hx-swap="innerHTML">');
    expect(some).toContain('<hx-upsert hx-target="#people" key="data-handle"');
    expect(some).toContain('hx-target="[data-count=online]" hx-swap="innerHTML">2<');
  });

  test("says nothing of what only programs ask for", () => {
    using house = openHouse();
    const silent = everythingTold(house).filter(({ type }) =>
      ["help", "presence", "member_status", "server_status"].includes(type),
    );
    expect(silent.length).toBeGreaterThan(4);
    expect(silent.flatMap((broadcast) => html.encode(broadcast))).toEqual([]);
  });

  test("answers the page's modules in JSON", () => {
    using house = openHouse();
    const answers = everythingAnswered(house).map(
      (answer) => JSON.parse(html.answer(answer)) as Record<string, unknown>,
    );
    expect(answers).toContainEqual({ type: "ready", seq: 7, epoch: "e", websocket: true });
    expect(answers).toContainEqual({ type: "ready", seq: 7, epoch: "e", websocket: false });
    expect(answers).toContainEqual({ type: "error", code: "RATE_LIMITED", message: hostile, retryAfter: 250 });
    expect(answers).toContainEqual({ type: "pong", at: 5, seq: 7, epoch: "e" });
    expect(answers).toContainEqual({ type: "resync", seq: 7, epoch: "e" });
    expect(answers).toContainEqual({ type: "notice", message: hostile });
  });
});

describe("what a page missed", () => {
  test("is one frame: new messages as they are now, each once, and changes of older ones", () => {
    using house = openHouse();
    const all = everythingTold(house).filter(({ seq }) => seq > 0);
    const frame = replay(all, 99);
    const posted = ofType(all, "posted");
    expect(frame).toStartWith('<!--seq:99--><hx-upsert hx-target="#messages" key="data-id" sort>');
    for (const { message } of posted) expect(frame.split(`id="m-${message.id}"`)).toHaveLength(2);
    expect(frame).toContain("This message was deleted.");
    const changesOnly = replay(ofType(all, "edited"), 99);
    expect(changesOnly).not.toContain("<hx-upsert");
    expect(changesOnly).toContain('hx-swap="outerHTML"');
  });

  test("of nothing is only where it ends", () => {
    expect(replay([], 5)).toBe("<!--seq:5-->");
  });

  test("of an answer that is being written is its text so far, to which the deltas go on", () => {
    using house = openHouse();
    const streaming = ofType(everythingTold(house), "posted").find(({ message }) => message.streaming);
    if (!streaming) throw new Error("no answer");
    const frame = snapshot(streaming.message, hostile, null);
    expect(frame).toStartWith('<hx-upsert hx-target="#messages" key="data-id"');
    expect(frame).toContain(`id="stream-${streaming.message.id}"`);
    expect(frame).toContain(`${escaped}</div>`);
  });
});
