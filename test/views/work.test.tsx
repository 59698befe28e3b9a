import { describe, expect, test } from "bun:test";
import type { Child } from "hono/jsx";
import type { FileDiff } from "../../src/tasks/diff.ts";
import { diffOf } from "../../src/tasks/diff.ts";
import { Terminal } from "../../src/tasks/terminal.ts";
import { workSnapshot } from "../../src/transports/websocket/dialects/html.tsx";
import { renderMessage } from "../../views/messages/message.tsx";
import { TaskCard } from "../../views/tasks/card.tsx";
import { Diff } from "../../views/tasks/diff.tsx";
import { TaskHead, TaskSteps } from "../../views/tasks/page.tsx";
import { Lines } from "../../views/tasks/terminal.tsx";
import { duration, shortDuration, spentWords } from "../../views/tasks/words.ts";
import { asking } from "../support/asks.ts";
import { hostile } from "../support/broadcasts.ts";
import { openHouse } from "../support/house.ts";

const size = { columns: 200, rows: 24, lines: 100 };
const html = (text: string) =>
  String(<Lines taskId={5} step={1} lines={new Terminal(size, 1_000_000, text).lines(100)} />);

/** Names of elements in some markup, and whether any has an attribute that acts or styles. */
function elementsOf(markup: string): { names: string[]; bad: string[] } {
  const names = new Set<string>();
  const bad: string[] = [];
  new HTMLRewriter()
    .on("*", {
      element(element) {
        names.add(element.tagName);
        for (const [name] of element.attributes) if (/^(on|style|src|hx-(get|post|on))/.test(name)) bad.push(name);
      },
    })
    .transform(markup);
  return { names: [...names].sort(), bad };
}

describe("a terminal on a page", () => {
  test("is spans with class names, whatever was written to it", () => {
    expect(html("a \u001b[1;31mred\u001b[0m\n\n<b>&\n")).toBe(
      [
        '<span class="line" id="t5-1-1" data-line="1">a <span class="t-ink1 t-bold">red</span></span>',
        '<span class="line" id="t5-1-2" data-line="2"></span>',
        '<span class="line" id="t5-1-3" data-line="3">&lt;b&gt;&amp;</span>',
      ].join(""),
    );
    const attacks = [
      hostile,
      `\u001b]8;;javascript:alert(1)\u0007${hostile}\u001b]8;;\u0007`,
      `\u001b]8;id="onclick=x;https://example.org\u001b\\link\u001b]8;;\u001b\\`,
      `\u001b[38;2;1;2;3;"style=x:ym${hostile}`,
      "\u001bP<script>alert(1)</script>\u001b\\",
    ];
    const { names, bad } = elementsOf(html(attacks.join("\n")));
    expect([names, bad]).toEqual([["span"], []]);
    expect(html(attacks.join("\n"))).not.toContain("javascript:");
  });
});

describe("a diff", () => {
  const rendered = (diff: FileDiff) => String(<Diff diff={diff} id="d" />);
  const text = (of: Child) =>
    String(of)
      .replace(/<[^>]+>/g, "|")
      .replace(/\|+/g, "|");

  test("says what was added and removed by signs and words, not by colour alone, and is only text", () => {
    const diff = diffOf({ path: hostile, before: `${hostile}\n`, after: "safe\n" });
    const markup = rendered(diff);
    expect(text(markup)).toContain("|1|−|removed|");
    expect(text(markup)).toContain("|1|+|added|safe|");
    const { names, bad } = elementsOf(markup);
    expect(names).toEqual([
      "code",
      "del",
      "details",
      "ins",
      "section",
      "span",
      "summary",
      "table",
      "tbody",
      "td",
      "tr",
    ]);
    expect(bad).toEqual([]);
  });

  test("is folded when it is long", () => {
    const lines = (count: number) => `${Array.from({ length: count }, (_, line) => `line ${line}`).join("\n")}\n`;
    expect(rendered(diffOf({ path: "a", before: null, after: lines(50) }))).toContain(
      '<details id="d" class="diff" data-testid="diff" open="">',
    );
    expect(rendered(diffOf({ path: "a", before: null, after: lines(100) }))).not.toContain("open=");
  });
});

