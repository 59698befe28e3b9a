import { describe, expect, test } from "bun:test";
import { Thinking } from "../../../src/agents/backends/openai-thinking.ts";

/** What is thought and what is said of a text that comes so many characters at a time. */
function told(text: string, size: number) {
  const thinking = new Thinking();
  const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
    text.slice(at * size, (at + 1) * size),
  );
  const all = [...parts.map((part) => thinking.take(part)), thinking.rest()];
  return { thought: all.map(({ thought }) => thought).join(""), text: all.map(({ text: said }) => said).join("") };
}

describe("a model that writes its thoughts between marks", () => {
  test.each([1, 2, 3, 5, 8, 100])("has them told from its words, in pieces of %d", (size) => {
    expect(told("<think>\nIs it a < b?\n</think>\n\nYes, a < b.", size)).toEqual({
      thought: "\nIs it a < b?\n",
      text: "Yes, a < b.",
    });
    expect(told("\n<think></think>Yes.", size)).toEqual({ thought: "", text: "Yes." });
  });

  test.each([1, 3, 100])("and of nothing else is anything taken away, in pieces of %d", (size) => {
    for (const text of ["Yes.", " <thin", "<b>bold</b>", "I say <think>this</think>.", "  two spaces", "<"])
      expect(told(text, size)).toEqual({ thought: "", text });
  });

  test.each([1, 100])("keeps what it thought when it ends in the middle, in pieces of %d", (size) => {
    expect(told("<think>so far </thi", size)).toEqual({ thought: "so far </thi", text: "" });
  });

  test("says each piece as soon as it is one", () => {
    const thinking = new Thinking();
    expect(thinking.take("<think>first")).toEqual({ thought: "first", text: "" });
    expect(thinking.take(" second</th")).toEqual({ thought: " second", text: "" });
    expect(thinking.take("ink>\n")).toEqual({ thought: "", text: "" });
    expect(thinking.take("\nWords")).toEqual({ thought: "", text: "Words" });
    expect(thinking.take(" <think>")).toEqual({ thought: "", text: " <think>" });
  });
});
