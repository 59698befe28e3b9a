import { describe, expect, test } from "bun:test";
import { csvLine } from "../src/csv.ts";

describe("a line for spreadsheets", () => {
  test.each(["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"])(
    "runs nothing that begins like %j",
    (text) => {
      expect(csvLine([text])).toBe(`"'${text}"`);
    },
  );

  test("keeps quotes, commas and lines within their cells, and says nothing of nothing", () => {
    expect(csvLine(['say "hi"', "a,b", "two\nlines", 0.5, 0, null, undefined])).toBe(
      '"say ""hi""","a,b","two\nlines","0.5","0","",""',
    );
  });
});