test("a card and a page of a task hold nothing but text of what an agent says", () => {
  using house = openHouse();
  const task = house.work(
    house.person("mira"),
    "alice",
    hostile,
    { state: "accepted" },
    { state: "working", note: hostile },
  );
  const { steps, log, cards } = house;
  steps.plan(task, [{ content: hostile, status: "in_progress" }]);
  const diffs = [{ path: hostile, before: hostile, after: `${hostile}\n${hostile}` }];
  steps.change(task, { id: hostile, kind: "edit", title: hostile, input: hostile, diffs, state: "completed" });
  steps.change(task, { id: `2${hostile}`, kind: "execute", title: hostile, input: hostile });
  steps.output(task, `2${hostile}`, hostile);
  steps.thought(task, hostile);
  log.flush();
  const card = cards.of(task);
  const markup = [
    <TaskCard card={card} />,
    <TaskHead card={card} />,
    <TaskSteps taskId={task.id} steps={cards.steps(task.id)} />,
  ]
    .map(String)
    .join("");
  const { names, bad } = elementsOf(markup);
  expect(bad).toEqual([]);
  expect(names.filter((name) => ["script", "li-x", "hx-partial", "img", "iframe", "style"].includes(name))).toEqual([]);
  expect(markup).not.toContain("<script>");
  expect(markup).not.toContain("</hx-partial>");
});

test("a card stays small: the last steps, and a way to the others", () => {
  using house = openHouse();
  const task = house.work(house.person("mira"), "alice", "fix it", { state: "accepted" }, { state: "working" });
  for (let count = 1; count <= 40; count += 1)
    house.steps.change(task, {
      id: `c${count}`,
      title: `Step number ${count}`,
      state: count < 40 ? "completed" : "running",
    });
  house.log.flush();
  const markup = String(<TaskCard card={house.cards.of(task)} />);
  expect(markup).toContain("39 steps");
  expect(markup).toContain("34 earlier steps");
  expect(markup.match(/Step number/g)?.length).toBe(6 + 1);
  expect(markup).toContain(`href="/tasks/${task.id}"`);
});

test("Stop is there while there is something to stop, and Cancel while it waits", () => {
  using house = openHouse();
  const mira = house.person("mira");
  const words = (...changes: Parameters<typeof house.work>[3][]) => {
    const task = house.work(mira, "alice", "fix it", ...changes);
    const markup = String(<TaskCard card={house.cards.of(house.tasks.byId(task.id) ?? task)} />);
    return ["Stop", "Cancel", "Done"].filter((label) => markup.includes(`>${label}</button>`));
  };
  expect(words()).toEqual(["Cancel"]);
  expect(words({ state: "accepted" }, { state: "working" })).toEqual(["Stop", "Done"]);
  expect(words({ state: "accepted" }, { state: "stuck" })).toEqual(["Stop", "Done"]);
  expect(words({ state: "cancelled" })).toEqual([]);
});

test("times and usage are said as short as they can be read", () => {
  expect([20, 340, 9_949, 9_960, 84_000, 3_725_000].map(shortDuration)).toEqual([
    "0.1 s",
    "0.3 s",
    "9.9 s",
    "10 s",
    "1:24",
    "1:02:05",
  ]);
  expect(duration(59_400)).toBe("59 s");
  const spent = (inputTokens: number, outputTokens: number, costUsd: number | null) =>
    spentWords({ inputTokens, outputTokens, costUsd });
  expect(spent(12_340, 1_210, 0.04)).toBe("12.3k in, 1.2k out, $0.04");
  expect(spent(900, 2_500_000, null)).toBe("900 in, 2.5M out");
  expect([spent(1, 1, 0.001), spent(1, 1, 0)]).toEqual(["1 in, 1 out, under $0.01", "1 in, 1 out, $0.00"]);
});

describe("what a task asks people", () => {
  test("stands beside its card, which comes anew with each step without it", () => {
    using house = openHouse();
    const task = house.work(house.person("mira"), "alice", "fix it", { state: "accepted" });
    const message = house.say(house.agent("alice"), "On it.", { taskId: task.id });
    const { approval } = asking(house, task);
    house.steps.change(task, { id: "1", kind: "execute", title: "npm test" });
    house.log.flush();
    const markup = renderMessage(message, house.cards.on(message), house.approvals.ofTask(task.id));
    expect(markup).toContain(`</section><div class="asks" id="asks-${task.id}"><article id="ask-${approval.id}"`);
    const again = workSnapshot(house.cards.of(task));
    expect(again).toContain("npm test");
    expect(again).not.toMatch(/ asks?-|"asks?"/);
  });
});
