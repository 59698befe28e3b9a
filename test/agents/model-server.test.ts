import { afterAll, describe, expect, test } from "bun:test";
import { startModelServer } from "../support/model-server.ts";

/** The tests of agents say what is true only if the model they speak with refuses what a real one would. */
const model = startModelServer({ paceMs: 0 });
afterAll(() => model[Symbol.dispose]());

const bash = { type: "function", function: { name: "bash", parameters: { type: "object" } } };

function ask(messages: readonly object[], more: object = {}, key = "test-key") {
  return fetch(`${model.url}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "fake-1", stream: true, messages, ...more }),
  });
}

const user = (content: string) => ({ role: "user", content });

/** The pieces of an answer. */
async function pieces(answer: Response) {
  const lines = (await answer.text()).split("\n\n").filter((line) => line !== "");
  expect(lines.at(-1)).toBe("data: [DONE]");
  return lines.slice(0, -1).map((line) => JSON.parse(line.slice("data: ".length)));
}

const textOf = (chunks: Awaited<ReturnType<typeof pieces>>) =>
  chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");

describe("the model of the tests", () => {
  test("says what it is told, thinks apart, and counts", async () => {
    const chunks = await pieces(await ask([user("- Tomas: SAY not this\nTHINK hm\nSAY two words\nUSAGE 7 9")]));
    expect(textOf(chunks)).toBe("two words");
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.reasoning_content).find(Boolean)).toBe("hm");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 9 } });
  });

  test("calls tools that it was offered, and says what they said", async () => {
    const asked = user("RUN: echo hi\nRUN: echo ho");
    const chunks = await pieces(await ask([asked], { tools: [bash] }));
    const calls = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []).filter(({ id }) => id);
    expect(calls).toHaveLength(2);
    const answers = calls.map(({ id }, index) => ({ role: "tool", tool_call_id: id, content: `said ${index}` }));
    const tool_calls = calls.map(({ id }) => ({ id, type: "function", function: { name: "bash", arguments: "{}" } }));
    const after = await pieces(
      await ask([asked, { role: "assistant", content: null, tool_calls }, ...answers], { tools: [bash] }),
    );
    expect(textOf(after)).toBe("Done. The tools said: said 0 | said 1");
  });

  test("refuses what a real one would: a wrong key, no stream, calls without answers, answers without calls, tools it was not offered", async () => {
    const call = { id: "c1", type: "function", function: { name: "bash", arguments: "{}" } };
    const refused = [
      await ask([user("SAY x")], {}, "other-key"),
      await ask([user("SAY x")], { stream: false }),
      await ask([]),
      await ask([{ role: "robot", content: "x" }]),
      await ask([user("x"), { role: "assistant", content: null, tool_calls: [call] }, user("y")]),
      await ask([user("x"), { role: "tool", tool_call_id: "c1", content: "y" }]),
      await ask([user("RUN: ls")], { tools: [{ ...bash, function: { ...bash.function, name: "read" } }] }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([401, 400, 400, 400, 400, 400, 400]);
    expect(model.complaints).toHaveLength(refused.length);
  });

  test("fails as it is told to: with a status, by cutting off, by never ending until it is let go", async () => {
    const limited = await ask([user("ERROR 429")]);
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "1"]);
    const cut = await ask([user("CUT\nLONG")]);
    await expect(cut.text()).rejects.toThrow();
    const hanging = await ask([user("HANG\nSAY at last")]);
    expect(model.open).toBe(1);
    model.release();
    expect(textOf(await pieces(hanging))).toBe("at last");
    expect(model.open).toBe(0);
  });
});
